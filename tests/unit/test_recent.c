/* tests/unit/test_recent.c - the notifier's memory of states: the latest wins.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>

#include "actors/notifier/recent.h"

static struct recent r;

static void
the_latest_event_wins(void **unused)
{
	struct id g = { { 1 } }, u = { { 2 } };

	(void)unused;
	memset(&r, 0, sizeof r);
	recent_init(&r);
	assert_null(recent_get(&r, &g));
	assert_true(recent_put(&r, &g, &u, 7, BYTES("PROCESSING")));
	assert_string_equal(recent_get(&r, &g)->status, "PROCESSING");
	assert_true(recent_put(&r, &g, &u, 9, BYTES("SUCCEEDED")));
	assert_false(recent_put(&r, &g, &u, 8, BYTES("PROCESSING")));
	assert_string_equal(recent_get(&r, &g)->status, "SUCCEEDED");
	assert_true(id_eq(&recent_get(&r, &g)->user, &u));
}

static void
bounds(void **unused)
{
	struct id g = { { 3 } }, u = { { 2 } };

	(void)unused;
	memset(&r, 0, sizeof r);
	recent_init(&r);
	assert_false(recent_put(&r, &g, &u, 1, BYTES("")));
	assert_false(recent_put(&r, &g, &u, 1, BYTES("A STATUS TOO LONG")));
	for (uint32_t i = 0; i < 4 * RECENT_SLOTS; i++) {
		memcpy(g.b, &i, sizeof i);
		assert_true(recent_put(&r, &g, &u, i, BYTES("FAILED")));
		assert_non_null(recent_get(&r, &g));
	}
}

static void
final_states(void **unused)
{
	(void)unused;
	assert_true(status_final(BYTES("SUCCEEDED")));
	assert_true(status_final(BYTES("FAILED")));
	assert_false(status_final(BYTES("PENDING")));
	assert_false(status_final(BYTES("PROCESSING")));
	assert_false(status_final(BYTES("")));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_event_wins),
		cmocka_unit_test(bounds),
		cmocka_unit_test(final_states),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
