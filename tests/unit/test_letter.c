/* tests/unit/test_letter.c - mails as bytes: every line within its bound and ASCII, whatever the
 * name, the token and our own settings hold; and what they say once they are decoded.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "actors/common/encode.h"
#include "actors/notifier/letter.h"

static char mail[65536], text[65536], page[1200];

static struct letter
letter(const char *name, const char *token)
{
	return (struct letter){ .row = mail_row(BYTES("password_reset")), .id = { { 0x0a, 0x0b, 0x0c } },
		.from = "no-reply@studio.example", .from_name = "Studio", .page = "https://studio.example/reset-password",
		.to = BYTES("ada@example.org"), .first_name = bytes_str(name), .token = bytes_str(token),
		.valid_minutes = 30, .at_ms = 1764284400000 };
}

/* Writes it and checks what holds for every mail. */
static void
write_checked(const struct letter *l)
{
	struct buf out = { 0 };
	size_t column = 0;

	assert_int_equal(letter_write(&out, l), 0);
	assert_true(out.n < sizeof mail);
	for (size_t i = 0; i < out.n; i++) {
		unsigned char c = (unsigned char)out.p[i];
		bool head = strstr(mail, "\r\n\r\n") == NULL;
		mail[i] = (char)c;
		mail[i + 1] = '\0';
		if (c == '\n') {
			assert_int_equal(out.p[i - 1], '\r');
			column = 0;
			continue;
		}
		assert_true(c == '\r' ? out.p[i + 1] == '\n' : c >= ' ' && c < 0x7f);
		assert_true(c == '\r' || ++column <= (head ? 330 : 76));
	}
	buf_free(&out);
	assert_null(strstr(mail, "\r\n."));	/* no line begins with a dot */
}

static int
hex(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* The decoded text of a part. */
static const char *
part(const char *type)
{
	const char *p = strstr(mail, type);
	size_t n = 0;

	assert_non_null(p);
	p = strstr(p, "\r\n\r\n") + 4;
	for (; *p != '\0' && strncmp(p, "\r\n--=_", 6) != 0; p++) {
		if (p[0] == '=' && p[1] == '\r')
			p += 2;
		else if (p[0] == '=') {
			text[n++] = (char)(hex(p[1]) << 4 | hex(p[2]));
			p += 2;
		} else
			text[n++] = *p;
	}
	text[n] = '\0';
	return text;
}

static size_t
count(const char *what)
{
	size_t n = 0;

	for (const char *p = mail; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void
the_usual_mail(void **state)
{
	struct letter l = letter("Ada", "eyJ.a-b_c");

	(void)state;
	write_checked(&l);
	assert_non_null(strstr(mail, "Date: Thu, 27 Nov 2025 23:00:00 +0000\r\n"));
	assert_non_null(strstr(mail, "From: Studio <no-reply@studio.example>\r\n"));
	assert_non_null(strstr(mail, "To: <ada@example.org>\r\n"));
	assert_non_null(strstr(mail, "Subject: Reset your password\r\n"));
	assert_non_null(strstr(mail, "Message-ID: <0a0b0c00-0000-0000-0000-000000000000@studio.example>\r\n"));
	assert_non_null(strstr(mail, "Auto-Submitted: auto-generated\r\n"));
	assert_non_null(strstr(mail, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="));
	assert_string_equal(part("text/plain"), "Hello Ada,\r\n\r\n"
	    "Somebody, hopefully you, asked for a new password for your account.\r\n\r\n"
	    "Choose a new password:\r\nhttps://studio.example/reset-password?token=eyJ.a-b_c\r\n\r\n"
	    "The link works once, within 30 minutes. If it was not you who asked, ignore this mail: your password stays as it is.\r\n");
	assert_non_null(strstr(part("text/html"), "<a href=\"https://studio.example/reset-password?token=eyJ.a-b_c\">Choose a new password</a>"));
	assert_int_equal(count("\r\n--=_0a0b0c00"), 3);
}

static void
names_of_all_kinds(void **state)
{
	static const struct { const char *name, *shown; } rows[] = {
		{ "Ada", "Hello Ada," }, { "", "Hello," }, { "J\xc3\xb6rg", "Hello J\xc3\xb6rg," },
		{ "\xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99", "Hello \xe6\x9d\x8e\xe5\xb0\x8f\xe9\xbe\x99," },
		{ "\xf0\x9f\x8e\xac", "Hello \xf0\x9f\x8e\xac," }, { "O'Neil = 1", "Hello O'Neil = 1," },
		{ "Dr. Ada M.", "Hello Dr. Ada M.," },
		/* what a mail program could make a link of, or that is no name */
		{ "https://evil.example", "Hello," }, { "evil.example", "Hello," }, { "click evil.example now", "Hello," },
		{ "mail@evil", "Hello," }, { "<b>Ada</b>", "Hello," }, { "A&B", "Hello," }, { "Ada\r\nBcc: eve@evil.example", "Hello," },
		{ "Ada\n", "Hello," }, { "\x7f", "Hello," }, { "a\xc2\x85" "b", "Hello," }, { "\xe2\x80\xae" "adA", "Hello," },
		{ "a\xe2\x80\xa8" "b", "Hello," }, { "a\xef\xbb\xbf" "b", "Hello," },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Hello," },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct letter l = letter(rows[i].name, "t");
		write_checked(&l);
		assert_memory_equal(part("text/plain"), rows[i].shown, strlen(rows[i].shown));
		assert_int_equal(strncmp(text + strlen(rows[i].shown), "\r\n\r\nSomebody", 12), 0);
		assert_int_equal(count("\r\nTo: "), 1);
		assert_null(strstr(mail, "\r\nBcc:"));
	}
	struct letter l = letter("O'Neil = 1", "t");
	write_checked(&l);
	assert_non_null(strstr(part("text/html"), "Hello O&#39;Neil = 1,"));
}

static void
tokens_and_pages_of_all_kinds(void **state)
{
	struct letter l = letter("Ada", "a b&c=\"<>'\r\n.\xc3\xbc");
	struct buf link = { 0 };

	(void)state;
	l.page = "https://studio.example/app?lang=en&x='\"<";
	assert_int_equal(letter_link(&link, &l), 0);
	assert_string_equal(buf_text(&link), "https://studio.example/app?lang=en&x='\"<&token=a%20b%26c%3D%22%3C%3E%27%0D%0A.%C3%BC");
	write_checked(&l);
	assert_non_null(strstr(part("text/plain"), link.p));
	assert_non_null(strstr(part("text/html"), "lang=en&amp;x=&#39;&quot;&lt;&amp;token=a%20b%26c"));
	buf_free(&link);
	memset(page, '.', 1000);		/* soft line breaks fall on dots */
	memcpy(page, "https://", 8);
	for (size_t i = 900; i < 1000; i++) {
		page[i] = '\0';
		l.page = page;
		write_checked(&l);
		assert_non_null(strstr(part("text/plain"), page));
		page[i] = '.';
	}
}

static void
our_own_name_is_encoded(void **state)
{
	static const struct { const char *name, *head; } rows[] = {
		{ "", "\r\nFrom: <no-reply@studio.example>\r\n" },
		{ "Studio 9", "\r\nFrom: Studio 9 <no-reply@studio.example>\r\n" },
		{ "St\xc3\xbc" "dio", "\r\nFrom: =?UTF-8?B?U3TDvGRpbw==?= <no-reply@studio.example>\r\n" },
		{ "a\r\nBcc: x@y", "\r\nFrom: =?UTF-8?B?YQ0KQmNjOiB4QHk=?= <no-reply@studio.example>\r\n" },
		{ "\"<>,;", "\r\nFrom: =?UTF-8?B?Ijw+LDs=?= <no-reply@studio.example>\r\n" },
	};
	struct letter l = letter("Ada", "t");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		l.from_name = rows[i].name;
		write_checked(&l);
		assert_non_null(strstr(mail, rows[i].head));
	}
	/* long: several words, none cut within a character */
	l.from_name = "\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e"
	    "x\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e\xe6\x9d\x8e";
	write_checked(&l);
	assert_int_equal(count("=?UTF-8?B?"), 2);
	struct buf word = { 0 };
	for (const char *p = mail; (p = strstr(p, "=?UTF-8?B?")) != NULL; p += 10) {
		const char *end = strstr(p, "?=");
		size_t before = word.n;
		assert_true(end - p <= 73);
		assert_int_equal(base64_decode(&word, p + 10, (size_t)(end - p - 10)), 0);
		assert_true(utf8_valid(word.p + before, word.n - before));
	}
	assert_string_equal(buf_text(&word), l.from_name);
	buf_free(&word);
}

static void
addresses(void **state)
{
	static const char *const good[] = { "a@b.c", "ada.l+tag@sub.example.org", "j\xc3\xb6rg@example.org", "o'neil@example.org", "a@localhost", "x_y=z@1.example" };
	static const char *const bad[] = {
		"", "@", "a@", "@b.c", "a", "a b@c.d", "a@b c", "a@b.c\r\nRCPT TO:<x@y>", "a\n@b.c", "a@b.c>", "<a@b.c>", "\"a b\"@c.d", "a@b@c.d",
		"a@[127.0.0.1]", ".a@b.c", "a.@b.c", "a..b@c.d", "a@.b", "a@b.", "a@b..c", "a@-b.c", "a@b-.c", "a@b.c-", "a@b\xc3\xbc.c", "a@b_c.d", "a\xc2\x85@b.c", "a\x7f@b.c",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.c", "a@b.c SIZE=1", "a@b.c\t", "a,b@c.d", "a(b)@c.d", "a:b@c.d", "a\\b@c.d",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!address_valid(bytes_str(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (address_valid(bytes_str(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	assert_string_equal(address_domain("a@b.c"), "b.c");
	assert_true(bytes_ascii(bytes_str(good[0])));
	assert_false(bytes_ascii(bytes_str(good[2])));
}

/* Random bytes as name and token: whatever they are, the mail's form holds. */
static void
anything(void **state)
{
	char name[200], token[200];

	(void)state;
	srand(7);
	for (int round = 0; round < 300; round++) {
		for (size_t i = 0; i < sizeof name - 1; i++) {
			name[i] = (char)(1 + rand() % 127);
			token[i] = (char)(1 + rand() % 255);
		}
		name[rand() % 100] = token[rand() % 200] = name[199] = token[199] = '\0';
		struct letter l = letter(name, token);
		write_checked(&l);
		assert_int_equal(count("\r\n--=_"), 3);
	}
}

static void
templates_by_name(void **state)
{
	(void)state;
	assert_non_null(mail_row(BYTES("password_reset")));
	assert_null(mail_row(BYTES("password_rese")));
	assert_null(mail_row(BYTES("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_mail),
		cmocka_unit_test(names_of_all_kinds),
		cmocka_unit_test(tokens_and_pages_of_all_kinds),
		cmocka_unit_test(our_own_name_is_encoded),
		cmocka_unit_test(addresses),
		cmocka_unit_test(anything),
		cmocka_unit_test(templates_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
