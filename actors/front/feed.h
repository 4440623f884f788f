/* actors/front/feed.h - a session's events, in order and without a gap, for every connection of it
 * that listens in this process: Socket.IO and Server-Sent Events take from the same log.
 *
 * Events are rows with a number that has no gap within their user. A hint of notifier, or any doubt
 * whether one was missed, makes the feed ask db for what comes after the position of its last
 * listener; each listener gets exactly those that are new to it. What its tickets do not live for is
 * renewed by auth as long as the session lives.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_FEED_H
#define STUDIOD_FRONT_FEED_H

#include <sys/queue.h>

#include "actors/front/front.h"
#include "actors/front/identity.h"

enum feed_end {
	FEED_SESSION_OVER,		/* revoked, logged out, its user deleted */
	FEED_DRAINING,			/* this process goes away: another one takes over */
	FEED_AWAY			/* nobody could say for minutes whether the session lives */
};

struct feed;
struct listener;

/* What a listener is called with, never from within feed_join or feed_leave. In each of them it may
 * leave. Texts are valid during the call. */
struct listener_calls {
	/* Its position is known: events after `seq` follow. missed: the position it asked for cannot be
	 * continued from (pruned, or never reached), and so it begins at the present. Once, or again
	 * with `missed` when it stood still for so long that what it needs is not kept any more. */
	void (*begin)(struct listener *l, uint64_t seq, bool missed);
	/* The next event: a JSON object with signed URLs, `seq` is its number. */
	void (*event)(struct listener *l, uint64_t seq, struct bytes json);
	/* The feed is over and has let go of it. */
	void (*end)(struct listener *l, enum feed_end why);
};

/* A part of whoever listens. */
struct listener {
	const struct listener_calls *calls;
	struct feed *feed;		/* NULL: it does not listen */
	uint64_t position;		/* the number of the last event that it got */
	bool has_position, begun;
	LIST_ENTRY(listener) next;
};

/* Begins to listen for the session of `who`, after the event number `after` where has_after, else
 * from the present on. 0, or a code: QUEUE_FULL when too many listen, INTERNAL_ERROR. */
unsigned feed_join(struct front *f, struct listener *l, const struct listener_calls *calls, const struct identity *who,
    bool has_after, uint64_t after);
/* Stops it; nothing if it does not listen. */
void feed_leave(struct listener *l);

#endif
