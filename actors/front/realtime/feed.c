/* actors/front/realtime/feed.c - see feed.h: feeds, and who listens to them.
 * Owns: a feed for each session that is listened to, from the first listener to the last; never the
 * listeners. Fails: over its bounds nobody joins.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/common/clock.h"
#include "actors/front/realtime/feed_internal.h"

/* A first ticket lives as long as the token that it was given for, a minute at most. */
enum { FIRST_RENEW_MS = 30000, FIRST_SPREAD_MS = 10000 };

int
feeds_init(struct front *f)
{
	f->feeds = calloc(1, sizeof *f->feeds);
	if (f->feeds == NULL)
		return -1;
	f->feeds->front = f;
	tasks_init(f->feeds, now_ms());
	return 0;
}

void
feeds_fini(struct front *f)
{
	free(f->feeds);
	f->feeds = NULL;
}

struct feed_stats *
feeds_stats(const struct front *f)
{
	return &f->feeds->stats;
}

uint32_t
feeds_look(struct front *f, uint64_t now)
{
	return tasks_run(f->feeds, now);
}

/* ---- tables ---- */

/* The last bytes of an id are random: auth and PostgreSQL make them, no client does. */
static size_t
bucket(const struct id *id)
{
	uint64_t v;

	memcpy(&v, id->b + 8, sizeof v);
	return v % FEED_BUCKETS;
}

struct feed *
feed_find(const struct feeds *fs, const struct id *session)
{
	struct feed *fd;

	LIST_FOREACH(fd, &fs->by_session[bucket(session)], by_session)
		if (id_eq(&fd->session, session))
			return fd;
	return NULL;
}

struct feed_list *
feed_users(struct feeds *fs, const struct id *user)
{
	return &fs->by_user[bucket(user)];
}

uint32_t
feed_count(const struct front *f, const struct id *user, const struct listener_calls *calls)
{
	const struct feed *fd;
	const struct listener *l;
	uint32_t n = 0;

	LIST_FOREACH(fd, feed_users(f->feeds, user), by_user)
		if (id_eq(&fd->user, user))
			LIST_FOREACH(l, &fd->listeners, next)
				n += l->calls == calls;
	return n;
}

/* ---- the life of a feed ---- */

static void
take_tickets(struct feed *fd, const struct identity *who)
{
	struct task *t = &fd->tasks[TASK_renew];

	fd->db = who->db;
	fd->vertex = who->vertex;
	fd->notifier = who->notifier;
	fd->listener = who->listener;
	fd->renewed_ms = now_ms();
	if (t->state == TASK_RUNNING)	/* with what was there before */
		t->again = true;
	else			/* spread: thousands come in the moment after a restart */
		task_later(t, FIRST_RENEW_MS + (uint64_t)who->session.b[15] * FIRST_SPREAD_MS / 256);
}

static struct feed *
feed_new(struct feeds *fs, const struct identity *who)
{
	struct feed *fd = calloc(1, sizeof *fd);

	if (fd == NULL)
		return NULL;
	fd->all = fs;
	fd->session = who->session;
	fd->user = who->user;
	for (size_t i = 0; i < TASK_COUNT; i++)
		fd->tasks[i] = (struct task){ .feed = fd, .kind = (enum task_kind)i };
	LIST_INSERT_HEAD(&fs->by_session[bucket(&fd->session)], fd, by_session);
	LIST_INSERT_HEAD(feed_users(fs, &fd->user), fd, by_user);
	fs->stats.feeds++;
	take_tickets(fd, who);
	task_want(&fd->tasks[TASK_listen]);	/* and when that is answered: where are we? */
	return fd;
}

/* Out of all tables, and nothing of it is under way any more. */
static void
feed_close(struct feed *fd)
{
	struct feeds *fs = fd->all;

	fd->over = true;
	for (size_t i = 0; i < TASK_COUNT; i++)
		task_drop(&fd->tasks[i]);
	LIST_REMOVE(fd, by_session);
	LIST_REMOVE(fd, by_user);
	fs->stats.feeds--;
	/* told on the same link as `listen`, so after it; who is down forgets by itself */
	link_notice(actor_link(&fs->front->a, EDGE_front_notifier), NULL, MSG_unlisten, &(struct msg_unlisten){ .session = fd->session });
}

static void
feed_free(struct feed *fd)
{
	buf_free(&fd->held);
	free(fd);
}

void
feed_hold(struct feed *fd)
{
	fd->busy++;
}

void
feed_release(struct feed *fd)
{
	if (--fd->busy > 0 || fd->nlisteners > 0)
		return;
	if (!fd->over)
		feed_close(fd);
	feed_free(fd);
}

static void
let_go(struct listener *l)
{
	struct feed *fd = l->feed;

	if (fd->cursor == l)
		fd->cursor = LIST_NEXT(l, next);
	LIST_REMOVE(l, next);
	fd->nlisteners--;
	fd->all->stats.listeners--;
	l->feed = NULL;
}

void
feed_end(struct feed *fd, enum feed_end why)
{
	struct listener *l;

	fd->all->stats.ends[why]++;
	feed_close(fd);
	feed_hold(fd);
	while ((l = LIST_FIRST(&fd->listeners)) != NULL) {
		let_go(l);
		l->calls->end(l, why);
	}
	feed_release(fd);
}

void
feeds_drain(struct front *f)
{
	struct feed *fd;

	for (size_t i = 0; i < FEED_BUCKETS; i++)
		while ((fd = LIST_FIRST(&f->feeds->by_session[i])) != NULL)
			feed_end(fd, FEED_DRAINING);
}

/* ---- listeners ---- */

/* Notifier was asked to tell us, and will answer soon: db is asked when it has. */
static bool
listen_under_way(const struct feed *fd)
{
	const struct task *t = &fd->tasks[TASK_listen];

	return t->failures == 0 && (t->state == TASK_READY || t->state == TASK_RUNNING);
}

unsigned
feed_join(struct front *f, struct listener *l, const struct listener_calls *calls, const struct identity *who,
    bool has_after, uint64_t after)
{
	struct feeds *fs = f->feeds;
	struct feed *fd = feed_find(fs, &who->session);

	if (f->a.draining)
		return E_DRAINING;
	if (fs->stats.listeners >= FEED_LISTENERS_MAX)
		return E_QUEUE_FULL;
	if (fd == NULL && (fd = feed_new(fs, who)) == NULL)
		return E_INTERNAL_ERROR;
	if (fd->tasks[TASK_renew].failures > 0)		/* auth was away; it has just spoken of who comes */
		take_tickets(fd, who);
	*l = (struct listener){ .calls = calls, .feed = fd, .position = after, .has_position = has_after };
	LIST_INSERT_HEAD(&fd->listeners, l, next);
	fd->nlisteners++;
	fs->stats.listeners++;
	if (!listen_under_way(fd))
		task_want(&fd->tasks[TASK_fetch]);
	return 0;
}

void
feed_leave(struct listener *l)
{
	struct feed *fd = l->feed;

	if (fd == NULL)
		return;
	feed_hold(fd);
	let_go(l);
	feed_release(fd);
}

void
feed_resume(struct listener *l)
{
	if (l->full && l->feed != NULL)
		task_want(&l->feed->tasks[TASK_fetch]);
	l->full = false;
}
