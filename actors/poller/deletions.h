/* actors/poller/deletions.h - objects that are to be deleted from storage: one after the other,
 * each claimed of db with its grant, given to vertex, and told to db how it went.
 *
 * Nothing is remembered here: what is lost on the way is due again when its lease is over.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POLLER_DELETIONS_H
#define STUDIOD_POLLER_DELETIONS_H

#include <ev.h>

#include "actors/common/actor.h"

enum {
	DELETION_LEASE_MS = 120000,
	DELETION_ASK_MS = 60000,	/* one ask of vertex: some of what lies below a prefix */
	DELETION_ASKS = 1000,		/* for one deletion, before it has to wait like one that failed */
	DELETION_LOOK_MS = 60000	/* at the latest, told or not */
};

struct deletions {
	struct actor *actor;
	struct ev_loop *loop;
	ev_timer look;
	bool busy, again, stopped;	/* again: something came while it was busy */
	uint64_t id;			/* the one in hand */
	uint32_t asks, objects;
	struct buf grant;
};

void deletions_start(struct deletions *d, struct actor *a, struct ev_loop *loop);
/* Claims no more. */
void deletions_stop(struct deletions *d);
/* Something may be due. */
void deletions_wake(struct deletions *d);

#endif
