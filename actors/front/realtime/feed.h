/* actors/front/realtime/feed.h - a session's events, in order and without a gap, for every connection of it
 * that listens in this process: Socket.IO and Server-Sent Events take from the same log.
 *
 * Events are rows with a number that has no gap within their user. A hint of notifier, or any doubt
 * whether one was missed, makes the feed ask db for what comes after the position of its last
 * listener; each listener gets exactly those that are new to it. What its tickets do not live for is
 * renewed by auth as long as the session lives.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_FEED_H
#define STUDIOD_FRONT_FEED_H

#include <stdio.h>
#include <sys/queue.h>

#include "actors/front/front.h"
#include "actors/front/identity.h"

enum { FEED_LISTENERS_MAX = 16384 };	/* in this process */

enum feed_end {
	FEED_SESSION_OVER,		/* revoked, logged out, its user deleted */
	FEED_DRAINING,			/* this process goes away: another one takes over */
	FEED_AWAY,			/* nobody could say for minutes whether the session lives */
	FEED_ENDS
};

struct feed;
struct listener;

/* What a listener is called with, never from within feed_join or feed_leave. In each of them it may
 * leave, and others may come and go. Texts are valid during the call. */
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
	bool asked;			/* db was asked since it came */
	bool full;			/* its owner's: it gets no more events until feed_resume */
	LIST_ENTRY(listener) next;
};

/* The events of the contract (section 7), whichever way they go to a client. */
#define FEED_UPDATE "media-generation-update"
#define FEED_RESYNC "resync"

/* What is told with FEED_RESYNC: from which number on it goes on. A view into `room`. */
static inline struct bytes
feed_position_json(uint64_t seq, char room[48])
{
	int n = snprintf(room, 48, "{\"eventId\":%llu}", (unsigned long long)seq);

	return bytes_of(room, (size_t)n);
}

/* Begins to listen for the session of `who`, after the event number `after` where has_after, else
 * from the present on. 0, or a code: QUEUE_FULL when too many listen, DRAINING, INTERNAL_ERROR. */
unsigned feed_join(struct front *f, struct listener *l, const struct listener_calls *calls, const struct identity *who,
    bool has_after, uint64_t after);
/* Stops it; nothing if it does not listen. */
void feed_leave(struct listener *l);
/* One that was full takes events again: those that it has not seen. */
void feed_resume(struct listener *l);
/* How many of a user's sessions listen with these calls. */
uint32_t feed_count(const struct front *f, const struct id *user, const struct listener_calls *calls);

/* ---- what holds it together: main.c ---- */

/* Before the actor begins its work. 0, or -1 when memory is out. */
int feeds_init(struct front *f);
void feeds_fini(struct front *f);
/* What notifier tells. */
void on_user_events(void *state, struct request *rq);
void on_session_over(void *state, struct request *rq);
void on_listen_again(void *state, struct request *rq);
/* A link came or went. */
void feeds_peer(struct front *f, const struct link *l, bool up);
/* Once a turn, outside of h2o: asks what is to be asked. In how many milliseconds it wants to be
 * called again at the latest; UINT32_MAX: nothing waits for the clock. */
uint32_t feeds_look(struct front *f, uint64_t now);
/* Ends all of them. */
void feeds_drain(struct front *f);

struct feed_stats {
	uint32_t feeds, listeners;
	uint64_t events;		/* handed to listeners */
	uint64_t asked, renewed;	/* answers of db and of auth */
	uint64_t missed;		/* listeners whose position could not be continued */
	uint64_t bare;			/* events that went without results: vertex could not sign */
	uint64_t slow;			/* listeners that were let go because they did not read; counted by their owners */
	uint64_t ends[FEED_ENDS];	/* feeds, by why */
};
struct feed_stats *feeds_stats(const struct front *f);

#endif
