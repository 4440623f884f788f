/* tests/unit/test_limits.c - token buckets and the hash under them.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/limits.h"

static void
a_bucket_empties_and_fills_again(void **state)
{
	static const uint64_t key[2] = { 1, 2 };
	struct limits l = { .per_minute = { [LIMIT_auth] = 20, [LIMIT_generate] = 60 } };
	struct limit_state s;

	(void)state;
	assert_int_equal(limits_init(&l, key), 0);
	for (int i = 0; i < 20; i++)
		assert_true(limit_take(&l, LIMIT_auth, "a", 1, 1000, &s));
	assert_int_equal(s.remaining, 0);
	assert_int_equal(s.limit, 20);
	assert_false(limit_take(&l, LIMIT_auth, "a", 1, 1000, &s));
	assert_in_range(s.retry_s, 3, 4);
	assert_true(limit_take(&l, LIMIT_auth, "b", 1, 1000, &s));	/* another holder */
	assert_true(limit_take(&l, LIMIT_generate, "a", 1, 1000, &s));	/* another limit */
	assert_true(limit_take(&l, LIMIT_auth, "a", 1, 4001, &s));	/* one every three seconds */
	assert_false(limit_take(&l, LIMIT_auth, "a", 1, 4002, &s));
	assert_true(limit_take(&l, LIMIT_auth, "a", 1, 200000, &s));
	assert_int_equal(s.remaining, 19);
	for (int i = 0; i < 1000; i++)
		assert_true(limit_take(&l, LIMIT_api, "a", 1, 1000, &s));	/* off */
	assert_int_equal(s.limit, 0);
	limits_fini(&l);
}

static void
many_holders_are_bounded(void **state)
{
	static const uint64_t key[2] = { 3, 4 };
	struct limits l = { .per_minute = { [LIMIT_auth] = 1 } };
	struct limit_state s;

	(void)state;
	assert_int_equal(limits_init(&l, key), 0);
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(limit_take(&l, LIMIT_auth, &i, sizeof i, 1000, &s));
	limits_fini(&l);
}

/* The vectors of the SipHash-2-4 paper's reference: key 00..0f, input 00, 00 01, .. */
static void
siphash_is_siphash(void **state)
{
	static const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	static const uint64_t expected[] = { 0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a };
	unsigned char in[15];

	(void)state;
	for (unsigned char i = 0; i < sizeof in; i++)
		in[i] = i;
	for (size_t n = 0; n < 3; n++)
		assert_int_equal(siphash(key, in, n), expected[n]);
	assert_int_equal(siphash(key, in, 15), 0xa129ca6149be45e5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_empties_and_fills_again),
		cmocka_unit_test(many_holders_are_bounded),
		cmocka_unit_test(siphash_is_siphash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
