/* actors/front/statuses.c - see statuses.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/statuses.h"

static const int always[] = { 400, 406, 414, 431, 500, 503, 504 };

struct list {
	int *v;
	size_t n;
};

static void
add(struct list *l, int status)
{
	size_t at = l->n;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] == status)
			return;
	if (l->n == STATUSES_MAX)
		return;
	for (; at > 0 && l->v[at - 1] > status; at--)
		l->v[at] = l->v[at - 1];
	l->v[at] = status;
	l->n++;
}

size_t
endpoint_statuses(const struct endpoint *e, int out[STATUSES_MAX])
{
	struct list l = { out, 0 };
	bool reads = e->method == HTTP_GET;

	add(&l, e->status);
	for (size_t i = 0; i < COUNT(always); i++)
		add(&l, always[i]);
	for (const char *p = e->errors; *p != '\0'; p += *p == ' ') {
		char *end;
		add(&l, (int)strtol(p, &end, 10));
		p = end;
	}
	if (reads && e->status == 200 && e->answer != ANSWER_events)	/* a stream is never unchanged */
		add(&l, 304);
	if (!reads)
		add(&l, 413);
	if (e->body != BODY_none)
		add(&l, 415);
	if (e->who != PUBLIC)
		add(&l, 401);
	if (e->who == ADMIN)
		add(&l, 403);
	if (strchr(e->path, ':') != NULL)
		add(&l, 404);
	if (e->limit != LIMIT_none)
		add(&l, 429);
	return l.n;
}

bool
status_is_own(const struct endpoint *e, int status)
{
	bool any = false;

	for (size_t i = 0; i < COUNT(always); i++)
		any |= always[i] == status;
	for (const char *p = e->errors; any && *p != '\0'; p += *p == ' ') {
		char *end;
		if (strtol(p, &end, 10) == status)
			return true;
		p = end;
	}
	return false;
}
