/* actors/vertex/object_upload.c - a resumable upload's words with storage (google-apis.md 6.2): a
 * session, pieces, where to go on after a broken connection, and the end.
 * Owns: nothing: see object_write.h. Fails: into write_fail.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/object_write.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/storage.h"

enum { PIECE_MS = 60000, PIECE_IDLE_S = 30, WRITE_TRIES = 4, AGAIN_MS = 500 };

static void
on_cancelled(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	(void)a;
	(void)err;
	(void)detail;
	free(arg);
}

void
upload_cancel(const struct writing *w)
{
	struct ctx ctx = w->ctx;
	char *url = strdup(w->session);

	ctx.deadline_ms = 0;
	if (url != NULL)
		google_call(&w->v->google, &ctx, &(struct http_ask){ .what = "storage_cancel", .method = "DELETE", .url = url,
		    .timeout_ms = PIECE_MS, .answer_max = HTTP_ANSWER_SMALL }, on_cancelled, url);
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

void
upload_init(struct writing *w)
{
	ev_timer_init(&w->again, on_again, 0, 0);
	w->again.data = w;
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

void
upload_begin(struct writing *w)
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

void
upload_piece(struct writing *w, bool ask)
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
