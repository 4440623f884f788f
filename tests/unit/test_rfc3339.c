/* tests/unit/test_rfc3339.c - points in time as text.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/proto.h"
#include "proto/rfc3339.h"

static void
times_are_read(void **state)
{
	static const struct { const char *text; uint64_t ms; } good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2030-01-01T00:00:00Z", 1893456000000 },
		{ "2030-01-01T01:00:00+01:00", 1893456000000 },
		{ "2029-12-31T16:30:00-07:30", 1893456000000 },
		{ "2030-01-01t00:00:00z", 1893456000000 },
		{ "2030-01-01T00:00:00.5Z", 1893456000500 },
		{ "2030-01-01T00:00:00.123456789Z", 1893456000123 },
		{ "2024-02-29T12:00:00Z", 1709208000000 },
		{ "2016-12-31T23:59:60Z", 1483228800000 },	/* a leap second */
	};
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(rfc3339_ms(good[i].text, &ms));
		assert_int_equal(ms, good[i].ms);
	}
}

static void
what_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
		NULL, "", "2030", "2030-01-01", "2030-01-01 00:00:00Z", "2030-01-01T00:00:00", "2030-01-01T00:00:00.Z",
		"2030-01-01T00:00:00Z ", "2030-01-01T00:00:00+0100", "2030-01-01T00:00:00+24:00", "2030-01-01T00:00:00+01:00Z",
		"2030-13-01T00:00:00Z", "2030-00-01T00:00:00Z", "2030-02-29T00:00:00Z", "2030-04-31T00:00:00Z",
		"2030-01-00T00:00:00Z", "2030-01-01T24:00:00Z", "2030-01-01T00:60:00Z", "2030-01-01T00:00:61Z",
		"1969-12-31T23:59:59Z", "+030-01-01T00:00:00Z", "2030-01-01T00:00: 0Z",
	};
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		ms = 1;
		assert_false(rfc3339_ms(bad[i], &ms));
		assert_int_equal(ms, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(times_are_read), cmocka_unit_test(what_is_none_is_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
