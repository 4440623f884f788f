/* actors/vertex/storage/resumable_calls.c - an upload's words with storage: a session, pieces, where to go on after a
 * broken connection, and the end.
 * Owns: nothing: see resumable.h. Fails: into resumable_end.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/storage/resumable_in.h"

enum { PIECE_MS = 60000, PIECE_IDLE_S = 30 };

/* ---- what storage says ---- */

static bool
crc_is_ours(const struct resumable *u, const struct http_answer *a)
{
	char ours[9];

	crc32c_text(u->crc, ours);
	return storage_crc_is(a, ours);
}

static void
on_unwanted_deleted(void *arg, unsigned err, const char *detail)
{
	(void)arg;
	(void)err;
	(void)detail;
}

static void
on_complete(struct resumable *u, const struct http_answer *a)
{
	struct ctx ctx = u->ctx;

	u->session[0] = '\0';		/* it is over */
	if (!u->dead && u->over && crc_is_ours(u, a)) {
		resumable_end(u, 0, "");
		return;
	}
	ctx.deadline_ms = 0;
	storage_delete(u->g, &ctx, u->uri, on_unwanted_deleted, NULL);
	resumable_end(u, E_STORAGE_ERROR, "the object was damaged on its way");
}

/* The first `stored` bytes of the object are there; the rest of the piece is sent again. */
static bool
take_stored(struct resumable *u, uint64_t stored)
{
	size_t done;

	if (stored < u->base || stored > u->base + u->sending.n)
		return false;
	done = (size_t)(stored - u->base);
	memmove(u->sending.p, u->sending.p + done, u->sending.n - done);
	u->sending.n -= done;
	u->base = stored;
	if (done > 0)
		u->tries = 0;
	return true;
}

/* A session that storage forgot: from the start, if we still have that. */
static void
restart(struct resumable *u)
{
	u->session[0] = '\0';
	if (u->base == 0)
		resumable_later(u, "storage forgot the upload");
	else
		resumable_end(u, E_STORAGE_ERROR, "storage forgot the upload");
}

/* Of what comes no more than its checksum is wanted. */
static void
on_there(struct resumable *u)
{
	u->session[0] = '\0';
	u->there = true;
	u->lost = false;
	u->tries = 0;
	buf_free(&u->filling);
	buf_free(&u->sending);
	resumable_on_in(u, 0);
	if (!u->over)
		u->moved(u->arg);	/* it may cancel */
}

static void
on_compared(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct resumable *u = arg;
	struct outcome o;

	u->busy = false;
	storage_error(&o, a, err, detail, u->g->project);
	if (u->dead)
		resumable_on(u);
	else if (o.code == E_UPSTREAM_BUSY || o.code == E_NOT_SENT)
		resumable_later(u, o.detail);
	else if (o.code == 0 && crc_is_ours(u, a))
		resumable_end(u, 0, "");
	else
		resumable_end(u, E_STORAGE_ERROR, o.code != 0 ? o.detail : "another object has the name of this one");
}

static void
goes_on(struct resumable *u, uint64_t stored)
{
	bool asked = u->lost;
	uint64_t base = u->base;

	u->lost = false;
	if (!take_stored(u, stored)) {
		resumable_end(u, E_STORAGE_ERROR, "storage lost a part of the upload");
	} else if (u->over && stored == u->size) {
		resumable_later(u, "storage does not finish the upload");
	} else if (!asked && u->base == base) {
		resumable_later(u, "storage does not take the upload");
	} else {
		resumable_on(u);
	}
}

static void
on_piece(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct resumable *u = arg;
	bool answered = err == 0 && a->end == HTTP_ANSWERED;
	struct outcome o;

	u->busy = false;
	if (a->asked->n > 0) {
		u->sending = *a->asked;
		*a->asked = (struct buf){ 0 };
	}
	if (answered && (a->status == 200 || a->status == 201)) {
		on_complete(u, a);
	} else if (u->dead) {
		resumable_on(u);
	} else if (answered && a->status == 308) {
		goes_on(u, a->stored);
	} else if (answered && a->status == 412) {
		on_there(u);
	} else if (answered && (a->status == 404 || a->status == 410)) {
		restart(u);
	} else {
		storage_error(&o, a, err, detail, u->g->project);
		if (o.code == E_UPSTREAM_BUSY || o.code == E_NOT_SENT)
			resumable_later(u, o.detail);
		else
			resumable_end(u, E_STORAGE_ERROR, o.detail);
	}
}

static void
on_session(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct resumable *u = arg;
	size_t n = strlen(u->g->storage);
	struct outcome o;

	u->busy = false;
	/* where bytes and their token go is nobody's choice but ours */
	if (err == 0 && a->end == HTTP_ANSWERED && a->status / 100 == 2 &&
	    strncmp(a->location, u->g->storage, n) == 0 && strncmp(a->location + n, "/upload/", 8) == 0)
		memcpy(u->session, a->location, sizeof u->session);
	if (u->dead || u->session[0] != '\0') {
		u->tries = 0;
		resumable_on(u);
	} else if (err == 0 && a->end == HTTP_ANSWERED && a->status == 412) {
		on_there(u);
	} else if (storage_error(&o, a, err, detail, u->g->project) == E_UPSTREAM_BUSY || o.code == E_NOT_SENT) {
		resumable_later(u, o.detail);
	} else {
		resumable_end(u, E_STORAGE_ERROR, o.code != 0 ? o.detail : "storage gave the upload no place");
	}
}

/* ---- what is asked of storage ---- */

void
upload_begin(struct resumable *u)
{
	struct bytes bucket, object;
	struct buf url = { 0 }, body = { 0 };

	gs_uri_parse(bytes_str(u->uri), &bucket, &object);
	snprintf(u->type_line, sizeof u->type_line, "X-Upload-Content-Type: %s", u->mime);
	snprintf(u->length_line, sizeof u->length_line, "X-Upload-Content-Length: %llu", (unsigned long long)u->size);
	int rc = storage_url(u->g, &url, "/upload/storage/v1", bucket, BYTES("")) |
	    buf_str(&url, "?uploadType=resumable&ifGenerationMatch=0&name=") | percent_encode(&url, object.p, object.n, false) |
	    buf_str(&body, "{}");
	u->busy = true;
	if (rc == 0 && buf_text(&url) != NULL)
		google_call(u->g, &u->ctx, &(struct http_ask){ .what = "storage_session", .method = "POST", .url = url.p,
		    .content_type = "application/json", .headers = { u->type_line, u->size > 0 ? u->length_line : NULL }, .body = &body,
		    .timeout_ms = PIECE_MS, .answer_max = HTTP_ANSWER_SMALL }, on_session, u);
	else
		on_session(u, &(struct http_answer){ .end = HTTP_NOT_SENT, .asked = &body, .content_type = "" }, E_UPSTREAM_BUSY, "memory is out");
	buf_free(&url);
	buf_free(&body);
}

void
upload_piece(struct resumable *u, bool ask)
{
	struct buf none = { 0 };
	char total[24] = "*", bytes[48] = "*";

	if (u->size > 0)
		snprintf(total, sizeof total, "%llu", (unsigned long long)u->size);
	if (!ask)
		snprintf(bytes, sizeof bytes, "%llu-%llu", (unsigned long long)u->base, (unsigned long long)(u->base + u->sending.n - 1));
	snprintf(u->range_line, sizeof u->range_line, "Content-Range: bytes %s/%s", bytes, total);
	u->busy = true;
	google_call(u->g, &u->ctx, &(struct http_ask){ .what = ask ? "storage_status" : "storage_piece", .method = "PUT",
	    .url = u->session, .content_type = ask ? NULL : u->mime, .headers = { u->range_line }, .body = ask ? &none : &u->sending,
	    .timeout_ms = PIECE_MS, .idle_s = PIECE_IDLE_S, .answer_max = HTTP_ANSWER_SMALL, .slot = &u->piece }, on_piece, u);
}

void
upload_compare(struct resumable *u)
{
	struct bytes bucket, object;
	struct buf url = { 0 }, none = { 0 };

	gs_uri_parse(bytes_str(u->uri), &bucket, &object);
	u->busy = true;
	if (storage_url(u->g, &url, "/storage/v1", bucket, object) == 0 && buf_text(&url) != NULL)
		google_call(u->g, &u->ctx, &(struct http_ask){ .what = "storage_compare", .method = "GET", .url = url.p,
		    .timeout_ms = PIECE_MS, .answer_max = HTTP_ANSWER_SMALL }, on_compared, u);
	else
		on_compared(u, &(struct http_answer){ .end = HTTP_NOT_SENT, .asked = &none, .content_type = "" }, E_UPSTREAM_BUSY, "memory is out");
	buf_free(&url);
}

static void
on_cancelled(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	(void)a;
	(void)err;
	(void)detail;
	free(arg);
}

void
upload_cancel(const struct resumable *u)
{
	struct ctx ctx = u->ctx;
	char *url = strdup(u->session);

	ctx.deadline_ms = 0;
	if (url != NULL)
		google_call(u->g, &ctx, &(struct http_ask){ .what = "storage_cancel", .method = "DELETE", .url = url,
		    .timeout_ms = PIECE_MS, .answer_max = HTTP_ANSWER_SMALL }, on_cancelled, url);
}
