/* actors/front/realtime/feed_watch.c - what a feed hears: notifier's hints, links that come and go, and auth's
 * word on whether its session lives.
 *
 * Only auth, or notifier by session_over, ends a session here. When others refuse a ticket auth is asked at
 * once, and what they refused is tried again with the new one.
 *
 * Owns: nothing. Fails: towards asking db once more; for a session that nobody could confirm for as
 * long as its last tickets live, into the end of its feed.
 * Licence: Apache-2.0. */
#include "actors/common/clock.h"
#include "actors/front/realtime/feed_internal.h"
#include "actors/front/mint.h"

enum { TICKETS_MS = 300000, RENEW_MS = TICKETS_MS * 3 / 5, RENEW_SPREAD_MS = TICKETS_MS / 15 };

/* ---- every feed ---- */

static void
want_all(struct feeds *fs, enum task_kind kind)
{
	struct feed *fd;

	for (size_t i = 0; i < FEED_BUCKETS; i++)
		LIST_FOREACH(fd, &fs->by_session[i], by_session)
			task_want(&fd->tasks[kind]);
}

static void
hurry_all(struct feeds *fs, enum task_kind kind)
{
	struct feed *fd;

	for (size_t i = 0; i < FEED_BUCKETS; i++)
		LIST_FOREACH(fd, &fs->by_session[i], by_session)
			task_hurry(&fd->tasks[kind]);
}

void
feeds_peer(struct front *f, const struct link *l, bool up)
{
	if (l->edge == EDGE_front_notifier)	/* another process, or none: it knows nothing of us */
		want_all(f->feeds, TASK_listen);
	if (!up)
		return;
	if (l->edge == EDGE_front_notifier)
		hurry_all(f->feeds, TASK_listen);
	else if (l->edge == EDGE_front_auth)
		hurry_all(f->feeds, TASK_renew);
	else if (l->edge == EDGE_front_db || l->edge == EDGE_front_vertex)
		hurry_all(f->feeds, TASK_fetch);
}

/* ---- notifier: to be told ---- */

static void
listen_failed(struct feed *fd, unsigned err)
{
	feed_doubt(fd, err);
	task_failed(&fd->tasks[TASK_listen]);
	task_want(&fd->tasks[TASK_fetch]);	/* nobody tells us meanwhile: we look by ourselves */
}

static void
on_listening(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct task *t = arg;

	(void)detail;
	(void)body;
	t->call = 0;
	if (err != 0) {
		listen_failed(t->feed, err);
		return;
	}
	task_done(t);
	task_want(&t->feed->tasks[TASK_fetch]);	/* what happened before it did */
}

/* Not sent again when the link breaks: the next process may only hear of it from a new call, or it
 * would listen for a feed that has gone meanwhile. */
void
listen_start(struct feed *fd)
{
	if (!task_call(&fd->tasks[TASK_listen], EDGE_front_notifier, MSG_listen,
	    &(struct msg_listen){ .ticket = sealed_bytes(&fd->notifier) }, 0, on_listening))
		listen_failed(fd, E_PEER_LOST);
}

/* ---- notifier: what it tells ---- */

void
on_user_events(void *state, struct request *rq)
{
	const struct msg_user_events *m = &rq->body.user_events;
	struct feeds *fs = ((struct front *)state)->feeds;
	struct feed *fd;

	LIST_FOREACH(fd, feed_users(fs, &m->user), by_user) {
		if (!id_eq(&fd->user, &m->user) || m->seq <= fd->known)
			continue;
		if (m->seq > fd->hinted)
			fd->hinted = m->seq;
		if (fd->tasks[TASK_fetch].state != TASK_RUNNING)	/* else it is compared with what comes */
			task_want(&fd->tasks[TASK_fetch]);
	}
}

void
on_session_over(void *state, struct request *rq)
{
	struct feed *fd = feed_find(((struct front *)state)->feeds, &rq->body.session_over.session);

	if (fd != NULL)
		feed_end(fd, FEED_SESSION_OVER);
}

void
on_listen_again(void *state, struct request *rq)
{
	(void)rq;
	want_all(((struct front *)state)->feeds, TASK_fetch);
}

/* ---- auth: does the session live? ---- */

bool
feed_doubt(struct feed *fd, unsigned err)
{
	if (err != E_UNAUTHORIZED && err != E_TOKEN_EXPIRED)
		return false;
	task_want(&fd->tasks[TASK_renew]);
	return true;
}

static void
renew_failed(struct feed *fd)
{
	if (now_ms() - fd->renewed_ms < TICKETS_MS)
		task_failed(&fd->tasks[TASK_renew]);
	else
		feed_end(fd, FEED_AWAY);
}

static void
renewed(struct feed *fd, const struct msg_identity *m)
{
	struct task *t = &fd->tasks[TASK_renew];
	uint32_t chance;

	sealed_take(&fd->db, m->db_ticket);
	sealed_take(&fd->vertex, m->vertex_ticket);
	sealed_take(&fd->notifier, m->notifier_ticket);
	sealed_take(&fd->listener, m->listener);
	fd->renewed_ms = now_ms();
	fd->all->stats.renewed++;
	t->again = false;
	task_done(t);
	mint_random(&chance, sizeof chance);
	task_later(t, RENEW_MS + chance % RENEW_SPREAD_MS);
	for (size_t i = 0; i < TASK_COUNT; i++)
		if (fd->tasks[i].failures == 1)		/* more often: another ticket does not help */
			task_hurry(&fd->tasks[i]);
	task_want(&fd->tasks[TASK_fetch]);	/* whatever a hint may have missed, it is no more than minutes old */
}

static void
on_renewed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct task *t = arg;
	struct feed *fd = t->feed;

	(void)detail;
	t->call = 0;
	if (err == E_UNAUTHORIZED)
		feed_end(fd, FEED_SESSION_OVER);
	else if (err == E_TOKEN_EXPIRED && !t->again)
		feed_end(fd, FEED_AWAY);	/* we came too late, and nobody brought another */
	else if (err != 0 || !id_eq(&body->identity.session, &fd->session) || !id_eq(&body->identity.user, &fd->user))
		renew_failed(fd);
	else
		renewed(fd, &body->identity);
}

void
renew_start(struct feed *fd)
{
	if (!task_call(&fd->tasks[TASK_renew], EDGE_front_auth, MSG_listener_renew,
	    &(struct msg_listener_renew){ .listener = sealed_bytes(&fd->listener) }, CALL_AGAIN, on_renewed))
		renew_failed(fd);
}
