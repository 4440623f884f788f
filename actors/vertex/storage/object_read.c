/* actors/vertex/storage/object_read.c - an object, or a range of it, from storage to the asker: bytes go
 * from libcurl straight into the stream, as far as its credit reaches; without credit the
 * connection to storage waits.
 *
 * What fails before the first byte is tried again a little later. After it the stream breaks with
 * UPSTREAM_BUSY, and the asker may ask for the rest.
 *
 * Owns: a read from its request to the end of its stream.
 * Fails: NOT_FOUND, RANGE_NOT_SATISFIABLE (the detail is the object's size), QUEUE_FULL,
 * STORAGE_ERROR.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/storage/objects.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/storage/storage.h"

enum { READ_MS = 3600 * 1000, LOOK_MS = 20000, READ_IDLE_S = 30, READ_TRIES = 3, AGAIN_MS = 300 };

struct reading {
	struct object_stream entry;
	struct vertex *v;
	struct request *rq;		/* NULL: the asker is gone */
	struct ctx ctx;			/* without the request's deadline, which is for its answer */
	uint64_t deadline_ms;
	struct object object;
	char range[64];
	uint64_t generation;
	bool head, opened, paused;
	unsigned tries;
	struct call *call;
	ev_timer again;
};

static void read_try(struct reading *r);

static void
reading_free(struct reading *r)
{
	ev_timer_stop(r->v->google.http.loop, &r->again);
	object_stream_leave(&r->entry);
	free(r);
}

/* The end of its request, whoever waits for it. */
static void
reading_end(struct reading *r, unsigned err, const char *detail)
{
	struct request *rq = r->rq;

	r->rq = NULL;
	if (rq != NULL && r->opened)
		request_stream_end(rq, err);
	else if (rq != NULL)
		request_fail(rq, err, detail);
	reading_free(r);
}

/* ---- the stream ---- */

static void
on_credit(struct request *rq, void *arg)
{
	struct reading *r = arg;

	if (request_alive(rq)) {
		if (r->paused && r->call != NULL && rq->credit >= LINK_CHUNK) {
			r->paused = false;
			http_resume(r->call);
		}
		return;
	}
	r->rq = NULL;
	request_stream_end(rq, 0);
	if (r->call != NULL)
		http_abort(r->call);	/* and frees it, by on_read */
	else if (ev_is_active(&r->again))
		reading_free(r);
}

static void
open_with(struct reading *r, const struct msg_object_opened *m)
{
	r->opened = true;
	request_answer(r->rq, m);
}

static void
opened(struct reading *r, const struct http_answer *a)
{
	open_with(r, &(struct msg_object_opened){ .generation = a->generation, .first = a->status == 206 ? a->first : 0,
	    .length = a->length, .total = a->status == 206 ? a->total : a->length });
}

static size_t
on_bytes(void *arg, const struct http_answer *a, const char *p, size_t n)
{
	struct reading *r = arg;

	if (r->rq == NULL || !request_alive(r->rq))
		return 0;
	if (!r->opened && a->length == 0)
		return 0;		/* of unknown length: nobody could be told what comes */
	if (!r->opened)
		opened(r, a);
	if (r->rq->credit < n) {
		r->paused = true;
		return HTTP_PAUSE;
	}
	return request_stream_write(r->rq, p, n);
}

/* ---- asking ---- */

static void
on_again(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	read_try(w->data);
}

static bool
read_later(struct reading *r)
{
	uint64_t wait_ms = (uint64_t)AGAIN_MS * r->tries;

	if (r->opened || r->tries >= READ_TRIES || (r->deadline_ms != 0 && now_ms() + wait_ms + 500 > r->deadline_ms))
		return false;
	ev_timer_set(&r->again, (double)wait_ms / 1000, 0);
	ev_timer_start(r->v->google.http.loop, &r->again);
	return true;
}

/* The answer's metadata, where only they were asked for. */
static bool
looked(struct reading *r, const struct http_answer *a)
{
	json_t *json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
	const char *size = json_string_value(json_object_get(json, "size"));
	const char *generation = json_string_value(json_object_get(json, "generation"));

	if (size != NULL)
		open_with(r, &(struct msg_object_opened){ .total = strtoull(size, NULL, 10),
		    .generation = generation != NULL ? strtoull(generation, NULL, 10) : 0 });
	json_decref(json);
	return size != NULL;
}

static void
on_read(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct reading *r = arg;
	struct outcome o;
	char total[24];

	if (r->rq == NULL) {
		reading_free(r);
		return;
	}
	if (err == 0 && a->end == HTTP_ANSWERED && a->status == 404) {
		reading_end(r, E_NOT_FOUND, "");
	} else if (err == 0 && a->end == HTTP_ANSWERED && a->status == 416) {
		snprintf(total, sizeof total, "%llu", (unsigned long long)a->total);
		reading_end(r, E_RANGE_NOT_SATISFIABLE, total);
	} else if (storage_error(&o, a, err, detail, r->v->google.project) != 0) {
		if (o.code != E_UPSTREAM_BUSY && o.code != E_NOT_SENT)
			reading_end(r, r->opened ? E_UPSTREAM_BUSY : E_STORAGE_ERROR, o.detail);
		else if (!read_later(r))
			reading_end(r, r->opened ? E_UPSTREAM_BUSY : E_STORAGE_ERROR, "");
	} else if (r->head && !looked(r, a)) {
		reading_end(r, E_STORAGE_ERROR, "");
	} else {
		if (!r->opened)
			opened(r, a);	/* an empty object */
		reading_end(r, 0, "");
	}
}

static void
read_try(struct reading *r)
{
	struct bytes bucket, object;
	struct buf url = { 0 };
	int rc = gs_uri_parse(bytes_str(r->object.uri), &bucket, &object) ? 0 : -1;

	r->tries++;
	if (rc == 0)
		rc = storage_url(&r->v->google, &url, "/storage/v1", bucket, object) |
		    buf_str(&url, r->head ? "?fields=size%2Cgeneration" : "?alt=media");
	if (rc == 0 && r->generation != 0)
		rc = buf_printf(&url, "&generation=%llu", (unsigned long long)r->generation);
	if (rc != 0 || buf_text(&url) == NULL)
		reading_end(r, E_STORAGE_ERROR, "the object has no usable name");
	else
		google_call(&r->v->google, &r->ctx, &(struct http_ask){ .what = r->head ? "storage_look" : "storage_read", .method = "GET",
		    .url = url.p, .range = r->range[0] != '\0' && !r->head ? r->range : NULL, .timeout_ms = r->head ? LOOK_MS : READ_MS,
		    .idle_s = READ_IDLE_S, .answer_max = HTTP_ANSWER_SMALL, .sink = r->head ? NULL : on_bytes, .sink_arg = r, .slot = r->head ? NULL : &r->call }, on_read, r);
	buf_free(&url);
}

/* "5-9", "5-" or "-5"; or nothing. */
static bool
range_ok(struct bytes range)
{
	size_t digits = 0, dashes = 0;

	for (uint32_t i = 0; i < range.n; i++) {
		dashes += range.p[i] == '-';
		digits += range.p[i] >= '0' && range.p[i] <= '9';
	}
	return range.n == 0 || (dashes == 1 && digits > 0 && digits + dashes == range.n);
}

void
on_object_read(void *state, struct request *rq)
{
	const struct msg_object_read *m = &rq->body.object_read;
	struct vertex *v = state;
	struct object object;
	struct reading *r;

	if (!object_granted(v, rq, GRANT_READ, m->ticket, m->grant, &object))
		return;
	if (!range_ok(m->range)) {
		request_fail(rq, E_BAD_MESSAGE, "range");
		return;
	}
	if ((r = calloc(1, sizeof *r)) == NULL || !object_stream_enter(v, &r->entry, &object.user, false)) {
		free(r);
		request_fail(rq, E_QUEUE_FULL, "");
		return;
	}
	r->v = v;
	r->rq = rq;
	r->ctx = rq->ctx;
	r->deadline_ms = rq->ctx.deadline_ms;
	r->ctx.deadline_ms = 0;
	r->object = object;
	r->generation = m->generation;
	r->head = m->head;
	snprintf(r->range, sizeof r->range, "%.*s", (int)m->range.n, m->range.p);
	ev_timer_init(&r->again, on_again, 0, 0);
	r->again.data = r;
	rq->on_credit = on_credit;
	rq->stream_arg = r;
	read_try(r);
}
