# notifier's mails: what they look like, what SMTP looks like.
UNIT_TESTS += test_letter test_smtp_wire
test_letter_SRCS := tests/unit/test_letter.c actors/notifier/letter.c actors/common/encode.c $(PROTO_SRCS)
test_letter_LIBS := -lcmocka

test_smtp_wire_SRCS := tests/unit/test_smtp_wire.c actors/notifier/smtp_wire.c $(PROTO_SRCS)
test_smtp_wire_LIBS := -lcmocka
