/* actors/vertex/retired.h - models that Google said it does not have, or not for a project: not
 * asked again for an hour where something else can be. Pure: the clock comes from the caller.
 *
 * Owns: nothing. Fails: never; of more than it has room for the oldest is forgotten.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_RETIRED_H
#define STUDIOD_VERTEX_RETIRED_H

#include "proto/models.h"

enum { RETIRED_MAX = 64, RETIRED_MS = 60 * 60 * 1000 };

struct retired {
	struct {
		const struct model *model;
		char project[65];
		uint64_t until_ms;
	} v[RETIRED_MAX];
	unsigned next;			/* the one to be overwritten */
};

/* Remembers a 404. `project`: the Google project that was named, "" for the configured one. */
void retired_add(struct retired *r, const struct model *m, struct bytes project, uint64_t now_ms);
/* Did Google say so, less than an hour ago? */
bool retired_is(const struct retired *r, const struct model *m, struct bytes project, uint64_t now_ms);

#endif
