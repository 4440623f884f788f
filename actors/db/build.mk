db_SRCS := actors/db/main.c actors/db/db.c actors/db/pool.c actors/db/connect.c actors/db/ask.c actors/db/outcome.c \
	actors/db/statements.c actors/db/migrate.c actors/db/conninfo.c actors/db/listen.c actors/db/leases.c \
	actors/db/on_auth.c actors/db/on_front.c actors/db/on_poller.c actors/db/on_notifier.c actors/db/on_deletions.c actors/db/on_queue.c actors/db/prune.c \
	actors/db/on_webhooks.c $(HOOK_SRCS) \
	actors/db/relay.c actors/db/relay_answer.c actors/db/charge.c actors/db/grants.c actors/db/dates.c actors/common/encode.c proto/models.c
db_PKGS := libpq libsodium
db_LIBS := -lev
