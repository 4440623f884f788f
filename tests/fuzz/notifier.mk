FUZZERS += fuzz_smtp
fuzz_smtp_SRCS := tests/fuzz/fuzz_smtp.c actors/notifier/smtp_wire.c actors/notifier/letter.c actors/common/encode.c $(FUZZ_MAIN) $(PROTO_SRCS)

FUZZERS += fuzz_webhook_url
fuzz_webhook_url_SRCS := tests/fuzz/fuzz_webhook_url.c proto/webhook_url.c proto/net_address.c $(FUZZ_MAIN) $(PROTO_SRCS)
fuzz_webhook_url_PKGS := libcurl
