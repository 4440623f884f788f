/* tests/unit/test_backoff.c - waits grow, stay below their caps, and end.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "actors/poller/backoff.h"
#include "actors/poller/busy.h"

static void
full_jitter_spans_its_range(void **unused)
{
	(void)unused;
	assert_int_equal(backoff_ms(1000, 0, 0), 1);
	assert_int_equal(backoff_ms(1000, 0, UINT32_MAX), 1000);
	assert_int_equal(backoff_ms(1000, 3, UINT32_MAX), 8000);
	assert_in_range(backoff_ms(1000, 3, UINT32_MAX / 2), 3999, 4001);
	assert_int_equal(backoff_ms(0, 0, UINT32_MAX), 1);
}

static void
no_wait_is_over_the_cap(void **unused)
{
	(void)unused;
	assert_int_equal(backoff_ms(10000, 30, UINT32_MAX), BACKOFF_CAP_MS);
	assert_int_equal(backoff_ms(UINT64_MAX, 0, UINT32_MAX), BACKOFF_CAP_MS);
	assert_int_equal(backoff_ms(1, UINT32_MAX, UINT32_MAX), BACKOFF_CAP_MS);
}

static void
looks_get_rarer_and_end_at_the_limit(void **unused)
{
	static const uint32_t want[] = { 2000, 5000, 15000, 30000, 30000 };

	(void)unused;
	for (uint32_t i = 0; i < sizeof want / sizeof want[0]; i++)
		assert_int_equal(unclear_wait_ms(i, 300000), want[i]);
	/* a lost inline answer: at 2 s, 7 s and 15 s, then no more */
	assert_int_equal(unclear_wait_ms(0, UNCLEAR_SHORT_MS), 2000);
	assert_int_equal(unclear_wait_ms(1, UNCLEAR_SHORT_MS), 5000);
	assert_int_equal(unclear_wait_ms(2, UNCLEAR_SHORT_MS), 8000);
	assert_int_equal(unclear_wait_ms(3, UNCLEAR_SHORT_MS), 0);
	assert_int_equal(unclear_wait_ms(UINT32_MAX, UINT64_MAX), 30000);
	assert_int_equal(unclear_wait_ms(0, 0), 0);
}

static void
busy_is_counted_by_job(void **unused)
{
	static struct busy_memory m;
	struct id a = { { 1 } }, b = { { 2 } };

	(void)unused;
	assert_int_equal(busy_count(&m, &a), 1);
	assert_int_equal(busy_count(&m, &a), 2);
	assert_int_equal(busy_count(&m, &b), 1);
	busy_forget(&m, &a);
	assert_int_equal(busy_count(&m, &a), 1);
	for (int i = 0; i < 3 * BUSY_COUNT_MAX; i++)
		(void)busy_count(&m, &a);
	assert_int_equal(busy_count(&m, &a), BUSY_COUNT_MAX);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_jitter_spans_its_range),
		cmocka_unit_test(no_wait_is_over_the_cap),
		cmocka_unit_test(looks_get_rarer_and_end_at_the_limit),
		cmocka_unit_test(busy_is_counted_by_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
