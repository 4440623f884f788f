/* tests/fuzz/fuzz_smtp.c - what a mail server says, whole and byte by byte: both readings agree.
 * And a letter to anybody of any name: its form holds.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/notifier/letter.h"
#include "actors/notifier/smtp_wire.h"
#include "tests/fuzz/fuzz.h"

static void
replies_agree(const char *p, size_t n)
{
	struct smtp_reply whole = { 0 }, piece = { 0 };
	size_t used = 0, last = 0, at = 0;
	int rc = smtp_reply_take(&whole, p, n, &used), rc2 = 0;

	for (; at < n && rc2 == 0; at++)
		rc2 = smtp_reply_take(&piece, p + at, 1, &last);
	if (rc != rc2 || (rc == 1 && (used != at || whole.code != piece.code || strcmp(whole.line, piece.line) != 0)))
		abort();
}

static void
letter_holds(const char *p, size_t n)
{
	size_t half = n / 2 < 400 ? n / 2 : 400, rest = n - half < 512 ? n - half : 512;
	struct letter l = { .row = mail_row(BYTES("password_reset")), .from = "a@b.example", .from_name = "", .page = "https://b.example/r",
		.to = BYTES("c@d.example"), .first_name = bytes_of(p, half), .token = bytes_of(p + half, rest), .valid_minutes = 30 };
	struct buf out = { 0 };

	if (!utf8_valid(p, half))
		l.first_name = BYTES("");
	if (letter_write(&out, &l) != 0)
		abort();
	for (size_t i = 0; i < out.n; i++) {
		unsigned char c = (unsigned char)out.p[i];
		if (c == '\n' ? i == 0 || out.p[i - 1] != '\r' : c == '\r' ? out.p[i + 1] != '\n' : c < ' ' || c > 0x7e)
			abort();
	}
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	replies_agree((const char *)data, n);
	letter_holds((const char *)data, n);
	(void)address_valid(bytes_of(data, n));
	return 0;
}
