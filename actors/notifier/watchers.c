/* actors/notifier/watchers.c - who waits for the end of a generation.
 *
 * A watcher is entered first and db is asked afterwards: whatever happens in between
 * arrives as an event. When the link to db was away, all are asked again, and each is
 * asked again now and then: an event is a hint, the row is the truth.
 *
 * Owns: the watchers and their requests.
 * Fails: over WATCHERS_MAX it refuses; what is not over by the asker's deadline is answered
 *        with the state known then.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/notifier/notifier.h"

static void pump(struct notifier *n);

/* ---- watchers ---- */

static struct watcher_list *
bucket_of(struct notifier *n, const struct id *generation)
{
	return &n->watch[recent_hash(&n->recent, generation) % WATCH_BUCKETS];
}

/* Takes it out everywhere; its request is the caller's to end. */
static struct request *
watcher_remove(struct watcher *w)
{
	struct notifier *n = w->notifier;
	struct request *rq = w->rq;

	rq->on_credit = NULL;
	ev_timer_stop(n->loop, &w->timer);
	LIST_REMOVE(w, bucket);
	if (w->queued)
		TAILQ_REMOVE(&n->to_ask, w, asks);
	if (w->call > 0) {
		link_forget(actor_link(n->actor, EDGE_notifier_db), w->call);
		n->asking--;
	}
	n->nwatchers--;
	free(w);
	return rq;
}

static void
watcher_answer(struct watcher *w)
{
	char status[STATUS_MAX + 1];

	memcpy(status, w->status, sizeof status);
	w->notifier->answered++;
	request_answer(watcher_remove(w), &(struct msg_watched){ .status = bytes_str(status) });
}

static void
watcher_fail(struct watcher *w, unsigned err)
{
	request_fail(watcher_remove(w), err, "");
}

/* What an event or db says: a final state of an own generation ends the wait. True when it did. */
static bool
watcher_learn(struct watcher *w, struct bytes status)
{
	if (status.n > STATUS_MAX)
		return false;
	memcpy(w->status, status.n > 0 ? status.p : "", status.n);
	w->status[status.n] = '\0';
	if (!w->mine || !status_final(status))
		return false;
	watcher_answer(w);
	return true;
}

static void
ask_later(struct watcher *w)
{
	if (w->queued || w->call > 0)
		return;
	w->queued = true;
	TAILQ_INSERT_TAIL(&w->notifier->to_ask, w, asks);
}

static void
timer_set(struct watcher *w)
{
	uint64_t now = now_ms(), at = now + ASK_AGAIN_MS < w->until_ms ? now + ASK_AGAIN_MS : w->until_ms;

	ev_now_update(w->notifier->loop);
	ev_timer_stop(w->notifier->loop, &w->timer);
	ev_timer_set(&w->timer, at > now ? (double)(at - now) / 1000.0 : 0., 0.);
	ev_timer_start(w->notifier->loop, &w->timer);
}

static void
on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct watcher *w = t->data;
	struct notifier *n = w->notifier;

	(void)loop;
	(void)events;
	if (now_ms() >= w->until_ms) {
		if (w->mine && w->status[0] != '\0')
			watcher_answer(w);	/* the present state: the asker tells it as pending */
		else
			watcher_fail(w, E_TIMEOUT);
		return;
	}
	ask_later(w);
	timer_set(w);
	pump(n);
}

/* The asker's connection is gone, so is its request. */
static void
on_asker_gone(struct request *rq, void *arg)
{
	if (rq->credit == 0)
		watcher_fail(arg, E_PEER_LOST);
}

/* ---- asking db ---- */

static void
on_state(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct watcher *w = arg;
	struct notifier *n = w->notifier;

	(void)detail;
	w->call = 0;
	n->asking--;
	if (err == 0) {
		w->mine = true;
		(void)watcher_learn(w, body->generation_status.status);
	} else if (err == E_NOT_FOUND || err == E_FORBIDDEN) {
		watcher_fail(w, E_NOT_FOUND);
	}			/* else db is away: an event or the timer comes */
	pump(n);
}

/* Puts the waiting questions, as many as may run at once. */
static void
pump(struct notifier *n)
{
	struct link *db = actor_link(n->actor, EDGE_notifier_db);
	struct watcher *w;

	while (n->asking < ASKING_MAX && (w = TAILQ_FIRST(&n->to_ask)) != NULL) {
		struct ctx ctx = w->rq->ctx;
		int64_t id;

		ctx.deadline_ms = now_ms() + DB_MS;
		id = link_call(db, &ctx, MSG_generation_state, &(struct msg_generation_state){ .user = w->user,
		    .any_owner = w->admin, .generation = w->generation }, CALL_AGAIN, on_state, w);
		if (id < 0)
			return;		/* the link is full: the next answer or timer tries again */
		TAILQ_REMOVE(&n->to_ask, w, asks);
		w->queued = false;
		w->call = id;
		n->asking++;
	}
}

/* ---- handlers ---- */

static struct watcher *
watcher_new(struct notifier *n, struct request *rq, const struct ticket *t)
{
	uint64_t until = rq->ctx.deadline_ms != 0 ? rq->ctx.deadline_ms : now_ms() + DB_MS;
	struct watcher *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->notifier = n;
	w->rq = rq;
	w->generation = rq->body.watch.generation;
	w->user = t->user;
	w->admin = t->admin;
	w->until_ms = until > ANSWER_EARLY_MS ? until - ANSWER_EARLY_MS : 0;
	ev_timer_init(&w->timer, on_timer, 0., 0.);
	w->timer.data = w;
	rq->stream_arg = w;
	rq->on_credit = on_asker_gone;
	LIST_INSERT_HEAD(bucket_of(n, &w->generation), w, bucket);
	n->nwatchers++;
	return w;
}

void
on_watch(void *state, struct request *rq)
{
	struct notifier *n = state;
	const struct recent_row *known = recent_get(&n->recent, &rq->body.watch.generation);
	struct ticket t;
	struct watcher *w;

	if (!notifier_caller(n, rq, TICKET_ALL, rq->body.watch.ticket, &t))
		return;
	if (n->nwatchers >= WATCHERS_MAX || (w = watcher_new(n, rq, &t)) == NULL) {
		request_fail(rq, E_QUEUE_FULL, "");
		return;
	}
	if (known != NULL && (t.admin || id_eq(&known->user, &t.user))) {
		w->mine = true;
		if (watcher_learn(w, bytes_str(known->status)))
			return;
	}
	timer_set(w);
	ask_later(w);
	pump(n);
}

void
watchers_event(struct notifier *n, const struct msg_event *m)
{
	struct watcher *w, *next;

	for (w = LIST_FIRST(bucket_of(n, &m->generation)); w != NULL; w = next) {
		next = LIST_NEXT(w, bucket);
		if (!id_eq(&w->generation, &m->generation))
			continue;
		if (w->admin || id_eq(&w->user, &m->user))
			w->mine = true;
		(void)watcher_learn(w, m->status);
	}
}

void
watchers_ask_all(struct notifier *n)
{
	for (size_t i = 0; i < WATCH_BUCKETS; i++) {
		struct watcher *w;
		LIST_FOREACH(w, &n->watch[i], bucket)
			ask_later(w);
	}
	pump(n);
}

void
watchers_init(struct notifier *n)
{
	TAILQ_INIT(&n->to_ask);	/* buckets that are zero are empty */
}

void
watchers_fini(struct notifier *n)
{
	for (size_t i = 0; i < WATCH_BUCKETS; i++)
		while (!LIST_EMPTY(&n->watch[i]))
			(void)watcher_remove(LIST_FIRST(&n->watch[i]));
}
