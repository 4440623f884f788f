/* tests/unit/test_throttle.c - guesses lock a pair, and only that pair; the tables behind it
 * stay within their bounds.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <sodium.h>

#include "actors/auth/throttle.h"

static const struct bytes ann = { "ann@example.org", 15 }, home = { "192.0.2.1", 9 }, away = { "192.0.2.2", 9 };

static void
the_fifth_failure_locks(void **unused)
{
	struct throttle t;

	(void)unused;
	assert_int_equal(throttle_init(&t), 0);
	for (int i = 0; i < 4; i++) {
		throttle_failed(&t, ann, home, 1000);
		assert_int_equal(throttle_wait_ms(&t, ann, home, 1000), 0);
	}
	throttle_failed(&t, ann, home, 1000);
	assert_int_equal(throttle_wait_ms(&t, ann, home, 1000), 60000);
	assert_int_equal(throttle_wait_ms(&t, ann, home, 60999), 1);
	assert_int_equal(throttle_wait_ms(&t, ann, home, 61000), 0);
	assert_int_equal(throttle_wait_ms(&t, ann, away, 1000), 0);
	throttle_failed(&t, ann, home, 61000);
	assert_int_equal(throttle_wait_ms(&t, ann, home, 61000), 120000);
	for (int i = 0; i < 40; i++)
		throttle_failed(&t, ann, home, 61000);
	assert_int_equal(throttle_wait_ms(&t, ann, home, 61000), THROTTLE_MOST_MS);
	throttle_fini(&t);
}

static void
success_and_time_forgive(void **unused)
{
	struct throttle t;

	(void)unused;
	assert_int_equal(throttle_init(&t), 0);
	for (int i = 0; i < 4; i++)
		throttle_failed(&t, ann, home, 1000);
	throttle_passed(&t, ann, home);
	throttle_failed(&t, ann, home, 1000);
	assert_int_equal(throttle_wait_ms(&t, ann, home, 1000), 0);
	for (int i = 0; i < 3; i++)
		throttle_failed(&t, ann, home, 1000);
	throttle_failed(&t, ann, home, 1001 + THROTTLE_MOST_MS);
	assert_int_equal(throttle_wait_ms(&t, ann, home, 1001 + THROTTLE_MOST_MS), 0);
	throttle_fini(&t);
}

static void
many_pairs_stay_bounded(void **unused)
{
	struct throttle t;
	char text[32];

	(void)unused;
	assert_int_equal(throttle_init(&t), 0);
	for (int i = 0; i < 3 * THROTTLE_PAIRS; i++) {
		snprintf(text, sizeof text, "u%d", i);
		throttle_failed(&t, bytes_str(text), home, 1000);
	}
	assert_int_equal(t.pairs.used, THROTTLE_PAIRS);
	throttle_fini(&t);
}

struct record {
	struct table_entry entry;
	int value;
};

static struct id
key_of(int i)
{
	struct id k = { { 0 } };
	memcpy(k.b, &i, sizeof i);
	return k;
}

static void
the_oldest_makes_room_but_not_a_pinned_one(void **unused)
{
	struct table t;

	(void)unused;
	assert_int_equal(table_init(&t, sizeof(struct record), 3), 0);
	for (int i = 0; i < 3; i++) {
		struct id k = key_of(i);
		struct record *r = table_add(&t, &k);
		assert_non_null(r);
		r->value = i;
	}
	struct id k0 = key_of(0), k1 = key_of(1), k2 = key_of(2), k3 = key_of(3), k4 = key_of(4);
	((struct record *)table_find(&t, &k1))->entry.pinned = true;
	assert_non_null(table_find(&t, &k0));	/* 2 is the oldest now */
	assert_non_null(table_add(&t, &k3));
	assert_null(table_find(&t, &k2));
	assert_int_equal(((struct record *)table_find(&t, &k0))->value, 0);
	((struct record *)table_find(&t, &k0))->entry.pinned = true;
	((struct record *)table_find(&t, &k3))->entry.pinned = true;
	assert_null(table_add(&t, &k4));
	table_remove(&t, table_find(&t, &k1));
	assert_null(table_find(&t, &k1));
	assert_non_null(table_add(&t, &k4));
	assert_non_null(table_find(&t, &k4));
	table_fini(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fifth_failure_locks),
		cmocka_unit_test(success_and_time_forgive),
		cmocka_unit_test(many_pairs_stay_bounded),
		cmocka_unit_test(the_oldest_makes_room_but_not_a_pinned_one),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
