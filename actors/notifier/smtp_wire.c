/* actors/notifier/smtp_wire.c - see smtp_wire.h.
 * Owns: nothing. Fails: as told.
 * Licence: Apache-2.0. */
#include "actors/notifier/smtp_wire.h"

/* One line without its end: 1 the reply's last, 0 more follow, -1 it is none. */
static int
line_read(struct smtp_reply *r)
{
	unsigned code = 0;

	if (r->n > 0 && r->line[r->n - 1] == '\r')
		r->n--;
	if (r->n < 3 || ++r->lines > REPLY_LINES)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (r->line[i] < '0' || r->line[i] > '9')
			return -1;
		code = code * 10 + (unsigned)(r->line[i] - '0');
	}
	if (code < 200 || code > 599 || (r->code != 0 && r->code != code))
		return -1;
	r->code = code;
	if (r->n > 3 && r->line[3] == '-')
		return 0;
	if (r->n > 3 && r->line[3] != ' ')
		return -1;
	return 1;
}

int
smtp_reply_take(struct smtp_reply *r, const char *p, size_t n, size_t *used)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n') {
			if (r->n == REPLY_LINE - 1 || p[i] == '\0')
				return -1;
			r->line[r->n++] = p[i];
			continue;
		}
		int rc = line_read(r);
		if (rc == 1) {
			size_t skip = r->n > 4 ? 4 : r->n;
			memmove(r->line, r->line + skip, r->n - skip);
			r->n -= skip;
			r->line[r->n] = '\0';
			*used = i + 1;
		}
		if (rc != 0)
			return rc;
		r->n = 0;
	}
	return 0;
}

int
smtp_stuff(struct buf *out, const struct buf *mail)
{
	bool begins = true;
	int bad = 0;

	for (size_t i = 0; i < mail->n;) {
		const char *end = memchr(mail->p + i, '\n', mail->n - i);
		size_t k = end != NULL ? (size_t)(end + 1 - (mail->p + i)) : mail->n - i;
		if (begins && mail->p[i] == '.')
			bad |= buf_add(out, ".", 1);
		bad |= buf_add(out, mail->p + i, k);
		begins = end != NULL;
		i += k;
	}
	if (!begins)
		bad |= buf_add(out, "\r\n", 2);
	return bad || buf_add(out, ".\r\n", 3) != 0 ? -1 : 0;
}
