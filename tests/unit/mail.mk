# notifier's mails: what they look like, what SMTP looks like.
UNIT_TESTS += test_letter test_smtp_wire
test_letter_SRCS := tests/unit/test_letter.c actors/notifier/letter.c actors/common/encode.c $(PROTO_SRCS)
test_letter_LIBS := -lcmocka

test_smtp_wire_SRCS := tests/unit/test_smtp_wire.c actors/notifier/smtp_wire.c $(PROTO_SRCS)
test_smtp_wire_LIBS := -lcmocka

# The real process between an auth and a mail server that the test plays.
UNIT_TESTS += test_actor_mail
test_actor_mail_SRCS := tests/unit/test_actor_mail.c actors/common/encode.c $(RIG_SRCS)
test_actor_mail_PKGS := libcurl
test_actor_mail_LIBS := -lcmocka -lev
$(O)/test_actor_mail: | $(O)/notifier
