/* actors/notifier/recent.h - the last states that events told, by generation: a small
 * memory that forgets without harm, because db can always be asked.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_RECENT_H
#define STUDIOD_NOTIFIER_RECENT_H

#include "proto/proto.h"

enum { RECENT_SLOTS = 2048, STATUS_MAX = 16 };

struct recent_row {
	struct id generation, user;
	uint64_t seq;			/* of the event; later ones are larger */
	char status[STATUS_MAX + 1];	/* "": free */
};

struct recent {
	struct recent_row slot[RECENT_SLOTS];
	uint8_t key[16];		/* of the hash: clients choose which ids they watch */
};

/* Of a zeroed one, which it does not touch: what is never used costs no memory. */
void recent_init(struct recent *r);
/* A number that depends on the id and on a secret of this process. */
uint64_t recent_hash(const struct recent *r, const struct id *id);
/* Keeps an event, unless a later one of the same generation is known: then false. */
bool recent_put(struct recent *r, const struct id *generation, const struct id *user, uint64_t seq, struct bytes status);
/* What is known of a generation, or NULL. */
const struct recent_row *recent_get(const struct recent *r, const struct id *generation);

/* True for a state that never changes again by itself. */
bool status_final(struct bytes status);

#endif
