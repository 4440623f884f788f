# db: pure parts, and its SQL on a PostgreSQL of the test's own.
# One program a subject, on the rig.
SQL_TESTS := test_sql test_sql_jobs test_sql_steps test_sql_files test_sql_admin test_sql_users
SQL_TESTS += test_sql_history test_sql_keys test_sql_costs
SQL_TESTS += test_sql_events test_sql_queue test_sql_crowd test_sql_prune test_sql_life
UNIT_TESTS += test_grants_scan test_dates $(SQL_TESTS)

test_grants_scan_SRCS := tests/unit/test_grants_scan.c actors/db/grants.c actors/common/seal.c $(PROTO_SRCS)
test_grants_scan_PKGS := libsodium
test_grants_scan_LIBS := -lcmocka

test_dates_SRCS := tests/unit/test_dates.c actors/db/dates.c actors/db/outcome.c $(PROTO_SRCS)
test_dates_LIBS := -lcmocka

UNIT_TESTS += test_charge
test_charge_SRCS := tests/unit/test_charge.c actors/db/charge.c actors/common/encode.c proto/models.c $(PROTO_SRCS)
test_charge_LIBS := -lcmocka

SQL_RIG_SRCS := tests/unit/sql_rig.c tests/unit/pg_rig.c actors/db/statements.c actors/db/migrate.c actors/db/conninfo.c \
	actors/common/log.c $(PROTO_SRCS)
define SQL_TEST
$(1)_SRCS := tests/unit/$(1).c $(SQL_RIG_SRCS)
$(1)_PKGS := libpq libsodium
$(1)_LIBS := -lcmocka
$(1)_CFLAGS := -Itests/unit
$(addprefix $(O)/obj/$(1)/,tests/unit/$(1).o $(SQL_RIG_SRCS:.c=.o)): $(SQL_GENERATED)
endef
$(foreach t,$(SQL_TESTS),$(eval $(call SQL_TEST,$(t))))

UNIT_TESTS += test_pool
test_pool_SRCS := tests/unit/test_pool.c tests/unit/pg_rig.c actors/db/pool.c actors/db/connect.c actors/db/ask.c actors/db/outcome.c \
	actors/db/statements.c actors/db/migrate.c actors/db/conninfo.c actors/common/log.c $(PROTO_SRCS)
test_pool_PKGS := libpq libsodium
test_pool_LIBS := -lcmocka -lev
test_pool_CFLAGS := -Itests/unit
$(addprefix $(O)/obj/test_pool/,$(test_pool_SRCS:.c=.o)): $(SQL_GENERATED)

# The real process between neighbours that the test plays.
UNIT_TESTS += test_actor_db
test_actor_db_SRCS := tests/unit/test_actor_db.c tests/unit/pg_rig.c tests/unit/actor_rig.c actors/common/conn.c \
	actors/common/conn_ev.c actors/common/seal.c $(PROTO_SRCS)
test_actor_db_PKGS := libpq libsodium
test_actor_db_LIBS := -lcmocka -lev
test_actor_db_CFLAGS := -Itests/unit
$(O)/test_actor_db: | $(O)/db
