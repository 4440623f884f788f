/* actors/vertex/google.c - see google.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/google.h"

enum { SPARE_MS = 250 };	/* of a deadline, for the way back */

struct google_ask {
	struct google *g;
	struct oauth *who;
	struct ctx ctx;
	struct http_ask ask;		/* url and body are our own */
	struct buf url, body;
	char token[TOKEN_MAX];		/* the one that was sent, to be dropped on a 401 */
	bool again;
	google_done *done;
	void *arg;
};

static bool
endpoint_read(char *to, size_t room, const char *value, const char *otherwise, bool *plain)
{
	size_t n;

	if (value[0] == '\0')
		value = otherwise;
	n = strlen(value);
	while (n > 0 && value[n - 1] == '/')
		n--;
	*plain = *plain || strncmp(value, "http:", 5) == 0;
	return (size_t)snprintf(to, room, "%.*s", (int)n, value) < room;
}

/* Whoever impersonates an account may let it sign too; the account itself mostly may not. Google's
 * clients ask as the former. */
static const char *
identities_init(struct google *g, struct bytes credentials, const struct cred_hosts *hosts)
{
	const char *why = oauth_init(&g->oauth, &g->http, credentials, hosts);

	g->signs_as = &g->oauth;
	if (why != NULL || strcmp(g->oauth.credentials.type, "impersonated_service_account") != 0)
		return why;
	why = oauth_init(&g->source, &g->http, credentials, hosts);
	if (why == NULL && g->source.credentials.nsteps > 1) {
		g->source.credentials.nsteps--;		/* all but the impersonation */
		g->signs_as = &g->source;
	}
	return why;
}

const char *
google_init(struct google *g, const struct actor *a, struct ev_loop *loop)
{
	struct cred_hosts hosts = { actor_setting(a, "OAUTH_ENDPOINT"), actor_setting(a, "IAM_ENDPOINT"), actor_setting(a, "GCE_METADATA_HOST") };
	bool plain = strncmp(hosts.oauth, "http:", 5) == 0;
	const char *why;

	if (!endpoint_read(g->vertex, sizeof g->vertex, actor_setting(a, "VERTEX_ENDPOINT"), "", &plain) ||
	    !endpoint_read(g->speech, sizeof g->speech, actor_setting(a, "TEXT_TO_SPEECH_ENDPOINT"),
	    "https://texttospeech.googleapis.com", &plain) ||
	    !endpoint_read(g->storage, sizeof g->storage, actor_setting(a, "STORAGE_ENDPOINT"),
	    "https://storage.googleapis.com", &plain) ||
	    !endpoint_read(g->iam, sizeof g->iam, hosts.iam, "https://iamcredentials.googleapis.com", &plain))
		return "an endpoint setting is too long";
	why = identities_init(g, actor_secret(a, "GOOGLE_CREDENTIALS"), &hosts);
	if (why != NULL)
		return why;
	if (http_init(&g->http, loop, plain || credentials_plain(&g->oauth.credentials)) != 0)
		return "libcurl could not be set up";
	snprintf(g->location, sizeof g->location, "%s", actor_setting(a, "VERTEX_AI_LOCATION"));
	if (g->location[0] == '\0')
		snprintf(g->location, sizeof g->location, "us-central1");
	const char *project = actor_setting(a, "VERTEX_AI_PROJECT_ID");
	snprintf(g->project, sizeof g->project, "%s", project[0] != '\0' ? project : g->oauth.credentials.project);
	return g->project[0] != '\0' ? NULL : "VERTEX_AI_PROJECT_ID is empty and the credentials name no project";
}

void
google_fini(struct google *g)
{
	http_fini(&g->http);
	oauth_fini(&g->oauth);
	if (g->signs_as == &g->source)
		oauth_fini(&g->source);
}

static void
ask_free(struct google_ask *q)
{
	explicit_bzero(q->token, sizeof q->token);
	buf_free(&q->url);
	buf_free(&q->body);
	free(q);
}

static void
ask_end(struct google_ask *q, unsigned err, const char *detail)
{
	q->done(q->arg, &(struct http_answer){ .end = HTTP_NOT_SENT, .asked = &q->body, .content_type = "", .why = detail },
	    err, detail);
	ask_free(q);
}

static void on_ask_token(void *arg, const char *token, unsigned err, const char *detail);

static void
on_ask_answer(void *arg, struct http_answer *a)
{
	struct google_ask *q = arg;

	if (a->end == HTTP_ANSWERED && a->status == 401 && !q->again) {
		q->again = true;
		q->body = *a->asked;
		*a->asked = (struct buf){ 0 };
		log_event(LOG_WARNING, &q->ctx, "google_token_refused", "what", q->ask.what);
		oauth_drop(q->who, q->token);
		oauth_get(q->who, &q->ctx, on_ask_token, q);
		return;
	}
	q->done(q->arg, a, 0, "");
	ask_free(q);
}

static void
on_ask_token(void *arg, const char *token, unsigned err, const char *detail)
{
	struct google_ask *q = arg;
	uint64_t now = now_ms(), deadline = q->ctx.deadline_ms;
	struct http_ask ask = q->ask;

	if (err == 0 && deadline != 0 && deadline < now + 2 * SPARE_MS) {
		err = E_UPSTREAM_BUSY;
		detail = "no time was left to ask Google";
	}
	if (err != 0) {
		ask_end(q, err, detail);
		return;
	}
	if (deadline != 0 && deadline - now - SPARE_MS < ask.timeout_ms)
		ask.timeout_ms = (uint32_t)(deadline - now - SPARE_MS);
	snprintf(q->token, sizeof q->token, "%s", token);
	ask.bearer = q->token;
	for (size_t i = 0; i < COUNT(ask.headers) && q->g->oauth.project_header[0] != '\0'; i++)
		if (ask.headers[i] == NULL) {
			ask.headers[i] = q->g->oauth.project_header;
			break;
		}
	ask.url = q->url.p;
	ask.body = ask.content_type != NULL ? &q->body : NULL;
	int rc = http_start(&q->g->http, &q->ctx, &ask, on_ask_answer, q);
	if (rc != 0)
		ask_end(q, (unsigned)-rc, "too many calls to Google are under way");
}

void
google_call(struct google *g, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg)
{
	google_call_as(g, &g->oauth, ctx, ask, done, arg);
}

void
google_call_as(struct google *g, struct oauth *who, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg)
{
	struct google_ask *q = calloc(1, sizeof *q);

	if (q == NULL || buf_str(&q->url, ask->url) != 0 || buf_text(&q->url) == NULL) {
		struct buf none = { 0 };
		if (q != NULL)
			ask_free(q);
		done(arg, &(struct http_answer){ .end = HTTP_NOT_SENT, .asked = ask->body != NULL ? ask->body : &none,
		    .content_type = "" }, E_UPSTREAM_BUSY, "memory is out");
		if (ask->body != NULL)
			buf_free(ask->body);
		return;
	}
	q->g = g;
	q->who = who;
	q->ctx = *ctx;
	q->ask = *ask;
	if (ask->body != NULL) {
		q->body = *ask->body;
		*ask->body = (struct buf){ 0 };
	}
	q->done = done;
	q->arg = arg;
	oauth_get(who, ctx, on_ask_token, q);
}
