/* actors/vertex/models/interaction.h - what the makers share that use the Interactions API. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_INTERACTION_H
#define STUDIOD_VERTEX_INTERACTION_H

#include "actors/vertex/models/maker.h"

/* The first block of a type ("audio") that the model put out; and else what went wrong, or the words that came instead. `mime` is what
 * it is where the answer says nothing that can be believed. */
void interaction_read(json_t *answer, const char *type, const char *mime, struct items *out);
/* Is it not over yet? So is one whose status nobody knows. */
bool interaction_runs(const json_t *answer);
/* For maker.url. */
int interaction_url(const struct google *g, struct buf *url, const char *project, const struct model *model);

#endif
