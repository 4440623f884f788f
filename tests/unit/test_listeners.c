/* tests/unit/test_listeners.c - who listens on which front, and what each front is told: once, all of
 * it, and less often when it does not keep up.
 * Licence: Apache-2.0. */
#include "unit.h"

#include <sodium.h>
#include <time.h>

#include "actors/notifier/listeners.h"

/* Two fronts, each seen from both sides; what reaches them. */
static struct side {
	struct link here, there;
	unsigned hints, ends, agains;
	uint64_t seq;
	struct id user, session;
} sides[2];
static struct listeners ls;
static struct recent hash;
static struct ev_loop *loop;

static uint64_t
clock_ms(void)
{
	return 1;
}

static void
on_user_events(void *state, struct request *rq)
{
	struct side *s = state;

	s->hints++;
	s->seq = rq->body.user_events.seq;
	s->user = rq->body.user_events.user;
}

static void
on_session_over(void *state, struct request *rq)
{
	struct side *s = state;

	s->ends++;
	s->session = rq->body.session_over.session;
}

static void
on_listen_again(void *state, struct request *rq)
{
	(void)rq;
	((struct side *)state)->agains++;
}

static const struct route routes[] = { { MSG_user_events, on_user_events }, { MSG_session_over, on_session_over },
	{ MSG_listen_again, on_listen_again } };
static const struct link_hooks hooks = { NULL, NULL, clock_ms };

static int
set_up(void **unused)
{
	(void)unused;
	memset(&hash, 0, sizeof hash);
	memset(&ls, 0, sizeof ls);
	recent_init(&hash);
	listeners_init(&ls, loop, &hash);
	memset(sides, 0, sizeof sides);
	for (size_t i = 0; i < COUNT(sides); i++) {
		struct side *s = &sides[i];
		if (link_init(&s->here, EDGE_front_notifier, ROLE_notifier, ROLE_front, NULL, 0, NULL, &hooks) != 0 ||
		    link_init(&s->there, EDGE_front_notifier, ROLE_front, ROLE_notifier, routes, COUNT(routes), s, &hooks) != 0)
			return -1;
		link_up(&s->here, 0, 1);
		link_up(&s->there, 0, 1);
	}
	return 0;
}

static int
tear_down(void **unused)
{
	(void)unused;
	listeners_fini(&ls);
	assert_int_equal(ls.n, 0);
	for (size_t i = 0; i < COUNT(sides); i++) {
		link_fini(&sides[i].here);
		link_fini(&sides[i].there);
	}
	return 0;
}

/* A turn of the loop. */
static void
turn(void)
{
	ev_ref(loop);
	ev_run(loop, EVRUN_NOWAIT);
	ev_unref(loop);
}

/* What was written reaches the front. */
static void
carry(struct side *s)
{
	const char *why = "";
	struct bytes b;

	while ((b = link_write_next(&s->here)).n > 0) {
		size_t n = b.n < 4096 ? b.n : 4096;
		memcpy(link_read_room(&s->there, n), b.p, n);
		assert_int_equal(link_read_done(&s->there, n, &why), 0);
		link_write_done(&s->here, n);
	}
}

static void
pass(void)
{
	turn();
	carry(&sides[0]);
	carry(&sides[1]);
}

static struct id
numbered(uint8_t kind, uint32_t i)
{
	struct id id = { { kind } };

	memcpy(id.b + 4, &i, sizeof i);
	return id;
}

static const struct id ann = { { 1 } }, bob = { { 2 } }, phone = { { 3 } }, desk = { { 4 } }, bobs = { { 5 } };

static void
add(struct side *s, const struct id *user, const struct id *session)
{
	assert_int_equal(listeners_add(&ls, &s->here, user, session), 0);
}

/* ---- cases ---- */

static void
one_hint_for_each_front_and_user(void **unused)
{
	(void)unused;
	add(&sides[0], &ann, &phone);
	add(&sides[0], &ann, &desk);
	add(&sides[1], &ann, &desk);
	add(&sides[1], &bob, &bobs);
	assert_int_equal(listeners_add(&ls, &sides[0].here, &ann, &desk), 1);
	assert_int_equal(ls.n, 4);
	for (uint64_t seq = 1; seq <= 5; seq++)
		listeners_event(&ls, &ann, seq);
	listeners_event(&ls, &ann, 2);		/* told again: the newest counts */
	pass();
	assert_int_equal(sides[0].hints, 1);
	assert_int_equal(sides[1].hints, 1);
	assert_int_equal(sides[0].seq, 5);
	assert_true(id_eq(&sides[0].user, &ann) && id_eq(&sides[1].user, &ann));
	pass();
	assert_int_equal(sides[0].hints, 1);
	listeners_event(&ls, &ann, 3);		/* a database that was set back: a hint all the same */
	pass();
	assert_int_equal(sides[0].hints, 2);
	assert_int_equal(sides[0].seq, 3);
	listeners_event(&ls, &bob, 1);
	listeners_event(&ls, &desk, 1);		/* nobody */
	pass();
	assert_int_equal(sides[0].hints, 2);
	assert_int_equal(sides[1].hints, 3);
}

static void
who_does_not_listen_any_more_is_told_nothing(void **unused)
{
	(void)unused;
	add(&sides[0], &ann, &phone);
	add(&sides[0], &ann, &desk);
	add(&sides[1], &ann, &phone);
	listeners_remove(&ls, &sides[0].here, &phone);
	listeners_remove(&ls, &sides[0].here, &phone);
	listeners_remove(&ls, &sides[1].here, &desk);	/* not its own */
	listeners_event(&ls, &ann, 1);
	pass();
	assert_int_equal(sides[0].hints, 1);
	assert_int_equal(sides[1].hints, 1);
	listeners_event(&ls, &ann, 2);
	listeners_remove(&ls, &sides[0].here, &desk);	/* with a hint that waits */
	listeners_front_gone(&ls, &sides[1].here);
	pass();
	assert_int_equal(sides[0].hints, 1);
	assert_int_equal(sides[1].hints, 1);
	assert_int_equal(ls.n, 0);
	listeners_gap(&ls);
	pass();
	assert_int_equal(sides[0].agains + sides[1].agains, 0);
}

static void
an_ended_session_is_told_where_it_listens(void **unused)
{
	(void)unused;
	add(&sides[0], &ann, &phone);
	add(&sides[0], &ann, &desk);
	add(&sides[1], &ann, &phone);
	listeners_event(&ls, &ann, 1);
	listeners_session_over(&ls, &phone);
	listeners_session_over(&ls, &phone);
	listeners_session_over(&ls, &bobs);
	pass();
	assert_int_equal(sides[0].ends, 1);
	assert_int_equal(sides[1].ends, 1);
	assert_true(id_eq(&sides[0].session, &phone) && id_eq(&sides[1].session, &phone));
	assert_int_equal(sides[0].hints, 1);		/* the other session's */
	assert_int_equal(sides[1].hints, 0);
	assert_int_equal(ls.n, 1);
	add(&sides[1], &ann, &phone);			/* the row is free again */
}

static void
a_gap_is_told_once_to_all_who_listen(void **unused)
{
	(void)unused;
	listeners_gap(&ls);		/* nobody to tell; it is over when somebody comes */
	add(&sides[0], &ann, &phone);
	pass();
	assert_int_equal(sides[0].agains, 0);
	listeners_gap(&ls);
	listeners_gap(&ls);
	pass();
	assert_int_equal(sides[0].agains, 1);
	assert_int_equal(sides[1].agains, 0);
	pass();
	assert_int_equal(sides[0].agains, 1);
}

static void
a_front_that_does_not_keep_up_is_told_less(void **unused)
{
	enum { USERS = 5000 };

	(void)unused;
	for (uint32_t i = 0; i < USERS; i++) {
		struct id user = numbered(7, i), session = numbered(8, i);
		add(&sides[0], &user, &session);
	}
	add(&sides[1], &ann, &desk);
	for (uint64_t seq = 1; seq <= 20; seq++) {	/* it reads nothing meanwhile */
		for (uint32_t i = 0; i < USERS; i++) {
			struct id user = numbered(7, i);
			listeners_event(&ls, &user, seq);
		}
		listeners_event(&ls, &ann, seq);
		turn();
	}
	assert_true(link_write_next(&sides[0].here).n < 2 * HINTS_WAITING);
	carry(&sides[1]);
	assert_int_equal(sides[1].hints, 20);		/* others do not wait for it */
	assert_true(ev_is_active(&ls.later));
	for (int i = 0; i < 20; i++)
		pass();
	assert_in_range(sides[0].hints, USERS, 3 * USERS);
	assert_int_equal(sides[0].seq, 20);
	assert_false(ev_is_active(&ls.later));
	/* it is deaf altogether: what it was not told of becomes a word to look at all */
	struct bytes much = { calloc(1, 1 << 20), 1 << 20 };
	while (link_write_next(&sides[0].here).n <= LINK_OUT_MAX)
		assert_int_equal(buf_add(&sides[0].here.out, much.p, much.n), 0);
	free((void *)(uintptr_t)much.p);
	struct id one = numbered(8, 1);
	listeners_session_over(&ls, &one);
	turn();
	link_write_done(&sides[0].here, link_write_next(&sides[0].here).n);	/* not read here: it is no frame */
	pass();
	assert_int_equal(sides[0].ends, 0);
	assert_int_equal(sides[0].agains, 1);
}

static void
bounds_hold_and_many_are_no_burden(void **unused)
{
	struct timespec t0, t1;

	(void)unused;
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (uint32_t i = 0; i < LISTEN_FRONT_MAX; i++) {
		struct id user = numbered(7, i / 2), session = numbered(8, i);
		add(&sides[0], &user, &session);
	}
	assert_int_equal(listeners_add(&ls, &sides[0].here, &ann, &desk), -E_QUEUE_FULL);
	add(&sides[1], &ann, &desk);		/* the other one's room is its own */
	for (uint32_t i = 0; i < LISTEN_FRONT_MAX / 2; i++) {
		struct id user = numbered(7, i);
		listeners_event(&ls, &user, 1);
	}
	for (int i = 0; i < 40; i++)
		pass();
	assert_int_equal(sides[0].hints, LISTEN_FRONT_MAX / 2);
	for (uint32_t i = 0; i < LISTEN_FRONT_MAX; i++) {
		struct id session = numbered(8, i);
		listeners_session_over(&ls, &session);
	}
	pass();
	assert_int_equal(sides[0].ends, LISTEN_FRONT_MAX);
	assert_int_equal(ls.n, 1);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	print_message("20000 sessions: entered, hinted and ended in %ld ms\n",
	    (long)((t1.tv_sec - t0.tv_sec) * 1000 + (t1.tv_nsec - t0.tv_nsec) / 1000000));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_hint_for_each_front_and_user, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_does_not_listen_any_more_is_told_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_ended_session_is_told_where_it_listens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_gap_is_told_once_to_all_who_listen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_front_that_does_not_keep_up_is_told_less, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bounds_hold_and_many_are_no_burden, set_up, tear_down),
	};

	if (sodium_init() < 0 || (loop = ev_default_loop(EVFLAG_NOENV)) == NULL)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
