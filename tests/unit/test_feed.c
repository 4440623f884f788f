/* tests/unit/test_feed.c - a session's events between neighbours that the test plays: what is asked in
 * which order, and what becomes of listeners when one of the others refuses, fails or goes away.
 * Licence: Apache-2.0. */
#include "tests/unit/feed_world.h"

struct seen {
	struct listener l;
	unsigned begins, events, ends, bare;
	bool missed, leaves;		/* leaves: with the first event */
	uint64_t began, last;
	enum feed_end why;
};

static struct seen *
seen_of(struct listener *l)
{
	return (struct seen *)(void *)((char *)l - offsetof(struct seen, l));
}

static void
on_begin(struct listener *l, uint64_t seq, bool missed)
{
	struct seen *s = seen_of(l);

	s->begins++;
	s->began = s->last = seq;
	s->missed = missed;
}

static void
on_event(struct listener *l, uint64_t seq, struct bytes json)
{
	struct seen *s = seen_of(l);

	assert_int_equal(seq, s->last + 1);
	assert_null(memmem(json.p, json.n, "gs://", 5));
	s->bare += event_has_result(seq) && memmem(json.p, json.n, "https://", 8) == NULL;
	s->last = seq;
	s->events++;
	if (s->leaves)
		feed_leave(l);
}

static void
on_end(struct listener *l, enum feed_end why)
{
	struct seen *s = seen_of(l);

	assert_null(l->feed);
	s->ends++;
	s->why = why;
}

static const struct listener_calls calls = { on_begin, on_event, on_end };

static void
join(struct seen *s, unsigned session, bool has_after, uint64_t after)
{
	struct identity who = world_identity(session);

	memset(s, 0, sizeof *s);
	assert_int_equal(feed_join(&world.front, &s->l, &calls, &who, has_after, after), 0);
	assert_int_equal(s->begins, 0);
}

static int
setup(void **state)
{
	(void)state;
	world_init();
	return 0;
}

/* Nothing is held when nobody listens any more. */
static int
teardown(void **state)
{
	(void)state;
	feeds_drain(&world.front);
	assert_int_equal(feeds_stats(&world.front)->listeners, 0);
	assert_int_equal(feeds_stats(&world.front)->feeds, 0);
	for (size_t i = 0; i < SLOT_COUNT; i++)
		assert_int_equal(world.front.feeds->running[i], 0);
	assert_int_equal(world.front.feeds->later, 0);
	world_fini();
	return 0;
}

static void
it_is_heard_of_before_it_is_asked_where_it_is(void **state)
{
	static struct seen s;

	(void)state;
	world.events[0] = 7;
	join(&s, 0, false, 0);
	world_run(200);
	assert_string_equal(world.order, "LE");
	assert_int_equal(s.begins, 1);
	assert_int_equal(s.began, 7);
	assert_false(s.missed);
	world_event(0, true);
	world_event(0, true);
	world_run(200);
	assert_int_equal(s.events, 2);
	assert_int_equal(s.last, 9);
	feed_leave(&s.l);
	world_run(100);
	assert_false(world.heard[0]);
}

static void
each_goes_on_where_it_was(void **state)
{
	static struct seen from3, from9, now, pruned, never;

	(void)state;
	world.events[0] = 200;
	world.pruned[0] = 2;
	join(&from3, 0, true, 3);
	join(&from9, 0, true, 9);
	join(&now, 0, false, 0);
	join(&pruned, 0, true, 1);
	join(&never, 0, true, 201);
	world_run(1000);
	assert_int_equal(from3.events, 197);
	assert_int_equal(from9.events, 191);
	assert_int_equal(now.events, 0);
	assert_int_equal(now.began, 200);
	assert_false(from3.missed || from9.missed || now.missed);
	assert_true(pruned.missed && never.missed);
	assert_int_equal(pruned.began, 200);
	assert_int_equal(never.began, 200);
	assert_int_equal(feeds_stats(&world.front)->missed, 2);
}

static void
one_that_leaves_keeps_nobody_from_theirs(void **state)
{
	static struct seen s[8];

	(void)state;
	for (size_t i = 0; i < COUNT(s); i++) {
		join(&s[i], 0, true, 0);
		s[i].leaves = i % 2 == 0;
	}
	for (int i = 0; i < 10; i++)
		world_event(0, false);
	world_run(1000);
	for (size_t i = 0; i < COUNT(s); i++)
		assert_int_equal(s[i].events, i % 2 == 0 ? 1 : 10);
}

/* The last one leaves while it is told. */
static void
a_feed_may_end_while_it_speaks(void **state)
{
	static struct seen s;

	(void)state;
	world.events[0] = 5;
	join(&s, 0, true, 0);
	s.leaves = true;
	world_run(500);
	assert_int_equal(s.events, 1);
	assert_int_equal(feeds_stats(&world.front)->feeds, 0);
}

static void
a_session_ends_where_it_is_told(void **state)
{
	static struct seen a, b;

	(void)state;
	join(&a, 0, false, 0);
	join(&b, USERS, false, 0);	/* the same user elsewhere */
	world_run(200);
	world_end_session(0, true);
	world_step(1);
	assert_int_equal(a.ends, 1);
	assert_int_equal(a.why, FEED_SESSION_OVER);
	assert_int_equal(b.ends, 0);
}

/* The hint was lost: db refuses, and auth says why. */
static void
a_session_ends_where_db_refuses_it(void **state)
{
	static struct seen s;

	(void)state;
	join(&s, 0, false, 0);
	world_run(200);
	world_end_session(0, false);
	world_listen_again();
	world_run(1000);
	assert_int_equal(s.ends, 1);
	assert_int_equal(s.why, FEED_SESSION_OVER);
}

static void
it_outlives_its_first_tickets(void **state)
{
	static struct seen s;

	(void)state;
	join(&s, 0, false, 0);
	for (int hour = 0; hour < 4; hour++) {
		world_run(3600000);
		world_event(0, true);
		world_run(300);
		assert_int_equal(s.last, hour + 1);
	}
	assert_in_range(world.asked[AUTH], 4 * 18, 4 * 22);
	assert_int_equal(s.ends, 0);
}

static void
without_auth_it_lives_as_long_as_its_tickets(void **state)
{
	static struct seen s;

	(void)state;
	join(&s, 0, false, 0);
	world_run(1000);
	world_break(AUTH);
	world_run(LONG_TICKET_MS - 30000);
	assert_int_equal(s.ends, 0);
	world_run(60000);
	assert_int_equal(s.ends, 1);
	assert_int_equal(s.why, FEED_AWAY);
}

static void
a_new_connection_brings_what_auth_could_not(void **state)
{
	static struct seen s, fresh;

	(void)state;
	join(&s, 0, false, 0);
	world_run(1000);
	world.error[AUTH] = E_DATABASE_AWAY;
	world_run(200000);
	join(&fresh, 0, false, 0);
	world_run(200000);
	assert_int_equal(s.ends + fresh.ends, 0);
	world.error[AUTH] = 0;
	world_run(20000);
	world_event(0, true);
	world_run(20000);
	assert_int_equal(s.events, 1);
	assert_int_equal(fresh.events, 1);
}

/* Those behind it must not overtake. */
static void
events_wait_for_their_urls(void **state)
{
	static struct seen s;

	(void)state;
	join(&s, 0, true, 0);
	world_run(200);
	world_break(VERTEX);
	for (int i = 0; i < 5; i++)
		world_event(0, true);
	world_run(10000);
	assert_int_equal(s.events, 0);
	world_mend(VERTEX);
	world_run(300);
	assert_int_equal(s.events, 5);
	assert_int_equal(s.bare, 0);
}

static void
but_not_for_ever(void **state)
{
	static struct seen s;

	(void)state;
	join(&s, 0, true, 0);
	world_run(200);
	world.error[VERTEX] = E_STORAGE_ERROR;
	for (int i = 0; i < 5; i++)
		world_event(0, true);
	world_run(60000);
	assert_int_equal(s.events, 5);
	assert_int_equal(s.bare, 1);
	assert_int_equal(feeds_stats(&world.front)->bare, 1);
	world_event(0, true);
	world_run(10000);
	assert_int_equal(s.bare, 2);		/* once waited for is enough */
	world.error[VERTEX] = 0;
	world_run(400000);
	for (int i = 0; i < 3; i++)
		world_event(0, true);
	world_run(300);
	assert_int_equal(s.events, 9);
	assert_int_equal(s.bare, 2);
}

/* Notifier is away for long: it is looked without hints. */
static void
it_looks_by_itself_while_nobody_tells(void **state)
{
	static struct seen s;

	(void)state;
	world_break(NOTIFIER);
	join(&s, 0, false, 0);
	world_run(1000);
	assert_int_equal(s.begins, 1);
	world_event(0, true);
	world_run(20000);
	assert_int_equal(s.events, 1);
}

static void
few_are_asked_at_once_after_a_link_came_back(void **state)
{
	static struct seen s[SESSIONS];

	(void)state;
	for (unsigned i = 0; i < SESSIONS; i++)
		join(&s[i], i, false, 0);
	world_run(5000);
	world.slow = true;
	world_break(NOTIFIER);
	world_mend(NOTIFIER);
	world_listen_again();
	for (int i = 0; i < 400; i++) {
		world_step(20);
		assert_in_range(world.front.feeds->running[SLOT_fetch], 0, 64);
		assert_in_range(world.front.feeds->running[SLOT_listen], 0, 64);
		world_answer(20);
	}
	assert_in_range(world.kept_most, 64, 160);
	world.slow = false;
	world_answer(KEPT);
	world_run(1000);
	for (unsigned i = 0; i < USERS; i++)
		world_event(i, true);
	world_run(1000);
	for (unsigned i = 0; i < SESSIONS; i++)
		assert_int_equal(s[i].events, 1);
}

static void
an_answer_that_leads_nowhere_is_no_loop(void **state)
{
	static struct seen s;

	(void)state;
	world.events[0] = 3;
	join(&s, 0, false, 0);
	world_run(200);
	unsigned before = world.asked[DB];
	/* a hint of what never comes */
	world.events[0] = 50;
	world_event(0, true);
	world.events[0] = 3;
	world_run(10000);
	assert_in_range(world.asked[DB] - before, 1, 3);
	assert_int_equal(s.events, 0);
}

static void
who_listens_is_counted_and_bounded(void **state)
{
	static struct seen s[FEED_LISTENERS_MAX + 1];
	struct identity who = world_identity(1);

	(void)state;
	for (size_t i = 0; i < FEED_LISTENERS_MAX; i++)
		join(&s[i], (unsigned)(i % SESSIONS), false, 0);
	assert_int_equal(feed_join(&world.front, &s[FEED_LISTENERS_MAX].l, &calls, &who, false, 0), E_QUEUE_FULL);
	assert_int_equal(feed_count(&world.front, &who.user, &calls), FEED_LISTENERS_MAX / USERS);
	world.front.a.draining = true;
	feeds_drain(&world.front);
	assert_int_equal(s[0].why, FEED_DRAINING);
	assert_int_equal(feed_join(&world.front, &s[0].l, &calls, &who, false, 0), E_DRAINING);
	world.front.a.draining = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(it_is_heard_of_before_it_is_asked_where_it_is),
		T(each_goes_on_where_it_was),
		T(one_that_leaves_keeps_nobody_from_theirs),
		T(a_feed_may_end_while_it_speaks),
		T(a_session_ends_where_it_is_told),
		T(a_session_ends_where_db_refuses_it),
		T(it_outlives_its_first_tickets),
		T(without_auth_it_lives_as_long_as_its_tickets),
		T(a_new_connection_brings_what_auth_could_not),
		T(events_wait_for_their_urls),
		T(but_not_for_ever),
		T(it_looks_by_itself_while_nobody_tells),
		T(few_are_asked_at_once_after_a_link_came_back),
		T(an_answer_that_leads_nowhere_is_no_loop),
		T(who_listens_is_counted_and_bounded),
#undef T
	};
	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
