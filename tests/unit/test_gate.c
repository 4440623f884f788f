/* tests/unit/test_gate.c - who enters when, who waits, and who gives up waiting; how
 * that follows what Google says. The clock is played.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/common/clock.h"
#include "actors/vertex/gate.h"

static unsigned entered, refused;
static uint64_t clock_is = 1000;

uint64_t
now_ms(void)
{
	return clock_is;
}

static const struct gate_news fine = { .works = true }, busy = { .works = true, .busy = true }, broken = { .broken = true };

static void
on_enter(void *arg, unsigned err)
{
	(void)arg;
	if (err == 0)
		entered++;
	else
		refused++;
}

/* As many as the model lets in, and two more who wait. */
static const struct model *
fill(struct gate *g, struct place *places, unsigned *inside)
{
	const struct model *m = model_by_id(BYTES("lyria-002"));

	entered = refused = 0;
	gate_init(g, ev_loop_new(EVFLAG_AUTO));
	*inside = m->at_once;
	for (unsigned i = 0; i < m->at_once + 2; i++)
		assert_int_equal(gate_enter(g, &places[i], m, 0, on_enter, NULL), 0);
	assert_int_equal(entered, m->at_once);
	return m;
}

static void
drop(struct gate *g)
{
	ev_timer_stop(g->loop, &g->tick);
	ev_loop_destroy(g->loop);
}

static void
who_waits_enters_when_another_leaves(void **state)
{
	struct gate g;
	struct place places[GATE_AT_ONCE + 2];
	unsigned n;

	(void)state;
	fill(&g, places, &n);
	gate_leave(&g, &places[0], &fine);
	assert_int_equal(entered, n + 1);
	assert_int_equal(g.waiting, 1);
	drop(&g);
}

static void
who_gives_up_is_not_let_in(void **state)
{
	struct gate g;
	struct place places[GATE_AT_ONCE + 2], never = { .model = NULL };
	unsigned n;

	(void)state;
	fill(&g, places, &n);
	assert_false(gate_give_up(&g, &places[0]));	/* inside */
	assert_false(gate_give_up(&g, &never));
	assert_true(gate_give_up(&g, &places[n]));	/* the first that waits */
	assert_false(gate_give_up(&g, &places[n]));
	assert_int_equal(g.waiting, 1);
	gate_leave(&g, &places[0], &fine);
	gate_leave(&g, &places[1], &fine);
	assert_int_equal(entered, n + 1);
	assert_int_equal(refused, 0);
	assert_int_equal(g.waiting, 0);
	drop(&g);
}

/* As many as are let in and no more: how many that is. They leave with this news. */
static unsigned
round_of(struct gate *g, const struct model *m, const struct gate_news *news)
{
	struct place places[GATE_AT_ONCE];
	unsigned n = gate_width(g, m);

	entered = 0;
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(gate_enter(g, &places[i], m, 0, on_enter, NULL), 0);
	assert_int_equal(entered, n);
	for (unsigned i = 0; i < n; i++)
		gate_leave(g, &places[i], news);
	return n;
}

static void
one_wave_of_429_halves_once(void **state)
{
	struct gate g;
	const struct model *m = model_by_id(BYTES("lyria-002"));
	unsigned n, most = m->at_once, narrow, left;

	(void)state;
	gate_init(&g, ev_loop_new(EVFLAG_AUTO));
	for (n = most; n > 1; n = n / 2) {
		assert_int_equal(round_of(&g, m, &busy), n);
		assert_int_equal(gate_width(&g, m), n / 2);
	}
	assert_int_equal(round_of(&g, m, &busy), 1);
	assert_int_equal(gate_width(&g, m), 1);			/* at least that */
	gate_count(&g, &narrow, &left);
	assert_int_equal(narrow, 1);
	for (n = 1; n < most; n++)
		assert_int_equal(round_of(&g, m, &fine), n);	/* one more a round */
	assert_int_equal(round_of(&g, m, &fine), most);
	assert_int_equal(gate_width(&g, m), most);		/* and not more than the table has */
	gate_count(&g, &narrow, &left);
	assert_int_equal(narrow, 0);
	drop(&g);
}

static void
who_entered_after_a_cut_may_cut_again(void **state)
{
	struct gate g;
	const struct model *m = model_by_id(BYTES("lyria-002"));
	struct place old[2], later;

	(void)state;
	gate_init(&g, ev_loop_new(EVFLAG_AUTO));
	gate_enter(&g, &old[0], m, 0, on_enter, NULL);
	gate_enter(&g, &old[1], m, 0, on_enter, NULL);
	assert_int_equal(gate_leave(&g, &old[0], &busy), GATE_NARROWED);
	gate_enter(&g, &later, m, 0, on_enter, NULL);
	assert_int_equal(gate_leave(&g, &old[1], &busy), 0);
	assert_int_equal(gate_leave(&g, &later, &busy), GATE_NARROWED);
	assert_int_equal(gate_width(&g, m), m->at_once / 4);
	drop(&g);
}

static void
retry_after_pauses_the_model_alone(void **state)
{
	struct gate g;
	const struct model *m = model_by_id(BYTES("lyria-002")), *other = model_by_id(BYTES("veo-3.1-generate-001"));
	struct place p, waits, elsewhere;

	(void)state;
	gate_init(&g, ev_loop_new(EVFLAG_AUTO));
	entered = refused = 0;
	gate_enter(&g, &p, m, 0, on_enter, NULL);
	gate_leave(&g, &p, &(struct gate_news){ .works = true, .busy = true, .retry_after_s = 5 });
	assert_int_equal(gate_enter(&g, &elsewhere, other, 0, on_enter, NULL), 0);
	assert_int_equal(entered, 2);
	assert_int_equal(gate_enter(&g, &p, m, clock_is + 4000, on_enter, NULL), -E_UPSTREAM_BUSY);	/* it could not wait so long */
	assert_int_equal(gate_enter(&g, &waits, m, 0, on_enter, NULL), 0);
	clock_is += 4999;
	ev_invoke(g.loop, &g.tick, 0);
	assert_int_equal(entered, 2);
	clock_is += 1;
	ev_invoke(g.loop, &g.tick, 0);
	assert_int_equal(entered, 3);
	/* a pause of a day is cut, but nobody waits for its end */
	gate_leave(&g, &waits, &(struct gate_news){ .works = true, .busy = true, .retry_after_s = 86399 });
	assert_int_equal(gate_enter(&g, &p, m, 0, on_enter, NULL), -E_UPSTREAM_BUSY);
	clock_is += GATE_PAUSE_MS;
	assert_int_equal(gate_enter(&g, &p, m, 0, on_enter, NULL), 0);
	assert_int_equal(refused, 0);
	drop(&g);
}

static void
a_service_that_fails_is_left_alone(void **state)
{
	struct gate g;
	struct place places[GATE_AT_ONCE + 2], probe, other;
	unsigned n, narrow, left;
	const struct model *m;

	(void)state;
	m = fill(&g, places, &n);
	for (unsigned i = 0; i + 1 < BREAKER_FAILURES; i++) {
		gate_leave(&g, &places[i % n], &broken);
		gate_enter(&g, &places[i % n], m, 0, on_enter, NULL);	/* waits behind the others */
	}
	assert_true(g.waiting > 0);
	assert_int_equal(gate_leave(&g, &places[n - 1], &broken), GATE_OPENED);
	assert_int_equal(g.waiting, 0);				/* all were told */
	assert_true(refused > 0);
	gate_count(&g, &narrow, &left);
	assert_int_equal(left, 1);
	assert_int_equal(gate_enter(&g, &probe, m, 0, on_enter, NULL), -E_UPSTREAM_BUSY);
	assert_string_equal(gate_why(&g, m), "the model's service fails at present");
	clock_is += BREAKER_FIRST_MS;
	assert_int_equal(gate_enter(&g, &probe, m, 0, on_enter, NULL), 0);
	assert_int_equal(gate_enter(&g, &other, m, 0, on_enter, NULL), -E_UPSTREAM_BUSY);	/* one probe */
	assert_int_equal(gate_leave(&g, &probe, &fine), GATE_CLOSED);
	assert_int_equal(gate_enter(&g, &other, m, 0, on_enter, NULL), 0);
	drop(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_enters_when_another_leaves),
		cmocka_unit_test(who_gives_up_is_not_let_in),
		cmocka_unit_test(one_wave_of_429_halves_once),
		cmocka_unit_test(who_entered_after_a_cut_may_cut_again),
		cmocka_unit_test(retry_after_pauses_the_model_alone),
		cmocka_unit_test(a_service_that_fails_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
