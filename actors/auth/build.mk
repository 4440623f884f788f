auth_SRCS := $(wildcard actors/auth/*.c) actors/common/backoff.c actors/common/keyring.c
auth_PKGS := libsodium libjwt libcrypto jansson
auth_LIBS := -lev -lcrypt -pthread
