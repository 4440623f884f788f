FUZZERS += fuzz_google
fuzz_google_SRCS := tests/fuzz/fuzz_google.c $(vertex_PURE) actors/vertex/http_head.c proto/media_type.c proto/mpeg_audio.c $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_google_PKGS := jansson libcrypto
fuzz_google_LIBS := -lmsgpackc -lm

FUZZERS += fuzz_inline
fuzz_inline_SRCS := tests/fuzz/fuzz_inline.c actors/vertex/inline_body.c actors/common/encode.c $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_inline_PKGS := jansson
fuzz_inline_LIBS := -lmsgpackc -lm

FUZZERS += fuzz_credentials
fuzz_credentials_SRCS := tests/fuzz/fuzz_credentials.c $(vertex_CREDS) actors/vertex/storage/sign_blob.c actors/vertex/storage/signed_url.c actors/vertex/storage/canonical.c \
                         actors/common/encode.c actors/vertex/encode.c actors/vertex/storage/signer.c actors/common/secret.c actors/common/log.c \
                         actors/common/clock.c $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_credentials_PKGS := jansson libcrypto
fuzz_credentials_LIBS := -lmsgpackc -lm
