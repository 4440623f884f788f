poller_SRCS := actors/poller/main.c actors/poller/poller.c actors/poller/flight.c \
	actors/poller/job_life.c actors/common/backoff.c actors/poller/backoff.c actors/poller/busy.c actors/poller/usual.c actors/poller/deletions.c proto/models.c
poller_PKGS :=
poller_LIBS := -lev
