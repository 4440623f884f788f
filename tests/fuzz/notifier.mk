FUZZERS += fuzz_smtp
fuzz_smtp_SRCS := tests/fuzz/fuzz_smtp.c actors/notifier/smtp_wire.c actors/notifier/letter.c actors/common/encode.c $(FUZZ_MAIN) $(PROTO_SRCS)
