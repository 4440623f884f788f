/* proto/text.c - UUIDs, UTF-8, and where JSON stands for signed URLs.
 * Licence: Apache-2.0. */
#include "proto/proto.h"

void
hex_lower(char *out, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

void
id_text(const struct id *id, char out[37])
{
	static const uint8_t groups[] = { 4, 2, 2, 2, 6 };
	const uint8_t *p = id->b;

	for (size_t i = 0; i < COUNT(groups); i++) {
		hex_lower(out, p, groups[i]);
		out += 2 * groups[i];
		p += groups[i];
		*out++ = i + 1 < COUNT(groups) ? '-' : '\0';
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
id_parse(const char *p, size_t n, struct id *out)
{
	struct id id;
	int k = 0;

	if (n != 36)
		return false;
	for (size_t i = 0; i < n;) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (p[i++] != '-')
				return false;
			continue;
		}
		int hi = hex_digit(p[i]), lo = hex_digit(p[i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		id.b[k++] = (uint8_t)(hi << 4 | lo);
		i += 2;
	}
	*out = id;
	return true;
}

bool
id_eq(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* RFC 3629: shortest form only, no surrogates, nothing above U+10FFFF. */
size_t
utf8_whole(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0;

	while (i < n) {
		unsigned char c = p[i];
		size_t more;
		uint32_t cp, least;

		if (c == 0)
			return i;
		if (c < 0x80) {
			i++;
			continue;
		}
		if (c >= 0xc2 && c <= 0xdf) {
			more = 1;
			cp = c & 0x1f;
			least = 0x80;
		} else if (c >= 0xe0 && c <= 0xef) {
			more = 2;
			cp = c & 0x0f;
			least = 0x800;
		} else if (c >= 0xf0 && c <= 0xf4) {
			more = 3;
			cp = c & 0x07;
			least = 0x10000;
		} else {
			return i;
		}
		if (n - i <= more)
			return i;
		for (size_t k = 1; k <= more; k++) {
			if ((p[i + k] & 0xc0) != 0x80)
				return i;
			cp = cp << 6 | (p[i + k] & 0x3f);
		}
		if (cp < least || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
			return i;
		i += more + 1;
	}
	return n;
}

bool
utf8_valid(const char *p, size_t n)
{
	return utf8_whole(p, n) == n;
}

void
utf8_cut(char *s)
{
	s[utf8_whole(s, strlen(s))] = '\0';
}

size_t
utf8_length(const char *p, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			k++;
	return k;
}

const char *
url_value(const char *p, const char *end)
{
	static const char tail[] = "Url\":\"gs://", names[2][8] = { "\"result", "\"signed" };
	enum { TAIL = sizeof tail - 1, NAME = 7, QUOTE = sizeof "Url\":" - 1 };
	const char *from = p;

	while (p < end && (p = memmem(p, (size_t)(end - p), tail, TAIL)) != NULL) {
		if (p - from >= NAME && (memcmp(p - NAME, names[0], NAME) == 0 || memcmp(p - NAME, names[1], NAME) == 0))
			return p + QUOTE;
		p += TAIL;
	}
	return NULL;
}
