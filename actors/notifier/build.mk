notifier_SRCS := actors/notifier/main.c actors/notifier/notifier.c actors/notifier/recent.c
notifier_PKGS := libsodium
notifier_LIBS := -lev
