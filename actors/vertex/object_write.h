/* actors/vertex/object_write.h - what the two files of a write share: object_write.c has the asker's
 * side and its life, object_upload.c what is said with storage. Nobody else includes it.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OBJECT_WRITE_H
#define STUDIOD_VERTEX_OBJECT_WRITE_H

#include "actors/vertex/objects.h"

struct writing {
	struct object_stream entry;
	struct vertex *v;
	struct request *rq;		/* NULL: the asker is gone */
	struct ctx ctx;
	struct object object;
	char mime[64], length_line[64], type_line[96], range_line[96];
	uint64_t size, got;		/* bytes of the object; that came */
	uint64_t base;			/* bytes that storage has: where `sending` begins */
	struct buf filling, sending;
	uint32_t crc;			/* of what came */
	char session[sizeof ((struct http_answer *)0)->location];
	bool busy, over;		/* a call is under way; all bytes are here */
	bool lost;			/* storage is to be asked what it has */
	unsigned tries;			/* since something went forward */
	ev_timer again;
};

/* ---- object_write.c: each is told by object_upload.c, and may free w ---- */

/* Whatever is to be done next, if anything can be. */
void write_on(struct writing *w);
/* The asker is told; what is under way at Google ends first. */
void write_fail(struct writing *w, unsigned err, const char *detail);
void write_done(struct writing *w);

/* ---- object_upload.c ---- */

/* Before all else. */
void upload_init(struct writing *w);
/* Asks for a session; the object must not be there. */
void upload_begin(struct writing *w);
/* Sends the piece, or asks what storage has of it. */
void upload_piece(struct writing *w, bool ask);
/* Storage would keep what it has of it for a week. */
void upload_cancel(const struct writing *w);

#endif
