/* actors/db/db.c - the actor's state: settings, schema, connections, what the handlers
 * share.
 * Owns: the pool and the timers.
 * Fails: while the database is away it serves DATABASE_AWAY and keeps trying.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/caller.h"
#include "actors/db/charge.h"
#include "actors/db/migrate.h"
#include "actors/db/relay.h"

/* ---- shared by the handlers ---- */

void
db_refuse(struct ask *a, unsigned err)
{
	if (err == E_QUOTA_EXCEEDED)
		log_event(LOG_INFO, &a->ctx, "quota_exceeded", "user", log_id(&a->who), "message", a->detail);
	request_fail(a->rq, err, a->detail);
}

struct ask *
db_ask(struct db *db, struct request *rq, enum query q, ask_fn *done)
{
	return ask_new(rq, q, done, db);
}

void
db_send(struct db *db, struct ask *a)
{
	ask_send(&db->pool, a);
}

void
db_on_done(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else
		request_answer(a->rq, &(struct msg_done){ .changed = res_bool(res, 0, 0) });
}

bool
db_caller(struct db *db, struct request *rq, enum ticket_scope use, struct bytes sealed, struct ticket *t)
{
	return caller_open(rq, ROLE_db, use, db->ticket_key, sealed, t);
}

struct bytes
db_limits(const struct db *db)
{
	return bytes_of(db->limits.p, db->limits.n);
}

struct bytes
db_prices(const struct db *db)
{
	return bytes_of(db->prices.p, db->prices.n);
}

bool
db_notice(struct db *db, unsigned edge, unsigned msg, const void *body)
{
	bool told = true;

	for (size_t i = 0; i < db->actor->nlinks; i++)
		if (db->actor->links[i]->edge == edge && db->actor->links[i]->up)
			told = link_notice(db->actor->links[i], NULL, msg, body) == 0 && told;
	return told;
}

/* ---- hooks ---- */

static void
note(struct db *db)
{
	snprintf(db->actor->note, sizeof db->actor->note, "pg up %u/%u%s, %llu statements, %llu failed",
	    pool_up_count(&db->pool), (unsigned)POOL_CONNECTIONS, db->migrated ? "" : ", not migrated",
	    (unsigned long long)db->pool.done, (unsigned long long)db->pool.failed);
}

uint32_t
db_queued(struct actor *a)
{
	struct db *db = a->state;

	note(db);
	return pool_queued(&db->pool);
}

void
db_on_peer(struct actor *a, struct link *l, bool up)
{
	struct db *db = a->state;

	if (l->edge == EDGE_poller_db && !up && l->incarnation != 0)
		leases_void(db, l->incarnation);
	if (l->edge == EDGE_poller_db && up)
		db->jobs_due = true;
	/* what was told while there was no link reached nobody */
	if (l->edge == EDGE_notifier_db && up && db->listening)
		link_notice(l, NULL, MSG_notices_lost, NULL);
	if (l->edge == EDGE_notifier_db && !up && l->incarnation != 0)
		deliveries_void(db, l->incarnation);
	if (l->edge == EDGE_notifier_db && up)
		db->deliveries_due = true;
}

void
db_on_process_died(struct actor *a, const struct msg_process_died *m)
{
	if (bytes_eq(m->service, role_name(ROLE_poller)) || bytes_eq(m->service, role_name(ROLE_vertex)))
		leases_void(a->state, m->incarnation);
	if (bytes_eq(m->service, role_name(ROLE_notifier)))
		deliveries_void(a->state, m->incarnation);
}

static void
on_pool_up(void *state, enum on kind)
{
	struct db *db = state;

	if (kind == ON_listen)
		listen_started(db);
	if (kind == ON_app)
		leases_retry(db);
}

static void
on_pool_change(void *state)
{
	struct db *db = state;

	note(db);
	if (db->listening && !pool_up(&db->pool, ON_listen))
		listen_lost(db);
}

static void
on_pool_notify(void *state, const char *channel, const char *payload)
{
	listen_on_notify(state, channel, payload);
}

/* Many wake-ups of one turn are one notice. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct db *db = w->data;

	(void)loop;
	(void)events;
	if (db->jobs_due)
		db_notice(db, EDGE_poller_db, MSG_jobs_due, &(struct msg_jobs_due){ .all = true });
	if (db->deletions_due)
		db_notice(db, EDGE_poller_db, MSG_deletions_due, NULL);	/* no fields */
	if (db->deliveries_due && db->webhooks.on)
		db_notice(db, EDGE_notifier_db, MSG_deliveries_due, NULL);
	db->jobs_due = db->deletions_due = db->deliveries_due = false;
	if (db->gap)
		db->gap = !db_notice(db, EDGE_notifier_db, MSG_notices_lost, NULL);	/* no fields */
}

/* ---- the schema, when the database was away at the start ---- */

static bool
try_migrate(struct db *db)
{
	switch (migrate(&db->conninfo, db->migrate_tries++ % TELL_EVERY == 0)) {
	case MIGRATE_DONE:
		db->migrated = true;
		return true;
	case MIGRATE_REFUSED:
		exit(EXIT_FIX_ME);
	default:
		return false;
	}
}

static void
on_migrate_again(struct ev_loop *loop, ev_timer *w, int events)
{
	struct db *db = w->data;

	(void)events;
	if (!try_migrate(db))
		return;
	ev_timer_stop(loop, w);
	pool_start(&db->pool);
	actor_ready(db->actor);
}

/* ---- life ---- */

static struct bytes
key_of(struct actor *a, const char *name)
{
	struct bytes key = actor_secret(a, name);

	if (key.n != SEAL_KEY_BYTES) {
		log_event(LOG_ERROR, NULL, "no_key", "setting", name);
		exit(EXIT_FIX_ME);
	}
	return key;
}

static void
costs_init(struct db *db, const struct actor *a)
{
	enum { MICROS = 1000000 };	/* of a dollar */
	const struct charge_limits l = {
		.user_micros = actor_setting_u64(a, "QUOTA_USER_DAY") * MICROS,
		.user_generations = actor_setting_u64(a, "QUOTA_USER_DAY_COUNT"),
		.project_micros = actor_setting_u64(a, "QUOTA_PROJECT_DAY") * MICROS,
		.project_generations = actor_setting_u64(a, "QUOTA_PROJECT_DAY_COUNT"),
	};

	db->aliases = actor_setting(a, "MODEL_ALIASES");
	if (charge_limits(&db->limits, &l) != 0 || charge_prices(&db->prices) != 0) {
		log_event(LOG_ERROR, NULL, "no_memory", "for", "limits and prices");
		exit(EXIT_AGAIN);
	}
}

void
db_init(struct db *db, struct actor *a)
{
	uint64_t hours = actor_setting_u64(a, "GCS_SIGNED_URL_EXPIRATION_HOURS");
	uint64_t attempts = actor_setting_u64(a, "JOB_ATTEMPTS");
	const char *why = "it is empty";
	struct bytes url = actor_secret(a, "DATABASE_URL");

	db->actor = a;
	db->ticket_key = key_of(a, "SEAL_KEY_DB");
	db->grant_key = key_of(a, "SEAL_KEY_GRANT");
	db->grant_ms = hours > 0 && hours * 3600000 < GRANT_MS ? hours * 3600000 : GRANT_MS;
	db->storage = bytes_str(actor_setting(a, "VERTEX_AI_STORAGE_URI"));
	while (db->storage.n > 0 && db->storage.p[db->storage.n - 1] == '/')
		db->storage.n--;
	if (db->storage.n == 0) {
		log_event(LOG_ERROR, NULL, "setting_bad", "setting", "VERTEX_AI_STORAGE_URI", "why", "it is empty");
		exit(EXIT_FIX_ME);
	}
	costs_init(db, a);
	prune_init(&db->prune, db);
	db->user_concurrency = (uint32_t)actor_setting_u64(a, "USER_CONCURRENCY");
	db->model_concurrency = (uint32_t)actor_setting_u64(a, "MODEL_CONCURRENCY");
	db->job_attempts = attempts > 0 && attempts <= 100 ? (uint32_t)attempts : 3;
	if (url.n == 0 || conninfo_init(&db->conninfo, url.p, actor_resource(a, "pgsocket"), &why) != 0) {
		log_event(LOG_ERROR, NULL, "setting_bad", "setting", "DATABASE_URL", "why", why);
		exit(EXIT_FIX_ME);
	}
	/* a setting of its own: the URL may say its port in several ways, or not at all */
	if (!conninfo_local(&db->conninfo))
		actor_setting_add(a, "DATABASE_PORT", conninfo_port(&db->conninfo));
	webhooks_init(&db->webhooks, a);
	if (relay_init(&why) != 0) {
		log_event(LOG_ERROR, NULL, "relays_bad", "why", why);
		exit(EXIT_FIX_ME);
	}
	try_migrate(db);
}

void
db_start(struct db *db, struct ev_loop *loop)
{
	static const struct pool_hooks hooks = { on_pool_up, on_pool_change, on_pool_notify };
	uint64_t until = now_ms() + READY_MS;

	db->loop = loop;
	pool_init(&db->pool, loop, &db->conninfo, &hooks, db);
	ev_prepare_init(&db->prepare, on_prepare);
	db->prepare.data = db;
	ev_prepare_start(loop, &db->prepare);
	prune_start(&db->prune, loop);
	ev_timer_init(&db->migrate_again, on_migrate_again, 1., 1.);
	db->migrate_again.data = db;
	if (!db->migrated) {
		ev_timer_start(loop, &db->migrate_again);
		return;
	}
	pool_start(&db->pool);
	/* Not ready before it can answer: what peers ask of us again would only fail. */
	while (pool_up_count(&db->pool) < POOL_CONNECTIONS && now_ms() < until)
		ev_run(loop, EVRUN_ONCE);
	note(db);
}

void
db_fini(struct db *db)
{
	ev_timer_stop(db->loop, &db->migrate_again);
	prune_stop(&db->prune);
	ev_prepare_stop(db->loop, &db->prepare);
	pool_fini(&db->pool);
	conninfo_fini(&db->conninfo);
	buf_free(&db->limits);
	buf_free(&db->prices);
}
