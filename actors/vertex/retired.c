/* actors/vertex/retired.c - see retired.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/retired.h"

/* Its place in the list, or RETIRED_MAX. */
static unsigned
place_of(const struct retired *r, const struct model *m, struct bytes project)
{
	unsigned i = 0;

	while (i < RETIRED_MAX && !(r->v[i].model == m && strlen(r->v[i].project) == project.n &&
	    (project.n == 0 || memcmp(r->v[i].project, project.p, project.n) == 0)))
		i++;
	return i;
}

void
retired_add(struct retired *r, const struct model *m, struct bytes project, uint64_t now_ms)
{
	unsigned i = place_of(r, m, project);

	if (project.n >= sizeof r->v[0].project)
		return;
	if (i == RETIRED_MAX) {
		i = r->next;
		r->next = (r->next + 1) % RETIRED_MAX;
	}
	r->v[i].model = m;
	snprintf(r->v[i].project, sizeof r->v[i].project, "%.*s", (int)project.n, project.n > 0 ? project.p : "");
	r->v[i].until_ms = now_ms + RETIRED_MS;
}

bool
retired_is(const struct retired *r, const struct model *m, struct bytes project, uint64_t now_ms)
{
	unsigned i = place_of(r, m, project);

	return i < RETIRED_MAX && now_ms < r->v[i].until_ms;
}
