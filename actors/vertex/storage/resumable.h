/* actors/vertex/storage/resumable.h - an object on its way to storage while its bytes still come: a resumable
 * upload in constant memory (google-apis.md 6.2). A piece is under way, and is kept until storage says
 * how much of it is stored; the next one fills up meanwhile. After a broken connection storage is asked
 * where to go on.
 *
 * The last bytes wait for resumable_finish: until then there is no object that anybody could see. None is ever
 * replaced: one that is there already counts if it is the same, so repetitions are harmless.
 *
 * Owns:  what was added until it is stored; the session at Google.
 * Fails: STORAGE_ERROR, told once.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_RESUMABLE_H
#define STUDIOD_VERTEX_RESUMABLE_H

#include "actors/vertex/storage/storage.h"

enum { RESUMABLE_PIECE = 1 << 20 };	/* a multiple of 256 KiB: storage wants that */

struct resumable;

struct resumable_ask {
	struct google *google;
	const struct ctx *ctx;		/* its deadline is that of the upload */
	const char *uri, *mime;
	uint64_t size;			/* of the object; 0: known when it is finished */
	void (*moved)(void *arg);	/* storage has more of it; there may be room again */
	/* It failed before it was finished. The upload is gone afterwards; not called from within one of the
	 * functions below. */
	upload_done *done;
	void *arg;
};

/* NULL when memory is out. */
struct resumable *resumable_new(const struct resumable_ask *ask);
/* Adds bytes. 0, or -1 when memory is out: then they are not added. May be called from within an http_sink. */
int resumable_add(struct resumable *u, const void *p, size_t n);
/* Bytes that are in no piece yet: the asker stops adding where they are too many. */
size_t resumable_waiting(const struct resumable *u);
/* Bytes that storage has. */
uint64_t resumable_stored(const struct resumable *u);
/* Is it storage that it waits for? */
bool resumable_busy(const struct resumable *u);
/* All was added (at least a byte): the object is to be. From now on `done` is told of the end, once: err 0,
 * it is there and whole, or a code. `moved` is not called any more. */
void resumable_finish(struct resumable *u, upload_done *done, void *arg);
/* Nobody wants it any more, `done` is not called: what storage has of it is given up. Not from within an
 * http_sink. */
void resumable_cancel(struct resumable *u);

#endif
