/* tests/unit/test_passwords.c - which passwords are taken, and that the list can be searched.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "actors/auth/passwords.h"

static void
rules(void **unused)
{
	static const struct { const char *password; bool good; } rows[] = {
		{ "Str0ng-enough", true }, { "Correct horse", true }, { "Aa345678", true },
		{ "\xc3\x84hnlichE", true },		/* seven letters beside one of two bytes: eight characters */
		{ "Aa34567", false }, { "", false }, { "alllower1", false }, { "ALLUPPER1", false }, { "OnlyLetters", false },
		{ "12345678", false }, { "Password1", false }, { "pASSWORD123", false }, { "Qwerty123", false },
		{ "P@ssw0rd", false }, { "Welcome1", false }, { "Aa1\xff\xff\xff\xff\xff", false },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(password_problem(bytes_str(rows[i].password)) == NULL, rows[i].good);
}

static void
length_is_in_characters(void **unused)
{
	char text[4 * PASSWORD_LONGEST + 8];
	uint32_t n = 3;

	(void)unused;
	memcpy(text, "Aa1", 3);
	for (int i = 0; i < PASSWORD_LONGEST - 3; i++, n += 4)
		memcpy(text + n, "\xf0\x9f\x98\x80", 4);
	assert_null(password_problem(bytes_of(text, n)));
	text[n++] = 'x';
	assert_non_null(password_problem(bytes_of(text, n)));
}

static void
the_table_is_sorted_and_reachable(void **unused)
{
	static const char *const rows[] = {
#define COMMON(password) password,
#include "actors/auth/common_passwords.tbl.h"
	};

	(void)unused;
	assert_true(COUNT(rows) >= 300);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(strlen(rows[i]) >= PASSWORD_SHORTEST);
		assert_true(password_is_common(bytes_str(rows[i])));
		if (i > 0)
			assert_true(strcmp(rows[i - 1], rows[i]) < 0);
	}
	assert_false(password_is_common(BYTES("")));
	assert_false(password_is_common(BYTES("not on any list at all, and long")));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(length_is_in_characters),
		cmocka_unit_test(the_table_is_sorted_and_reachable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
