/* actors/vertex/http_head.c - the fields of an answer's head that somebody here asks for. Pure.
 * Owns: nothing. Fails: what it cannot read is left out.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "actors/vertex/http.h"

/* bytes 0-65535/123456, or a star for the bytes where there are none */
static void
take_content_range(struct http_answer *a, const char *v)
{
	const char *slash = strchr(v, '/');

	a->first = strncmp(v, "bytes ", 6) == 0 ? strtoull(v + 6, NULL, 10) : 0;
	a->total = slash != NULL ? strtoull(slash + 1, NULL, 10) : 0;
}

/* bytes=0-262143: so far it is stored */
static void
take_range(struct http_answer *a, const char *v)
{
	const char *dash = strchr(v, '-');

	a->stored = strncmp(v, "bytes=0-", 8) == 0 && dash != NULL ? strtoull(dash + 1, NULL, 10) + 1 : 0;
}

static void
take_length(struct http_answer *a, const char *v)
{
	a->length = strtoull(v, NULL, 10);
}

static void
take_generation(struct http_answer *a, const char *v)
{
	a->generation = strtoull(v, NULL, 10);
}

static void
take_location(struct http_answer *a, const char *v)
{
	if (strlen(v) < sizeof a->location)
		snprintf(a->location, sizeof a->location, "%s", v);
}

static void
take_date(struct http_answer *a, const char *v)
{
	if (strlen(v) < sizeof a->date)
		snprintf(a->date, sizeof a->date, "%s", v);
}

static void
take_flavor(struct http_answer *a, const char *v)
{
	a->from_metadata = strcmp(v, "Google") == 0;
}

void
http_head_line(struct http_answer *a, const char *p, size_t n)
{
	static const struct { const char *name; void (*take)(struct http_answer *, const char *); } rows[] = {
		{ "content-range:", take_content_range }, { "range:", take_range }, { "content-length:", take_length },
		{ "x-goog-generation:", take_generation }, { "location:", take_location },
		{ "date:", take_date }, { "metadata-flavor:", take_flavor },
	};
	char line[1500];

	if (n >= sizeof line)
		return;
	memcpy(line, p, n);
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t k = strlen(rows[i].name);
		if (strncasecmp(line, rows[i].name, k) == 0)
			rows[i].take(a, line + k + strspn(line + k, " \t"));
	}
}
