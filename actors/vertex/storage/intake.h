/* actors/vertex/storage/intake.h - the media of one of Google's answers, on their way into storage while the answer
 * still comes. A small item is kept; of a larger one, whose first bytes say what it is, all but a window
 * goes on into a resumable upload, and where that is behind Google waits. Nothing becomes an object
 * before the whole answer was read and somebody took the item.
 *
 * Owns:  the items that nobody took, and what of them is at storage.
 * Fails: each item for itself, told to who takes it; the answer as a whole with intake_json.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_INTAKE_H
#define STUDIOD_VERTEX_INTAKE_H

#include "actors/vertex/inline_body.h"
#include "actors/vertex/storage/resumable.h"

enum {
	INTAKE_MAX = 256 << 20,		/* bytes of an answer */
	INTAKE_KEPT_MAX = 64 << 20,	/* decoded bytes of its items that are kept */
	INTAKE_WINDOW = 2 << 20		/* bytes of an item that wait for storage */
};

struct intake;

struct intake_ask {
	struct google *google;
	const struct ctx *ctx;
	const char *prefix;		/* gs://.. where the items are to lie */
	unsigned first, samples;	/* number of its first item among all results; how many it was asked for */
	double seconds;			/* a WAV is cut to this length; 0: none is */
};

/* NULL when memory is out. */
struct intake *intake_new(const struct intake_ask *ask);
/* Gives up what was not taken; NULL is fine. */
void intake_free(struct intake *in);
/* Lets a call's answer come into it. */
void intake_attach(struct intake *in, struct http_ask *ask);
/* Is it storage that the answer waits for? */
bool intake_waits(const struct intake *in);

/* The answer without its media; members that held some hold markers. NULL and *why (static) where it is no
 * JSON. */
json_t *intake_json(const struct intake *in, const char **why);

/* An item that is whole. */
struct intake_item {
	uint64_t size;
	struct media_facts facts;
	char name[16];			/* of its object, without an ending: no other item of the generation has it */
	struct buf bytes;		/* kept: now the taker's, who has to cut it */
	struct resumable *up;		/* else on its way: to be finished by the taker */
	char mime[64];			/* as which it is on its way; "" where it was kept */
};
/* Takes the item of a marker. 0, or a code and *why (which lives as long as the intake): E_STORAGE_ERROR
 * if storage failed, E_BAD_MESSAGE for a damaged one, or if there is none (any more). */
unsigned intake_take(struct intake *in, const char *marker, struct intake_item *out, const char **why);
/* Where the object of an item lies. */
void intake_uri(char uri[GS_URI_MAX], const char *prefix, const char *name, const char *mime);

#endif
