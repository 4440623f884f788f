FUZZERS += fuzz_google
fuzz_google_SRCS := tests/fuzz/fuzz_google.c $(vertex_PURE) actors/vertex/http_head.c proto/media_type.c $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_google_PKGS := jansson libcrypto
fuzz_google_LIBS := -lmsgpackc -lm
