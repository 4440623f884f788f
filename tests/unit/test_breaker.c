/* tests/unit/test_breaker.c - when nothing is asked, when one probe is, and for how long.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/breaker.h"

enum { NO_CHANCE = 0 };

/* It breaks at `now`. */
static void
open_it(struct breaker *b, uint64_t now)
{
	for (unsigned i = 1; i < BREAKER_FAILURES; i++)
		assert_false(breaker_hear(b, false, BREAKER_BROKEN, now, NO_CHANCE));
	assert_false(breaker_is_open(b, now));
	assert_true(breaker_hear(b, false, BREAKER_BROKEN, now, NO_CHANCE));
	assert_true(breaker_is_open(b, now));
}

static void
failures_in_a_row_open_it(void **state)
{
	struct breaker b = { 0 };

	(void)state;
	for (unsigned i = 1; i < BREAKER_FAILURES; i++)
		breaker_hear(&b, false, BREAKER_BROKEN, 1, NO_CHANCE);
	assert_false(breaker_hear(&b, false, BREAKER_NOTHING, 1, NO_CHANCE));
	assert_false(breaker_hear(&b, false, BREAKER_WORKS, 1, NO_CHANCE));
	open_it(&b, 1);
}

static void
one_probe_decides(void **state)
{
	struct breaker b = { 0 };
	uint64_t now = 1000;

	(void)state;
	assert_false(breaker_pass(&b));
	open_it(&b, now);
	now += BREAKER_FIRST_MS;
	assert_false(breaker_is_open(&b, now));
	assert_true(breaker_pass(&b));
	assert_true(breaker_is_open(&b, now));			/* the others wait for its end */
	assert_false(breaker_hear(&b, true, BREAKER_BROKEN, now, NO_CHANCE));
	assert_true(breaker_is_open(&b, now + BREAKER_FIRST_MS - 1));	/* the pause has grown */
	now += 2 * BREAKER_FIRST_MS;
	assert_true(breaker_pass(&b));
	assert_false(breaker_hear(&b, true, BREAKER_NOTHING, now, NO_CHANCE));
	assert_false(breaker_is_open(&b, now));			/* that was none: the next one is */
	assert_true(breaker_pass(&b));
	assert_true(breaker_hear(&b, true, BREAKER_WORKS, now, NO_CHANCE));
	assert_false(breaker_pass(&b));
	open_it(&b, now);					/* and begins anew */
	assert_false(breaker_is_open(&b, now + BREAKER_FIRST_MS));
}

static void
pauses_are_bounded(void **state)
{
	struct breaker b = { 0 };
	uint64_t now = 1000;

	(void)state;
	open_it(&b, now);
	for (unsigned i = 0; i < 600; i++) {
		assert_in_range(b.until_ms - now, BREAKER_FIRST_MS / 2, BREAKER_LONGEST_MS);
		now = b.until_ms;
		assert_true(breaker_pass(&b));
		breaker_hear(&b, true, BREAKER_BROKEN, now, UINT32_MAX);
	}
	assert_int_equal(b.until_ms - now, BREAKER_LONGEST_MS);
}

static void
latecomers_say_little(void **state)
{
	struct breaker b = { 0 };

	(void)state;
	open_it(&b, 1000);
	uint64_t until = b.until_ms;
	for (unsigned i = 0; i < 2 * BREAKER_FAILURES; i++)
		assert_false(breaker_hear(&b, false, BREAKER_BROKEN, 1500, NO_CHANCE));
	assert_int_equal(b.until_ms, until);
	assert_true(breaker_hear(&b, false, BREAKER_WORKS, 1500, NO_CHANCE));
	assert_false(breaker_is_open(&b, 1500));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_in_a_row_open_it),
		cmocka_unit_test(one_probe_decides),
		cmocka_unit_test(pauses_are_bounded),
		cmocka_unit_test(latecomers_say_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
