/* actors/notifier/notifier.h - who waits for which generation, who listens, and the mails that go out.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_H
#define STUDIOD_NOTIFIER_H

#include <ev.h>
#include <sys/queue.h>

#include "actors/common/actor.h"
#include "actors/common/seal.h"
#include "actors/notifier/listeners.h"
#include "actors/notifier/hooks.h"
#include "actors/notifier/mail.h"
#include "actors/notifier/recent.h"

enum {
	WATCHERS_MAX = 4000,		/* below what one link carries, so that others still get through */
	WATCH_BUCKETS = 4096,
	ASKING_MAX = 256,		/* questions to db at once */
	ASK_AGAIN_MS = 5000,		/* an event can be lost with a process; the state cannot */
	ANSWER_EARLY_MS = 150,		/* before the asker's deadline */
	DB_MS = 10000
};

/* One request that is answered when its generation reaches a final state. */
struct watcher {
	struct notifier *notifier;
	struct request *rq;
	struct id generation, user;
	bool admin;
	bool mine;			/* db, or an event, said that this user may see it */
	char status[STATUS_MAX + 1];	/* the last known; "" unknown */
	uint64_t until_ms;
	int64_t call;			/* the question to db, or 0 */
	bool queued;			/* in `to_ask` */
	ev_timer timer;
	TAILQ_ENTRY(watcher) asks;
	LIST_ENTRY(watcher) bucket;
};
LIST_HEAD(watcher_list, watcher);
TAILQ_HEAD(watcher_queue, watcher);

struct notifier {
	struct actor *actor;
	struct ev_loop *loop;
	struct bytes seal_key;
	struct recent recent, ended;	/* ended: sessions, for as long as a ticket of theirs may be about */
	struct watcher_list watch[WATCH_BUCKETS];
	struct watcher_queue to_ask;
	uint32_t nwatchers, asking;
	uint64_t events, answered;
	struct listeners listeners;
	struct mailer mail;
	struct hooks hooks;
};

/* Of a zeroed one, most of which it does not touch: tables cost memory as they are used. Reads the seal key
 * and what mail needs; ends the process where something is not usable. */
void notifier_init(struct notifier *n, struct actor *a, struct ev_loop *loop);
void notifier_fini(struct notifier *n);
void notifier_on_peer(struct actor *a, struct link *l, bool up);
/* Leaves at once, or once the mail and the webhooks under way have an end: a watch has no answer
 * before its time, and the asker's link sends it again to the next process. */
void notifier_on_drain(struct actor *a, uint32_t within_ms);
uint32_t notifier_queued(struct actor *a);

/* ---- watchers.c ---- */
void watchers_init(struct notifier *n);
void watchers_fini(struct notifier *n);
/* An event that recent_put took. */
void watchers_event(struct notifier *n, const struct msg_event *m);
/* db may know more than its events told. */
void watchers_ask_all(struct notifier *n);

/* Opens the caller's ticket for a use (seal.h); false: the request was refused. */
bool notifier_caller(struct notifier *n, struct request *rq, enum ticket_scope use, struct bytes sealed, struct ticket *t);

/* Handlers. */
void on_watch(void *state, struct request *rq);
void on_listen(void *state, struct request *rq);
void on_unlisten(void *state, struct request *rq);
void on_session_ended(void *state, struct request *rq);
void on_notices_lost(void *state, struct request *rq);
void on_event(void *state, struct request *rq);
void on_health(void *state, struct request *rq);
void on_deliveries_due(void *state, struct request *rq);
void on_mail_send(void *state, struct request *rq);

#endif
