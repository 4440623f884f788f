/* actors/vertex/credentials/cred_impersonated.c - another account's tokens by IAM's generateAccessToken, for
 * who may: the file holds the source's credentials, or another kind names an account so.
 * Owns: nothing. Fails: with what is wrong.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/encode.h"
#include "proto/rfc3339.h"

static enum cred_asked
impersonate_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	(void)wall_s;
	(void)proof;
	call->method = "POST";
	call->content_type = "application/json";
	call->bearer = true;
	if (buf_str(&call->url, c->impersonate_url) |
	    buf_printf(&call->body, "{\"scope\":[\"" CRED_SCOPE "\"],\"lifetime\":\"%ds\"%s%s}", (int)CRED_LIFE_S,
	    c->delegates[0] != '\0' ? ",\"delegates\":" : "", c->delegates))
		return CRED_FAILED;
	return CRED_CALL;
}

static bool
impersonate_take(struct credentials *c, struct bytes body, uint64_t wall_s, char *proof, uint64_t *life_s)
{
	json_t *json = json_loadb(body.p, body.n, 0, NULL);
	const json_t *token = json_object_get(json, "accessToken");
	uint64_t until_ms, now_ms = wall_s * 1000;
	bool ok = rfc3339_ms(json_string_value(json_object_get(json, "expireTime")), &until_ms) && until_ms > now_ms &&
	    cred_proof(proof, json_string_value(token), json_string_length(token));

	(void)c;
	*life_s = ok ? (until_ms - now_ms) / 1000 : 0;
	cred_json_wipe(json);
	return ok;
}

static const struct cred_step impersonate = { "token_impersonate", impersonate_ask, impersonate_take, false };

/* .../serviceAccounts/{email}:generateAccessToken */
static bool
email_of(char *to, size_t room, const char *url)
{
	const char *from = strstr(url, "/serviceAccounts/"), *end;

	from = from != NULL ? from + strlen("/serviceAccounts/") : url;
	end = from + strcspn(from, ":/?#");
	return strcmp(end, ":generateAccessToken") == 0 && memchr(from, '@', (size_t)(end - from)) != NULL &&
	    (size_t)snprintf(to, room, "%.*s", (int)(end - from), from) < room;
}

static bool
delegates_take(struct credentials *c, const json_t *list)
{
	const json_t *name;
	size_t i;

	if (list == NULL || json_array_size(list) == 0)
		return list == NULL || json_is_array(list);
	json_array_foreach(list, i, name)
		if (!json_is_string(name))
			return false;
	size_t n = json_dumpb(list, c->delegates, sizeof c->delegates - 1, JSON_COMPACT);
	return n > 0 && n < sizeof c->delegates;
}

const char *
impersonate_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts)
{
	char *url = c->impersonate_url;

	if (url[0] != '\0')
		return "it impersonates twice";
	if (!cred_url(url, sizeof c->impersonate_url, json, "service_account_impersonation_url", NULL) ||
	    !email_of(c->email, sizeof c->email, url) || !cred_url_at(url, sizeof c->impersonate_url, hosts->iam))
		return "its service_account_impersonation_url is not a URL that ends with /serviceAccounts/EMAIL:generateAccessToken";
	cred_step(c, &impersonate);
	return NULL;
}

const char *
impersonated_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts)
{
	const json_t *source = json_object_get(json, "source_credentials");
	const char *type = json_string_value(json_object_get(source, "type")), *mine = c->type, *why;

	if (!json_is_object(source))
		return "it has no source_credentials";
	if (type != NULL && strcmp(type, mine) == 0)
		return "its source_credentials are impersonated too: delegates are for that";
	why = credentials_load(c, source, hosts);
	c->type = mine;
	if (why == NULL)
		why = impersonate_load(c, json, hosts);
	if (why == NULL && !delegates_take(c, json_object_get(json, "delegates")))
		why = "its delegates are not a list of texts";
	return why;
}
