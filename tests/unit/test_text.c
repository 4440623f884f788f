/* tests/unit/test_text.c - UUIDs and UTF-8.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "tests/unit/unit.h"

#include "proto/proto.h"

static void
ids_there_and_back(void **state)
{
	static const char text[] = "018f4e2a-7b1c-7def-8abc-0123456789ab";
	char again[37];
	struct id id;

	(void)state;
	assert_true(id_parse(text, 36, &id));
	id_text(&id, again);
	assert_string_equal(again, text);
	assert_true(id_parse("018F4E2A-7B1C-7DEF-8ABC-0123456789AB", 36, &id));
}

static void
bad_ids_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "018f4e2a-7b1c-7def-8abc-0123456789a", "018f4e2a-7b1c-7def-8abc-0123456789abc",
		"018f4e2a+7b1c-7def-8abc-0123456789ab", "018f4e2g-7b1c-7def-8abc-0123456789ab",
		"018f4e2a7b1c7def8abc0123456789ab----",
	};
	struct id id;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(id_parse(bad[i], strlen(bad[i]), &id));
}

static void
utf8_is_strict(void **state)
{
	static const struct { const char *p; size_t n; bool good; } s[] = {
		{ "plain", 5, true }, { "\xc3\xa9", 2, true }, { "\xf0\x9f\x8e\xa8", 4, true }, { "", 0, true },
		{ "\xc0\xaf", 2, false }, { "\xe0\x80\xaf", 3, false }, { "\xed\xa0\x80", 3, false },
		{ "\xf4\x90\x80\x80", 4, false }, { "\xf5\x80\x80\x80", 4, false }, { "\xc3", 1, false },
		{ "\x80", 1, false }, { "a\0b", 3, false }, { "\xe2\x82", 2, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(s); i++)
		assert_int_equal(utf8_valid(s[i].p, s[i].n), s[i].good);
	assert_int_equal(utf8_length("\xc3\xa9\xf0\x9f\x8e\xa8x", 7), 3);
}

static void
text_is_cut_between_characters(void **state)
{
	static const struct { const char *text, *cut; } s[] = {
		{ "", "" }, { "plain", "plain" }, { "e\xc3\xa9", "e\xc3\xa9" }, { "e\xc3", "e" }, { "\xf0\x9f\x8e", "" },
		{ "a\xf0\x9f\x8e\xa8\xe2\x82", "a\xf0\x9f\x8e\xa8" }, { "good\xff, and more", "good" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < COUNT(s); i++) {
		snprintf(text, sizeof text, "%s", s[i].text);
		utf8_cut(text);
		assert_string_equal(text, s[i].cut);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_there_and_back),
		cmocka_unit_test(bad_ids_are_refused),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(text_is_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
