/* tests/unit/test_dates.c - dates of a filter, and what PostgreSQL's errors mean.
 * Licence: Apache-2.0. */
#include "unit.h"

#include "actors/db/dates.h"
#include "actors/db/outcome.h"

static void
dates_become_bounds(void **unused)
{
	static const struct { const char *in; bool to; const char *out; } rows[] = {
		{ "2026-11-23", false, "2026-11-23T00:00:00Z" },
		{ "2026-11-23", true, "2026-11-23T23:59:59.999Z" },
		{ "2024-02-29", false, "2024-02-29T00:00:00Z" },
		{ "2026-11-23T10:20", false, "2026-11-23T10:20:00.000Z" },
		{ "2026-11-23T10:20:30Z", true, "2026-11-23T10:20:30.000Z" },
		{ "2026-11-23T10:20:30.1234567+01:00", false, "2026-11-23T10:20:30.123+01:00" },
		{ "2026-11-23 10:20:30-0230", false, "2026-11-23T10:20:30.000-02:30" },
	};
	char out[DATE_TEXT];

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(date_bound(bytes_str(rows[i].in), rows[i].to, out));
		assert_string_equal(out, rows[i].out);
	}
}

static void
others_are_refused(void **unused)
{
	static const char *const rows[] = { "", "yesterday", "now", "infinity", "2026", "2026-13-01", "2026-02-30", "2025-02-29",
		"0000-01-01", "2026-11-23T", "2026-11-23T24:00", "2026-11-23T10:60", "2026-11-23T10:20:61", "2026-11-23T10:20:30.",
		"2026-11-23T10:20:30+99:00", "2026-11-23T10:20:30Zx", "2026-11-23'; drop table users", "-2026-11-23" };
	char out[DATE_TEXT];

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_false(date_bound(bytes_str(rows[i]), false, out));
}

static void
sqlstates_have_meanings(void **unused)
{
	static const struct { const char *state, *constraint; enum outcome_kind kind; unsigned code; } rows[] = {
		{ "23505", "users_email_key", OUTCOME_TOLD, E_RESOURCE_CONFLICT },
		{ "23505", "other_key", OUTCOME_TOLD, E_RESOURCE_CONFLICT },
		{ "23503", "media_generations_project_id_fkey", OUTCOME_TOLD, E_VALIDATION_ERROR },
		{ "23503", "media_generations_user_id_fkey", OUTCOME_TOLD, E_UNAUTHORIZED },
		{ "40001", "", OUTCOME_AGAIN, E_SERVICE_UNAVAILABLE },
		{ "40P01", "", OUTCOME_AGAIN, E_SERVICE_UNAVAILABLE },
		{ "57P01", "", OUTCOME_LOST, E_DATABASE_AWAY },
		{ "57P03", "", OUTCOME_LOST, E_DATABASE_AWAY },
		{ "08006", "", OUTCOME_LOST, E_DATABASE_AWAY },
		{ "57014", "", OUTCOME_TOLD, E_TIMEOUT },
		{ "22P02", "", OUTCOME_TOLD, E_VALIDATION_ERROR },
		{ "53300", "", OUTCOME_TOLD, E_SERVICE_UNAVAILABLE },
		{ "42P01", "", OUTCOME_BUG, E_INTERNAL_ERROR },
		{ "XX000", "", OUTCOME_BUG, E_INTERNAL_ERROR },
		{ "ST000", "", OUTCOME_TOLD, E_RESOURCE_CONFLICT },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome o = outcome_of(rows[i].state, rows[i].constraint, "RESOURCE_CONFLICT");
		assert_int_equal(o.kind, rows[i].kind);
		assert_int_equal(o.code, rows[i].code);
	}
	assert_int_equal(outcome_of("ST000", "", "NO_SUCH_ERROR").kind, OUTCOME_BUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_become_bounds),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(sqlstates_have_meanings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
