/* tests/unit/test_calm.c - what a connection may ask without asking for anything.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/calm.h"

static void
floods_run_out(void **state)
{
	struct calm c;

	(void)state;
	calm_init(&c, 1000);
	for (int i = 0; i < CALM_MOST; i++)
		assert_true(calm_take(&c, 1));
	assert_false(calm_take(&c, 1));
	assert_false(calm_earn(&c, 1000, 0));
	assert_true(calm_earn(&c, 2000, 0));		/* a second later */
	for (int i = 0; i < CALM_PER_S - 1; i++)
		assert_true(calm_take(&c, 1));
	assert_false(calm_take(&c, 1));
	assert_false(calm_earn(&c, 2000, 100));
}

static void
who_asks_has_always_enough(void **state)
{
	struct calm c;

	(void)state;
	calm_init(&c, 0);
	for (int i = 0; i < 100000; i++) {		/* head, body, window update; and the answer */
		assert_true(calm_take(&c, 3));
		calm_give(&c, 4);
		assert_true(c.left <= CALM_MOST);
	}
	uint64_t bytes = 0;
	for (int i = 0; i < 100000; i++, bytes += 4096)	/* a long download, its window opened by 4 KiB */
		assert_true(calm_take(&c, 1) || calm_earn(&c, 0, bytes));
}

static void
nothing_is_saved_up(void **state)
{
	struct calm c;

	(void)state;
	calm_init(&c, 0);
	calm_give(&c, 1 << 30);
	assert_int_equal(c.left, CALM_MOST);
	assert_false(calm_take(&c, CALM_MOST + 1));
	assert_true(calm_earn(&c, (uint64_t)1 << 40, (uint64_t)1 << 60));
	assert_true(c.left <= CALM_MOST);
	assert_false(calm_take(&c, CALM_MOST + 1));
	assert_false(calm_earn(&c, (uint64_t)1 << 40, 5));	/* a count that went back gives nothing */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floods_run_out),
		cmocka_unit_test(who_asks_has_always_enough),
		cmocka_unit_test(nothing_is_saved_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
