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

/* A weight in thousandths (RFC 9110, 12.4.2); what is none counts as 1. */
static int
weight_of(struct bytes q)
{
	int weight = 0, place = 1000;

	for (uint32_t i = 0; i < q.n; i++)
		if (q.p[i] == '.' && i == 1)
			continue;
		else if (q.p[i] < '0' || q.p[i] > '9' || place == 0)
			return 1000;
		else {
			weight += (q.p[i] - '0') * place;
			place /= 10;
		}
	return q.n == 0 || weight > 1000 ? 1000 : weight;
}

/* A member of a list of what a client takes, and its weight. */
static bool
next_choice(struct bytes *list, struct bytes *choice, int *weight)
{
	struct bytes item, part;

	if (!next_item(list, ',', &item))
		return false;
	*choice = (struct bytes){ "", 0 };
	*weight = 1000;
	next_item(&item, ';', choice);
	while (next_item(&item, ';', &part))
		if (part.n >= 2 && (part.p[0] == 'q' || part.p[0] == 'Q') && part.p[1] == '=')
			*weight = weight_of(bytes_of(part.p + 2, part.n - 2u));
	return true;
}

/* How closely a range of an Accept header names a type: 0 for not at all. */
static int
covers(struct bytes range, struct bytes type)
{
	const char *slash = memchr(type.p, '/', type.n);
	size_t n = slash != NULL ? (size_t)(slash - type.p) + 1 : 0;

	if (range.n == type.n && strncasecmp(range.p, type.p, type.n) == 0)
		return 3;
	if (n > 0 && range.n == n + 1 && range.p[n] == '*' && strncasecmp(range.p, type.p, n) == 0)
		return 2;
	return is(range, "*/*") || is(range, "*");
}

/* The weight of what names it most closely; 0 where nothing does. */
static int
weight_in(struct bytes list, struct bytes type, int *closely)
{
	struct bytes choice;
	int weight, best = 0;

	*closely = 0;
	while (next_choice(&list, &choice, &weight)) {
		int c = covers(choice, type);
		if (c > 0 && (c > *closely || (c == *closely && weight > best))) {
			*closely = c;
			best = weight;
		}
	}
	return best;
}

bool
wire_accepts(struct bytes accept, const char *types)
{
	struct bytes list = bytes_str(types), type, rest = accept, choice;
	bool any = false;
	int closely, weight;

	while (next_choice(&rest, &choice, &weight))
		any = any || choice.n > 0;
	while (any && next_item(&list, '|', &type))
		if (weight_in(accept, type, &closely) > 0)
			return true;
	return !any;
}

bool
wire_accepts_problem(struct bytes accept)
{
	int closely, other, weight = weight_in(accept, BYTES("application/problem+json"), &closely);

	return closely == 3 && weight > 0 && weight >= weight_in(accept, BYTES("application/json"), &other);
}

const char *
wire_coding(struct bytes accept, bool br)
{
	int closely, gzip = weight_in(accept, BYTES("gzip"), &closely);
	int best = br ? weight_in(accept, BYTES("br"), &closely) : 0;
	int plain = weight_in(accept, BYTES("identity"), &closely);

	if (closely < 3)		/* it need not be named; where it is, its weight counts */
		plain = 0;
	if (best > 0 && best >= gzip && best >= plain)
		return "br";
	return gzip > 0 && gzip >= plain ? "gzip" : NULL;
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

/* At most 18 digits; false where there is none. */
static bool
take_number(struct bytes *s, uint64_t *out)
{
	uint32_t n = 0;

	for (*out = 0; n < s->n && n < 18 && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		*out = *out * 10 + (uint64_t)(s->p[n] - '0');
	s->p += n;
	s->n -= n;
	return n > 0;
}

bool
wire_range(struct bytes s, struct wire_range *out)
{
	*out = (struct wire_range){ .last = UINT64_MAX };
	if (s.n < 8 || strncasecmp(s.p, "bytes=", 6) != 0)
		return false;
	s = bytes_of(s.p + 6, s.n - 6);
	out->suffix = !take_number(&s, &out->first);
	if (s.n == 0 || *s.p != '-')
		return false;
	s = bytes_of(s.p + 1, s.n - 1);
	bool closed = take_number(&s, &out->last);
	if (!closed)
		out->last = UINT64_MAX;
	return s.n == 0 && (closed || !out->suffix) && (out->suffix || out->last >= out->first);
}
