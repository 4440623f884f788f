FUZZERS += fuzz_google
fuzz_google_SRCS := tests/fuzz/fuzz_google.c $(vertex_PURE) $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_google_PKGS := jansson libcrypto
fuzz_google_LIBS := -lmsgpackc -lm
