/* actors/vertex/storage/resumable.c - see resumable.h: what comes, the pieces that it goes in, and the end.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/storage/resumable_in.h"

enum { TRIES = 4, AGAIN_MS = 500 };

/* ---- the end ---- */

static void
resumable_free(struct resumable *u)
{
	ev_timer_stop(u->g->http.loop, &u->next);
	explicit_bzero(u->session, sizeof u->session);
	buf_free(&u->filling);
	buf_free(&u->sending);
	free(u);
}

void
resumable_end(struct resumable *u, unsigned err, const char *detail)
{
	if (err != 0 && !u->dead)
		log_event(LOG_ERROR, &u->ctx, "upload_failed", "stored", log_u64(u->base), "bytes", log_u64(u->got), "why", detail);
	if (u->session[0] != '\0')
		upload_cancel(u);
	if (!u->dead)
		u->done(u->arg, err, detail);
	resumable_free(u);
}

/* ---- what comes next ---- */

/* How much the next piece has, once it is whole; 0 before that. What would complete the object waits. */
static size_t
piece_size(const struct resumable *u)
{
	size_t n = u->filling.n < RESUMABLE_PIECE ? u->filling.n : RESUMABLE_PIECE;
	bool may_be_last = n == u->filling.n && (u->size == 0 || u->base + n == u->size);

	return u->over || (n == RESUMABLE_PIECE && !may_be_last) ? n : 0;
}

/* Moves the next piece over. */
static void
piece_take(struct resumable *u, size_t n)
{
	if (buf_add(&u->sending, u->filling.p, n) != 0) {
		resumable_later(u, "memory is out");
		return;
	}
	memmove(u->filling.p, u->filling.p + n, u->filling.n - n);
	u->filling.n -= n;
	resumable_on_in(u, 0);
	if (!u->over)
		u->moved(u->arg);	/* it may cancel */
}

void
resumable_on(struct resumable *u)
{
	size_t n;

	if (u->busy)
		return;
	if (u->dead)
		resumable_end(u, E_PEER_LOST, "");
	else if (u->there) {
		if (u->over)
			upload_compare(u);
	} else if (u->session[0] == '\0')
		upload_begin(u);
	else if (u->lost)
		upload_piece(u, true);
	else if (u->sending.n > 0)
		upload_piece(u, false);
	else if ((n = piece_size(u)) > 0)
		piece_take(u, n);
}

static void
on_next(struct ev_loop *loop, ev_timer *t, int events)
{
	struct resumable *u = t->data;

	(void)loop;
	(void)events;
	u->busy = false;
	resumable_on(u);
}

void
resumable_on_in(struct resumable *u, uint64_t ms)
{
	u->busy = true;
	ev_timer_set(&u->next, (double)ms / 1000, 0);
	ev_timer_start(u->g->http.loop, &u->next);
}

void
resumable_later(struct resumable *u, const char *detail)
{
	uint64_t wait_ms = (uint64_t)AGAIN_MS << (u->tries < 4 ? u->tries : 4);

	if (u->tries++ >= TRIES || (u->ctx.deadline_ms != 0 && now_ms() + wait_ms + 1000 > u->ctx.deadline_ms)) {
		resumable_end(u, E_STORAGE_ERROR, detail);
		return;
	}
	u->lost = u->session[0] != '\0';
	resumable_on_in(u, wait_ms);
}

/* ---- the asker's side ---- */

struct resumable *
resumable_new(const struct resumable_ask *ask)
{
	struct resumable *u = calloc(1, sizeof *u);

	if (u == NULL)
		return NULL;
	u->g = ask->google;
	u->ctx = *ask->ctx;
	u->size = ask->size;
	u->moved = ask->moved;
	u->done = ask->done;
	u->arg = ask->arg;
	snprintf(u->uri, sizeof u->uri, "%s", ask->uri);
	snprintf(u->mime, sizeof u->mime, "%s", ask->mime);
	ev_timer_init(&u->next, on_next, 0, 0);
	u->next.data = u;
	resumable_on_in(u, 0);
	return u;
}

int
resumable_add(struct resumable *u, const void *p, size_t n)
{
	if (!u->there && buf_add(&u->filling, p, n) != 0)
		return -1;
	u->got += n;
	u->crc = crc32c_more(u->crc, p, n);
	if (!u->busy)
		resumable_on_in(u, 0);
	return 0;
}

size_t
resumable_waiting(const struct resumable *u)
{
	return u->filling.n;
}

uint64_t
resumable_stored(const struct resumable *u)
{
	return u->base;
}

bool
resumable_busy(const struct resumable *u)
{
	return u->busy;
}

void
resumable_finish(struct resumable *u, upload_done *done, void *arg)
{
	u->done = done;
	u->arg = arg;
	u->over = true;
	u->size = u->got;
	if (!u->busy)
		resumable_on_in(u, 0);
}

void
resumable_cancel(struct resumable *u)
{
	u->dead = true;
	if (ev_is_active(&u->next)) {
		ev_timer_stop(u->g->http.loop, &u->next);
		u->busy = false;
	}
	/* the last piece is let through: only its answer says whether there is an object to be deleted */
	if (u->piece != NULL && !u->over)
		http_abort(u->piece);	/* and goes on in on_piece */
	else
		resumable_on(u);
}
