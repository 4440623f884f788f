/* tests/unit/test_gate.c - who enters when, who waits, and who gives up waiting.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/gate.h"

static unsigned entered, refused;

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
	gate_leave(&g, &places[0]);
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
	gate_leave(&g, &places[0]);
	gate_leave(&g, &places[1]);
	assert_int_equal(entered, n + 1);
	assert_int_equal(refused, 0);
	assert_int_equal(g.waiting, 0);
	drop(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_enters_when_another_leaves),
		cmocka_unit_test(who_gives_up_is_not_let_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
