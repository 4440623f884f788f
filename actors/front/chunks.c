/* actors/front/chunks.c - see chunks.h.
 * Licence: Apache-2.0. */
#include <assert.h>
#include <string.h>

#include "actors/front/chunks.h"

/* A size of eight digits is over every bound of a body. */
enum { SIZE_DIGITS = 8, TRAILER_BYTES_MAX = 8 << 10 };
enum { SIZE, SIZE_LF, DATA, DATA_CR, DATA_LF, LINE, IN_LINE, LINE_LF, LAST_LF, END, BROKEN };

static_assert(sizeof(struct chunks) == 16, "as picohttpparser has it");

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A byte of a chunk's size, or of the CR that ends it. */
static int
on_size(struct chunks *d, char c)
{
	if (c == '\r' && d->digits > 0)
		return SIZE_LF;
	if (hex(c) < 0 || d->digits++ == SIZE_DIGITS)
		return BROKEN;
	d->left = d->left * 16 + (size_t)hex(c);
	return SIZE;
}

/* A byte of a trailer field, which nobody reads. */
static int
on_line(struct chunks *d, char c)
{
	if (c == '\r')
		return d->state == LINE ? LAST_LF : LINE_LF;
	if (((unsigned char)c < ' ' && c != '\t') || c == 0x7f || ++d->trailer_bytes > TRAILER_BYTES_MAX)
		return BROKEN;
	return d->state == LINE && (c == ' ' || c == '\t' || c == ':') ? BROKEN : IN_LINE;
}

/* The state after a byte of the framing. */
static int
on_byte(struct chunks *d, char c)
{
	switch (d->state) {
	case SIZE:
		return on_size(d, c);
	case SIZE_LF:
		d->digits = 0;
		return c != '\n' ? BROKEN : d->left > 0 ? DATA : LINE;
	case DATA_CR:
		return c == '\r' ? DATA_LF : BROKEN;
	case DATA_LF:
		return c == '\n' ? SIZE : BROKEN;
	case LINE:
	case IN_LINE:
		return on_line(d, c);
	case LINE_LF:
		return c == '\n' ? LINE : BROKEN;
	case LAST_LF:
		return c == '\n' ? END : BROKEN;
	default:
		return BROKEN;
	}
}

ssize_t
phr_decode_chunked(struct chunks *d, char *buf, size_t *n)
{
	size_t from = 0, to = 0;

	while (from < *n && d->state < END) {
		if (d->state != DATA) {
			d->state = (uint8_t)on_byte(d, buf[from++]);
			continue;
		}
		size_t some = *n - from < d->left ? *n - from : d->left;
		memmove(buf + to, buf + from, some);
		from += some;
		to += some;
		if ((d->left -= some) == 0)
			d->state = DATA_CR;
	}
	memmove(buf + to, buf + from, *n - from);
	ssize_t rest = d->state == END ? (ssize_t)(*n - from) : d->state == BROKEN ? -1 : -2;
	*n = to;
	return rest;
}
