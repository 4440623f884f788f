# studiod: no library that reads what a remote peer wrote.
EXTRA_PROGRAMS += studiod
studiod_SRCS := supervisor/main.c supervisor/settings.c supervisor/google.c supervisor/values.c supervisor/services.c supervisor/life.c supervisor/state.c \
                supervisor/users.c supervisor/privileges.c supervisor/spawn.c supervisor/cgroup.c supervisor/postgres.c supervisor/prepare.c \
                supervisor/handover.c supervisor/wire.c supervisor/process.c supervisor/tree.c supervisor/heart.c supervisor/tell.c supervisor/logs.c \
                supervisor/logline.c supervisor/json.c supervisor/report.c supervisor/control.c supervisor/logstream.c supervisor/order.c supervisor/dev_account.S \
                actors/common/clock.c actors/common/keyring.c actors/common/conn.c actors/common/conn_ev.c actors/common/log.c actors/common/secret.c $(PROTO_SRCS)
studiod_LIBS := -lev
