/* actors/vertex/storage/storage.c - see storage.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/storage/storage.h"

enum {
	SMALL_MS = 30000,
	UPLOAD_MS = 60000,		/* plus what the bytes take at UPLOAD_RATE */
	UPLOAD_RATE = 256 << 10,	/* bytes per second */
	UPLOAD_TRIES = 4
};

int
storage_url(const struct google *g, struct buf *url, const char *path, struct bytes bucket, struct bytes object)
{
	int rc = buf_printf(url, "%s%s/b/", g->storage, path) | percent_encode(url, bucket.p, bucket.n, false) |
	    buf_str(url, "/o");

	if (object.n > 0)
		rc |= buf_str(url, "/") | percent_encode(url, object.p, object.n, false);
	return rc;
}

unsigned
storage_error(struct outcome *o, const struct http_answer *a, unsigned err, const char *detail, const char *project)
{
	if (err != 0)
		outcome_set(o, err, "%s", detail);
	else
		outcome_of_http(o, a, PHASE_READ, E_STORAGE_ERROR, project);
	return o->code;
}

bool
storage_crc_is(const struct http_answer *a, const char *crc)
{
	json_t *json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
	const char *theirs = json_string_value(json_object_get(json, "crc32c"));
	bool same = theirs != NULL && strcmp(theirs, crc) == 0;

	json_decref(json);
	return same;
}

/* ---- upload ---- */

struct upload {
	struct google *g;
	struct ctx ctx;
	char uri[GS_URI_MAX], mime[64], crc[9];
	struct buf bytes;
	size_t n;
	unsigned tries;
	ev_timer again;
	upload_done *done;
	void *arg;
};

static void
upload_end(struct upload *u, unsigned err, const char *detail)
{
	if (err != 0)
		log_event(LOG_ERROR, &u->ctx, "upload_failed", "bytes", log_u64(u->n), "why", detail);
	/* not reached or busy: for the asker the storage failed */
	u->done(u->arg, err != 0 ? E_STORAGE_ERROR : 0, detail);
	buf_free(&u->bytes);
	free(u);
}

static void upload_try(struct upload *u);

static void
on_upload_again(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	upload_try(w->data);
}

/* Tries once more after 0.5, 1, 2 s, if the deadline allows. */
static bool
upload_later(struct upload *u)
{
	uint64_t wait_ms = 500u << (u->tries - 1);

	if (u->tries >= UPLOAD_TRIES || u->bytes.n != u->n ||
	    (u->ctx.deadline_ms != 0 && now_ms() + wait_ms + 1000 > u->ctx.deadline_ms))
		return false;
	ev_timer_init(&u->again, on_upload_again, (double)wait_ms / 1000, 0);
	u->again.data = u;
	ev_timer_start(u->g->http.loop, &u->again);
	return true;
}

/* The object was there before: is it what we wanted to write? */
static void
on_upload_compared(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct upload *u = arg;
	struct outcome o;

	if (storage_error(&o, a, err, detail, u->g->project) == 0 && storage_crc_is(a, u->crc))
		upload_end(u, 0, "");
	else
		upload_end(u, E_STORAGE_ERROR, o.code != 0 ? o.detail : "another object has the name of this result");
}

static void
upload_compare(struct upload *u)
{
	struct bytes bucket, object;
	struct buf url = { 0 };

	gs_uri_parse(bytes_str(u->uri), &bucket, &object);
	if (storage_url(u->g, &url, "/storage/v1", bucket, object) == 0 && buf_text(&url) != NULL)
		google_call(u->g, &u->ctx, &(struct http_ask){ .what = "storage_compare", .method = "GET", .url = url.p,
		    .timeout_ms = SMALL_MS, .answer_max = HTTP_ANSWER_SMALL }, on_upload_compared, u);
	else
		upload_end(u, E_STORAGE_ERROR, "memory is out");
	buf_free(&url);
}

static void
on_uploaded(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct upload *u = arg;
	struct outcome o;

	u->bytes = *a->asked;
	*a->asked = (struct buf){ 0 };
	if (err == 0 && a->end == HTTP_ANSWERED && a->status == 412) {
		upload_compare(u);
		return;
	}
	storage_error(&o, a, err, detail, u->g->project);
	if (o.code == 0 && !storage_crc_is(a, u->crc))
		outcome_set(&o, E_UPSTREAM_BUSY, "the object was damaged on its way");
	if (o.code == 0)
		upload_end(u, 0, "");
	else if ((o.code != E_UPSTREAM_BUSY && o.code != E_NOT_SENT) || !upload_later(u))
		upload_end(u, o.code, o.detail);
}

static void
upload_try(struct upload *u)
{
	struct bytes bucket, object;
	struct buf url = { 0 };
	int rc;

	u->tries++;
	gs_uri_parse(bytes_str(u->uri), &bucket, &object);
	rc = storage_url(u->g, &url, "/upload/storage/v1", bucket, BYTES("")) |
	    buf_str(&url, "?uploadType=media&ifGenerationMatch=0&name=") |
	    percent_encode(&url, object.p, object.n, false);
	if (rc == 0 && buf_text(&url) != NULL)
		google_call(u->g, &u->ctx, &(struct http_ask){ .what = "storage_upload", .method = "POST", .url = url.p,
		    .content_type = u->mime, .body = &u->bytes, .timeout_ms = UPLOAD_MS + (uint32_t)(u->n / UPLOAD_RATE) * 1000,
		    .idle_s = 30, .answer_max = HTTP_ANSWER_SMALL }, on_uploaded, u);
	else
		upload_end(u, E_STORAGE_ERROR, "memory is out");
	buf_free(&url);
}

void
storage_upload(struct google *g, const struct ctx *ctx, const char *uri, const char *mime, struct buf *bytes,
    upload_done *done, void *arg)
{
	struct upload *u = calloc(1, sizeof *u);
	struct bytes bucket, object;

	if (u == NULL || !gs_uri_parse(bytes_str(uri), &bucket, &object)) {
		free(u);
		buf_free(bytes);
		done(arg, E_STORAGE_ERROR, "the result has no usable name");
		return;
	}
	u->g = g;
	u->ctx = *ctx;
	u->bytes = *bytes;
	*bytes = (struct buf){ 0 };
	u->n = u->bytes.n;
	u->done = done;
	u->arg = arg;
	snprintf(u->uri, sizeof u->uri, "%s", uri);
	snprintf(u->mime, sizeof u->mime, "%s", mime);
	crc32c_text(crc32c(u->bytes.p, u->bytes.n), u->crc);
	upload_try(u);
}

/* ---- looking ---- */

struct look {
	struct google *g;
	probe_done *probe;
	list_done *list;
	delete_done *deleted;
	void *arg;
};

static void
on_probed(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct look *l = arg;
	struct stored s = { 0 };
	struct outcome o;

	storage_error(&o, a, err, detail, l->g->project);
	if (err == 0 && a->end == HTTP_ANSWERED && a->status == 404)
		o.code = E_NOT_FOUND;
	if (err == 0 && a->end == HTTP_ANSWERED && a->status == 416)
		o.code = 0;		/* it is there, and empty: it has no first byte */
	else if (o.code == 0) {
		s.size = a->total > 0 ? a->total : a->body.n;
		snprintf(s.mime, sizeof s.mime, "%.*s", (int)strcspn(a->content_type, "; "), a->content_type);
		media_probe(&s.facts, a->body.p, a->body.n, s.size);
	}
	l->probe(l->arg, o.code, o.detail, &s);
	free(l);
}

void
storage_probe(struct google *g, const struct ctx *ctx, const char *uri, probe_done *done, void *arg)
{
	struct look *l = calloc(1, sizeof *l);
	struct bytes bucket, object;
	struct buf url = { 0 };

	if (l == NULL || !gs_uri_parse(bytes_str(uri), &bucket, &object) ||
	    storage_url(g, &url, "/storage/v1", bucket, object) != 0 || buf_str(&url, "?alt=media") != 0 ||
	    buf_text(&url) == NULL) {
		free(l);
		buf_free(&url);
		done(arg, E_STORAGE_ERROR, "the object has no usable name", &(struct stored){ 0 });
		return;
	}
	*l = (struct look){ .g = g, .probe = done, .arg = arg };
	google_call(g, ctx, &(struct http_ask){ .what = "storage_probe", .method = "GET", .url = url.p, .range = "0-65535",
	    .timeout_ms = SMALL_MS, .answer_max = HTTP_ANSWER_MEDIA }, on_probed, l);
	buf_free(&url);
}

static void
on_listed(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct look *l = arg;
	struct outcome o;
	json_t *json = NULL;

	storage_error(&o, a, err, detail, l->g->project);
	if (o.code == 0) {
		json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
		if (!json_is_object(json))
			outcome_set(&o, E_STORAGE_ERROR, "the list of objects could not be read");
	}
	l->list(l->arg, o.code, o.detail, json_object_get(json, "items"), json_object_get(json, "nextPageToken") != NULL);
	json_decref(json);
	free(l);
}

void
storage_list(struct google *g, const struct ctx *ctx, const char *prefix, list_done *done, void *arg)
{
	struct look *l = calloc(1, sizeof *l);
	struct bytes bucket, object;
	struct buf url = { 0 };

	if (l == NULL || !gs_uri_parse(bytes_str(prefix), &bucket, &object) ||
	    storage_url(g, &url, "/storage/v1", bucket, BYTES("")) != 0 ||
	    buf_printf(&url, "?maxResults=%d&fields=items(name%%2Csize%%2CcontentType%%2Cupdated)%%2CnextPageToken&prefix=", STORAGE_LIST_MAX) != 0 ||
	    percent_encode(&url, object.p, object.n, false) != 0 || buf_text(&url) == NULL) {
		free(l);
		buf_free(&url);
		done(arg, E_STORAGE_ERROR, "the prefix is not usable", NULL, false);
		return;
	}
	*l = (struct look){ .g = g, .list = done, .arg = arg };
	google_call(g, ctx, &(struct http_ask){ .what = "storage_list", .method = "GET", .url = url.p,
	    .timeout_ms = SMALL_MS, .answer_max = HTTP_ANSWER_SMALL }, on_listed, l);
	buf_free(&url);
}

/* ---- deleting ---- */

static void
on_deleted(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct look *l = arg;
	struct outcome o;

	storage_error(&o, a, err, detail, l->g->project);
	if (err == 0 && a->end == HTTP_ANSWERED && a->status == 404)
		o.code = 0;
	l->deleted(l->arg, o.code, o.detail);
	free(l);
}

void
storage_delete(struct google *g, const struct ctx *ctx, const char *uri, delete_done *done, void *arg)
{
	struct look *l = calloc(1, sizeof *l);
	struct bytes bucket, object;
	struct buf url = { 0 };

	if (l == NULL || !gs_uri_parse(bytes_str(uri), &bucket, &object) ||
	    storage_url(g, &url, "/storage/v1", bucket, object) != 0 || buf_text(&url) == NULL) {
		free(l);
		buf_free(&url);
		done(arg, E_STORAGE_ERROR, "the object has no usable name");
		return;
	}
	*l = (struct look){ .g = g, .deleted = done, .arg = arg };
	google_call(g, ctx, &(struct http_ask){ .what = "storage_delete", .method = "DELETE", .url = url.p,
	    .timeout_ms = SMALL_MS, .answer_max = HTTP_ANSWER_SMALL }, on_deleted, l);
	buf_free(&url);
}
