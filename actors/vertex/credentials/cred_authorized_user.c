/* actors/vertex/credentials/cred_authorized_user.c - a person's login with gcloud: a refresh token is changed
 * for an access token. It cannot sign, and says no e-mail.
 * Owns: nothing. Fails: with what is wrong.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/encode.h"

static enum cred_asked
refresh_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	struct buf *form = &call->body;

	(void)wall_s;
	(void)proof;
	call->method = "POST";
	call->content_type = "application/x-www-form-urlencoded";
	if (buf_str(&call->url, c->token_url) | cred_form(form, "refresh_token", c->secrets->refresh_token) |
	    cred_form(form, "client_id", c->client_id) | cred_form(form, "client_secret", c->secrets->client_secret) |
	    cred_form(form, "grant_type", "refresh_token"))
		return CRED_FAILED;
	return CRED_CALL;
}

static const struct cred_step refresh = { "token_refresh", refresh_ask, cred_take_token, false };

const char *
authorized_user_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts)
{
	struct cred_secrets *s = c->secrets;

	if (!cred_text(c->client_id, sizeof c->client_id, json, "client_id", NULL) || c->client_id[0] == '\0')
		return "it has no usable client_id";
	if (!cred_text(s->client_secret, sizeof s->client_secret, json, "client_secret", NULL))
		return "it has no usable client_secret";
	if (!cred_text(s->refresh_token, sizeof s->refresh_token, json, "refresh_token", NULL) || s->refresh_token[0] == '\0')
		return "it has no usable refresh_token";
	if (!cred_url(c->token_url, sizeof c->token_url, json, "token_uri", "https://oauth2.googleapis.com/token") ||
	    !cred_url_at(c->token_url, sizeof c->token_url, hosts->oauth))
		return "its token_uri is no URL";
	cred_step(c, &refresh);
	return NULL;
}
