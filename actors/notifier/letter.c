/* actors/notifier/letter.c - see letter.h.
 * Owns: nothing. Fails: when memory is out.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>
#include <time.h>

#include "actors/common/encode.h"
#include "actors/notifier/letter.h"

enum {
	LINE = 76,			/* RFC 2045: characters of a line, without its end */
	WORD_BYTES = 45,		/* of text in one encoded word: 60 of base64 and 12 around it */
	NAME_SHOWN = 64			/* characters of a first name that a mail still greets */
};

static const struct mail_row rows[] = {
#define MAIL(name, page, subject, before, action, after) { #name, #page, subject, before, action, after },
#include "actors/notifier/mails.tbl.h"
};

const struct mail_row *
mail_row(struct bytes name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (bytes_eq(name, rows[i].name))
			return &rows[i];
	return NULL;
}

/* ---- what is allowed ---- */

/* A control character of Latin-1, as UTF-8 writes it. */
static bool
is_c1(const unsigned char *p, size_t left)
{
	return left > 1 && p[0] == 0xc2 && p[1] < 0xa0;
}

static bool
local_valid(const unsigned char *p, size_t n)
{
	if (n == 0 || n > 64 || p[0] == '.' || p[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] == 0x7f || strchr("\"(),:;<>@[\\]", p[i]) != NULL ||
		    (p[i] == '.' && p[i + 1] == '.') || is_c1(p + i, n - i))
			return false;
	return true;
}

static bool
domain_valid(const char *p, size_t n)
{
	bool part = false;		/* a letter or digit stands right before */

	for (size_t i = 0; i < n; i++) {
		bool good = isalnum((unsigned char)p[i]) != 0;
		if (!good && !(part && p[i] == '.') && !(i > 0 && p[i] == '-'))
			return false;
		part = good;
	}
	return part;
}

bool
address_valid(struct bytes a)
{
	const char *at = a.n > 0 && a.n <= 254 ? memrchr(a.p, '@', a.n) : NULL;

	return at != NULL && local_valid((const unsigned char *)a.p, (size_t)(at - a.p)) &&
	    domain_valid(at + 1, a.n - (size_t)(at + 1 - a.p));
}

const char *
address_domain(const char *a)
{
	const char *at = strrchr(a, '@');
	return at != NULL ? at + 1 : "localhost";
}

bool
bytes_ascii(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if ((unsigned char)b.p[i] > 0x7e)
			return false;
	return true;
}

/* Characters that are not seen, or that turn the direction of what follows. */
static bool
is_invisible(const unsigned char *p, size_t left)
{
	if (is_c1(p, left))
		return true;
	if (left < 3)
		return false;
	return (p[0] == 0xe2 && p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
	    (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf) || (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf);
}

/* Anybody may register somebody else's address under the name "Visit https://evil.example":
 * a name that a mail program could show as a link, or that is no name, is left out. */
static bool
name_is_shown(struct bytes name)
{
	const unsigned char *p = (const unsigned char *)name.p;

	if (name.n == 0 || utf8_length(name.p, name.n) > NAME_SHOWN)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		bool ends_word = i + 1 == name.n || p[i + 1] == ' ';
		if (p[i] < ' ' || p[i] == 0x7f || strchr("<>&\"/\\:@", p[i]) != NULL || (p[i] == '.' && !ends_word) ||
		    is_invisible(p + i, name.n - i))
			return false;
	}
	return true;
}

/* ---- encodings ---- */

/* Quoted-printable (RFC 2045, 6.7). A line feed ends a line; a dot at the beginning of one is
 * encoded too: no relay can take it for the end. */
static int
quoted_printable(struct buf *out, const struct buf *text)
{
	char piece[4];
	size_t column = 0;
	int bad = 0;

	for (size_t i = 0; i < text->n; i++) {
		unsigned char c = (unsigned char)text->p[i];
		bool ends = i + 1 == text->n || text->p[i + 1] == '\n';
		if (c == '\n') {
			bad |= buf_add(out, "\r\n", 2);
			column = 0;
			continue;
		}
		bool plain = (c > ' ' && c < 0x7f && c != '=' && !(c == '.' && column == 0)) || (c == ' ' && !ends);
		size_t k = (size_t)snprintf(piece, sizeof piece, plain ? "%c" : "=%02X", c);
		if (column + k > LINE - 1u) {		/* one is kept for the soft break */
			bad |= buf_add(out, "=\r\n", 3);
			column = 0;
			if (c == '.')
				k = (size_t)snprintf(piece, sizeof piece, "=2E");
		}
		bad |= buf_add(out, piece, k);
		column += k;
	}
	return bad || buf_add(out, "\r\n", 2);
}

/* A text of a header: as it is where it holds nothing but letters, digits and single blanks,
 * else as encoded words (RFC 2047), which cannot hold a line end. */
static int
header_text(struct buf *out, const char *text)
{
	size_t n = strlen(text), take;
	int bad = 0;

	if (strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") == n && n <= 60)
		return buf_str(out, text);
	for (size_t i = 0; i < n; i += take) {
		take = n - i < WORD_BYTES ? n - i : WORD_BYTES;
		while (i + take < n && take > 1 && ((unsigned char)text[i + take] & 0xc0) == 0x80)
			take--;			/* never within a character */
		bad |= buf_str(out, i > 0 ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?") ||
		    base64_encode(out, text + i, take, false) || buf_str(out, "?=");
	}
	return bad;
}

static int
html_text(struct buf *out, const char *p, size_t n)
{
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		switch (p[i]) {
		case '<':
			bad |= buf_str(out, "&lt;");
			break;
		case '>':
			bad |= buf_str(out, "&gt;");
			break;
		case '&':
			bad |= buf_str(out, "&amp;");
			break;
		case '"':
			bad |= buf_str(out, "&quot;");
			break;
		case '\'':
			bad |= buf_str(out, "&#39;");
			break;
		default:
			bad |= buf_add(out, p + i, 1);
		}
	return bad;
}

/* ---- the words ---- */

/* Text for either part. */
static int
put(struct buf *out, bool html, const char *p, size_t n)
{
	return html ? html_text(out, p, n) : buf_add(out, p, n);
}

static int
put_prose(struct buf *out, bool html, const char *prose, uint32_t minutes)
{
	static const char mark[] = "{minutes}";
	const char *at = strstr(prose, mark);
	char number[16];

	if (at == NULL)
		return put(out, html, prose, strlen(prose));
	int n = snprintf(number, sizeof number, "%u", (unsigned)minutes);
	at += sizeof mark - 1;
	return put(out, html, prose, (size_t)(at - prose) - (sizeof mark - 1)) || put(out, html, number, (size_t)n) ||
	    put(out, html, at, strlen(at));
}

static int
put_greeting(struct buf *out, bool html, struct bytes name)
{
	if (!name_is_shown(name))
		return buf_str(out, "Hello,");
	return buf_str(out, "Hello ") || put(out, html, name.p, name.n) || buf_str(out, ",");
}

static int
write_plain(struct buf *out, const struct letter *l, const struct buf *link)
{
	return put_greeting(out, false, l->first_name) || buf_str(out, "\n\n") ||
	    put_prose(out, false, l->row->before, l->valid_minutes) || buf_str(out, "\n\n") ||
	    put_prose(out, false, l->row->action, l->valid_minutes) || buf_str(out, ":\n") ||
	    buf_add(out, link->p, link->n) || buf_str(out, "\n\n") ||
	    put_prose(out, false, l->row->after, l->valid_minutes) || buf_str(out, "\n");
}

static int
write_html(struct buf *out, const struct letter *l, const struct buf *link)
{
	return buf_str(out, "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>") ||
	    put(out, true, l->row->subject, strlen(l->row->subject)) ||
	    buf_str(out, "</title></head>\n<body style=\"font-family: sans-serif; line-height: 1.5\">\n<p>") ||
	    put_greeting(out, true, l->first_name) || buf_str(out, "</p>\n<p>") ||
	    put_prose(out, true, l->row->before, l->valid_minutes) || buf_str(out, "</p>\n<p><a href=\"") ||
	    put(out, true, link->p, link->n) || buf_str(out, "\">") ||
	    put_prose(out, true, l->row->action, l->valid_minutes) || buf_str(out, "</a></p>\n<p>") ||
	    put_prose(out, true, l->row->after, l->valid_minutes) || buf_str(out, "</p>\n</body>\n</html>\n");
}

/* ---- the mail ---- */

int
letter_link(struct buf *out, const struct letter *l)
{
	int bad = buf_printf(out, "%s%ctoken=", l->page, strchr(l->page, '?') != NULL ? '&' : '?') ||
	    percent_encode(out, l->token.p, l->token.n, false);
	return bad ? -1 : 0;
}

static int
write_head(struct buf *out, const struct letter *l, const char *id)
{
	time_t at = (time_t)(l->at_ms / 1000);
	char date[64];
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	return buf_printf(out, "Date: %s\r\nFrom: ", date) || header_text(out, l->from_name) ||
	    buf_printf(out, "%s<%s>\r\nTo: <%.*s>\r\nSubject: ", l->from_name[0] != '\0' ? " " : "", l->from, (int)l->to.n, l->to.p) ||
	    header_text(out, l->row->subject) ||
	    buf_printf(out, "\r\nMessage-ID: <%s@%s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative; boundary=\"=_%s\"\r\n\r\n", id, address_domain(l->from), id);
}

/* One part; "=_" cannot be in quoted-printable text, so the boundary is nobody's words. */
static int
write_part(struct buf *out, const char *id, const char *type, const struct buf *text)
{
	return buf_printf(out, "--=_%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
	    id, type) || quoted_printable(out, text);
}

int
letter_write(struct buf *out, const struct letter *l)
{
	struct buf link = { 0 }, plain = { 0 }, html = { 0 };
	char id[37];
	int bad;

	id_text(&l->id, id);
	bad = letter_link(&link, l);
	if (!bad)
		bad = write_plain(&plain, l, &link) || write_html(&html, l, &link);
	if (!bad)
		bad = write_head(out, l, id) || write_part(out, id, "text/plain", &plain) ||
		    write_part(out, id, "text/html", &html) || buf_printf(out, "--=_%s--\r\n", id);
	buf_free(&link);
	buf_free(&plain);
	buf_free(&html);
	return bad ? -1 : 0;
}
