/* actors/vertex/storage/object_write.c - an object from the asker to storage, in constant memory: what comes goes
 * into a resumable upload (resumable.h), as far as the asker is given credit.
 *
 * Owns: a write from its request to its answer; the upload, which is given up when the asker goes away.
 * Fails: UNSUPPORTED_MEDIA_TYPE where the bytes are not what was said, PAYLOAD_TOO_LARGE,
 * BAD_MESSAGE for a stream of another length, QUEUE_FULL, STORAGE_ERROR, TIMEOUT where the asker stops
 * or takes too long.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/storage/objects.h"
#include "actors/vertex/storage/resumable.h"
#include "proto/media_type.h"

enum {
	TICK_MS = 250,
	STALL_MS = 60000,		/* without a byte that comes or is stored */
	WHOLE_MS = 120000, WHOLE_RATE = 64 << 10	/* a write's time: this, and what its bytes take */
};

struct writing {
	struct object_stream entry;
	struct vertex *v;
	struct request *rq;
	struct object object;
	char mime[64];
	uint64_t size, got;		/* bytes of the object; that came */
	struct buf head;		/* the first ones, until there are enough to look at */
	struct resumable *up;		/* then it has them */
	ev_timer tick;
	uint64_t moved, moved_ms;	/* bytes that had come and were stored when something moved last, and when that was */
	uint64_t until_ms;
};

/* ---- the end ---- */

static void
writing_free(struct writing *w)
{
	ev_timer_stop(w->v->google.http.loop, &w->tick);
	object_stream_leave(&w->entry);
	buf_free(&w->head);
	free(w);
}

static void
write_fail(struct writing *w, unsigned err, const char *detail)
{
	request_fail(w->rq, err, detail);
	if (w->up != NULL)
		resumable_cancel(w->up);
	writing_free(w);
}

static void
on_written(void *arg, unsigned err, const char *detail)
{
	struct writing *w = arg;

	w->up = NULL;
	if (err != 0) {
		write_fail(w, err, detail);
		return;
	}
	request_answer(w->rq, &(struct msg_object_written){ .size = w->size });
	writing_free(w);
}

/* Who holds a place must use it. */
static void
on_tick(struct ev_loop *loop, ev_timer *t, int events)
{
	struct writing *w = t->data;
	uint64_t now = now_ms(), moved = w->got + (w->up != NULL ? resumable_stored(w->up) : 0);

	(void)loop;
	(void)events;
	if (moved != w->moved) {
		w->moved = moved;
		w->moved_ms = now;
	}
	if (now < w->until_ms && now - w->moved_ms < STALL_MS)
		return;
	bool at_storage = w->up != NULL && resumable_busy(w->up);
	log_event(LOG_WARNING, &w->rq->ctx, "object_write_stalled", "waits_for", at_storage ? "storage" : "asker", "got", log_u64(w->got), "size", log_u64(w->size));
	write_fail(w, at_storage ? E_STORAGE_ERROR : E_TIMEOUT, at_storage ? "storage stopped taking the object" : "");
}

/* ---- what the asker sends ---- */

static void
on_moved(void *arg)
{
	struct writing *w = arg;

	/* what came meanwhile without credit back was held by the piece that is on its way now */
	request_up_credit(w->rq, LINK_WINDOW - w->rq->up_room);
}

/* Before anything is asked of storage: the first bytes are here. */
static bool
is_what_it_says(const struct writing *w)
{
	const struct media_type *t = media_sniff(w->head.p, w->head.n);

	return t != NULL && strcmp(t->mime, w->mime) == 0;
}

static int
upload_start(struct writing *w)
{
	w->up = resumable_new(&(struct resumable_ask){ .google = &w->v->google, .ctx = &w->rq->ctx, .uri = w->object.uri, .mime = w->mime,
	    .size = w->size, .moved = on_moved, .done = on_written, .arg = w });
	if (w->up == NULL || resumable_add(w->up, w->head.p, w->head.n) != 0)
		return -1;
	buf_free(&w->head);
	return 0;
}

static void
on_up(struct request *rq, struct bytes chunk, bool last, unsigned err)
{
	struct writing *w = rq->stream_arg;

	w->got += chunk.n;
	if (err != 0) {
		write_fail(w, err, "");
		return;
	}
	if (w->got > w->size || (last && w->got < w->size)) {
		write_fail(w, E_BAD_MESSAGE, "the stream has another length than was said");
		return;
	}
	if ((w->up != NULL ? resumable_add(w->up, chunk.p, chunk.n) : buf_add(&w->head, chunk.p, chunk.n)) != 0) {
		write_fail(w, E_INTERNAL_ERROR, "memory is out");
		return;
	}
	if (w->up == NULL && (last || w->got >= MEDIA_SNIFF_BYTES)) {
		if (!is_what_it_says(w)) {
			log_event(LOG_SECURITY, &rq->ctx, "upload_of_another_type", "said", w->mime);
			write_fail(w, E_UNSUPPORTED_MEDIA_TYPE, "");
			return;
		}
		if (upload_start(w) != 0) {
			write_fail(w, E_INTERNAL_ERROR, "memory is out");
			return;
		}
	}
	if (last)
		resumable_finish(w->up, on_written, w);
	else if (w->up == NULL || resumable_waiting(w->up) <= RESUMABLE_PIECE)
		request_up_credit(rq, chunk.n);
}

/* All has come, and the asker is gone. */
static void
on_gone(struct request *rq, void *arg)
{
	if (!request_alive(rq))
		write_fail(arg, E_PEER_LOST, "");
}

static void
writing_init(struct writing *w, struct vertex *v, struct request *rq, const struct object *object)
{
	const struct msg_object_write *m = &rq->body.object_write;

	w->v = v;
	w->rq = rq;
	w->object = *object;
	w->size = m->size;
	snprintf(w->mime, sizeof w->mime, "%.*s", (int)m->mime_type.n, m->mime_type.p);
	w->moved_ms = now_ms();
	w->until_ms = w->moved_ms + WHOLE_MS + m->size / WHOLE_RATE * 1000;
	ev_timer_init(&w->tick, on_tick, TICK_MS / 1000., TICK_MS / 1000.);
	w->tick.data = w;
	ev_timer_start(v->google.http.loop, &w->tick);
	rq->stream_arg = w;
	rq->on_up = on_up;
	rq->on_credit = on_gone;
}

void
on_object_write(void *state, struct request *rq)
{
	const struct msg_object_write *m = &rq->body.object_write;
	struct vertex *v = state;
	struct object object;
	struct writing *w;

	if (!object_granted(v, rq, GRANT_WRITE, m->ticket, m->grant, &object))
		return;
	if (m->size == 0 || m->size > v->upload_max || media_type_of(m->mime_type) == NULL) {
		request_fail(rq, m->size == 0 ? E_BAD_MESSAGE : m->size > v->upload_max ? E_PAYLOAD_TOO_LARGE : E_UNSUPPORTED_MEDIA_TYPE, "");
		return;
	}
	if ((w = calloc(1, sizeof *w)) == NULL || !object_stream_enter(v, &w->entry, &object.user, true)) {
		free(w);
		request_fail(rq, E_QUEUE_FULL, "");
		return;
	}
	writing_init(w, v, rq, &object);
}
