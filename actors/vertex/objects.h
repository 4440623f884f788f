/* actors/vertex/objects.h - objects in storage that front or poller name by a grant: read, write,
 * delete (messages 0xe6 to 0xee).
 * Fails: UNAUTHORIZED or TOKEN_EXPIRED for a bad ticket or grant, FORBIDDEN (and a line in the
 * security log) for a grant of another user or an object outside of its user's prefix.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OBJECTS_H
#define STUDIOD_VERTEX_OBJECTS_H

#include "actors/common/seal.h"
#include "actors/vertex/gs_uri.h"
#include "actors/vertex/vertex.h"

/* What a grant names, in memory of our own. */
struct object {
	struct id user;
	char uri[GS_URI_MAX];
};

/* Opens a grant for this use; with a ticket (n > 0) both must be of the same user. False: the
 * request was refused. */
bool object_granted(const struct vertex *v, struct request *rq, enum grant_use use, struct bytes ticket, struct bytes sealed,
    struct object *out);

void on_objects_delete(void *state, struct request *rq);

#endif
