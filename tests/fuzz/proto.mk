FUZZERS += fuzz_link
fuzz_link_SRCS := tests/fuzz/fuzz_link.c $(FUZZ_MAIN) $(PROTO_SRCS)
