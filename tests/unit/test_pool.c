/* tests/unit/test_pool.c - the connections of db on a real PostgreSQL: what one failing
 * statement means for its neighbours, and what the loss of the server means for all.
 * Licence: Apache-2.0. */
#include "unit.h"

#include <ev.h>
#include <sodium.h>
#include <time.h>

#include "actors/db/migrate.h"
#include "actors/db/pool.h"
#include "pg_rig.h"

static struct pg_rig pg;
static bool there;
static struct conninfo ci;
static struct ev_loop *loop;
static struct pool pool;
static unsigned notified;

/* The pool runs inside an actor there; here it is told the time itself. */
uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- asking ---- */

struct got {
	unsigned done, ok, err;		/* err: the last code that was not 0 */
	unsigned errors[E_LIMIT];
};

static void
on_answer(struct ask *a, unsigned err, const PGresult *res)
{
	struct got *g = a->state;

	(void)res;
	g->done++;
	if (err == 0) {
		g->ok++;
	} else {
		g->err = err;
		g->errors[err]++;
	}
}

static void
ping(struct got *g)
{
	ask_send(&pool, ask_new(NULL, Q_ping, on_answer, g));
}

/* A read that PostgreSQL refuses: "no date" is none. */
static void
bad_read(struct got *g)
{
	struct ask *a = ask_new(NULL, Q_generation_page, on_answer, g);
	static const struct id user = { { 1 } };

	ask_id(a, &user);
	ask_i64(a, 1);
	ask_i64(a, 10);
	for (int i = 0; i < 4; i++)
		ask_null(a);
	ask_text(a, BYTES("no date"));
	ask_null(a);
	ask_null(a);
	ask_send(&pool, a);
}

static void
project_create(struct got *g)
{
	struct ask *a = ask_new(NULL, Q_project_create, on_answer, g);

	ask_text(a, BYTES("P"));
	for (int i = 0; i < 3; i++)
		ask_null(a);
	ask_text(a, BYTES("1.2.3.4"));
	ask_send(&pool, a);
}

static void
on_timeout(struct ev_loop *l, ev_timer *w, int events)
{
	(void)events;
	*(bool *)w->data = true;
	ev_break(l, EVBREAK_ONE);
}

/* Runs the loop until *n is `want`, at most that long. */
static void
until(const unsigned *n, unsigned want, double seconds)
{
	bool late = false;
	ev_timer t;

	ev_timer_init(&t, on_timeout, seconds, 0.);
	t.data = &late;
	ev_timer_start(loop, &t);
	while (*n < want && !late)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &t);
	assert_int_equal(*n, want);
}

static void
wait_for_all(void)
{
	uint64_t end = now_ms() + 10000;

	while (pool_up_count(&pool) < POOL_CONNECTIONS && now_ms() < end)
		ev_run(loop, EVRUN_ONCE);
	assert_int_equal(pool_up_count(&pool), POOL_CONNECTIONS);
}

/* ---- set-up ---- */

static void
on_notify(void *state, const char *channel, const char *payload)
{
	(void)state;
	(void)payload;
	if (strcmp(channel, "studio_jobs") == 0)
		notified++;
}

/* Keeps EVRUN_ONCE from waiting for ever. */
static void
on_beat(struct ev_loop *l, ev_timer *w, int events)
{
	(void)l;
	(void)w;
	(void)events;
}

static int
start(void **unused)
{
	static const struct pool_hooks hooks = { NULL, NULL, on_notify };
	static ev_timer beat;
	const char *why = "";

	(void)unused;
	if (!(there = pg_rig_start(&pg)))
		return 0;
	if (conninfo_init(&ci, pg.url, -1, &why) != 0 || migrate(&ci, true) != MIGRATE_DONE)
		return -1;
	loop = ev_default_loop(EVFLAG_AUTO);
	ev_timer_init(&beat, on_beat, 0.05, 0.05);
	ev_timer_start(loop, &beat);
	pool_init(&pool, loop, &ci, &hooks, NULL);
	pool_start(&pool);
	return 0;
}

static int
stop(void **unused)
{
	(void)unused;
	if (!there)
		return 0;
	pool_fini(&pool);
	conninfo_fini(&ci);
	pg_rig_stop(&pg);
	return 0;
}

static int
ready(void **unused)
{
	(void)unused;
	if (!there)
		skip();
	wait_for_all();
	return 0;
}

/* ---- cases ---- */

static void
a_failing_read_hurts_no_neighbour(void **unused)
{
	struct got good = { 0 }, bad = { 0 };

	(void)unused;
	for (int i = 0; i < 20; i++) {
		ping(&good);
		if (i % 7 == 3)
			bad_read(&bad);
	}
	project_create(&good);
	ping(&good);
	until(&good.done, 22, 5.);
	until(&bad.done, 3, 5.);
	assert_int_equal(good.ok, 22);
	assert_int_equal(bad.errors[E_VALIDATION_ERROR], 3);
}

static void
more_than_the_queue_holds_is_refused_at_once(void **unused)
{
	struct got g = { 0 };

	(void)unused;
	for (int i = 0; i < APP_CONNECTIONS * FLIGHT_MAX + 10; i++)
		ping(&g);
	assert_int_equal(g.errors[E_QUEUE_FULL], 10);
	until(&g.done, APP_CONNECTIONS * FLIGHT_MAX + 10, 10.);
	assert_int_equal(g.ok, APP_CONNECTIONS * FLIGHT_MAX);
	assert_int_equal(pool_queued(&pool), 0);
}

static void
a_restart_of_the_server_is_not_seen_by_reads(void **unused)
{
	struct got in_flight = { 0 }, written = { 0 }, later = { 0 };

	(void)unused;
	for (int i = 0; i < 50; i++)
		ping(&in_flight);
	pg_rig_kill(&pg);		/* before the loop ran: all of them are lost with it */
	pg_rig_again(&pg);
	project_create(&written);
	until(&in_flight.done, 50, 5.);
	assert_int_equal(in_flight.ok, 50);
	until(&written.done, 1, 5.);
	ping(&later);
	until(&later.done, 1, 5.);
	assert_int_equal(later.ok, 1);
}

static void
an_outage_is_told_within_its_bounds(void **unused)
{
	struct got first = { 0 }, later = { 0 }, after = { 0 };
	uint64_t t0;

	(void)unused;
	ping(&first);
	pg_rig_kill(&pg);
	t0 = now_ms();
	until(&first.done, 1, 5.);
	assert_int_equal(first.err, E_DATABASE_AWAY);
	assert_in_range(now_ms() - t0, HELD_MS - 500, HELD_MS + 1000);
	t0 = now_ms();
	ping(&later);
	assert_int_equal(later.err, E_DATABASE_AWAY);	/* the grace is over: at once */
	assert_in_range(now_ms() - t0, 0, 50);
	pg_rig_again(&pg);
	wait_for_all();
	ping(&after);
	until(&after.done, 1, 5.);
	assert_int_equal(after.ok, 1);
}

static void
notifications_come_back_after_an_outage(void **unused)
{
	PGconn *c = PQconnectdb(pg.url);

	(void)unused;
	notified = 0;
	PQclear(PQexec(c, "notify studio_jobs"));
	PQfinish(c);
	until(&notified, 1, 5.);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_failing_read_hurts_no_neighbour, ready),
		cmocka_unit_test_setup(more_than_the_queue_holds_is_refused_at_once, ready),
		cmocka_unit_test_setup(a_restart_of_the_server_is_not_seen_by_reads, ready),
		cmocka_unit_test_setup(an_outage_is_told_within_its_bounds, ready),
		cmocka_unit_test_setup(notifications_come_back_after_an_outage, ready),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
