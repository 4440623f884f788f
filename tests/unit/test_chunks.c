/* tests/unit/test_chunks.c - chunked bodies to the letter, and the counting of header fields.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/chunks.h"
#include "actors/front/fields.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* What a body says, fed in pieces of `step` bytes; *rest is as phr_decode_chunked has it. */
static const char *
decoded(const char *text, size_t n, size_t step, ssize_t *rest)
{
	static char out[32768];
	struct chunks d = { 0 };
	size_t held = 0;

	*rest = -2;
	for (size_t at = 0; at < n && *rest == -2;) {
		size_t some = n - at < step ? n - at : step;
		memcpy(out + held, text + at, some);
		at += some;
		size_t kept = some;
		*rest = phr_decode_chunked(&d, out + held, &kept);
		held += kept;
		if (*rest >= 0)
			*rest += (ssize_t)(n - at);
	}
	out[held] = '\0';
	return out;
}

static void
bodies(void **state)
{
	static const struct { const char *text; ssize_t rest; const char *body; } cases[] = {
		{ "3\r\nabc\r\n0\r\n\r\n", 0, "abc" }, { "3\r\nabc\r\n0\r\n\r\nGET", 3, "abc" }, { "0\r\n\r\n", 0, "" },
		{ "a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n", 0, "0123456789x" }, { "0000000A\r\n0123456789\r\n0\r\n\r\n", 0, "0123456789" },
		{ "1\r\n\n\r\n1\r\n\r\r\n0\r\n\r\n", 0, "\n\r" }, { "0\r\nX: y\r\nZ:\tw\r\n\r\nmore", 4, "" },
		{ "3\r\nab", -2, "ab" }, { "3", -2, "" }, { "", -2, "" }, { "0\r\n\r", -2, "" },
	};
	static const char *const bad[] = {
		"\r\n", "x\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", "1;a=b\r\n", "1;\r\n", "1\n", "1\r\r\n", "000000001\r\n",
		"ffffffffffffffff\r\n", "1\r\nab\r\n", "1\r\na\n", "1\r\na\r\r\n", "1\r\na0\r\n", "0\r\n\n", "0\n\r\n", "0\r\nX: y\n\r\n", "0\r\n X: y\r\n\r\n",
		"0\r\n: y\r\n\r\n", "0\r\nX\x01: y\r\n\r\n", "0\r\n\rx", "1\ra\r\n",
	};
	ssize_t rest;

	(void)state;
	for (size_t step = 1; step < 20; step++) {
		for (size_t i = 0; i < COUNT(cases); i++) {
			const char *body = decoded(cases[i].text, strlen(cases[i].text), step, &rest);
			assert_int_equal(rest, cases[i].rest);
			assert_string_equal(body, cases[i].body);
		}
		for (size_t i = 0; i < COUNT(bad); i++) {
			decoded(bad[i], strlen(bad[i]), step, &rest);
			assert_int_equal(rest, -1);
		}
	}
}

static void
trailers_are_bounded(void **state)
{
	static char text[20000] = "0\r\nX: ";
	ssize_t rest;

	(void)state;
	memset(text + 6, 'x', sizeof text - 6);
	decoded(text, 8000, 100, &rest);
	assert_int_equal(rest, -2);
	decoded(text, 9000, 100, &rest);
	assert_int_equal(rest, -1);
}

static void
fields(void **state)
{
	static const struct { const char *p; size_t n, fields; } cases[] = {
		{ "", 0, 0 }, { "\x82\x84\x87", 3, 3 }, { "\x20\x3f\x01\x82", 4, 1 }, { "\x40\x01x\x01y", 5, 1 }, { "\x00\x01x\x01y\x82", 6, 2 },
		{ "\x10\x01x\x01y", 5, 1 }, { "\x44\x01/", 3, 1 }, { "\x0f\x08\x01t", 4, 1 }, { "\xff\x01", 2, 1 },
		{ "\xff", 1, 0 }, { "\xff\xff\xff\xff\xff\xff\x01\x82", 8, 0 }, { "\x40\x7f", 2, 1 }, { "\x40\x05x", 3, 1 }, { "\x82\x40\x01x", 4, 2 },
	};
	static uint8_t many[1000];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(fields_count((const uint8_t *)cases[i].p, cases[i].n), cases[i].fields);
	memset(many, 0xbe, sizeof many);
	assert_int_equal(fields_count(many, sizeof many), sizeof many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies),
		cmocka_unit_test(trailers_are_bounded),
		cmocka_unit_test(fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
