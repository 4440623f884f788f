/* tests/unit/test_throttle.c - guesses lock a pair, and only that pair; the tables behind it
 * stay within their bounds.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <sodium.h>

#include "actors/auth/strikes.h"
#include "actors/auth/throttle.h"

static const struct bytes ann = { "ann@example.org", 15 }, home = { "192.0.2.1", 9 }, away = { "192.0.2.2", 9 };

static uint64_t wait_ms;
static unsigned overs;
static uint32_t refused;
static char over_account[300];

static void
on_over(void *arg, const char *account, const char *address, uint32_t n)
{
	(void)arg;
	assert_string_equal(address, "192.0.2.1");
	snprintf(over_account, sizeof over_account, "%s", account);
	overs++;
	refused = n;
}

/* What db would say of one more failure: it holds them, and the rule. */
static uint32_t failures;

static uint64_t
lock_of(uint32_t n)
{
	return n < THROTTLE_FREE ? 0 : 60000ull << (n - THROTTLE_FREE);
}

static uint64_t
fails(struct throttle *t, struct bytes address, uint64_t now)
{
	failures++;
	throttle_failed(t, ann, address, now, failures, lock_of(failures));
	return lock_of(failures);
}

/* A guess that is tried and fails; returns the lock it began. */
static uint64_t
guess(struct throttle *t, struct bytes address, uint64_t now)
{
	assert_int_equal(throttle_take(t, ann, address, now, &wait_ms), THROTTLE_GO);
	assert_int_equal(throttle_learn(t, ann, address, now, failures, 0), THROTTLE_GO);
	return fails(t, address, now);
}

static void
fresh(struct throttle *t, throttle_over_fn *over)
{
	failures = 0;
	assert_int_equal(throttle_init(t, over, NULL), 0);
}

static void
the_fifth_failure_locks(void **unused)
{
	struct throttle t;

	(void)unused;
	fresh(&t, NULL);
	for (int i = 0; i < 4; i++)
		assert_int_equal(guess(&t, home, 1000), 0);
	assert_int_equal(guess(&t, home, 1000), 60000);
	assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_LOCKED);
	assert_int_equal(wait_ms, 60000);
	assert_int_equal(throttle_take(&t, ann, home, 60999, &wait_ms), THROTTLE_LOCKED);
	assert_int_equal(wait_ms, 1);
	assert_int_equal(throttle_take(&t, ann, away, 1000, &wait_ms), THROTTLE_GO);
	throttle_give_back(&t, ann, away);
	assert_int_equal(guess(&t, home, 61000), 120000);
	throttle_fini(&t);
}

static void
guesses_in_the_air_count(void **unused)
{
	struct throttle t;

	(void)unused;
	fresh(&t, NULL);
	for (int i = 0; i < 5; i++)
		assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_GO);
	for (int i = 0; i < 5; i++)
		assert_int_equal(throttle_learn(&t, ann, home, 1000, 0, 0), THROTTLE_GO);
	for (int i = 0; i < 100; i++)
		assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_BUSY);
	assert_int_equal(throttle_take(&t, ann, away, 1000, &wait_ms), THROTTLE_GO);
	for (int i = 0; i < 4; i++) {		/* a failure frees no place */
		assert_int_equal(fails(&t, home, 1000), 0);
		assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_BUSY);
	}
	throttle_give_back(&t, ann, home);	/* one that was not tried does */
	assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_GO);
	assert_int_equal(fails(&t, home, 1000), 60000);
	/* after the lock one at a time */
	assert_int_equal(throttle_take(&t, ann, home, 61000, &wait_ms), THROTTLE_GO);
	assert_int_equal(throttle_take(&t, ann, home, 61000, &wait_ms), THROTTLE_BUSY);
	assert_int_equal(fails(&t, home, 61000), 120000);
	throttle_fini(&t);
}

/* This process is new, and db knows more. */
static void
what_db_knows_counts(void **unused)
{
	struct throttle t;
	unsigned go = 0, busy = 0;

	(void)unused;
	fresh(&t, NULL);
	for (int i = 0; i < 5; i++)
		assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_GO);
	for (int i = 0; i < 5; i++)
		switch (throttle_learn(&t, ann, home, 1000, 3, 0)) {
		case THROTTLE_GO: go++; break;
		case THROTTLE_BUSY: busy++; break;
		default: fail();
		}
	assert_int_equal(go, 2);
	assert_int_equal(busy, 3);
	assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_BUSY);
	/* another host locked it meanwhile */
	throttle_give_back(&t, ann, home);
	assert_int_equal(throttle_learn(&t, ann, home, 1000, 5, 60000), THROTTLE_LOCKED);
	assert_int_equal(throttle_take(&t, ann, home, 2000, &wait_ms), THROTTLE_LOCKED);
	assert_int_equal(wait_ms, 59000);
	/* and forgot it */
	assert_int_equal(throttle_take(&t, ann, home, 61000, &wait_ms), THROTTLE_GO);
	assert_int_equal(throttle_learn(&t, ann, home, 61000, 0, 0), THROTTLE_GO);
	assert_int_equal(throttle_take(&t, ann, home, 61000, &wait_ms), THROTTLE_GO);
	throttle_fini(&t);
}

static void
a_success_gives_back(void **unused)
{
	struct throttle t;

	(void)unused;
	fresh(&t, NULL);
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 5; i++)
			assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_GO);
		for (int i = 0; i < 5; i++)
			assert_false(throttle_passed(&t, ann, home));
	}
	/* what is still in the air when one passes counts when it fails */
	for (int i = 0; i < 5; i++)
		assert_int_equal(throttle_take(&t, ann, home, 1000, &wait_ms), THROTTLE_GO);
	throttle_passed(&t, ann, home);
	for (int i = 0; i < 4; i++)
		assert_int_equal(fails(&t, home, 1000), 0);
	assert_int_equal(guess(&t, home, 1000), 60000);
	/* db is to forget what there was */
	assert_int_equal(throttle_take(&t, ann, home, 61000, &wait_ms), THROTTLE_GO);
	assert_true(throttle_passed(&t, ann, home));
	throttle_fini(&t);
}

static void
a_lock_is_told_once_at_its_end(void **unused)
{
	struct throttle t;

	(void)unused;
	overs = 0;
	fresh(&t, on_over);
	assert_false(throttle_sweep(&t, 1000));
	for (int i = 0; i < 5; i++)
		guess(&t, home, 1000);
	for (int i = 0; i < 300; i++)
		assert_int_equal(throttle_take(&t, ann, home, 2000, &wait_ms), THROTTLE_LOCKED);
	assert_true(throttle_sweep(&t, 60999));
	assert_int_equal(overs, 0);
	assert_false(throttle_sweep(&t, 61000));
	assert_false(throttle_sweep(&t, 62000));
	assert_int_equal(overs, 1);
	assert_int_equal(refused, 300);
	assert_string_equal(over_account, "ann@example.org");
	/* the next lock is another one, and told when the next guess comes before the sweep */
	assert_int_equal(guess(&t, home, 62000), 120000);
	assert_int_equal(throttle_take(&t, ann, home, 62000, &wait_ms), THROTTLE_LOCKED);
	guess(&t, home, 182000);
	assert_int_equal(overs, 2);
	assert_int_equal(refused, 1);
	throttle_fini(&t);
}

static void
locks_of_addresses_stand_apart(void **unused)
{
	struct throttle t;

	(void)unused;
	fresh(&t, on_over);
	overs = 0;
	assert_int_equal(throttle_held(&t, "(x)", home, 1000), 0);
	throttle_hold(&t, "(x)", home, 1000, 500);
	assert_int_equal(throttle_held(&t, "(x)", home, 1200), 300);
	assert_int_equal(throttle_held(&t, "(x)", away, 1200), 0);
	assert_int_equal(throttle_held(&t, "(y)", home, 1200), 0);
	assert_int_equal(throttle_take(&t, ann, home, 1200, &wait_ms), THROTTLE_GO);
	assert_false(throttle_sweep(&t, 1500));
	assert_int_equal(throttle_held(&t, "(x)", home, 1500), 0);
	assert_int_equal(overs, 1);
	throttle_fini(&t);
}

static void
subjects_are_of_who_cannot_be_chosen(void **unused)
{
	static const struct { const char *address, *network; } rows[] = {
		{ "192.0.2.1", "192.0.2.1" }, { "::ffff:192.0.2.1", "192.0.2.1" }, { "2001:db8::1", "2001:db8::/64" },
		{ "2001:DB8:0:0:1:2:3:4", "2001:db8::/64" }, { "2001:db8:0:1::1", "2001:db8:0:1::/64" }, { "", "" }, { "?", "?" },
	};
	char network[NETWORK_TEXT], a[SUBJECTS_TEXT], b[SUBJECTS_TEXT];

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		strike_network(bytes_str(rows[i].address), network);
		assert_string_equal(network, rows[i].network);
	}
	struct bytes all = strike_subjects(0x7f, "ann@example.org", "192.0.2.1", a);
	assert_int_equal(all.n, strlen(a));
	assert_true(all.n < SUBJECTS_TEXT - 1 && a[all.n - 1] == ']');
	assert_int_equal(strike_subjects(STRIKE_account, "ann@example.org", "1", a).n, strike_subjects(STRIKE_account, "ann@example.org", "2", b).n);
	assert_string_equal(a, b);		/* the network does not matter here */
	strike_subjects(STRIKE_pair, "ann@example.org", "1", a);
	strike_subjects(STRIKE_pair, "ann@example.org", "2", b);
	assert_string_not_equal(a, b);
	struct id k1 = strike_key(STRIKE_reset_from, "", "1"), k2 = strike_key(STRIKE_reset_with, "", "1");
	assert_memory_not_equal(&k1, &k2, sizeof k1);
}

static void
many_pairs_stay_bounded(void **unused)
{
	struct throttle t;
	char text[400];

	(void)unused;
	memset(text, 'x', sizeof text);		/* longer than what is kept for the log */
	assert_int_equal(throttle_init(&t, NULL, NULL), 0);
	for (int i = 0; i < 3 * THROTTLE_PAIRS; i++) {
		memcpy(text, &i, sizeof i);
		struct bytes who = bytes_of(text, sizeof text);
		assert_int_equal(throttle_take(&t, who, home, 1000, &wait_ms), THROTTLE_GO);
		throttle_failed(&t, who, home, 1000, 1, 0);
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
		cmocka_unit_test(guesses_in_the_air_count),
		cmocka_unit_test(a_success_gives_back),
		cmocka_unit_test(a_lock_is_told_once_at_its_end),
		cmocka_unit_test(what_db_knows_counts),
		cmocka_unit_test(locks_of_addresses_stand_apart),
		cmocka_unit_test(subjects_are_of_who_cannot_be_chosen),
		cmocka_unit_test(many_pairs_stay_bounded),
		cmocka_unit_test(the_oldest_makes_room_but_not_a_pinned_one),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
