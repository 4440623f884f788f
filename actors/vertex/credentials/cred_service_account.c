/* actors/vertex/credentials/cred_service_account.c - a key file: a JWT signed with it is changed for a token.
 * Owns: the key (in struct credentials). Fails: with what is wrong.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/encode.h"

static enum cred_asked
jwt_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	unsigned long long iat = wall_s - CRED_PAST_S;
	char header[256], claims[1400];
	int n;

	(void)proof;
	snprintf(header, sizeof header, "{\"alg\":\"RS256\",\"typ\":\"JWT\"%s%s%s}",
	    c->key_id[0] != '\0' ? ",\"kid\":\"" : "", c->key_id, c->key_id[0] != '\0' ? "\"" : "");
	n = snprintf(claims, sizeof claims, "{\"iss\":\"%s\",\"scope\":\"" CRED_SCOPE "\",\"aud\":\"%s\",\"exp\":%llu,\"iat\":%llu}",
	    c->issuer, c->audience, iat + CRED_LIFE_S, iat);
	if (n < 0 || (size_t)n >= sizeof claims)
		return CRED_FAILED;
	call->method = "POST";
	call->content_type = "application/x-www-form-urlencoded";
	if (buf_str(&call->url, c->token_url) | cred_form(&call->body, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer") |
	    buf_str(&call->body, "&assertion="))
		return CRED_FAILED;
	return jwt_make(&call->body, header, claims, c->key) == 0 ? CRED_CALL : CRED_FAILED;
}

static const struct cred_step exchange = { "token", jwt_ask, cred_take_token, false };

const char *
service_account_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts)
{
	const json_t *pem = json_object_get(json, "private_key");

	if (!cred_text(c->issuer, sizeof c->issuer, json, "client_email", NULL) || c->issuer[0] == '\0' ||
	    strpbrk(c->issuer, "\"\\") != NULL)
		return "it has no usable client_email";
	if (!cred_text(c->key_id, sizeof c->key_id, json, "private_key_id", "") ||
	    c->key_id[strspn(c->key_id, "0123456789abcdefABCDEF")] != '\0')
		return "its private_key_id is not hexadecimal";
	if (!cred_url(c->audience, sizeof c->audience, json, "token_uri", "https://oauth2.googleapis.com/token"))
		return "its token_uri is no URL";
	if (!cred_text(c->project, sizeof c->project, json, "project_id", ""))
		return "its project_id is too long";
	snprintf(c->token_url, sizeof c->token_url, "%s", c->audience);
	if (!cred_url_at(c->token_url, sizeof c->token_url, hosts->oauth))
		return "its token_uri is too long";
	if (pem == NULL)
		return "it has no private_key";
	snprintf(c->email, sizeof c->email, "%s", c->issuer);
	cred_step(c, &exchange);
	c->key = signer_new(json_string_value(pem), json_string_length(pem));
	return c->key != NULL ? NULL : "its private_key is no RSA key of 2048 to 4096 bits";
}
