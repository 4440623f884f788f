/* actors/vertex/credentials/secret_json.h - JSON whose texts are secret: the whole tree lies in locked memory,
 * which no free leaves a copy of. One tree at a time, and none else is made meanwhile.
 * Owns:  the memory, until secret_json_free. Fails: NULL.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_SECRET_JSON_H
#define STUDIOD_VERTEX_SECRET_JSON_H

#include <jansson.h>

#include "proto/proto.h"

enum { SECRET_JSON_MAX = 65536 };	/* bytes of a text */

/* NULL: it is no JSON, has a member twice, or is too large or too intricate. */
json_t *secret_json_load(struct bytes text);
/* Wipes the tree and all memory that was used for it. NULL is fine; must follow each load. */
void secret_json_free(json_t *json);

#endif
