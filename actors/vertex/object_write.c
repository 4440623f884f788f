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
#include "actors/vertex/objects.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/storage.h"
#include "proto/media_type.h"

enum {
	PIECE = 1 << 20,		/* a multiple of 256 KiB: storage wants that */
	PIECE_MS = 60000, PIECE_IDLE_S = 30, WRITE_TRIES = 4, AGAIN_MS = 500
};

struct writing {
	struct object_stream entry;
	struct vertex *v;
	struct request *rq;		/* NULL: the asker is gone */
	struct ctx ctx;
	struct object object;
	char mime[64], length_line[64], type_line[96], range_line[96];
	uint64_t size, got;		/* bytes of the object; that came */
	uint64_t base;			/* bytes that storage has: where `sending` begins */
	struct buf filling, sending;
	uint32_t crc;			/* of what came */
	char session[sizeof ((struct http_answer *)0)->location];
	bool busy, over;		/* a call is under way; all bytes are here */
	bool lost;			/* storage is to be asked what it has */
	unsigned tries;			/* since something went forward */
	ev_timer again;
};

static void write_on(struct writing *w);

/* ---- the end ---- */

static void
on_cancelled(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	(void)a;
	(void)err;
	(void)detail;
	free(arg);
}

/* Storage would keep what it has of it for a week. */
static void
cancel(struct writing *w)
{
	struct ctx ctx = w->ctx;
	char *url = strdup(w->session);

	ctx.deadline_ms = 0;
	if (url != NULL)
		google_call(&w->v->google, &ctx, &(struct http_ask){ .what = "storage_cancel", .method = "DELETE", .url = url,
		    .timeout_ms = PIECE_MS, .answer_max = HTTP_ANSWER_SMALL }, on_cancelled, url);
}

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

/* The asker is told; what is under way at Google ends first. */
static void
write_fail(struct writing *w, unsigned err, const char *detail)
{
	struct request *rq = w->rq;

	w->rq = NULL;
	if (rq != NULL)
		request_fail(rq, err, detail);
	if (w->busy)
		return;
	if (w->session[0] != '\0')
		cancel(w);
	writing_free(w);
}

static void
write_done(struct writing *w)
{
	request_answer(w->rq, &(struct msg_object_written){ .size = w->size });
	writing_free(w);
}

/* ---- what storage says ---- */

static bool
crc_is_ours(const struct writing *w, const struct http_answer *a)
{
	json_t *json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
	const char *theirs = json_string_value(json_object_get(json, "crc32c"));
	char ours[9];

	crc32c_text(w->crc, ours);
	bool same = theirs != NULL && strcmp(theirs, ours) == 0;
	json_decref(json);
	return same;
}

static void
on_damaged_deleted(void *arg, unsigned err, const char *detail)
{
	(void)arg;
	(void)err;
	(void)detail;
}

static void
on_complete(struct writing *w, const struct http_answer *a)
{
	w->session[0] = '\0';		/* it is over */
	if (w->over && crc_is_ours(w, a)) {
		write_done(w);
		return;
	}
	storage_delete(&w->v->google, &w->ctx, w->object.uri, on_damaged_deleted, NULL);
	write_fail(w, E_STORAGE_ERROR, "the object was damaged on its way");
}

/* The first `stored` bytes of the object are there; the rest of the piece is sent again. */
static bool
take_stored(struct writing *w, uint64_t stored)
{
	size_t done;

	if (stored < w->base || stored > w->base + w->sending.n)
		return false;
	done = (size_t)(stored - w->base);
	memmove(w->sending.p, w->sending.p + done, w->sending.n - done);
	w->sending.n -= done;
	w->base = stored;
	if (done > 0)
		w->tries = 0;
	return true;
}

static void
on_again(struct ev_loop *loop, ev_timer *t, int events)
{
	struct writing *w = t->data;

	(void)loop;
	(void)events;
	w->busy = false;
	write_on(w);
}

/* Once more after 0.5, 1, 2 s. */
static void
later(struct writing *w, const char *detail)
{
	uint64_t wait_ms = (uint64_t)AGAIN_MS << (w->tries < 4 ? w->tries : 4);

	if (w->tries++ >= WRITE_TRIES || (w->ctx.deadline_ms != 0 && now_ms() + wait_ms + 1000 > w->ctx.deadline_ms)) {
		log_event(LOG_ERROR, &w->ctx, "object_not_written", "stored", log_u64(w->base), "size", log_u64(w->size), "why", detail);
		write_fail(w, E_STORAGE_ERROR, detail);
		return;
	}
	w->lost = w->session[0] != '\0';
	w->busy = true;
	ev_timer_set(&w->again, (double)wait_ms / 1000, 0);
	ev_timer_start(w->v->google.http.loop, &w->again);
}

/* A session that storage forgot: from the start, if we still have that. */
static void
restart(struct writing *w)
{
	w->session[0] = '\0';
	if (w->base == 0)
		later(w, "storage forgot the upload");
	else
		write_fail(w, E_STORAGE_ERROR, "storage forgot the upload");
}

static void
on_piece(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct writing *w = arg;
	struct outcome o;

	w->busy = false;
	if (a->asked->n > 0) {
		w->sending = *a->asked;
		*a->asked = (struct buf){ 0 };
	}
	if (w->rq == NULL) {
		write_fail(w, E_PEER_LOST, "");
		return;
	}
	bool answered = err == 0 && a->end == HTTP_ANSWERED, asked = w->lost;
	uint64_t base = w->base;
	if (answered && (a->status == 200 || a->status == 201)) {
		on_complete(w, a);
	} else if (answered && a->status == 308) {
		w->lost = false;
		if (!take_stored(w, a->stored))
			write_fail(w, E_STORAGE_ERROR, "storage lost a part of the upload");
		else if (a->stored == w->size)
			later(w, "storage does not finish the upload");
		else if (!asked && w->base == base)
			later(w, "storage does not take the upload");
		else
			write_on(w);
	} else if (answered && (a->status == 404 || a->status == 410)) {
		restart(w);
	} else {
		storage_error(&o, a, err, detail, w->v->google.project);
		if (o.code == E_UPSTREAM_BUSY || o.code == E_NOT_SENT)
			later(w, o.detail);
		else
			write_fail(w, E_STORAGE_ERROR, o.detail);
	}
}

static void
on_session(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct writing *w = arg;
	size_t n = strlen(w->v->google.storage);
	struct outcome o;

	w->busy = false;
	/* where bytes and their token go is nobody's choice but ours */
	if (err == 0 && a->end == HTTP_ANSWERED && a->status / 100 == 2 &&
	    strncmp(a->location, w->v->google.storage, n) == 0 && strncmp(a->location + n, "/upload/", 8) == 0)
		memcpy(w->session, a->location, sizeof w->session);
	if (w->rq == NULL) {
		write_fail(w, E_PEER_LOST, "");
	} else if (w->session[0] != '\0') {
		w->tries = 0;
		write_on(w);
	} else if (storage_error(&o, a, err, detail, w->v->google.project) == E_UPSTREAM_BUSY || o.code == E_NOT_SENT) {
		later(w, o.detail);
	} else {
		write_fail(w, E_STORAGE_ERROR, o.code != 0 ? o.detail : "storage gave the upload no place");
	}
}

/* ---- what is asked of storage ---- */

static void
session_ask(struct writing *w)
{
	struct bytes bucket, object;
	struct buf url = { 0 }, body = { 0 };

	gs_uri_parse(bytes_str(w->object.uri), &bucket, &object);
	snprintf(w->type_line, sizeof w->type_line, "X-Upload-Content-Type: %s", w->mime);
	snprintf(w->length_line, sizeof w->length_line, "X-Upload-Content-Length: %llu", (unsigned long long)w->size);
	int rc = storage_url(&w->v->google, &url, "/upload/storage/v1", bucket, BYTES("")) |
	    buf_str(&url, "?uploadType=resumable&ifGenerationMatch=0&name=") | percent_encode(&url, object.p, object.n, false) |
	    buf_str(&body, "{}");
	w->busy = true;
	if (rc == 0 && buf_text(&url) != NULL)
		google_call(&w->v->google, &w->ctx, &(struct http_ask){ .what = "storage_session", .method = "POST", .url = url.p,
		    .content_type = "application/json", .headers = { w->type_line, w->length_line }, .body = &body,
		    .timeout_ms = PIECE_MS, .answer_max = HTTP_ANSWER_SMALL }, on_session, w);
	else
		on_session(w, &(struct http_answer){ .end = HTTP_NOT_SENT, .asked = &body, .content_type = "" }, E_UPSTREAM_BUSY, "memory is out");
	buf_free(&url);
	buf_free(&body);
}

/* Sends the piece, or asks what storage has. */
static void
piece_ask(struct writing *w, bool ask)
{
	struct buf none = { 0 };

	if (ask)
		snprintf(w->range_line, sizeof w->range_line, "Content-Range: bytes */%llu", (unsigned long long)w->size);
	else
		snprintf(w->range_line, sizeof w->range_line, "Content-Range: bytes %llu-%llu/%llu", (unsigned long long)w->base,
		    (unsigned long long)(w->base + w->sending.n - 1), (unsigned long long)w->size);
	w->busy = true;
	google_call(&w->v->google, &w->ctx, &(struct http_ask){ .what = ask ? "storage_status" : "storage_piece", .method = "PUT",
	    .url = w->session, .content_type = ask ? NULL : w->mime, .headers = { w->range_line }, .body = ask ? &none : &w->sending,
	    .timeout_ms = PIECE_MS, .idle_s = PIECE_IDLE_S, .answer_max = HTTP_ANSWER_SMALL }, on_piece, w);
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

static void
write_on(struct writing *w)
{
	if (w->rq == NULL)
		write_fail(w, E_PEER_LOST, "");
	else if (w->busy)
		return;
	else if (w->session[0] == '\0' && (w->over || w->filling.n + w->sending.n >= MEDIA_SNIFF_BYTES))
		session_ask(w);
	else if (w->session[0] != '\0' && w->lost)
		piece_ask(w, true);
	else if (w->session[0] != '\0' && (w->sending.n > 0 || piece_take(w)))
		piece_ask(w, false);
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
	ev_timer_init(&w->again, on_again, 0, 0);
	w->again.data = w;
	rq->stream_arg = w;
	rq->on_up = on_up;
	rq->on_credit = on_gone;
}
