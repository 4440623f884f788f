/* actors/notifier/listeners.h - which front listens for which session, and what it is told: that its
 * user has new events, that the session is over, that something may have been missed.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_LISTENERS_H
#define STUDIOD_NOTIFIER_LISTENERS_H

#include <ev.h>
#include <sys/queue.h>

#include "actors/common/actor.h"
#include "actors/notifier/recent.h"

enum {
	LISTEN_MAX = 65536,		/* sessions on all fronts; about 200 bytes each */
	LISTEN_FRONT_MAX = 20000,	/* on one: more than it has descriptors */
	LISTEN_BUCKETS = 16384,
	HINTS_WAITING = 64 << 10,	/* bytes on their way to a front, from where on its hints wait and become fewer */
	HINTS_AGAIN_MS = 20
};

/* One front's interest in one user, on behalf of some of the user's sessions. */
struct hearer {
	struct ears *front;
	struct id user;
	uint64_t seq;			/* of the hint that waits */
	bool hint;			/* in `hints` */
	LIST_HEAD(, hearing) sessions;
	LIST_ENTRY(hearer) bucket, of_front;
	TAILQ_ENTRY(hearer) hints;
};
struct hearing {
	struct hearer *hearer;
	struct id session;
	LIST_ENTRY(hearing) bucket, of_hearer;
};
/* One front. */
struct ears {
	struct link *link;		/* NULL: free */
	uint32_t sessions;
	bool again;			/* it is to be told to look at all */
	LIST_HEAD(, hearer) hearers;
	TAILQ_HEAD(, hearer) hints;
};

struct listeners {
	struct ev_loop *loop;
	const struct recent *hash;
	ev_prepare flush;
	ev_timer later;
	uint32_t n;			/* sessions, once for each front */
	uint64_t hinted, ended;
	struct ears fronts[ACTOR_LINKS_MAX];
	LIST_HEAD(, hearer) users[LISTEN_BUCKETS];
	LIST_HEAD(, hearing) by_session[LISTEN_BUCKETS];
};

/* Of a zeroed one, as notifier_init. `hash` lends its key (recent_hash) and outlives it. */
void listeners_init(struct listeners *ls, struct ev_loop *loop, const struct recent *hash);
void listeners_fini(struct listeners *ls);

/* The front at the other end of the link listens for a session. 0, 1 when it did already, or
 * -E_QUEUE_FULL, -E_INTERNAL_ERROR. */
int listeners_add(struct listeners *ls, struct link *front, const struct id *user, const struct id *session);
/* It does not any more; nothing if it did not. */
void listeners_remove(struct listeners *ls, struct link *front, const struct id *session);
/* The link is gone, and what was told on it. */
void listeners_front_gone(struct listeners *ls, const struct link *front);

/* What happened: hints go out at the end of this turn of the loop, one for each front and user, and later
 * and fewer to a front that does not keep up. */
void listeners_event(struct listeners *ls, const struct id *user, uint64_t seq);
void listeners_session_over(struct listeners *ls, const struct id *session);
void listeners_gap(struct listeners *ls);

#endif
