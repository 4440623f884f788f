/* actors/notifier/listeners.c - see listeners.h.
 *
 * Nothing that is told here is the truth: a front asks db, with a ticket, for what is new. So a hint may
 * be told twice or late, and the latest one says all that those before it said. What must not happen
 * is that one is lost in silence: what cannot be told becomes `listen_again`.
 *
 * Owns:  who listens, for as long as the front's link is up.
 * Fails: over a bound it refuses to listen.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/notifier/listeners.h"

static size_t
bucket_of(const struct listeners *ls, const struct id *id)
{
	return recent_hash(ls->hash, id) % LISTEN_BUCKETS;
}

/* ---- who listens ---- */

/* The row of a front, or NULL; NULL for a link finds a free one. */
static struct ears *
ears_of(struct listeners *ls, const struct link *front)
{
	for (size_t i = 0; i < ACTOR_LINKS_MAX; i++)
		if (ls->fronts[i].link == front)
			return &ls->fronts[i];
	return NULL;
}

static struct hearer *
hearer_of(struct listeners *ls, const struct ears *front, const struct id *user)
{
	struct hearer *h;

	LIST_FOREACH(h, &ls->users[bucket_of(ls, user)], bucket)
		if (h->front == front && id_eq(&h->user, user))
			return h;
	return NULL;
}

static struct hearing *
hearing_of(struct listeners *ls, const struct ears *front, const struct id *session)
{
	struct hearing *s;

	LIST_FOREACH(s, &ls->by_session[bucket_of(ls, session)], bucket)
		if (s->hearer->front == front && id_eq(&s->session, session))
			return s;
	return NULL;
}

static struct hearer *
hearer_new(struct listeners *ls, struct ears *front, const struct id *user)
{
	struct hearer *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->front = front;
	h->user = *user;
	LIST_INSERT_HEAD(&ls->users[bucket_of(ls, user)], h, bucket);
	LIST_INSERT_HEAD(&front->hearers, h, of_front);
	return h;
}

static void
hearer_free(struct hearer *h)
{
	if (h->hint)
		TAILQ_REMOVE(&h->front->hints, h, hints);
	LIST_REMOVE(h, bucket);
	LIST_REMOVE(h, of_front);
	free(h);
}

/* The hearer goes with its last session, the front's row with its last hearer. */
static void
hearing_free(struct listeners *ls, struct hearing *s)
{
	struct hearer *h = s->hearer;
	struct ears *front = h->front;

	LIST_REMOVE(s, bucket);
	LIST_REMOVE(s, of_hearer);
	free(s);
	ls->n--;
	if (LIST_EMPTY(&h->sessions))
		hearer_free(h);
	if (--front->sessions == 0)
		front->link = NULL;
}

static struct ears *
ears_new(struct listeners *ls, struct link *front)
{
	struct ears *e = ears_of(ls, NULL);

	if (e == NULL)
		return NULL;
	*e = (struct ears){ .link = front };
	LIST_INIT(&e->hearers);
	TAILQ_INIT(&e->hints);
	return e;
}

static int
enter(struct listeners *ls, struct ears *e, const struct id *user, const struct id *session)
{
	struct hearing *s = calloc(1, sizeof *s);
	struct hearer *h = hearer_of(ls, e, user);

	if (s == NULL || (h == NULL && (h = hearer_new(ls, e, user)) == NULL)) {
		free(s);
		return -E_INTERNAL_ERROR;
	}
	s->hearer = h;
	s->session = *session;
	LIST_INSERT_HEAD(&h->sessions, s, of_hearer);
	LIST_INSERT_HEAD(&ls->by_session[bucket_of(ls, session)], s, bucket);
	ls->n++;
	e->sessions++;
	return 0;
}

int
listeners_add(struct listeners *ls, struct link *front, const struct id *user, const struct id *session)
{
	struct ears *e = ears_of(ls, front);
	int rc;

	if (e != NULL && hearing_of(ls, e, session) != NULL)
		return 1;
	if (ls->n >= LISTEN_MAX || (e != NULL && e->sessions >= LISTEN_FRONT_MAX) || (e == NULL && (e = ears_new(ls, front)) == NULL))
		return -E_QUEUE_FULL;
	rc = enter(ls, e, user, session);
	if (e->sessions == 0)
		e->link = NULL;
	return rc;
}

void
listeners_remove(struct listeners *ls, struct link *front, const struct id *session)
{
	struct ears *e = ears_of(ls, front);
	struct hearing *s = e != NULL ? hearing_of(ls, e, session) : NULL;

	if (s != NULL)
		hearing_free(ls, s);
}

void
listeners_front_gone(struct listeners *ls, const struct link *front)
{
	struct ears *e = ears_of(ls, front);

	while (e != NULL && e->link != NULL)
		hearing_free(ls, LIST_FIRST(&LIST_FIRST(&e->hearers)->sessions));
}

/* ---- what they are told ---- */

/* False: the front does not keep up, or memory is out; later. */
static bool
tell(struct ears *e, unsigned msg, const void *body)
{
	return link_write_next(e->link).n < HINTS_WAITING && link_notice(e->link, NULL, msg, body) == 0;
}

/* What waits for one front, as far as it takes it. True when that was all. */
static bool
ears_flush(struct listeners *ls, struct ears *e)
{
	struct hearer *h;

	if (e->again && !tell(e, MSG_listen_again, NULL))	/* no fields */
		return false;
	e->again = false;
	while ((h = TAILQ_FIRST(&e->hints)) != NULL) {
		if (!tell(e, MSG_user_events, &(struct msg_user_events){ .user = h->user, .seq = h->seq }))
			return false;
		TAILQ_REMOVE(&e->hints, h, hints);
		h->hint = false;
		ls->hinted++;
	}
	return true;
}

static void
flush(struct listeners *ls)
{
	bool all = true;

	for (size_t i = 0; i < ACTOR_LINKS_MAX; i++)
		if (ls->fronts[i].link != NULL && !ears_flush(ls, &ls->fronts[i]))
			all = false;
	if (all)
		ev_timer_stop(ls->loop, &ls->later);
	else if (!ev_is_active(&ls->later))
		ev_timer_again(ls->loop, &ls->later);
}

static void
on_flush(struct ev_loop *loop, ev_prepare *w, int events)
{
	(void)loop;
	(void)events;
	flush(w->data);
}

/* Only wakes the loop: then on_flush looks again. */
static void
on_later(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
}

void
listeners_event(struct listeners *ls, const struct id *user, uint64_t seq)
{
	struct hearer *h;

	LIST_FOREACH(h, &ls->users[bucket_of(ls, user)], bucket) {
		if (!id_eq(&h->user, user))
			continue;
		if (!h->hint || seq > h->seq)
			h->seq = seq;
		if (!h->hint)
			TAILQ_INSERT_TAIL(&h->front->hints, h, hints);
		h->hint = true;
	}
}

void
listeners_session_over(struct listeners *ls, const struct id *session)
{
	struct hearing *s, *next;

	for (s = LIST_FIRST(&ls->by_session[bucket_of(ls, session)]); s != NULL; s = next) {
		struct ears *e = s->hearer->front;
		next = LIST_NEXT(s, bucket);
		if (!id_eq(&s->session, session))
			continue;
		if (link_notice(e->link, NULL, MSG_session_over, &(struct msg_session_over){ .session = *session }) == 0) {
			ls->ended++;
			hearing_free(ls, s);
		} else {
			e->again = true;	/* then it asks db, which refuses */
		}
	}
}

void
listeners_gap(struct listeners *ls)
{
	for (size_t i = 0; i < ACTOR_LINKS_MAX; i++)
		ls->fronts[i].again = true;	/* of a free row it means nothing */
}

/* ---- life ---- */

void
listeners_init(struct listeners *ls, struct ev_loop *loop, const struct recent *hash)
{
	ls->loop = loop;		/* buckets that are zero are empty */
	ls->hash = hash;
	ev_prepare_init(&ls->flush, on_flush);
	ev_set_priority(&ls->flush, 1);		/* before what this turn queued is written */
	ls->flush.data = ls;
	ev_prepare_start(loop, &ls->flush);
	ev_unref(loop);
	ev_timer_init(&ls->later, on_later, 0., HINTS_AGAIN_MS / 1000.);
}

void
listeners_fini(struct listeners *ls)
{
	for (size_t i = 0; i < ACTOR_LINKS_MAX; i++)
		if (ls->fronts[i].link != NULL)
			listeners_front_gone(ls, ls->fronts[i].link);
	ev_timer_stop(ls->loop, &ls->later);
	ev_ref(ls->loop);
	ev_prepare_stop(ls->loop, &ls->flush);
}
