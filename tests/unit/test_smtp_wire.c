/* tests/unit/test_smtp_wire.c - replies in every cut, replies that are none, and dots.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/notifier/smtp_wire.h"

/* Reads the whole text, `step` bytes at a time. */
static int
take(struct smtp_reply *r, const char *text, size_t step)
{
	size_t n = strlen(text), used = 0;
	int rc = 0;

	*r = (struct smtp_reply){ 0 };
	for (size_t i = 0; i < n && rc == 0; i += step)
		rc = smtp_reply_take(r, text + i, n - i < step ? n - i : step, &used);
	return rc;
}

static void
replies_come_in_pieces(void **state)
{
	static const struct { const char *text; int rc; unsigned code; const char *last; } rows[] = {
		{ "250 fine\r\n", 1, 250, "fine" },
		{ "250\r\n", 1, 250, "" },
		{ "250 \r\n", 1, 250, "" },
		{ "354 go on\n", 1, 354, "go on" },
		{ "250-one\r\n250-two\r\n250 three\r\n", 1, 250, "three" },
		{ "550-5.1.1 nobody\r\n550 5.1.1 of that name\r\n", 1, 550, "5.1.1 of that name" },
		{ "250-one\r\n", 0, 250, NULL },
		{ "25", 0, 0, NULL },
		{ "", 0, 0, NULL },
		{ "250-one\r\n550 two\r\n", -1, 0, NULL },
		{ "fine\r\n", -1, 0, NULL },
		{ "25\r\n", -1, 0, NULL },
		{ "2500 fine\r\n", -1, 0, NULL },
		{ "150 too early\r\n", -1, 0, NULL },
		{ "999 no such class\r\n", -1, 0, NULL },
		{ "\r\n", -1, 0, NULL },
		{ "HTTP/1.1 400 Bad Request\r\n", -1, 0, NULL },
	};
	struct smtp_reply r;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t step = 1; step < 40; step++) {
			assert_int_equal(take(&r, rows[i].text, step), rows[i].rc);
			if (rows[i].rc != 1)
				continue;
			assert_int_equal(r.code, rows[i].code);
			assert_string_equal(r.line, rows[i].last);
		}
}

static void
what_follows_a_reply_is_told(void **state)
{
	struct smtp_reply r = { 0 };
	size_t used = 0;

	(void)state;
	assert_int_equal(smtp_reply_take(&r, "250 a\r\n250 b\r\n", 14, &used), 1);
	assert_int_equal(used, 7);
}

static void
a_reply_has_bounds(void **state)
{
	static char text[REPLY_LINE + 16];
	struct smtp_reply r;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	memcpy(text, "250 ", 4);
	assert_int_equal(take(&r, text, 7), -1);
	text[REPLY_LINE - 1] = '\n';
	text[REPLY_LINE] = '\0';
	assert_int_equal(take(&r, text, 7), 1);
	r = (struct smtp_reply){ 0 };
	size_t used, lines = 0;
	while (smtp_reply_take(&r, "250-more\r\n", 10, &used) == 0 && lines <= REPLY_LINES)
		lines++;
	assert_int_equal(lines, REPLY_LINES);
	r = (struct smtp_reply){ 0 };
	assert_int_equal(smtp_reply_take(&r, "250 a\0b\r\n", 9, &used), -1);
}

static void
dots_are_doubled_and_one_ends(void **state)
{
	static const struct { const char *mail, *wire; } rows[] = {
		{ "", ".\r\n" },
		{ "a\r\n", "a\r\n.\r\n" },
		{ "a", "a\r\n.\r\n" },
		{ ".\r\n", "..\r\n.\r\n" },
		{ "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n" },
		{ "a.b\r\n..\r\n", "a.b\r\n...\r\n.\r\n" },
		{ "\r\n.QUIT\r\n", "\r\n..QUIT\r\n.\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf in = { 0 }, out = { 0 };
		buf_add(&in, rows[i].mail, strlen(rows[i].mail));
		assert_int_equal(smtp_stuff(&out, &in), 0);
		assert_int_equal(out.n, strlen(rows[i].wire));
		assert_memory_equal(out.p, rows[i].wire, out.n);
		buf_free(&in);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_come_in_pieces),
		cmocka_unit_test(what_follows_a_reply_is_told),
		cmocka_unit_test(a_reply_has_bounds),
		cmocka_unit_test(dots_are_doubled_and_one_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
