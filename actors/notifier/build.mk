notifier_SRCS := actors/notifier/main.c actors/notifier/notifier.c actors/notifier/watchers.c actors/notifier/recent.c actors/notifier/listeners.c actors/notifier/on_listen.c actors/notifier/pass.c \
	actors/notifier/mail.c actors/notifier/mail_file.c actors/notifier/letter.c actors/notifier/smtp.c actors/notifier/smtp_url.c actors/notifier/smtp_wire.c \
	actors/notifier/hooks.c actors/notifier/hook_send.c actors/notifier/hook_sign.c $(HOOK_SRCS) \
	actors/common/curl_ev.c actors/common/encode.c actors/common/backoff.c
notifier_PKGS := libsodium libcurl
notifier_LIBS := -lev
