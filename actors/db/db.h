/* actors/db/db.h - the db actor: its state, and the handlers of its four edges.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_H
#define STUDIOD_DB_H

#include "actors/common/seal.h"
#include "actors/db/pool.h"
#include "actors/db/prune.h"
#include "actors/db/webhooks.h"

enum {
	VOIDS_MAX = 64,			/* pollers and vertexes that died while the database was away */
	TELL_EVERY = 60,		/* of the tries to migrate, one a second, one is told */
	READY_MS = 3000,		/* how long the start waits for the connections */
	GRANT_MS = 15 * 60 * 1000,
	ANSWER_MAX = 2097152,		/* bytes of JSON in one answer: proto/messages.tbl.h */
	REPLAY_FIRST_MS = 30000,	/* events that may have been missed while this process was away */
	REPLAY_MORE_MS = 60000		/* and beyond the moment a lost connection was noticed: keepalives need up to 45 s */
};

struct db {
	struct actor *actor;
	struct ev_loop *loop;
	struct conninfo conninfo;
	struct pool pool;
	struct bytes ticket_key, grant_key;
	uint64_t grant_ms;
	struct bytes storage;		/* gs://bucket/prefix, without a slash at its end */
	uint32_t job_attempts;
	const char *aliases;		/* MODEL_ALIASES */
	struct buf limits, prices;	/* quotas of the settings, list prices: as SQL takes them */
	uint32_t user_concurrency, model_concurrency;	/* 0: any number */
	struct webhooks webhooks;
	bool migrated;
	unsigned migrate_tries;
	ev_timer migrate_again;
	struct prune prune;
	ev_prepare prepare;
	/* jobs */
	bool jobs_due, deletions_due;	/* poller is told at the end of this turn */
	bool deliveries_due;		/* likewise notifier */
	uint64_t voids[VOIDS_MAX];	/* incarnations whose leases are to be ended */
	size_t nvoids;
	/* events */
	uint64_t listening_lost_ms;	/* 0: never listened; else when the last event could have come */
	bool listening;
	bool gap;			/* notifier was not told of something: it is told that, at the end of this turn or a later one */
};

/* Settings and keys; migrates when the database answers. Ends the process when a setting
 * or the schema does not allow to go on. */
void db_init(struct db *db, struct actor *a);
/* Opens the connections; waits at most READY_MS for them. */
void db_start(struct db *db, struct ev_loop *loop);
void db_fini(struct db *db);

/* Hooks of the skeleton. */
void db_on_peer(struct actor *a, struct link *l, bool up);
void db_on_process_died(struct actor *a, const struct msg_process_died *m);
uint32_t db_queued(struct actor *a);
void db_on_queue_order(struct actor *a, struct request *rq);

/* ---- shared by the handlers ---- */

/* Refuses the ask's request with what the database said. */
void db_refuse(struct ask *a, unsigned err);
/* The end of a statement whose one boolean is all that is answered: `done`. */
void db_on_done(struct ask *a, unsigned err, const PGresult *res);
/* An ask for a request; refuses it and gives NULL when memory is out. */
struct ask *db_ask(struct db *db, struct request *rq, enum query q, ask_fn *done);
void db_send(struct db *db, struct ask *a);
/* Opens the caller's ticket for a use (seal.h); false: the request was refused. */
bool db_caller(struct db *db, struct request *rq, enum ticket_scope use, struct bytes sealed, struct ticket *t);
/* The quotas of the settings, and all list prices, as SQL takes them. */
struct bytes db_limits(const struct db *db);
struct bytes db_prices(const struct db *db);
/* Tells every other end of an edge. False: one that is up could not be told. */
bool db_notice(struct db *db, unsigned edge, unsigned msg, const void *body);

/* ---- listen.c ---- */
void listen_on_notify(struct db *db, const char *channel, const char *payload);
/* The LISTEN connection came, or went. */
void listen_started(struct db *db);
void listen_lost(struct db *db);

/* ---- leases.c ---- */
/* Ends the leases of a worker that is gone, as soon as the database answers. */
void leases_void(struct db *db, uint64_t worker);
void leases_retry(struct db *db);

/* ---- handlers, by edge ---- */
void on_account_create(void *state, struct request *rq);

void on_health(void *state, struct request *rq);
void on_generation_create(void *state, struct request *rq);

void on_generation_state(void *state, struct request *rq);

void on_job_claim(void *state, struct request *rq);
void on_job_begin(void *state, struct request *rq);
void on_job_running(void *state, struct request *rq);
void on_job_finish(void *state, struct request *rq);
void on_job_retry(void *state, struct request *rq);
void on_job_unclear(void *state, struct request *rq);
void on_job_fail(void *state, struct request *rq);
void on_job_renew(void *state, struct request *rq);
void on_maker_seen(void *state, struct request *rq);

void on_deletion_claim(void *state, struct request *rq);
void on_deletion_end(void *state, struct request *rq);

#endif
