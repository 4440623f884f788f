/* actors/db/connect.c - one connection: connect, become its role, prepare its statements,
 * serve, be lost, come back.
 *
 *     down -> connecting -> setting up -> up -> down (after a while: again)
 *
 * Owns: the PGconn and its watchers.
 * Fails: a connection that cannot be set up is tried again, later each time.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/db/connect.h"

enum { TELL_EVERY = 30 };	/* of the tries of one outage */

static void on_io(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);

static const char *const kinds[] = { [ON_app] = "app", [ON_auth] = "auth", [ON_listen] = "listen" };

static void
watch(struct pg *pg, int events)
{
	struct ev_loop *loop = pg->pool->loop;

	/* while connecting libpq may open another socket with the same number */
	if (pg->state >= PG_SETTING_UP && ev_is_active(&pg->io) && (pg->io.events & (EV_READ | EV_WRITE)) == events && pg->io.fd == PQsocket(pg->conn))
		return;
	ev_io_stop(loop, &pg->io);
	ev_io_set(&pg->io, PQsocket(pg->conn), events);
	ev_io_start(loop, &pg->io);
}

static void
timer(struct pg *pg, uint64_t ms)
{
	struct ev_loop *loop = pg->pool->loop;

	ev_now_update(loop);
	ev_timer_stop(loop, &pg->timer);
	ev_timer_set(&pg->timer, (double)ms / 1000.0, 0.);
	ev_timer_start(loop, &pg->timer);
}

static void
close_it(struct pg *pg)
{
	ev_io_stop(pg->pool->loop, &pg->io);
	ev_timer_stop(pg->pool->loop, &pg->timer);
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->state = PG_DOWN;
}

void
pg_lost(struct pg *pg, const char *why)
{
	uint64_t wait = BACKOFF_FIRST_MS << (pg->failures < 6 ? pg->failures : 6);
	bool was_up = pg->state == PG_UP;
	char text[256];
	char *p;

	if (pg->state == PG_DOWN)
		return;
	/* libpq's own words name the host and the reason, never the password */
	snprintf(text, sizeof text, "%s", why[0] != '\0' && was_up ? why : PQerrorMessage(pg->conn));
	for (p = text; *p != '\0'; p++)
		if (*p < ' ')
			*p = ' ';
	if (was_up || pg->failures == 0)	/* once per outage */
		log_event(LOG_WARNING, NULL, "connection_lost", "connection", kinds[pg->kind], "why", text,
		    "in_flight", log_u64(pg->nflight));
	close_it(pg);
	if (wait > BACKOFF_MOST_MS)
		wait = BACKOFF_MOST_MS;
	timer(pg, wait / 2 + arc4random() % (unsigned)(wait / 2 + 1));
	pg->failures++;
	pool_lost(pg);
}

/* ---- setting up ---- */

/* Its role, its notifications, then its statements, all in one round trip. */
static bool
set_up(struct pg *pg)
{
	static const enum query listens[] = { Q_listen_jobs, Q_listen_cancelled, Q_listen_events, Q_listen_sessions,
		Q_listen_deletions, Q_listen_deliveries };
	PGconn *c = pg->conn;
	enum query become = pg->kind == ON_auth ? Q_become_auth : Q_become_app;
	bool ok = PQsetnonblocking(c, 1) == 0 && PQenterPipelineMode(c) == 1 &&
	    PQsendQueryParams(c, statements[become].text, 0, NULL, NULL, NULL, NULL, 1) == 1;

	for (size_t i = 0; i < COUNT(listens) && pg->kind == ON_listen && ok; i++)
		ok = PQsendQueryParams(c, statements[listens[i]].text, 0, NULL, NULL, NULL, NULL, 1) == 1;
	for (size_t i = 0; i < Q_COUNT && ok; i++)
		if (statements[i].on == pg->kind)
			ok = PQsendPrepare(c, statements[i].name, statements[i].text, (int)statements[i].nparams, NULL) == 1;
	return ok && PQpipelineSync(c) == 1;
}

/* Notices would go to standard error, in a form that is not ours. */
static void
quiet(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static void
poll_connect(struct pg *pg)
{
	switch (PQconnectPoll(pg->conn)) {
	case PGRES_POLLING_READING:
		watch(pg, EV_READ);
		break;
	case PGRES_POLLING_WRITING:
		watch(pg, EV_WRITE);
		break;
	case PGRES_POLLING_OK:
		PQsetNoticeReceiver(pg->conn, quiet, NULL);
		pg->state = PG_SETTING_UP;
		pg->dirty = true;
		if (!set_up(pg)) {
			pg_lost(pg, "");
			break;
		}
		watch(pg, EV_READ);
		pg_flush(pg);
		break;
	default:
		pg_lost(pg, "");
	}
}

void
pg_connect(struct pg *pg)
{
	pg->conn = PQconnectStartParams(pg->pool->conninfo->keys, pg->pool->conninfo->values, 0);
	if (pg->conn == NULL)
		abort();		/* out of memory for a few kilobytes */
	pg->state = PG_CONNECTING;
	if (PQstatus(pg->conn) == CONNECTION_BAD) {
		pg_lost(pg, "");
		return;
	}
	timer(pg, CONNECT_MS);
	watch(pg, EV_WRITE);		/* as libpq wants it for the first PQconnectPoll */
}

static void
on_set_up(struct pg *pg)
{
	struct pool *p = pg->pool;

	pg->state = PG_UP;
	ev_timer_stop(p->loop, &pg->timer);
	if (pg->failures > 0)
		log_event(LOG_INFO, NULL, "connection_back", "connection", kinds[pg->kind]);
	pg->failures = 0;
	for (size_t i = 0; i < COUNT(p->pgs); i++)	/* what one can reach the others can */
		if (p->pgs[i].state == PG_DOWN)
			timer(&p->pgs[i], 0);
	pool_came_up(pg);
}

static void
on_set_up_result(struct pg *pg, const PGresult *res)
{
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		return;
	case PGRES_PIPELINE_SYNC:
		on_set_up(pg);
		return;
	default:
		if (pg->failures % TELL_EVERY == 0)
			log_event(LOG_ERROR, NULL, "connection_not_set_up", "connection", kinds[pg->kind],
			    "sqlstate", PQresultErrorField(res, PG_DIAG_SQLSTATE),
			    "why", PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
		pg_lost(pg, "");
	}
}

/* ---- serving ---- */

void
pg_flush(struct pg *pg)
{
	int rc = PQflush(pg->conn);

	if (rc < 0) {
		pg_lost(pg, "");
		return;
	}
	pg->dirty = rc > 0;
	watch(pg, rc > 0 ? EV_READ | EV_WRITE : EV_READ);
}

static void
take_results(struct pg *pg)
{
	/* One NULL ends the results of each statement; two in a row: nothing is left. */
	for (unsigned nulls = 0; nulls < 2 && pg->state >= PG_SETTING_UP && !PQisBusy(pg->conn); ) {
		PGresult *res = PQgetResult(pg->conn);
		if (res == NULL) {
			nulls++;
			continue;
		}
		nulls = 0;
		if (pg->state == PG_SETTING_UP)
			on_set_up_result(pg, res);
		else if (PQresultStatus(res) != PGRES_PIPELINE_SYNC)
			pool_result(pg, res);
		PQclear(res);
	}
}

static void
take_notifications(struct pg *pg)
{
	PGnotify *n;

	while (pg->state == PG_UP && (n = PQnotifies(pg->conn)) != NULL) {
		if (pg->pool->hooks.on_notify != NULL)
			pg->pool->hooks.on_notify(pg->pool->state, n->relname, n->extra);
		PQfreemem(n);
	}
}

static void
on_io(struct ev_loop *loop, ev_io *w, int events)
{
	struct pg *pg = w->data;

	(void)loop;
	if (pg->state == PG_CONNECTING) {
		poll_connect(pg);
		return;
	}
	if (events & EV_READ && PQconsumeInput(pg->conn) != 1) {
		pg_lost(pg, "");
		return;
	}
	take_results(pg);
	take_notifications(pg);
	if (pg->state >= PG_SETTING_UP && PQstatus(pg->conn) == CONNECTION_BAD)
		pg_lost(pg, "");
	else if (pg->state >= PG_SETTING_UP && (events & EV_WRITE || pg->dirty))
		pg_flush(pg);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	struct pg *pg = w->data;

	(void)loop;
	(void)events;
	if (pg->state == PG_DOWN)
		pg_connect(pg);
	else if (pg->state != PG_UP)
		pg_lost(pg, "");	/* it took too long */
}

/* ---- life ---- */

void
pg_init(struct pg *pg, struct pool *p, enum on kind)
{
	*pg = (struct pg){ .pool = p, .kind = kind };
	TAILQ_INIT(&pg->flight);
	ev_init(&pg->io, on_io);
	pg->io.data = pg;
	ev_timer_init(&pg->timer, on_timer, 0., 0.);
	pg->timer.data = pg;
}

void
pg_fini(struct pg *pg)
{
	if (pg->state != PG_DOWN) {
		close_it(pg);
		pool_lost(pg);
	}
	ev_timer_stop(pg->pool->loop, &pg->timer);
}
