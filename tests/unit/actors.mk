# auth, poller, notifier and what they share.
UNIT_TESTS += test_seal test_backoff test_job_life test_tokens test_passwords test_throttle test_hashing test_recent \
	test_tls_sign test_listeners

test_seal_SRCS := tests/unit/test_seal.c actors/common/seal.c $(PROTO_SRCS)
test_seal_PKGS := libsodium
test_seal_LIBS := -lcmocka

test_backoff_SRCS := tests/unit/test_backoff.c actors/common/backoff.c actors/poller/backoff.c actors/poller/busy.c $(PROTO_SRCS)
test_backoff_LIBS := -lcmocka

test_job_life_SRCS := tests/unit/test_job_life.c actors/poller/job_life.c actors/common/backoff.c actors/poller/backoff.c actors/poller/usual.c $(PROTO_SRCS)
test_job_life_LIBS := -lcmocka

test_tokens_SRCS := tests/unit/test_tokens.c actors/auth/tokens.c actors/common/keyring.c actors/auth/wiping.c $(PROTO_SRCS)
test_tokens_PKGS := libsodium libjwt
test_tokens_LIBS := -lcmocka

test_passwords_SRCS := tests/unit/test_passwords.c actors/auth/passwords.c $(PROTO_SRCS)
test_passwords_LIBS := -lcmocka

test_throttle_SRCS := tests/unit/test_throttle.c actors/auth/throttle.c actors/auth/strikes.c actors/auth/table.c $(PROTO_SRCS)
test_throttle_PKGS := libsodium
test_throttle_LIBS := -lcmocka

test_hashing_SRCS := tests/unit/test_hashing.c actors/auth/hashing.c actors/auth/hash_kinds.c $(PROTO_SRCS)
test_hashing_PKGS := libsodium
test_hashing_LIBS := -lcmocka -lev -lcrypt -pthread

test_recent_SRCS := tests/unit/test_recent.c actors/notifier/recent.c $(PROTO_SRCS)
test_recent_PKGS := libsodium
test_recent_LIBS := -lcmocka

test_listeners_SRCS := tests/unit/test_listeners.c actors/notifier/listeners.c actors/notifier/recent.c $(PROTO_SRCS)
test_listeners_PKGS := libsodium
test_listeners_LIBS := -lcmocka -lev
test_listeners_CFLAGS := -Itests/unit

test_tls_sign_SRCS := tests/unit/test_tls_sign.c actors/auth/tls_sign.c actors/common/log.c $(PROTO_SRCS)
test_tls_sign_PKGS := libsodium libcrypto
test_tls_sign_LIBS := -lcmocka

# Real processes between neighbours that the test plays.
UNIT_TESTS += test_actor_auth test_actor_poller test_actor_notifier
RIG_SRCS := tests/unit/actor_rig.c actors/common/conn.c actors/common/conn_ev.c $(PROTO_SRCS)

test_actor_auth_SRCS := tests/unit/test_actor_auth.c actors/common/seal.c $(RIG_SRCS)
test_actor_auth_PKGS := libsodium libcrypto
test_actor_auth_LIBS := -lcmocka -lev
$(O)/test_actor_auth: | $(O)/auth

test_actor_poller_SRCS := tests/unit/test_actor_poller.c $(RIG_SRCS)
test_actor_poller_LIBS := -lcmocka -lev
$(O)/test_actor_poller: | $(O)/poller

test_actor_notifier_SRCS := tests/unit/test_actor_notifier.c actors/common/seal.c $(RIG_SRCS)
test_actor_notifier_PKGS := libsodium
test_actor_notifier_LIBS := -lcmocka -lev
$(O)/test_actor_notifier: | $(O)/notifier
