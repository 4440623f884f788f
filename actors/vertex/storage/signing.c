/* actors/vertex/storage/signing.c - see signing.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/seal.h"
#include "actors/vertex/storage/object_url.h"
#include "actors/vertex/storage/sign_blob.h"
#include "actors/vertex/storage/signing_job.h"

void
signing_job_free(struct signing_job *j)
{
	for (uint32_t i = 0; i < j->n; i++) {
		free(j->v[i].key);
		free(j->v[i].url);
	}
	free(j);
}

void
signing_job_answer(struct signing_job *j)
{
	struct bytes *urls = calloc(j->n > 0 ? j->n : 1, sizeof *urls);

	if (urls == NULL) {
		request_fail(j->rq, E_INTERNAL_ERROR, "memory is out");
	} else {
		for (uint32_t i = 0; i < j->n; i++)
			urls[i] = bytes_str(j->v[i].url);
		request_answer(j->rq, &(struct msg_signed_urls){ .urls = { urls, j->n }, .why = bytes_str(j->why) });
	}
	free(urls);
	signing_job_free(j);
}

/* ---- signed here ---- */

/* A new URL, into the cache too; "" where there is none of this key. NULL: memory is out. */
static char *
url_make(struct signing *s, const struct ctx *ctx, struct bytes key)
{
	const struct signer *signer = s->google->oauth.signer;
	struct signed_url url = { 0 };
	const char *why = object_url_prepare(&url, key, s->google, s->expires_s);
	uint8_t signature[SIGNATURE_MAX];

	if (why == NULL && signed_url_finish(&url, signature, signer_sign(signer, url.to_sign.p, url.to_sign.n, signature)) == NULL)
		why = "the key did not sign";
	if (why == NULL) {
		s->signed_total++;
		url_cache_put(s->cache, key, url.url.p, now_ms() + (uint64_t)s->expires_s * 500);	/* half its life */
	} else {
		url_cache_refuse(s->cache, ctx, key, why, now_ms());
	}
	char *text = strdup(why == NULL ? url.url.p : "");
	signed_url_free(&url);
	return text;
}

/* Up to SIGNING_TURN signatures. True when the job is over (and freed). */
static bool
job_turn(struct signing *s, struct signing_job *j)
{
	if (!request_alive(j->rq)) {
		request_fail(j->rq, E_PEER_LOST, "");
		signing_job_free(j);
		return true;
	}
	for (unsigned done = 0; j->at < j->n && done < SIGNING_TURN; j->at++) {
		struct job_url *t = &j->v[j->at];
		if (t->url != NULL)
			continue;
		/* another request may have made it meanwhile */
		const char *known = url_cache_get(s->cache, bytes_of(t->key, t->key_n), now_ms());
		t->url = known != NULL ? strdup(known) : url_make(s, &j->rq->ctx, bytes_of(t->key, t->key_n));
		done += known == NULL;
		if (t->url == NULL) {
			request_fail(j->rq, E_INTERNAL_ERROR, "memory is out");
			signing_job_free(j);
			return true;
		}
	}
	if (j->at < j->n)
		return false;
	signing_job_answer(j);
	return true;
}

static void
on_work(struct ev_loop *loop, ev_timer *w, int events)
{
	struct signing *s = w->data;
	uint64_t until = now_ms() + SIGNING_SLICE_MS;

	(void)events;
	while (s->first != NULL && now_ms() < until) {
		struct signing_job *j = s->first;
		s->first = j->next;
		j->next = NULL;
		if (s->first == NULL)
			s->last = NULL;
		if (job_turn(s, j)) {
			s->jobs--;
			continue;
		}
		*(s->last != NULL ? &s->last->next : &s->first) = j;
		s->last = j;
	}
	if (s->first != NULL) {		/* the loop looks at everything else first */
		ev_timer_set(w, 0, 0);
		ev_timer_start(loop, w);
	}
}

/* Opens the grant into the job's next text. 0 or a code. */
static unsigned
grant_take(struct signing *s, struct signing_job *j, const struct ticket *t, struct bytes sealed)
{
	uint8_t scratch[SEAL_MAX];
	struct grant g;
	int rc = grant_open(&g, GRANT_READ, s->grant_key, sealed, wall_ms(), scratch);

	if (rc != 0)
		return (unsigned)-rc;
	if (!id_eq(&g.user, &t->user))
		return E_FORBIDDEN;
	const char *known = url_cache_get(s->cache, g.uri, now_ms());
	struct job_url *text = &j->v[j->n];
	text->key = known == NULL ? malloc(g.uri.n) : NULL;
	text->url = known != NULL ? strdup(known) : NULL;
	text->key_n = g.uri.n;
	j->n++;
	if (text->key == NULL && text->url == NULL)
		return E_INTERNAL_ERROR;
	if (text->key != NULL)
		memcpy(text->key, g.uri.p, g.uri.n);
	else
		s->cached_total++;
	return 0;
}

static void
refuse_grants(struct request *rq, unsigned code, const struct ticket *t)
{
	if (code == E_FORBIDDEN || code == E_UNAUTHORIZED)
		log_event(LOG_SECURITY, &rq->ctx, "grant_refused", "code", error_row(code)->name,
		    "user", t != NULL ? log_id(&t->user) : NULL);
	request_fail(rq, code, "");
}

void
signing_take(struct signing *s, struct request *rq)
{
	const struct msg_sign_urls *m = &rq->body.sign_urls;
	struct ticket t;
	int rc = ticket_open(&t, ROLE_vertex, TICKET_LISTEN, s->ticket_key, m->ticket, wall_ms());

	if (rc != 0) {
		refuse_grants(rq, (unsigned)-rc, NULL);
		return;
	}
	struct signing_job *j = s->jobs < SIGNING_JOBS_MAX ? calloc(1, sizeof *j + m->grants.n * sizeof j->v[0]) : NULL;
	if (j == NULL) {
		request_fail(rq, E_QUEUE_FULL, "");
		return;
	}
	j->s = s;
	j->rq = rq;
	unsigned code = 0, missing = 0;
	for (uint32_t i = 0; i < m->grants.n && code == 0; i++) {
		code = grant_take(s, j, &t, m->grants.v[i]);
		missing += code == 0 && j->v[i].url == NULL;
	}
	if (code != 0) {
		signing_job_free(j);
		refuse_grants(rq, code, &t);
	} else if (missing == 0) {
		signing_job_answer(j);
	} else if (s->google->oauth.signer == NULL) {
		signing_job_remote(s, j);
	} else {
		*(s->last != NULL ? &s->last->next : &s->first) = j;
		s->last = j;
		s->jobs++;
		if (!ev_is_active(&s->work)) {
			ev_timer_set(&s->work, 0, 0);
			ev_timer_start(s->loop, &s->work);
		}
	}
}

/* Google's own keys may be gone after that. */
static void
life_shorten(struct signing *s)
{
	const char *why = sign_blob_cannot(&s->google->oauth.credentials);

	if (why != NULL)
		log_event(LOG_WARNING, NULL, "urls_unsigned", "why", why);
	else if (s->expires_s > SIGN_BLOB_LIFE_S)
		log_event(LOG_INFO, NULL, "urls_shortened", "hours", log_u64(SIGN_BLOB_LIFE_S / 3600), "why", "a key that Google holds signs them");
	if (s->expires_s > SIGN_BLOB_LIFE_S)
		s->expires_s = SIGN_BLOB_LIFE_S;
}

int
signing_init(struct signing *s, struct google *g, struct ev_loop *loop, struct bytes ticket_key,
    struct bytes grant_key, uint64_t expires_hours)
{
	*s = (struct signing){ .google = g, .loop = loop, .ticket_key = ticket_key, .grant_key = grant_key };
	s->expires_s = expires_hours == 0 ? 86400 : expires_hours > SIGNED_URL_SECONDS_MAX / 3600 ? SIGNED_URL_SECONDS_MAX
	    : (uint32_t)expires_hours * 3600;
	if (g->oauth.signer == NULL)
		life_shorten(s);
	s->cache = url_cache_new();
	remote_sign_init(&s->remote, g, loop, s->cache, s->expires_s);
	ev_timer_init(&s->work, on_work, 0, 0);
	s->work.data = s;
	return s->cache != NULL ? 0 : -1;
}

void
signing_fini(struct signing *s)
{
	ev_timer_stop(s->loop, &s->work);
	while (s->first != NULL) {
		struct signing_job *j = s->first;
		s->first = j->next;
		signing_job_free(j);
	}
	remote_sign_fini(&s->remote);
	url_cache_free(s->cache);
}

uint64_t
signing_total(const struct signing *s)
{
	return s->signed_total + s->remote.signed_total;
}
