/* actors/vertex/storage/remote_sign.c - see remote_sign.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/backoff.h"
#include "actors/vertex/encode.h"
#include "actors/vertex/storage/object_url.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/storage/remote_sign.h"
#include "actors/vertex/storage/sign_blob.h"

struct wish {
	struct wish *next;		/* of its slot */
	struct wish *behind;		/* in the queue */
	struct remote_sign *r;
	struct remote_waiter *waiters;
	struct signed_url url;
	struct ctx ctx;			/* of the first who wanted it, without its deadline */
	ev_timer again;
	unsigned tries;
	bool called;
	uint32_t key_n;
	char key[];
};

static struct wish **
slot_of(struct remote_sign *r, struct bytes key)
{
	return &r->slots[url_cache_hash(key) % REMOTE_SLOTS];
}

static void
wish_free(struct wish *w)
{
	signed_url_free(&w->url);
	free(w);
}

static void
wish_unlink(struct wish *w)
{
	struct wish **at = slot_of(w->r, bytes_of(w->key, w->key_n));

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->r->wishes--;
	w->r->calls -= w->called;
}

static void pump(struct remote_sign *r);

/* Tells all who wait. The URL, if any, goes into the cache first; "" lies there. */
static void
wish_end(struct wish *w, const char *url, unsigned err, const char *detail)
{
	struct remote_sign *r = w->r;
	struct remote_waiter *waiter = w->waiters, *next;

	wish_unlink(w);
	if (url != NULL && url[0] != '\0') {
		r->signed_total++;
		url_cache_put(r->cache, bytes_of(w->key, w->key_n), url, now_ms() + (uint64_t)r->expires_s * 500);
	}
	for (; waiter != NULL; waiter = next) {
		next = waiter->next;
		waiter->told(waiter, url, err, detail);
	}
	wish_free(w);
	pump(r);
}

/* Those in the queue would hear the same. */
static void
refuse_all(struct remote_sign *r, unsigned err, const char *detail)
{
	bool before = r->pumping;

	r->refused = err;
	r->refused_until_ms = now_ms() + REMOTE_PAUSE_MS;
	snprintf(r->refused_why, sizeof r->refused_why, "%s", detail);
	r->pumping = true;
	while (r->first != NULL) {
		struct wish *w = r->first;
		r->first = w->behind;
		wish_end(w, NULL, err, r->refused_why);
	}
	r->last = NULL;
	r->pumping = before;
}

static void
wish_fail(struct wish *w, unsigned err, const char *detail)
{
	struct remote_sign *r = w->r;

	refuse_all(r, err, detail);
	wish_end(w, NULL, err, r->refused_why);
}

/* ---- the call ---- */

static void wish_call(struct wish *w);

static void
on_again(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	wish_call(t->data);
}

static void
failure_log(const struct wish *w, const struct http_answer *a, const char *why)
{
	char words[256];

	outcome_said(words, sizeof words, a);
	log_event(LOG_ERROR, &w->ctx, "sign_blob_failed", "status", log_u64((uint64_t)a->status), "why", why,
	    "account", w->r->google->oauth.email, "google_said", words[0] != '\0' ? words : NULL);
}

static void
on_signature(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct wish *w = arg;
	uint8_t signature[SIGNATURE_MAX];
	const char *why = detail, *url = NULL;
	size_t n = err == 0 && a->end == HTTP_ANSWERED && a->status == 200 ?
	    sign_blob_read(bytes_of(a->body.p, a->body.n), signature) : 0;

	if (n > 0 && (url = signed_url_finish(&w->url, signature, n)) != NULL) {
		wish_end(w, url, 0, "");
		return;
	}
	if (err == 0)
		err = sign_blob_failed(a, &why);
	else
		err = err == E_INTERNAL_ERROR ? E_STORAGE_ERROR : E_SERVICE_UNAVAILABLE;
	if (err == E_SERVICE_UNAVAILABLE && ++w->tries < REMOTE_TRIES) {
		ev_timer_set(&w->again, (double)backoff_ms(REMOTE_BACKOFF_MS, w->tries, (uint32_t)random()) / 1000, 0);
		ev_timer_start(w->r->loop, &w->again);
		return;
	}
	failure_log(w, a, why);
	wish_fail(w, err, why);
}

static void
wish_call(struct wish *w)
{
	struct google *g = w->r->google;
	const struct buf *text = &w->url.to_sign;
	struct buf url = { 0 }, body = { 0 };
	int rc = sign_blob_request(&url, &body, &g->oauth.credentials, g->iam, text->p, text->n);

	if (rc != 0 || buf_text(&url) == NULL) {
		buf_free(&body);
		wish_fail(w, E_SERVICE_UNAVAILABLE, "memory is out");
	} else {
		google_call_as(g, g->signs_as, &w->ctx, &(struct http_ask){ .what = "sign_blob", .method = "POST", .url = url.p,
		    .content_type = "application/json", .body = &body, .timeout_ms = REMOTE_CALL_MS, .answer_max = 64 << 10 }, on_signature, w);
	}
	buf_free(&url);
}

/* The account is known now, or there is none. */
static void
wish_begin(struct wish *w)
{
	struct remote_sign *r = w->r;
	const struct oauth *o = &r->google->oauth;
	const char *why = sign_blob_cannot(&o->credentials);

	if (why == NULL && o->email[0] == '\0') {
		why = "URLs cannot be signed: the metadata server names no service account";
		if (strcmp(w->r->refused_why, why) != 0)	/* the start could not know it */
			log_event(LOG_WARNING, &w->ctx, "urls_unsigned", "why", why);
	}
	if (why != NULL) {
		wish_fail(w, E_STORAGE_ERROR, why);
	} else if ((why = object_url_prepare(&w->url, bytes_of(w->key, w->key_n), r->google, r->expires_s)) == NULL) {
		wish_call(w);
	} else {
		url_cache_refuse(r->cache, &w->ctx, bytes_of(w->key, w->key_n), why, now_ms());
		wish_end(w, "", 0, "");
	}
}

static void
on_token(void *arg, const char *token, unsigned err, const char *detail)
{
	struct wish *w = arg;

	if (token == NULL)
		wish_fail(w, err == E_INTERNAL_ERROR ? E_STORAGE_ERROR : E_SERVICE_UNAVAILABLE, detail);
	else
		wish_begin(w);
}

/* ---- the queue ---- */

static void
wish_start(struct wish *w)
{
	struct oauth *o = &w->r->google->oauth;

	w->called = true;
	w->r->calls++;
	if (o->email[0] == '\0' && sign_blob_cannot(&o->credentials) == NULL)
		oauth_get(o, &w->ctx, on_token, w);	/* with the first token comes the account */
	else
		wish_begin(w);
}

/* Starting one may end it at once, and lead back here. */
static void
pump(struct remote_sign *r)
{
	if (r->pumping)
		return;
	r->pumping = true;
	while (r->first != NULL && r->calls < REMOTE_CALLS_MAX) {
		struct wish *w = r->first;
		r->first = w->behind;
		if (r->first == NULL)
			r->last = NULL;
		wish_start(w);
	}
	r->pumping = false;
}

static struct wish *
wish_find(struct remote_sign *r, struct bytes key)
{
	for (struct wish *w = *slot_of(r, key); w != NULL; w = w->next)
		if (w->key_n == key.n && memcmp(w->key, key.p, key.n) == 0)
			return w;
	return NULL;
}

static struct wish *
wish_new(struct remote_sign *r, const struct ctx *ctx, struct bytes key)
{
	struct wish *w = r->wishes < REMOTE_WISHES_MAX ? calloc(1, sizeof *w + key.n) : NULL, **slot = slot_of(r, key);

	if (w == NULL)
		return NULL;
	w->r = r;
	w->ctx = *ctx;
	w->ctx.deadline_ms = 0;		/* others may come to wait for it */
	memcpy(w->key, key.p, key.n);
	w->key_n = key.n;
	ev_timer_init(&w->again, on_again, 0, 0);
	w->again.data = w;
	w->next = *slot;
	*slot = w;
	r->wishes++;
	*(r->last != NULL ? &r->last->behind : &r->first) = w;
	r->last = w;
	return w;
}

void
remote_sign_want(struct remote_sign *r, const struct ctx *ctx, struct bytes key, struct remote_waiter *waiter)
{
	struct wish *w = wish_find(r, key);

	if (w == NULL && now_ms() < r->refused_until_ms) {
		waiter->told(waiter, NULL, r->refused, r->refused_why);
		return;
	}
	if (w == NULL)
		w = wish_new(r, ctx, key);
	if (w == NULL) {
		waiter->told(waiter, NULL, E_SERVICE_UNAVAILABLE, "too many URLs are being signed");
		return;
	}
	waiter->next = w->waiters;
	w->waiters = waiter;
	pump(r);
}

void
remote_sign_init(struct remote_sign *r, struct google *g, struct ev_loop *loop, struct url_cache *cache, uint32_t expires_s)
{
	*r = (struct remote_sign){ .google = g, .loop = loop, .cache = cache, .expires_s = expires_s };
}

void
remote_sign_fini(struct remote_sign *r)
{
	for (size_t i = 0; i < REMOTE_SLOTS; i++)
		while (r->slots[i] != NULL) {
			struct wish *w = r->slots[i];
			r->slots[i] = w->next;
			ev_timer_stop(r->loop, &w->again);
			wish_free(w);
		}
}
