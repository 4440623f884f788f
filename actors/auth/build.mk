auth_SRCS := actors/auth/main.c actors/auth/auth.c actors/auth/attempt.c actors/auth/login.c actors/auth/password_change.c actors/auth/password_reset.c actors/auth/forgot.c actors/common/backoff.c actors/common/keyring.c actors/auth/strikes.c actors/auth/session.c actors/auth/own_sessions.c actors/auth/check.c \
	actors/auth/tokens.c actors/auth/passwords.c actors/auth/hashing.c actors/auth/throttle.c actors/auth/table.c \
	actors/auth/tls_sign.c actors/auth/seed.c actors/auth/audit.c actors/auth/wiping.c
auth_PKGS := libsodium libjwt libcrypto jansson
auth_LIBS := -lev -lcrypt -pthread
