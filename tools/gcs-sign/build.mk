# gcs-sign: one signed URL, by vertex's own code.
EXTRA_PROGRAMS += gcs-sign
gcs-sign_SRCS := tools/gcs-sign/main.c tools/gcs-sign/options.c tools/gcs-sign/key.c $(vertex_CREDS) actors/common/encode.c actors/vertex/encode.c \
                 actors/vertex/storage/signer.c actors/vertex/storage/signed_url.c actors/vertex/storage/canonical.c \
                 actors/common/secret.c actors/common/log.c actors/common/clock.c $(PROTO_SRCS)
gcs-sign_PKGS := jansson libcrypto
gcs-sign_LIBS := -lmsgpackc -lm
