/* actors/vertex/credentials/oauth.c - see oauth.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/actor.h"
#include "actors/common/log.h"
#include "actors/common/secret.h"
#include "actors/vertex/encode.h"
#include "actors/vertex/credentials/oauth.h"

/* The metadata server is on this machine, or nowhere. A token lives a day at most. */
enum { TOKEN_TIMEOUT_MS = 20000, METADATA_TIMEOUT_MS = 3000, TOKEN_LIFE_MAX_S = 86400, TOKEN_LIFE_UNSAID_S = 3600 };

const char *
oauth_init(struct oauth *o, struct http *http, struct bytes text, const struct cred_hosts *hosts)
{
	struct credentials *c = &o->credentials;
	const char *why;

	*o = (struct oauth){ .http = http };
	o->token = secret_alloc(TOKEN_MAX);
	o->proof = secret_alloc(CRED_PROOF_MAX);
	o->waiters = calloc(TOKEN_WAITERS_MAX, sizeof *o->waiters);
	why = credentials_read(c, text, hosts);
	o->signer = credentials_signer(c);
	o->email = c->email;
	if (why == NULL && (o->token == NULL || o->proof == NULL || o->waiters == NULL))
		why = "memory is out";
	if (why == NULL && c->quota_project[0] != '\0')
		snprintf(o->project_header, sizeof o->project_header, "x-goog-user-project: %s", c->quota_project);
	return why;
}

void
oauth_fini(struct oauth *o)
{
	credentials_free(&o->credentials);
	secret_free(o->token, TOKEN_MAX);
	secret_free(o->proof, CRED_PROOF_MAX);
	free(o->waiters);
}

/* ---- tokens ---- */

/* Waiters may ask again while they are told: take the list first. */
static void
tell(struct oauth *o, unsigned err, const char *detail)
{
	size_t n = o->nwaiters;
	struct waiter *list = n > 0 ? malloc(n * sizeof *list) : NULL;

	o->asking = false;
	if (list == NULL)
		return;
	memcpy(list, o->waiters, n * sizeof *list);
	o->nwaiters = 0;
	for (size_t i = 0; i < n; i++)
		list[i].fn(list[i].arg, err == 0 ? o->token : NULL, err, detail);
	free(list);
}

static unsigned
token_error(const struct http_answer *a)
{
	if (a->end == HTTP_NOT_SENT)
		return E_NOT_SENT;
	/* a token request starts nothing; a 200 that cannot be read refuses nobody */
	if (a->end != HTTP_ANSWERED || a->status >= 500 || a->status == 429 || a->status == 200)
		return E_UPSTREAM_BUSY;
	return E_INTERNAL_ERROR;
}

static void
token_failed(struct oauth *o, unsigned err)
{
	o->failed = err;
	o->failed_ms = now_ms();
	explicit_bzero(o->proof, CRED_PROOF_MAX);
	/* while the old one works nobody needs to know */
	if (o->token[0] != '\0' && o->until_ms > now_ms() + TOKEN_LEAST_MS)
		tell(o, 0, "");
	else
		tell(o, err, err == E_INTERNAL_ERROR ? "Google refused the service's credentials"
		    : "no access token could be had from Google");
}

/* The last proof is the access token. */
static void
token_take(struct oauth *o, uint64_t life_s)
{
	size_t n = strlen(o->proof);

	if (n == 0 || n >= TOKEN_MAX) {
		log_event(LOG_ERROR, NULL, "google_token_failed", "why", "the token is too long");
		token_failed(o, E_INTERNAL_ERROR);
		return;
	}
	if (life_s == 0)
		life_s = TOKEN_LIFE_UNSAID_S;
	explicit_bzero(o->token, TOKEN_MAX);
	memcpy(o->token, o->proof, n);
	explicit_bzero(o->proof, CRED_PROOF_MAX);
	o->until_ms = now_ms() + (life_s < TOKEN_LIFE_MAX_S ? life_s : TOKEN_LIFE_MAX_S) * 1000;
	o->failed = 0;
	log_event(LOG_INFO, NULL, "google_token", "valid_s", log_u64((o->until_ms - now_ms()) / 1000));
	tell(o, 0, "");
}

static void step_ask(struct oauth *o);

static void
step_next(struct oauth *o, uint64_t life_s)
{
	if (++o->step == o->credentials.nsteps)
		token_take(o, life_s);
	else
		step_ask(o);
}

static void
refusal_log(const struct http_answer *a, const char *what, const char *error)
{
	log_event(LOG_ERROR, NULL, "google_token_failed", "what", what, "status", log_u64((uint64_t)a->status),
	    "error", error, "why", a->end != HTTP_ANSWERED ? a->why : NULL);
}

uint64_t
oauth_now_s(const struct oauth *o)
{
	return (uint64_t)((int64_t)(wall_ms() / 1000) + o->skew_s);
}

/* Is it only our clock that Google did not like? Then its own is taken from here on. */
static bool
clock_differs(struct oauth *o, const struct http_answer *a, const char *error)
{
	int64_t ours = (int64_t)oauth_now_s(o), google = (int64_t)curl_getdate(a->date, NULL);

	if (o->again || error == NULL || strcmp(error, "invalid_grant") != 0 || google <= 0 ||
	    (google - ours <= CRED_PAST_S && ours - google <= CRED_PAST_S))
		return false;
	o->skew_s += google - ours;
	o->again = true;
	log_event(LOG_WARNING, NULL, "clock_differs", "ours_s", log_u64((uint64_t)ours), "google_s", log_u64((uint64_t)google));
	return true;
}

static void
step_refused(struct oauth *o, const struct cred_step *step, const struct http_answer *a)
{
	json_t *json = json_loadb(a->body.p, a->body.n, 0, NULL);
	const json_t *error = json_object_get(json, "error");
	const char *word = json_string_value(json_is_object(error) ? json_object_get(error, "status") : error);

	if (step->optional && a->end == HTTP_ANSWERED) {
		log_event(LOG_WARNING, NULL, "google_token_step", "what", step->what, "status", log_u64((uint64_t)a->status));
		step_next(o, 0);
	} else if (clock_differs(o, a, word)) {
		o->step = 0;
		step_ask(o);
	} else {
		refusal_log(a, step->what, word);
		token_failed(o, token_error(a));
	}
	json_decref(json);
}

static void
on_step(void *arg, struct http_answer *a)
{
	struct oauth *o = arg;
	const struct cred_step *step = o->credentials.steps[o->step];
	bool metadata = strncmp(step->what, "metadata", 8) == 0;
	uint64_t life_s = 0, now_s = oauth_now_s(o);
	bool ok = a->end == HTTP_ANSWERED && a->status == 200;
	time_t google = curl_getdate(a->date, NULL);

	if (ok && metadata && !a->from_metadata) {
		log_event(LOG_ERROR, NULL, "google_token_failed", "what", step->what, "why", "the answer is not a metadata server's");
		token_failed(o, E_INTERNAL_ERROR);
		return;
	}
	/* an end of life is told by Google's clock */
	ok = ok && step->take(&o->credentials, bytes_of(a->body.p, a->body.n), google > 0 ? (uint64_t)google : now_s, o->proof, &life_s);
	if (ok && a->body.n > 0)
		explicit_bzero(a->body.p, a->body.n);
	if (a->asked != NULL && a->asked->n > 0)
		explicit_bzero(a->asked->p, a->asked->n);
	if (ok)
		step_next(o, life_s);
	else
		step_refused(o, step, a);
}

static void
call_wipe(struct cred_call *call)
{
	if (call->body.n > 0)
		explicit_bzero(call->body.p, call->body.n);
	buf_free(&call->url);
	buf_free(&call->body);
}

static int
step_send(struct oauth *o, const struct cred_step *step, struct cred_call *call)
{
	if (buf_text(&call->url) == NULL)
		return -E_UPSTREAM_BUSY;
	return http_start(o->http, &o->ctx, &(struct http_ask){
	    .what = step->what, .method = call->method, .url = call->url.p, .content_type = call->content_type,
	    .bearer = call->bearer ? o->proof : NULL, .body = call->content_type != NULL ? &call->body : NULL,
	    .timeout_ms = call->metadata ? METADATA_TIMEOUT_MS : TOKEN_TIMEOUT_MS, .answer_max = 64 << 10,
	    .headers = { call->headers[0], call->headers[1] } }, on_step, o);
}

static void
step_ask(struct oauth *o)
{
	const struct cred_step *step = o->credentials.steps[o->step];
	struct cred_call call = { 0 };
	uint64_t now_s = oauth_now_s(o);
	enum cred_asked asked = step->ask(&o->credentials, now_s, o->proof, &call);
	int rc = asked == CRED_CALL ? step_send(o, step, &call) : 0;

	call_wipe(&call);
	if (asked == CRED_DONE)
		step_next(o, 0);
	else if (asked == CRED_FAILED || rc != 0)
		token_failed(o, rc != 0 ? (unsigned)-rc : E_UPSTREAM_BUSY);
}

static void
token_ask(struct oauth *o, const struct ctx *ctx)
{
	o->asking = true;
	o->again = false;
	o->step = 0;
	o->ctx = *ctx;
	step_ask(o);
}

void
oauth_get(struct oauth *o, const struct ctx *ctx, token_fn *fn, void *arg)
{
	uint64_t now = now_ms();
	uint64_t left = o->token[0] != '\0' && o->until_ms > now ? o->until_ms - now : 0;
	bool pause = o->failed != 0 && now < o->failed_ms + TOKEN_PAUSE_MS;

	if (left > TOKEN_LEAST_MS) {
		if (left < TOKEN_RENEW_MS && !o->asking && !pause)
			token_ask(o, ctx);
		fn(arg, o->token, 0, "");
	} else if (!o->asking && pause) {
		fn(arg, NULL, o->failed, "no access token could be had from Google");
	} else if (o->nwaiters == TOKEN_WAITERS_MAX) {
		fn(arg, NULL, E_UPSTREAM_BUSY, "too many calls wait for an access token");
	} else {
		o->waiters[o->nwaiters++] = (struct waiter){ fn, arg };
		if (!o->asking)
			token_ask(o, ctx);
	}
}

void
oauth_drop(struct oauth *o, const char *token)
{
	if (strcmp(o->token, token) == 0)
		explicit_bzero(o->token, TOKEN_MAX);
}
