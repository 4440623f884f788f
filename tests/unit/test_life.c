/* tests/unit/test_life.c - the life of a process: every state with every event, and the
 * pace of restarts.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "supervisor/life.h"

static const struct life_rules rules = { .intensity = 5, .period_ms = 10000, .patience = 4, .start_ms = 30000, .stop_ms = 700 };
static const struct life_cause killed = { CAUSE_signal, 9 }, fix_me = { CAUSE_exit, 100 }, left = { CAUSE_exit, 0 };

static struct life_todo
step(struct life *l, enum life_event e, uint64_t now)
{
	return life_step(l, &rules, e, &killed, now);
}

static struct life
up_since(uint64_t now)
{
	struct life l = { .state = LIFE_down };

	step(&l, ON_start, now);
	step(&l, ON_ready, now);
	assert_int_equal(l.state, LIFE_up);
	return l;
}

static void
starts_and_is_ready(void **state)
{
	struct life l = { .state = LIFE_down };
	struct life_todo t = step(&l, ON_start, 1000);

	(void)state;
	assert_true(t.spawn);
	assert_true(t.timer);
	assert_int_equal(t.timer_ms, rules.start_ms);
	assert_int_equal(l.state, LIFE_starting);
	t = step(&l, ON_ready, 1020);
	assert_int_equal(l.state, LIFE_up);
	assert_true(t.timer && t.timer_ms == 0);
	assert_int_equal(l.restarts, 0);
}

static void
first_death_is_answered_at_once(void **state)
{
	struct life l = up_since(1000);
	struct life_todo t = step(&l, ON_died, 60000);

	(void)state;
	assert_true(t.spawn);
	assert_int_equal(l.state, LIFE_starting);
	assert_int_equal(l.restarts, 1);
	assert_int_equal(l.cause.kind, CAUSE_signal);
	assert_int_equal(l.lived_ms, 59000);
}

/* What a chaos test does: five kills in ten seconds, each back within a second. */
static void
intensity_is_allowed(void **state)
{
	struct life l = up_since(1000);
	uint64_t now = 2000;

	(void)state;
	for (uint32_t i = 0; i < rules.intensity; i++) {
		struct life_todo t = step(&l, ON_died, now);
		if (!t.spawn) {
			assert_int_equal(l.state, LIFE_backoff);
			assert_in_range(t.timer_ms, 1, 250);
			now += t.timer_ms;
			assert_true(step(&l, ON_timer, now).spawn);
		}
		step(&l, ON_ready, now);
		now += 100;
	}
	assert_int_equal(l.slowed, 0);
}

static void
over_the_intensity_it_is_slowed_then_escalated(void **state)
{
	struct life l = up_since(1000);
	uint64_t now = 1000, last = 0;
	struct life_todo t = { 0 };

	(void)state;
	for (int i = 0; i < 100 && !t.escalate; i++) {
		t = step(&l, ON_died, now);
		if (l.state != LIFE_backoff)
			continue;
		if (l.slowed > 1)
			assert_int_equal(t.timer_ms, last * 2);
		last = l.slowed > 0 ? t.timer_ms : 0;
		now += t.timer_ms;
		t = step(&l, ON_timer, now);
		assert_true(t.spawn);
	}
	assert_true(t.escalate);
	assert_int_equal(l.state, LIFE_failed);
	assert_int_equal(l.slowed, rules.patience + 1);
	assert_int_equal(last, 8000);	/* 1, 2, 4, 8 s */
}

static void
a_good_life_is_forgiven(void **state)
{
	struct life l = up_since(1000);

	(void)state;
	l.slowed = 3;
	struct life_todo t = step(&l, ON_died, 1000 + rules.period_ms);
	assert_true(t.spawn);
	assert_int_equal(l.slowed, 0);
}

static void
fix_me_stays_down(void **state)
{
	struct life l = up_since(1000);
	struct life_todo t = life_step(&l, &rules, ON_died, &fix_me, 2000);
	char text[80];

	(void)state;
	assert_false(t.spawn);
	assert_false(t.escalate);
	assert_int_equal(l.state, LIFE_failed);
	assert_string_equal(life_cause_text(&l.cause, text, sizeof text), "exit 100 (fix me)");
	assert_true(step(&l, ON_restart, 3000).spawn);
}

static void
silence_is_a_cause(void **state)
{
	struct life l = up_since(1000);
	struct life_todo t = step(&l, ON_missed, 5000);
	char text[80];

	(void)state;
	assert_true(t.dump && t.kill);
	assert_int_equal(l.state, LIFE_stuck);
	t = step(&l, ON_died, 5001);
	assert_true(t.spawn);
	assert_string_equal(life_cause_text(&l.cause, text, sizeof text), "stuck (missed heartbeats), killed");
	step(&l, ON_ready, 5002);
	step(&l, ON_died, 5003);		/* the next death has its own cause */
	assert_string_equal(life_cause_text(&l.cause, text, sizeof text), "signal 9 (SIGKILL)");
}

static void
a_start_takes_so_long_at_most(void **state)
{
	struct life l = { .state = LIFE_down };

	(void)state;
	step(&l, ON_start, 0);
	struct life_todo t = step(&l, ON_timer, rules.start_ms);
	assert_true(t.kill && t.dump);
	step(&l, ON_died, rules.start_ms + 1);
	assert_int_equal(l.cause.kind, CAUSE_slow);
}

/* db waits for a database that is away: no limit, but it must answer heartbeats. */
static void
a_start_without_limit(void **state)
{
	struct life_rules patient = rules;
	struct life l = { .state = LIFE_down };

	(void)state;
	patient.start_ms = 0;
	struct life_todo t = life_step(&l, &patient, ON_start, NULL, 1000);
	assert_true(t.timer && t.timer_ms == 0);
	t = life_step(&l, &patient, ON_missed, NULL, 90000);
	assert_true(t.kill && t.dump);
	assert_int_equal(l.state, LIFE_stuck);
}

static void
stopping_is_gentle_first(void **state)
{
	struct life l = up_since(1000);
	struct life_todo t = step(&l, ON_stop, 2000);

	(void)state;
	assert_true(t.ask_leave);
	assert_false(t.kill);
	assert_int_equal(t.timer_ms, rules.stop_ms);
	t = step(&l, ON_timer, 2700);
	assert_true(t.kill);
	assert_int_equal(l.kills, 1);
	t = step(&l, ON_died, 2701);
	assert_false(t.spawn);
	assert_int_equal(l.state, LIFE_down);
}

static void
restart_is_stop_and_start(void **state)
{
	struct life l = up_since(1000);
	struct life_todo t = step(&l, ON_restart, 2000);

	(void)state;
	assert_true(t.ask_leave);
	t = life_step(&l, &rules, ON_died, &left, 2100);
	assert_true(t.spawn);
	assert_int_equal(l.ndeaths, 0);		/* it was asked for: it is no death of the intensity */
	step(&l, ON_ready, 2110);
	step(&l, ON_restart, 3000);
	step(&l, ON_stop, 3001);		/* the later wish wins */
	t = life_step(&l, &rules, ON_died, &left, 3100);
	assert_false(t.spawn);
	assert_int_equal(l.state, LIFE_down);
}

/* No event in any state breaks anything or leaves a process unwatched. */
static void
every_state_takes_every_event(void **state)
{
	(void)state;
	for (int s = 0; s < LIFE_STATES; s++)
		for (int e = 0; e < LIFE_EVENTS; e++) {
			struct life l = { .state = (enum life_state)s, .born_ms = 10, .since_ms = 10 };
			struct life_todo t = step(&l, (enum life_event)e, 20);
			assert_in_range(l.state, 0, LIFE_STATES - 1);
			assert_non_null(life_state_name(l.state));
			if (t.spawn)
				assert_int_equal(l.state, LIFE_starting);
			if (l.state == LIFE_backoff && s != LIFE_backoff)
				assert_true(t.timer && t.timer_ms > 0);
			if (l.state == LIFE_stopping && s != LIFE_stopping)
				assert_true(t.ask_leave && t.timer_ms > 0);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_is_ready),
		cmocka_unit_test(first_death_is_answered_at_once),
		cmocka_unit_test(intensity_is_allowed),
		cmocka_unit_test(over_the_intensity_it_is_slowed_then_escalated),
		cmocka_unit_test(a_good_life_is_forgiven),
		cmocka_unit_test(fix_me_stays_down),
		cmocka_unit_test(silence_is_a_cause),
		cmocka_unit_test(a_start_takes_so_long_at_most),
		cmocka_unit_test(a_start_without_limit),
		cmocka_unit_test(stopping_is_gentle_first),
		cmocka_unit_test(restart_is_stop_and_start),
		cmocka_unit_test(every_state_takes_every_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
