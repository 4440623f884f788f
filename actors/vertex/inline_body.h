/* actors/vertex/inline_body.h - reads a JSON answer as it comes and takes the media out of it: the
 * base64 text of certain members is decoded on its way, all else stays as the text of a small JSON
 * document. Pure; the bytes are not trusted.
 *
 * A member with media holds a marker there, its item's number; no other text can stand in its place, for
 * every text of these members is taken out. Whether the rest is JSON its parser says.
 *
 * Owns:  the rest. Fails: once and for all, with `broken`; text that is no base64 fails its item alone.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_INLINE_BODY_H
#define STUDIOD_VERTEX_INLINE_BODY_H

#include "actors/common/encode.h"

enum {
	INLINE_ITEMS_MAX = 16,		/* of an answer, drafts too; more are left out */
	INLINE_ITEM_MAX = 64 << 20,	/* bytes of one, decoded */
	INLINE_REST_MAX = 1 << 20,	/* bytes of the answer without its media */
	INLINE_DEPTH_MAX = 64
};

/* Told what comes, in order and one item after the other. */
struct inline_sink {
	void (*bytes)(void *arg, unsigned item, const char *p, size_t n);
	/* It is over; `damage` says what was wrong with it, beginning with the member, or is NULL. */
	void (*end)(void *arg, unsigned item, const char *damage);
	void *arg;
};

struct inline_body {
	struct buf rest;
	const char *broken;		/* NULL, or why the answer cannot be read; static */
	unsigned items;			/* that have begun */
	/* private */
	struct inline_sink sink;
	unsigned state, use, depth;
	uint64_t objects;		/* a bit for each level: it is an object, not a list */
	bool name_next;			/* the next text is a member's name */
	char name[24];
	size_t name_n;			/* more than fits: none that counts */
	unsigned hex, hex_n;		/* of an escape */
	bool begun;			/* the text has an item */
	uint64_t item_n;
	struct base64_parts base64;
	const char *damage;
	char out[3072 + 3];
};

void inline_body_init(struct inline_body *b, const struct inline_sink *sink);
void inline_body_fini(struct inline_body *b);
/* Reads n more bytes. */
void inline_body_feed(struct inline_body *b, const char *p, size_t n);

/* Is this member's text the marker of an item? */
bool inline_marker(const char *text, unsigned *item);

#endif
