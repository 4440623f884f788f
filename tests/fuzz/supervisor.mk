FUZZERS += fuzz_logline
fuzz_logline_SRCS := tests/fuzz/fuzz_logline.c supervisor/logline.c supervisor/json.c $(FUZZ_MAIN) $(PROTO_SRCS)
