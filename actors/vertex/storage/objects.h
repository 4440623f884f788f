/* actors/vertex/storage/objects.h - objects in storage that front or poller name by a grant: read, write,
 * delete (messages 0xe6 to 0xee).
 * Fails: UNAUTHORIZED or TOKEN_EXPIRED for a bad ticket or grant, FORBIDDEN (and a line in the
 * security log) for a grant of another user or an object outside of its user's prefix.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OBJECTS_H
#define STUDIOD_VERTEX_OBJECTS_H

#include "actors/common/seal.h"
#include "actors/vertex/gs_uri.h"
#include "actors/vertex/vertex.h"

enum {
	OBJECT_READS = 128, OBJECT_WRITES = 32,		/* under way at once; each holds a call to Google */
	OBJECT_READS_OF_USER = 32, OBJECT_WRITES_OF_USER = 8
};

/* What a grant names, in memory of our own. */
struct object {
	struct id user;
	char uri[GS_URI_MAX];
};

/* A read or a write under way: they are counted, in all and of each user. */
struct object_stream {
	bool writes;
	struct id user;
	struct object_stream *next, **at;
};
/* False: there are too many. */
bool object_stream_enter(struct vertex *v, struct object_stream *s, const struct id *user, bool writes);
void object_stream_leave(struct object_stream *s);

/* Opens a grant for this use; with a ticket (n > 0) both must be of the same user. False: the
 * request was refused. */
bool object_granted(const struct vertex *v, struct request *rq, enum grant_use use, struct bytes ticket, struct bytes sealed,
    struct object *out);

void on_object_read(void *state, struct request *rq);
void on_object_write(void *state, struct request *rq);
void on_objects_delete(void *state, struct request *rq);

#endif
