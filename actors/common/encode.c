/* actors/common/encode.c - see encode.h.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>

#include "actors/common/encode.h"

const char base64_alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int
base64_encode(struct buf *out, const void *bytes, size_t n, bool url)
{
	const uint8_t *p = bytes;
	const char *abc = url ? url_safe : base64_alphabet;
	char *to = buf_room(out, (n + 2) / 3 * 4 + 1);
	size_t at = 0;

	if (to == NULL)
		return -1;
	for (; n >= 3; n -= 3, p += 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		to[at++] = abc[v >> 18];
		to[at++] = abc[v >> 12 & 63];
		to[at++] = abc[v >> 6 & 63];
		to[at++] = abc[v & 63];
	}
	if (n > 0) {
		uint32_t v = (uint32_t)p[0] << 16 | (n == 2 ? (uint32_t)p[1] << 8 : 0);
		to[at++] = abc[v >> 18];
		to[at++] = abc[v >> 12 & 63];
		if (n == 2)
			to[at++] = abc[v >> 6 & 63];
		for (size_t pad = n; pad < 3 && !url; pad++)
			to[at++] = '=';
	}
	out->n += at;
	return 0;
}

/* Value of each character plus one; 0: not of the alphabet. */
static const uint8_t *
reverse_alphabet(void)
{
	static uint8_t table[256];

	if (table['A'] == 0)
		for (unsigned i = 0; i < 64; i++) {
			table[(uint8_t)url_safe[i]] = (uint8_t)(i + 1);
			table[(uint8_t)base64_alphabet[i]] = (uint8_t)(i + 1);
		}
	return table;
}

int
base64_decode(struct buf *out, const char *p, size_t n)
{
	const uint8_t *value = reverse_alphabet();
	const uint8_t *in = (const uint8_t *)p;
	uint32_t v = 0, bad = 0;

	if (n % 4 == 0)
		for (int pad = 0; pad < 2 && n > 0 && p[n - 1] == '='; pad++)
			n--;
	if (n % 4 == 1)
		return -1;
	char *to = buf_room(out, n / 4 * 3 + 3);
	size_t at = 0, rest = n % 4;
	if (to == NULL)
		return -1;
	for (size_t i = 0; i + 4 <= n; i += 4) {
		uint8_t a = value[in[i]], b = value[in[i + 1]], c = value[in[i + 2]], d = value[in[i + 3]];
		bad |= (a == 0) | (b == 0) | (c == 0) | (d == 0);
		v = (uint32_t)(a - 1u) << 18 | (uint32_t)(b - 1u) << 12 | (uint32_t)(c - 1u) << 6 | (d - 1u);
		to[at++] = (char)(v >> 16);
		to[at++] = (char)(v >> 8);
		to[at++] = (char)v;
	}
	if (rest > 0) {
		v = 0;
		for (size_t i = n - rest; i < n; i++) {
			bad |= value[in[i]] == 0;
			v = v << 6 | (value[in[i]] - 1u);
		}
		v <<= 6 * (4 - rest);
		to[at++] = (char)(v >> 16);
		if (rest == 3)
			to[at++] = (char)(v >> 8);
	}
	if (bad)
		return -1;
	out->n += at;
	return 0;
}

/* Whole groups of four, as many as come; the characters that they take. */
static size_t
groups_decode(const uint8_t *in, size_t n, char *to)
{
	const uint8_t *value = reverse_alphabet();
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		uint8_t a = value[in[i]], b = value[in[i + 1]], c = value[in[i + 2]], d = value[in[i + 3]];
		if (a == 0 || b == 0 || c == 0 || d == 0)
			break;
		uint32_t v = (uint32_t)(a - 1u) << 18 | (uint32_t)(b - 1u) << 12 | (uint32_t)(c - 1u) << 6 | (d - 1u);
		*to++ = (char)(v >> 16);
		*to++ = (char)(v >> 8);
		*to++ = (char)v;
	}
	return i;
}

/* One character; padding is right only where it makes the last group whole. */
static size_t
character_decode(struct base64_parts *b, uint8_t c, char *to)
{
	uint8_t value = reverse_alphabet()[c];

	if (c == '=') {
		b->pads++;
		b->bad = b->n < 2 || b->n + b->pads > 4;
		return 0;
	}
	b->bad = value == 0 || b->pads > 0;
	b->bits = b->bits << 6 | (value - 1u);
	if (b->bad || ++b->n < 4)
		return 0;
	to[0] = (char)(b->bits >> 16);
	to[1] = (char)(b->bits >> 8);
	to[2] = (char)b->bits;
	b->n = 0;
	return 3;
}

size_t
base64_more(struct base64_parts *b, const char *p, size_t n, char *to)
{
	const uint8_t *in = (const uint8_t *)p;
	size_t at = 0;

	for (size_t i = 0; i < n && !b->bad; ) {
		size_t k = b->n == 0 && b->pads == 0 ? groups_decode(in + i, n - i, to + at) : 0;
		at += k / 4 * 3;
		i += k;
		if (i < n)
			at += character_decode(b, in[i++], to + at);
	}
	return at;
}

int
base64_last(struct base64_parts *b, char to[2])
{
	if (b->bad || b->n == 1 || (b->pads > 0 && b->n + b->pads != 4))
		return -1;
	if (b->n == 0)
		return 0;
	uint32_t v = b->bits << 6 * (4 - b->n);
	to[0] = (char)(v >> 16);
	to[1] = (char)(v >> 8);
	return b->n - 1;
}

static bool
is_unreserved(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '.' || c == '_' || c == '~';
}

int
percent_encode(struct buf *out, const char *p, size_t n, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";
	char *to = buf_room(out, 3 * n + 1);
	size_t at = 0;

	if (to == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)p[i];
		if (is_unreserved(c) || (c == '/' && keep_slash)) {
			to[at++] = (char)c;
			continue;
		}
		to[at++] = '%';
		to[at++] = digits[c >> 4];
		to[at++] = digits[c & 15];
	}
	out->n += at;
	return 0;
}

int
buf_str(struct buf *out, const char *s)
{
	return buf_add(out, s, strlen(s));
}

int
buf_printf(struct buf *out, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *to = n >= 0 ? buf_room(out, (size_t)n + 1) : NULL;
	if (to != NULL)
		out->n += (size_t)vsnprintf(to, (size_t)n + 1, fmt, again);
	va_end(again);
	return to != NULL ? 0 : -1;
}

const char *
buf_text(struct buf *b)
{
	char *end = buf_room(b, 1);

	if (end == NULL)
		return NULL;
	*end = '\0';
	return b->p;
}
