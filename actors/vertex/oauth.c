/* actors/vertex/oauth.c - see oauth.h.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/common/actor.h"
#include "actors/common/log.h"
#include "actors/common/secret.h"
#include "actors/vertex/encode.h"
#include "actors/vertex/oauth.h"

#define SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define TOKEN_URI "https://oauth2.googleapis.com/token"

enum { TOKEN_TIMEOUT_MS = 20000, TOKEN_LIFE_S = 3600 };

/* ---- kinds of credentials ---- */

static bool
copy_text(char *to, size_t room, const json_t *json, const char *name, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(json, name));

	if (text == NULL)
		text = otherwise;
	return text != NULL && (size_t)snprintf(to, room, "%s", text) < room;
}

static const char *
service_account_load(struct oauth *o, const json_t *json)
{
	const json_t *pem = json_object_get(json, "private_key");

	if (!copy_text(o->email, sizeof o->email, json, "client_email", NULL) || strchr(o->email, '"') != NULL ||
	    strchr(o->email, '\\') != NULL)
		return "it has no usable client_email";
	if (!copy_text(o->key_id, sizeof o->key_id, json, "private_key_id", "") ||
	    o->key_id[strspn(o->key_id, "0123456789abcdefABCDEF")] != '\0')
		return "its private_key_id is not hexadecimal";
	if (!copy_text(o->audience, sizeof o->audience, json, "token_uri", TOKEN_URI) ||
	    strncmp(o->audience, "http", 4) != 0 || strpbrk(o->audience, "\"\\ ") != NULL)
		return "its token_uri is no URL";
	if (!copy_text(o->project, sizeof o->project, json, "project_id", ""))
		return "its project_id is too long";
	if (pem == NULL)
		return "it has no private_key";
	o->signer = signer_new(json_string_value(pem), json_string_length(pem));
	return o->signer != NULL ? NULL : "its private_key is no RSA key of 2048 to 4096 bits";
}

static int
service_account_ask(const struct oauth *o, uint64_t wall_s, struct buf *form)
{
	char header[256], claims[1024];
	int n;

	snprintf(header, sizeof header, "{\"alg\":\"RS256\",\"typ\":\"JWT\"%s%s%s}",
	    o->key_id[0] != '\0' ? ",\"kid\":\"" : "", o->key_id, o->key_id[0] != '\0' ? "\"" : "");
	n = snprintf(claims, sizeof claims, "{\"iss\":\"%s\",\"scope\":\"" SCOPE "\",\"aud\":\"%s\",\"exp\":%llu,\"iat\":%llu}",
	    o->email, o->audience, (unsigned long long)wall_s + TOKEN_LIFE_S, (unsigned long long)wall_s);
	if (n < 0 || (size_t)n >= sizeof claims)
		return -1;
	if (buf_str(form, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=") != 0)
		return -1;
	return jwt_make(form, header, claims, o->signer);
}

static const struct credentials kinds[] = {
	{ "service_account", service_account_load, service_account_ask },
};

/* Scheme and host of `endpoint`, path of the token endpoint. */
static bool
token_url(struct oauth *o, const char *endpoint)
{
	const char *host = strstr(o->audience, "://");
	const char *path = host != NULL ? strchr(host + 3, '/') : NULL;

	if (endpoint[0] == '\0')
		return (size_t)snprintf(o->url, sizeof o->url, "%s", o->audience) < sizeof o->url;
	size_t n = strlen(endpoint);
	while (n > 0 && endpoint[n - 1] == '/')
		n--;
	return (size_t)snprintf(o->url, sizeof o->url, "%.*s%s", (int)n, endpoint, path != NULL ? path : "/token") < sizeof o->url;
}

/* jansson's copies of the key are wiped when it frees them. */
static void
json_wipe(json_t *json)
{
	json_t *pem = json_object_get(json, "private_key");

	if (json_is_string(pem))
		explicit_bzero((char *)(uintptr_t)json_string_value(pem), json_string_length(pem));
	json_decref(json);
}

const char *
oauth_init(struct oauth *o, struct http *http, struct bytes text, const char *endpoint)
{
	json_t *json = json_loadb(text.p, text.n, 0, NULL);
	const char *type = json_string_value(json_object_get(json, "type"));
	const char *why = json_is_object(json) ? "its type is missing or not one that is known" : "it is no JSON object";

	*o = (struct oauth){ .http = http };
	o->token = secret_alloc(TOKEN_MAX);
	o->waiters = calloc(TOKEN_WAITERS_MAX, sizeof *o->waiters);
	for (size_t i = 0; i < COUNT(kinds) && type != NULL; i++)
		if (strcmp(kinds[i].type, type) == 0) {
			o->credentials = &kinds[i];
			why = kinds[i].load(o, json);
		}
	json_wipe(json);
	if (why == NULL && (o->token == NULL || o->waiters == NULL))
		why = "memory is out";
	if (why == NULL && !token_url(o, endpoint))
		why = "its token endpoint is too long";
	return why;
}

void
oauth_fini(struct oauth *o)
{
	signer_free(o->signer);
	secret_free(o->token, TOKEN_MAX);
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
	if (a->end != HTTP_ANSWERED || a->status >= 500 || a->status == 429)
		return E_UPSTREAM_BUSY;		/* a token request starts nothing */
	return E_INTERNAL_ERROR;
}

static bool
token_take(struct oauth *o, const struct http_answer *a)
{
	json_t *json = json_loadb(a->body.p, a->body.n, 0, NULL);
	const json_t *token = json_object_get(json, "access_token");
	json_int_t life = json_integer_value(json_object_get(json, "expires_in"));
	size_t n = json_string_length(token);
	bool ok = n > 0 && n < TOKEN_MAX && life > 0;

	if (ok) {
		explicit_bzero(o->token, TOKEN_MAX);
		memcpy(o->token, json_string_value(token), n);
		o->until_ms = now_ms() + (uint64_t)(life < 86400 ? life : 86400) * 1000;
		for (const char *p = o->token; *p != '\0'; p++)
			ok = ok && *p > ' ' && *p < 0x7f;	/* it goes into a header */
		if (!ok)
			o->token[0] = '\0';
	}
	if (token != NULL)
		explicit_bzero((char *)(uintptr_t)json_string_value(token), n);
	json_decref(json);
	return ok;
}

static void
on_token(void *arg, struct http_answer *a)
{
	struct oauth *o = arg;

	if (a->end == HTTP_ANSWERED && a->status == 200 && token_take(o, a)) {
		o->failed = 0;
		log_event(LOG_INFO, NULL, "google_token", "valid_s", log_u64((o->until_ms - now_ms()) / 1000));
		explicit_bzero(a->body.p, a->body.n);
		tell(o, 0, "");
		return;
	}
	o->failed = token_error(a);
	o->failed_ms = now_ms();
	json_t *json = json_loadb(a->body.p, a->body.n, 0, NULL);
	const char *error = json_string_value(json_object_get(json, "error"));
	log_event(LOG_ERROR, NULL, "google_token_failed", "status", log_u64((uint64_t)a->status),
	    "error", error, "why", a->end != HTTP_ANSWERED ? a->why : NULL);
	json_decref(json);
	/* while the old one works nobody needs to know */
	if (o->token[0] != '\0' && o->until_ms > now_ms() + TOKEN_LEAST_MS)
		tell(o, 0, "");
	else
		tell(o, o->failed, o->failed == E_INTERNAL_ERROR ? "Google refused the service's credentials"
		    : "no access token could be had from Google");
}

static void
token_ask(struct oauth *o, const struct ctx *ctx)
{
	struct buf form = { 0 };
	int rc = -E_INTERNAL_ERROR;

	o->asking = true;
	if (o->credentials->ask(o, wall_ms() / 1000, &form) == 0)
		rc = http_start(o->http, ctx, &(struct http_ask){
		    .what = "token", .method = "POST", .url = o->url, .content_type = "application/x-www-form-urlencoded",
		    .body = &form, .timeout_ms = TOKEN_TIMEOUT_MS, .answer_max = 64 << 10 }, on_token, o);
	buf_free(&form);
	if (rc != 0)
		tell(o, (unsigned)-rc, "no access token could be asked for");
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
