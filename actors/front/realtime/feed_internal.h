/* actors/front/realtime/feed_internal.h - what the files of the feed share: nobody else includes it.
 *     feed.c          feeds and who listens to them
 *     feed_fetch.c    events from db, URLs from vertex, and who gets them
 *     feed_tasks.c    when which feed asks what: so many at once, again after a while
 *     feed_watch.c    what is heard: from notifier, of links, of auth about the session
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_FEED_INTERNAL_H
#define STUDIOD_FRONT_FEED_INTERNAL_H

#include "actors/front/realtime/feed.h"

enum { FEED_BUCKETS = 8192, WHEEL_MS = 64, WHEEL_SLOTS = 4096 };

/* What a feed asks others for, each by itself and one at a time. */
enum task_kind { TASK_listen, TASK_fetch, TASK_renew, TASK_COUNT };
/* What is counted: a fetch asks db, and may then ask vertex. */
enum slot { SLOT_listen, SLOT_fetch, SLOT_renew, SLOT_sign, SLOT_COUNT };

struct task {
	struct feed *feed;
	enum task_kind kind;
	enum { TASK_IDLE, TASK_READY, TASK_LATER, TASK_RUNNING } state;
	bool again;			/* wanted once more while it ran */
	uint32_t failures;		/* in a row */
	enum slot slot;			/* that it holds while it runs */
	struct link *link;
	int64_t call;			/* 0: none */
	uint64_t due_tick;		/* LATER */
	TAILQ_ENTRY(task) next;		/* READY: of its kind; LATER: of a slot of the wheel */
};
TAILQ_HEAD(task_queue, task);

struct feed {
	struct feeds *all;
	struct id session, user;
	struct sealed db, vertex, notifier, listener;
	uint64_t renewed_ms;		/* when `listener` was made, at the latest */
	bool over;			/* in no table any more */
	uint32_t busy;			/* calls to listeners are under way: it must stay */
	uint64_t known, hinted;		/* its user's newest event: as db said, as notifier did */

	/* the fetch under way */
	bool asked_has;
	uint64_t asked_after;
	bool missed;
	uint64_t seq;
	struct buf held;		/* lines that wait for their URLs */
	uint64_t unsigned_ms, failed_ms; /* since when vertex could not (0: it can), and when last */

	struct task tasks[TASK_COUNT];
	LIST_HEAD(, listener) listeners;
	struct listener *cursor;	/* the next one to be called */
	uint32_t nlisteners;
	LIST_ENTRY(feed) by_session, by_user;
};
LIST_HEAD(feed_list, feed);

struct feeds {
	struct front *front;
	struct feed_list by_session[FEED_BUCKETS], by_user[FEED_BUCKETS];
	struct task_queue ready[TASK_COUNT];
	struct task_queue wheel[WHEEL_SLOTS];
	uint64_t tick;			/* of the wheel: what is before it was looked at */
	uint32_t later;			/* tasks in the wheel */
	uint32_t running[SLOT_COUNT];
	struct feed_stats stats;
};

/* The next of a feed's listeners, whoever leaves while one is called. */
#define FEED_EACH(feed, l) \
	for ((feed)->cursor = LIST_FIRST(&(feed)->listeners); \
	    ((l) = (feed)->cursor) != NULL && ((feed)->cursor = LIST_NEXT(l, next), true);)

/* feed.c */
struct feed *feed_find(const struct feeds *fs, const struct id *session);
struct feed_list *feed_users(struct feeds *fs, const struct id *user);
/* Around calls to listeners: it is freed at the end, if nobody listens any more. */
void feed_hold(struct feed *fd);
void feed_release(struct feed *fd);
void feed_end(struct feed *fd, enum feed_end why);

/* feed_tasks.c */
void tasks_init(struct feeds *fs, uint64_t now);
uint32_t tasks_run(struct feeds *fs, uint64_t now);
/* Soon; or, while it runs, once more after it. */
void task_want(struct task *t);
/* One that does not run: after so many milliseconds. */
void task_later(struct task *t, uint64_t ms);
/* Asks, holding the slot that it has. False: it cannot be asked now, and nothing will be called. */
bool task_call(struct task *t, unsigned edge, unsigned msg, const void *body, unsigned flags, answer_fn *done);
/* Takes another slot instead of its own; false, and it keeps its own, where none is free. */
bool task_move(struct task *t, enum slot slot);
/* It is over: idle, or wanted again. */
void task_done(struct task *t);
/* It is over in vain: again after a while. */
void task_failed(struct task *t);
/* One that failed and waits need not wait any longer. */
void task_hurry(struct task *t);
/* Stops it for good. */
void task_drop(struct task *t);

/* What a task does when its turn comes; each ends in task_done or task_failed. */
void listen_start(struct feed *fd);	/* feed_watch.c */
void fetch_start(struct feed *fd);	/* feed_fetch.c */
void renew_start(struct feed *fd);	/* feed_watch.c */

/* feed_watch.c: an answer says that a ticket is over or the session is. True where it does; then
 * auth is asked, and its word counts. */
bool feed_doubt(struct feed *fd, unsigned err);

#endif
