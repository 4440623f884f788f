/* actors/vertex/storage/resumable_in.h - what the two files of an upload share: resumable.c has its life and its
 * asker's side, resumable_calls.c what is said with storage. Nobody else includes it.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_RESUMABLE_IN_H
#define STUDIOD_VERTEX_RESUMABLE_IN_H

#include "actors/vertex/storage/resumable.h"

struct resumable {
	struct google *g;
	struct ctx ctx;
	char uri[GS_URI_MAX], mime[64], length_line[64], type_line[96], range_line[96];
	uint64_t size;			/* of the object; 0 not known yet */
	uint64_t got;			/* bytes that were added */
	uint64_t base;			/* bytes that storage has: where `sending` begins */
	struct buf filling, sending;
	uint32_t crc;			/* of what was added */
	char session[sizeof ((struct http_answer *)0)->location];
	bool over;			/* all of it is here */
	bool busy;			/* a call is under way, or the next one has its time */
	bool lost;			/* storage is to be asked what it has */
	bool there;			/* an object has its name: the same one, from an earlier try? */
	bool dead;			/* nobody waits for it */
	unsigned tries;			/* since something went forward */
	ev_timer next;
	struct call *piece;		/* under way, or NULL */
	void (*moved)(void *arg);
	upload_done *done;
	void *arg;
};

/* ---- resumable.c: each may end it ---- */

/* Whatever is to be done next, if anything can be. */
void resumable_on(struct resumable *u);
/* The same in its own time: libcurl takes no new call from within a sink. */
void resumable_on_in(struct resumable *u, uint64_t ms);
/* Once more after 0.5, 1, 2, 4 s, if the deadline allows. */
void resumable_later(struct resumable *u, const char *detail);
void resumable_end(struct resumable *u, unsigned err, const char *detail);

/* ---- resumable_calls.c ---- */

/* Asks for a session. */
void upload_begin(struct resumable *u);
/* Sends the piece, or asks what storage has of it. */
void upload_piece(struct resumable *u, bool ask);
/* Is the object that is there the same? */
void upload_compare(struct resumable *u);
/* Storage would keep what it has of it for a week. */
void upload_cancel(const struct resumable *u);

#endif
