/* actors/vertex/object_write.c - an object from the asker to storage, by a resumable upload in
 * constant memory (google-apis.md 6.2): a piece of PIECE bytes is on its way, and is kept until
 * storage says how much of it is stored; the next one fills up meanwhile, as far as the asker is
 * given credit. After a broken connection storage is asked where to go on.
 *
 * Owns: a write from its request to its answer; the session at Google, which is cancelled when the
 * asker goes away.
 * Fails: UNSUPPORTED_MEDIA_TYPE where the bytes are not what was said, PAYLOAD_TOO_LARGE,
 * BAD_MESSAGE for a stream of another length, QUEUE_FULL, STORAGE_ERROR.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/object_write.h"
#include "proto/media_type.h"

enum { PIECE = 1 << 20 };		/* a multiple of 256 KiB: storage wants that */

/* ---- the end ---- */

static void
writing_free(struct writing *w)
{
	ev_timer_stop(w->v->google.http.loop, &w->again);
	object_stream_leave(&w->entry);
	explicit_bzero(w->session, sizeof w->session);
	buf_free(&w->filling);
	buf_free(&w->sending);
	free(w);
}

void
write_fail(struct writing *w, unsigned err, const char *detail)
{
	struct request *rq = w->rq;

	w->rq = NULL;
	if (rq != NULL)
		request_fail(rq, err, detail);
	if (w->busy)
		return;
	if (w->session[0] != '\0')
		upload_cancel(w);
	writing_free(w);
}

void
write_done(struct writing *w)
{
	request_answer(w->rq, &(struct msg_object_written){ .size = w->size });
	writing_free(w);
}

/* Moves the next piece over, when it is whole. False: it is not. */
static bool
piece_take(struct writing *w)
{
	size_t n = w->filling.n < PIECE ? w->filling.n : PIECE;

	/* the last one completes the object: not before the asker said that it is whole */
	if (n == 0 || ((n < PIECE || w->base + n == w->size) && !w->over) || buf_add(&w->sending, w->filling.p, n) != 0)
		return false;
	memmove(w->filling.p, w->filling.p + n, w->filling.n - n);
	w->filling.n -= n;
	/* what came meanwhile without credit back was held by this piece */
	request_up_credit(w->rq, LINK_WINDOW - w->rq->up_room);
	return true;
}

void
write_on(struct writing *w)
{
	if (w->rq == NULL)
		write_fail(w, E_PEER_LOST, "");
	else if (w->busy)
		return;
	else if (w->session[0] == '\0' && (w->over || w->filling.n + w->sending.n >= MEDIA_SNIFF_BYTES))
		upload_begin(w);
	else if (w->session[0] != '\0' && w->lost)
		upload_piece(w, true);
	else if (w->session[0] != '\0' && (w->sending.n > 0 || piece_take(w)))
		upload_piece(w, false);
}

/* ---- what the asker sends ---- */

/* Before anything is asked of storage: the first bytes are here. */
static bool
is_what_it_says(const struct writing *w)
{
	const struct media_type *t = media_sniff(w->filling.p, w->filling.n);

	return t != NULL && strcmp(t->mime, w->mime) == 0;
}

static void
on_up(struct request *rq, struct bytes chunk, bool last, unsigned err)
{
	struct writing *w = rq->stream_arg;
	bool sniffed = w->got >= MEDIA_SNIFF_BYTES;

	w->got += chunk.n;
	w->over = last;
	if (err != 0) {
		write_fail(w, err, "");
	} else if (w->got > w->size || (last && w->got < w->size)) {
		write_fail(w, E_BAD_MESSAGE, "the stream has another length than was said");
	} else if (buf_add(&w->filling, chunk.p, chunk.n) != 0) {
		write_fail(w, E_INTERNAL_ERROR, "memory is out");
	} else if (!sniffed && (last || w->got >= MEDIA_SNIFF_BYTES) && !is_what_it_says(w)) {
		log_event(LOG_SECURITY, &w->ctx, "upload_of_another_type", "said", w->mime);
		write_fail(w, E_UNSUPPORTED_MEDIA_TYPE, "");
	} else {
		w->crc = crc32c_more(w->crc, chunk.p, chunk.n);
		if (w->filling.n < PIECE)
			request_up_credit(rq, chunk.n);
		write_on(w);
	}
}

/* All has come, and the asker is gone. */
static void
on_gone(struct request *rq, void *arg)
{
	if (!request_alive(rq))
		write_fail(arg, E_PEER_LOST, "");
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
	w->v = v;
	w->rq = rq;
	w->ctx = rq->ctx;
	w->object = object;
	w->size = m->size;
	snprintf(w->mime, sizeof w->mime, "%.*s", (int)m->mime_type.n, m->mime_type.p);
	upload_init(w);
	rq->stream_arg = w;
	rq->on_up = on_up;
	rq->on_credit = on_gone;
}
