# webhooks: where they may go, how they are signed and sent.
UNIT_TESTS += test_webhook_url test_hook_sign test_hook_send
test_webhook_url_SRCS := tests/unit/test_webhook_url.c proto/webhook_url.c proto/net_address.c $(PROTO_SRCS)
test_webhook_url_LIBS := -lcmocka

test_hook_sign_SRCS := tests/unit/test_hook_sign.c actors/notifier/hook_sign.c actors/common/encode.c actors/common/hook_secret.c \
	actors/common/keyring.c $(PROTO_SRCS)
test_hook_sign_PKGS := libsodium
test_hook_sign_LIBS := -lcmocka

test_hook_send_SRCS := tests/unit/test_hook_send.c tests/unit/hook_server.c actors/notifier/hook_send.c actors/common/curl_ev.c actors/common/encode.c \
	proto/webhook_url.c proto/net_address.c $(PROTO_SRCS)
test_hook_send_PKGS := libcurl
test_hook_send_LIBS := -lcmocka -lev

# The real process between a db and a server that the test plays.
UNIT_TESTS += test_actor_hooks
test_actor_hooks_SRCS := tests/unit/test_actor_hooks.c tests/unit/hook_server.c actors/common/hook_secret.c actors/common/keyring.c \
	actors/common/encode.c actors/notifier/hook_sign.c $(RIG_SRCS)
test_actor_hooks_PKGS := libsodium
test_actor_hooks_LIBS := -lcmocka -lev
$(O)/test_actor_hooks: | $(O)/notifier

# Its SQL: as the others of db.mk.
UNIT_TESTS += test_sql_webhooks
$(eval $(call SQL_TEST,test_sql_webhooks))
