/* actors/front/wire.c - see wire.h.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/front/wire.h"

struct bytes
wire_trim(struct bytes s)
{
	while (s.n > 0 && (*s.p == ' ' || *s.p == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

bool
wire_visible(struct bytes s, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0 && s.n <= most;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
wire_traceparent(struct bytes s, uint8_t trace[24])
{
	uint8_t id[16], any = 0, parent = 0;

	if (s.n < 55 || s.p[2] != '-' || s.p[35] != '-' || s.p[52] != '-' || memcmp(s.p, "ff", 2) == 0 ||
	    (s.n > 55 && (memcmp(s.p, "00", 2) == 0 || s.p[55] != '-')))
		return false;
	for (size_t i = 0; i < 55; i++)
		if (hex(s.p[i]) < 0 && i != 2 && i != 35 && i != 52)
			return false;
	for (size_t i = 0; i < 16; i++) {
		id[i] = (uint8_t)(hex(s.p[3 + 2 * i]) << 4 | hex(s.p[4 + 2 * i]));
		any |= id[i];
	}
	for (size_t i = 36; i < 52; i++)
		parent |= (uint8_t)hex(s.p[i]);
	if (any == 0 || parent == 0)
		return false;
	memcpy(trace, id, sizeof id);
	return true;
}

void
wire_traceparent_text(const uint8_t trace[24], char out[56])
{
	memcpy(out, "00-", 3);
	hex_lower(out + 3, trace, 16);
	out[35] = '-';
	hex_lower(out + 36, trace + 16, 8);
	memcpy(out + 52, "-01", 4);
}

/* Takes the next item of a list off s, without the spaces around it; false at its end. */
static bool
next_item(struct bytes *s, char separator, struct bytes *item)
{
	if (s->p == NULL || s->n == 0)
		return false;
	const char *end = memchr(s->p, separator, s->n);
	size_t n = end != NULL ? (size_t)(end - s->p) : s->n;
	*item = bytes_of(s->p, n);
	s->p += end != NULL ? n + 1 : n;
	s->n -= (uint32_t)(end != NULL ? n + 1 : n);
	*item = wire_trim(*item);
	return true;
}

static bool
is(struct bytes s, const char *text)
{
	return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

bool
wire_is_json(struct bytes type)
{
	struct bytes part;

	if (!next_item(&type, ';', &part) || !is(part, "application/json"))
		return false;
	while (next_item(&type, ';', &part))
		if (part.n >= 8 && strncasecmp(part.p, "charset=", 8) == 0 &&
		    !is(bytes_of(part.p + 8, part.n - 8), "utf-8") && !is(bytes_of(part.p + 8, part.n - 8), "\"utf-8\""))
			return false;
	return true;
}

/* A range of an Accept header, and whether its weight is zero. */
static bool
next_range(struct bytes *accept, struct bytes *range, bool *refused)
{
	struct bytes item, part;

	if (!next_item(accept, ',', &item))
		return false;
	*range = (struct bytes){ "", 0 };
	*refused = false;
	next_item(&item, ';', range);
	while (next_item(&item, ';', &part))
		if (part.n >= 3 && strncasecmp(part.p, "q=0", 3) == 0) {
			*refused = true;
			for (size_t i = 3; i < part.n; i++)
				if (part.p[i] != '.' && part.p[i] != '0')
					*refused = false;
		}
	return true;
}

/* Is a range of an Accept header, or what it stands for, a type? */
static bool
covers(struct bytes range, struct bytes type)
{
	const char *slash = memchr(type.p, '/', type.n);
	size_t n = slash != NULL ? (size_t)(slash - type.p) + 1 : 0;

	return is(range, "*/*") || (range.n == type.n && strncasecmp(range.p, type.p, type.n) == 0) ||
	    (n > 0 && range.n == n + 1 && range.p[n] == '*' && strncasecmp(range.p, type.p, n) == 0);
}

bool
wire_accepts(struct bytes accept, const char *types)
{
	struct bytes range, list, type;
	bool refused, any = false;

	while (next_range(&accept, &range, &refused)) {
		any = any || range.n > 0;
		list = bytes_str(types);
		while (!refused && range.n > 0 && next_item(&list, '|', &type))
			if (covers(range, type))
				return true;
	}
	return !any;
}

bool
wire_accepts_problem(struct bytes accept)
{
	struct bytes range;
	bool refused;

	while (next_range(&accept, &range, &refused))
		if (!refused && is(range, "application/problem+json"))
			return true;
	return false;
}

bool
wire_prefers(struct bytes prefer, const char *token)
{
	struct bytes item, name;

	while (next_item(&prefer, ',', &item))
		if (next_item(&item, ';', &name) && is(name, token))
			return true;
	return false;
}

bool
wire_matches(struct bytes list, const char *tag)
{
	struct bytes item, ours = bytes_str(tag);

	if (ours.n > 2 && memcmp(ours.p, "W/", 2) == 0)
		ours = bytes_of(ours.p + 2, ours.n - 2);
	while (next_item(&list, ',', &item)) {
		if (bytes_eq(item, "*"))
			return true;
		if (item.n > 2 && memcmp(item.p, "W/", 2) == 0)
			item = bytes_of(item.p + 2, item.n - 2);
		if (item.n == ours.n && memcmp(item.p, ours.p, ours.n) == 0)
			return true;
	}
	return false;
}

uint32_t
wire_seconds(struct bytes text)
{
	static const char before[] = " in ", after[] = " second";
	const char *end = text.p + text.n;
	const char *p = memmem(text.p, text.n, before, sizeof before - 1);
	uint32_t n = 0;

	if (p == NULL)
		return 0;
	for (p += sizeof before - 1; p < end && *p >= '0' && *p <= '9' && n < 100000; p++)
		n = n * 10 + (uint32_t)(*p - '0');
	return (size_t)(end - p) >= sizeof after - 1 && memcmp(p, after, sizeof after - 1) == 0 ? n : 0;
}
