# studioctl: speaks the control socket; knows the sandbox tables and how a log line looks.
EXTRA_PROGRAMS += studioctl
studioctl_SRCS := tools/studioctl/main.c tools/studioctl/ask.c tools/studioctl/show.c tools/studioctl/sandbox.c tools/studioctl/queue.c \
                  supervisor/logline.c supervisor/json.c actors/common/clock.c actors/common/sandbox_tables.c $(PROTO_SRCS)
studioctl_PKGS := jansson libseccomp
