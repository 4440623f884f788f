/* actors/db/pool.c - the statements on their way: which connection takes one, what came
 * back, what a lost connection means for it. The connections' own life is in connect.c.
 *
 * Owns: the asks from ask_send to their end.
 * Fails: over its bounds with QUEUE_FULL; without a connection with DATABASE_AWAY.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/db/connect.h"
#include "actors/db/outcome.h"

static void
ask_end(struct pool *p, struct ask *a, unsigned err, const PGresult *res)
{
	*(err == 0 ? &p->done : &p->failed) += 1;
	a->done(a, err, res);
	ask_free(a);
}

/* The connection of its kind with the least to do, or NULL. */
static struct pg *
choose(struct pool *p, enum on kind)
{
	struct pg *best = NULL;

	for (size_t i = 0; i < COUNT(p->pgs); i++) {
		struct pg *pg = &p->pgs[i];
		if (pg->kind == kind && pg->state == PG_UP && (best == NULL || pg->nflight < best->nflight))
			best = pg;
	}
	return best;
}

/* Closes the transaction of the reads that were sent so far, and flushes. */
static void
sync_now(struct pg *pg)
{
	pg->unsynced = false;
	pg->dirty = true;
	if (PQpipelineSync(pg->conn) != 1)
		pg_lost(pg, "sync");
}

static void
put(struct pg *pg, struct ask *a)
{
	const struct statement *s = &statements[a->query];
	bool shares = s->effect == EFFECT_read && !a->alone;

	if (pg->unsynced && !shares)
		sync_now(pg);
	if (pg->state != PG_UP || PQsendQueryPrepared(pg->conn, s->name, (int)a->n, a->values, a->lengths, a->formats, 1) != 1) {
		a->detail = "";
		ask_end(pg->pool, a, E_DATABASE_AWAY, NULL);
		if (pg->state == PG_UP)
			pg_lost(pg, "send");
		return;
	}
	TAILQ_INSERT_TAIL(&pg->flight, a, entry);
	pg->nflight++;
	pg->bytes += a->bytes;
	pg->dirty = true;
	if (shares)
		pg->unsynced = true;
	else
		sync_now(pg);
}

/* It waits for a connection until then. */
static void
park(struct pool *p, struct ask *a, uint64_t until_ms)
{
	if (p->nheld >= FLIGHT_MAX) {
		ask_end(p, a, E_QUEUE_FULL, NULL);
		return;
	}
	if (a->hold_until_ms == 0)
		a->hold_until_ms = until_ms;
	TAILQ_INSERT_TAIL(&p->held, a, entry);
	p->nheld++;
	if (!ev_is_active(&p->sweep))
		ev_timer_again(p->loop, &p->sweep);
}

static void
no_connection(struct pool *p, struct ask *a)
{
	enum on kind = statements[a->query].on;

	if (pool_serves(p, kind))
		park(p, a, p->away_since_ms[kind] + GRACE_MS);
	else
		ask_end(p, a, E_DATABASE_AWAY, NULL);
}

void
ask_send(struct pool *p, struct ask *a)
{
	struct pg *pg = choose(p, statements[a->query].on);

	if (a->n != statements[a->query].nparams)
		abort();		/* a bug: it would fail for every request */
	if (pg == NULL) {
		no_connection(p, a);
	} else if (pg->nflight >= FLIGHT_MAX || (pg->bytes > 0 && pg->bytes + a->bytes > FLIGHT_BYTES)) {
		ask_end(p, a, E_QUEUE_FULL, NULL);
	} else {
		a->tries++;
		put(pg, a);
	}
}

/* ---- what came back ---- */

static struct ask *
flight_pop(struct pg *pg)
{
	struct ask *a = TAILQ_FIRST(&pg->flight);

	if (a == NULL)
		return NULL;
	TAILQ_REMOVE(&pg->flight, a, entry);
	pg->nflight--;
	pg->bytes -= a->bytes;
	return a;
}

/* Once more, without company. */
static void
again(struct pool *p, struct ask *a)
{
	p->resent++;
	a->alone = true;
	ask_send(p, a);
}

/* It lost its connection: it waits for the next one, or ends. */
static void
hold(struct pool *p, struct ask *a)
{
	uint64_t now = now_ms();
	bool may = statements[a->query].effect == EFFECT_read || a->keyed;

	if (!may || a->tries >= ASK_TRIES || (a->ctx.deadline_ms != 0 && a->ctx.deadline_ms <= now)) {
		ask_end(p, a, E_DATABASE_AWAY, NULL);
		return;
	}
	park(p, a, now + HELD_MS);
}

static const char *
field_of(const PGresult *res, int code)
{
	const char *s = PQresultErrorField(res, code);
	return s != NULL ? s : "";
}

/* Values stay out of the log: of our own bugs the code, the place and, where it is our own
 * text that is wrong, the message. */
static void
log_bug(const struct ask *a, const PGresult *res)
{
	const char *state = field_of(res, PG_DIAG_SQLSTATE);
	bool ours = strncmp(state, "42", 2) == 0 || strncmp(state, "P0", 2) == 0 || strncmp(state, "XX", 2) == 0;

	log_event(LOG_ERROR, &a->ctx, "statement_failed", "statement", statements[a->query].name, "sqlstate", state,
	    "constraint", PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME),
	    "why", ours ? field_of(res, PG_DIAG_MESSAGE_PRIMARY) : NULL);
}

static void
on_error(struct pg *pg, struct ask *a, const PGresult *res)
{
	struct outcome o = outcome_of(field_of(res, PG_DIAG_SQLSTATE), field_of(res, PG_DIAG_CONSTRAINT_NAME), field_of(res, PG_DIAG_MESSAGE_DETAIL));

	if (o.kind == OUTCOME_LOST || PQresultErrorField(res, PG_DIAG_SQLSTATE) == NULL) {
		hold(pg->pool, a);
		if (pg->state == PG_UP)
			pg_lost(pg, field_of(res, PG_DIAG_MESSAGE_PRIMARY));
		return;
	}
	if (o.kind == OUTCOME_AGAIN && a->tries < ASK_TRIES) {
		again(pg->pool, a);
		return;
	}
	if (o.kind != OUTCOME_TOLD)
		log_bug(a, res);
	if (strcmp(field_of(res, PG_DIAG_SQLSTATE), OUTCOME_REFUSED) == 0) {
		struct bytes said = ask_copy(a, bytes_of(field_of(res, PG_DIAG_MESSAGE_PRIMARY),
		    strlen(field_of(res, PG_DIAG_MESSAGE_PRIMARY)) + 1));
		o.detail = said.n > 0 ? said.p : "";
	}
	a->detail = o.detail;
	ask_end(pg->pool, a, o.code, NULL);
}

void
pool_result(struct pg *pg, const PGresult *res)
{
	struct ask *a = flight_pop(pg);

	if (a == NULL) {		/* libpq tells of the end of a connection like this */
		log_event(LOG_WARNING, NULL, "result_unasked", "status", PQresStatus(PQresultStatus(res)));
		return;
	}
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		ask_end(pg->pool, a, 0, res);
		break;
	case PGRES_PIPELINE_ABORTED:	/* another read of its turn failed */
		again(pg->pool, a);
		break;
	default:
		on_error(pg, a, res);
	}
}

void
pool_lost(struct pg *pg)
{
	struct asks lost = TAILQ_HEAD_INITIALIZER(lost);
	struct ask *a;

	TAILQ_CONCAT(&lost, &pg->flight, entry);
	pg->nflight = 0;
	pg->bytes = 0;
	pg->unsynced = pg->dirty = false;
	if (pg->pool->away_since_ms[pg->kind] == 0 && !pool_up(pg->pool, pg->kind))
		pg->pool->away_since_ms[pg->kind] = now_ms();
	while ((a = TAILQ_FIRST(&lost)) != NULL) {
		TAILQ_REMOVE(&lost, a, entry);
		hold(pg->pool, a);
	}
	if (pg->pool->hooks.on_change != NULL)
		pg->pool->hooks.on_change(pg->pool->state);
}

void
pool_came_up(struct pg *pg)
{
	struct pool *p = pg->pool;
	struct asks waiting = TAILQ_HEAD_INITIALIZER(waiting);
	struct ask *a;

	p->away_since_ms[pg->kind] = 0;
	TAILQ_CONCAT(&waiting, &p->held, entry);
	p->nheld = 0;
	while ((a = TAILQ_FIRST(&waiting)) != NULL) {
		TAILQ_REMOVE(&waiting, a, entry);
		if (choose(p, statements[a->query].on) != NULL) {
			again(p, a);
		} else {
			TAILQ_INSERT_TAIL(&p->held, a, entry);
			p->nheld++;
		}
	}
	if (p->hooks.on_change != NULL)
		p->hooks.on_change(p->state);
	if (p->hooks.on_up != NULL)
		p->hooks.on_up(p->state, pg->kind);
}

/* ---- the turn of the loop ---- */

static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct pool *p = w->data;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < COUNT(p->pgs); i++) {
		struct pg *pg = &p->pgs[i];
		if (pg->state == PG_UP && pg->unsynced)
			sync_now(pg);
		if (pg->state >= PG_SETTING_UP && pg->dirty)
			pg_flush(pg);
	}
}

/* What waits for a connection does not wait for ever. */
static void
on_sweep(struct ev_loop *loop, ev_timer *w, int events)
{
	struct pool *p = w->data;
	struct ask *a, *next;
	uint64_t now = now_ms();

	(void)events;
	for (a = TAILQ_FIRST(&p->held); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (a->hold_until_ms > now && (a->ctx.deadline_ms == 0 || a->ctx.deadline_ms > now))
			continue;
		TAILQ_REMOVE(&p->held, a, entry);
		p->nheld--;
		ask_end(p, a, E_DATABASE_AWAY, NULL);
	}
	if (TAILQ_EMPTY(&p->held))
		ev_timer_stop(loop, w);
}

/* ---- life ---- */

void
pool_init(struct pool *p, struct ev_loop *loop, const struct conninfo *ci, const struct pool_hooks *hooks, void *state)
{
	*p = (struct pool){ .loop = loop, .conninfo = ci, .hooks = *hooks, .state = state };
	TAILQ_INIT(&p->held);
	for (size_t i = 0; i < COUNT(p->pgs); i++)
		pg_init(&p->pgs[i], p, i < APP_CONNECTIONS ? ON_app : i == APP_CONNECTIONS ? ON_auth : ON_listen);
	ev_prepare_init(&p->prepare, on_prepare);
	p->prepare.data = p;
	ev_timer_init(&p->sweep, on_sweep, 0.1, 0.1);
	p->sweep.data = p;
}

void
pool_start(struct pool *p)
{
	ev_prepare_start(p->loop, &p->prepare);
	for (size_t i = 0; i < COUNT(p->away_since_ms); i++)
		p->away_since_ms[i] = now_ms();
	for (size_t i = 0; i < COUNT(p->pgs); i++)
		pg_connect(&p->pgs[i]);
}

void
pool_fini(struct pool *p)
{
	struct ask *a;

	for (size_t i = 0; i < COUNT(p->pgs); i++)
		pg_fini(&p->pgs[i]);
	while ((a = TAILQ_FIRST(&p->held)) != NULL) {
		TAILQ_REMOVE(&p->held, a, entry);
		ask_end(p, a, E_DATABASE_AWAY, NULL);
	}
	p->nheld = 0;
	ev_timer_stop(p->loop, &p->sweep);
	ev_prepare_stop(p->loop, &p->prepare);
}

unsigned
pool_up_count(const struct pool *p)
{
	unsigned n = 0;

	for (size_t i = 0; i < COUNT(p->pgs); i++)
		n += p->pgs[i].state == PG_UP;
	return n;
}

bool
pool_up(const struct pool *p, enum on kind)
{
	for (size_t i = 0; i < COUNT(p->pgs); i++)
		if (p->pgs[i].kind == kind && p->pgs[i].state == PG_UP)
			return true;
	return false;
}

bool
pool_serves(const struct pool *p, enum on kind)
{
	uint64_t since = p->away_since_ms[kind];

	return pool_up(p, kind) || (since != 0 && now_ms() < since + GRACE_MS);
}

unsigned
pool_queued(const struct pool *p)
{
	unsigned n = p->nheld;

	for (size_t i = 0; i < COUNT(p->pgs); i++)
		n += p->pgs[i].nflight;
	return n;
}
