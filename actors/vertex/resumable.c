/* actors/vertex/resumable.c - see resumable.h: a session, pieces, where to go on after a broken
 * connection, and the end.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/resumable.h"

enum { PIECE_MS = 60000, PIECE_IDLE_S = 30, TRIES = 4, AGAIN_MS = 500 };

struct resumable {
	struct google *g;
	struct ctx ctx;
	char uri[GS_URI_MAX], mime[64], length_line[64], type_line[96], range_line[96];
	uint64_t size;			/* of the object; 0 not known yet */
	uint64_t got;			/* bytes that were added */
	uint64_t base;			/* bytes that storage has: where `sending` begins */
	struct buf filling, sending;
	uint32_t crc;			/* of what was added */
	char session[sizeof ((struct http_answer *)0)->location];
	bool over;			/* all of it is here */
	bool busy;			/* a call is under way, or the next one has its time */
	bool lost;			/* storage is to be asked what it has */
	bool dead;			/* nobody waits for it */
	unsigned tries;			/* since something went forward */
	ev_timer next;
	struct call *piece;		/* under way, or NULL */
	void (*moved)(void *arg);
	upload_done *done;
	void *arg;
};

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
session_cancel(const struct resumable *u)
{
	struct ctx ctx = u->ctx;
	char *url = strdup(u->session);

	ctx.deadline_ms = 0;
	if (url != NULL)
		google_call(u->g, &ctx, &(struct http_ask){ .what = "storage_cancel", .method = "DELETE", .url = url,
		    .timeout_ms = PIECE_MS, .answer_max = HTTP_ANSWER_SMALL }, on_cancelled, url);
}

static void
resumable_end(struct resumable *u, unsigned err, const char *detail)
{
	if (err != 0 && !u->dead)
		log_event(LOG_ERROR, &u->ctx, "upload_failed", "stored", log_u64(u->base), "bytes", log_u64(u->got), "why", detail);
	if (u->session[0] != '\0')
		session_cancel(u);
	if (!u->dead)
		u->done(u->arg, err, detail);
	resumable_free(u);
}

/* ---- what comes next ---- */

static void upload_begin(struct resumable *u);
static void upload_piece(struct resumable *u, bool ask);

/* How much the next piece has, once it is whole; 0 before that. What would complete the object waits. */
static size_t
piece_size(const struct resumable *u)
{
	size_t n = u->filling.n < RESUMABLE_PIECE ? u->filling.n : RESUMABLE_PIECE;
	bool may_be_last = n == u->filling.n && (u->size == 0 || u->base + n == u->size);

	return u->over || (n == RESUMABLE_PIECE && !may_be_last) ? n : 0;
}

static void later(struct resumable *u, const char *detail);
static void next_in(struct resumable *u, uint64_t ms);

/* Moves the next piece over. */
static void
piece_take(struct resumable *u, size_t n)
{
	if (buf_add(&u->sending, u->filling.p, n) != 0) {
		later(u, "memory is out");
		return;
	}
	memmove(u->filling.p, u->filling.p + n, u->filling.n - n);
	u->filling.n -= n;
	next_in(u, 0);
	if (!u->over)
		u->moved(u->arg);	/* it may cancel */
}

/* Whatever is to be done next, if anything can be. It may end here. */
static void
resumable_on(struct resumable *u)
{
	size_t n;

	if (u->busy)
		return;
	if (u->dead)
		resumable_end(u, E_PEER_LOST, "");
	else if (u->session[0] == '\0')
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

/* The step has its time: libcurl takes no new call from within a sink. */
static void
next_in(struct resumable *u, uint64_t ms)
{
	u->busy = true;
	ev_timer_set(&u->next, (double)ms / 1000, 0);
	ev_timer_start(u->g->http.loop, &u->next);
}

/* Once more after 0.5, 1, 2, 4 s. */
static void
later(struct resumable *u, const char *detail)
{
	uint64_t wait_ms = (uint64_t)AGAIN_MS << (u->tries < 4 ? u->tries : 4);

	if (u->tries++ >= TRIES || (u->ctx.deadline_ms != 0 && now_ms() + wait_ms + 1000 > u->ctx.deadline_ms)) {
		resumable_end(u, E_STORAGE_ERROR, detail);
		return;
	}
	u->lost = u->session[0] != '\0';
	next_in(u, wait_ms);
}

/* ---- what storage says ---- */

static bool
crc_is_ours(const struct resumable *u, const struct http_answer *a)
{
	json_t *json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
	const char *theirs = json_string_value(json_object_get(json, "crc32c"));
	char ours[9];

	crc32c_text(u->crc, ours);
	bool same = theirs != NULL && strcmp(theirs, ours) == 0;
	json_decref(json);
	return same;
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
		later(u, "storage forgot the upload");
	else
		resumable_end(u, E_STORAGE_ERROR, "storage forgot the upload");
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
		later(u, "storage does not finish the upload");
	} else if (!asked && u->base == base) {
		later(u, "storage does not take the upload");
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
	} else if (answered && (a->status == 404 || a->status == 410)) {
		restart(u);
	} else {
		storage_error(&o, a, err, detail, u->g->project);
		if (o.code == E_UPSTREAM_BUSY || o.code == E_NOT_SENT)
			later(u, o.detail);
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
	} else if (storage_error(&o, a, err, detail, u->g->project) == E_UPSTREAM_BUSY || o.code == E_NOT_SENT) {
		later(u, o.detail);
	} else {
		resumable_end(u, E_STORAGE_ERROR, o.code != 0 ? o.detail : "storage gave the upload no place");
	}
}

/* ---- what is asked of storage ---- */

static void
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

static void
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
	next_in(u, 0);
	return u;
}

int
resumable_add(struct resumable *u, const void *p, size_t n)
{
	if (buf_add(&u->filling, p, n) != 0)
		return -1;
	u->got += n;
	u->crc = crc32c_more(u->crc, p, n);
	if (!u->busy)
		next_in(u, 0);
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
		next_in(u, 0);
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
