/* actors/vertex/credentials/cred_metadata.c - no file at all: Google's machine that we run on gives tokens for
 * the account it runs as. It cannot sign here; the account's e-mail is asked for once.
 * Owns: nothing. Fails: with what is wrong.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/encode.h"

#define ACCOUNT "/computeMetadata/v1/instance/service-accounts/default/"

static enum cred_asked
metadata_ask(const struct credentials *c, const char *what, struct cred_call *call)
{
	call->method = "GET";
	call->metadata = true;
	call->headers[0] = "Metadata-Flavor: Google";
	return buf_str(&call->url, c->metadata_url) | buf_str(&call->url, what) ? CRED_FAILED : CRED_CALL;
}

static enum cred_asked
email_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	(void)wall_s;
	(void)proof;
	return c->email[0] != '\0' ? CRED_DONE : metadata_ask(c, ACCOUNT "email", call);
}

static bool
email_take(struct credentials *c, struct bytes body, uint64_t wall_s, char *proof, uint64_t *life_s)
{
	size_t n = body.n;

	(void)wall_s;
	(void)proof;
	(void)life_s;
	while (n > 0 && (body.p[n - 1] == '\n' || body.p[n - 1] == '\r'))
		n--;
	if (n == 0 || n >= sizeof c->email || memchr(body.p, '@', n) == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (body.p[i] <= ' ' || body.p[i] >= 0x7f || strchr("\"\\/:?#%", body.p[i]) != NULL)
			return false;		/* it becomes part of a path */
	memcpy(c->email, body.p, n);
	c->email[n] = '\0';
	return true;
}

static enum cred_asked
token_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	(void)wall_s;
	(void)proof;
	return metadata_ask(c, ACCOUNT "token?scopes=" CRED_SCOPE_ESCAPED, call);
}

static const struct cred_step email = { "metadata_email", email_ask, email_take, true };
static const struct cred_step token = { "metadata_token", token_ask, cred_take_token, false };

const char *
metadata_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts)
{
	const char *host = hosts->metadata[0] != '\0' ? hosts->metadata : "169.254.169.254";

	(void)json;
	if (host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")] != '\0' ||
	    (size_t)snprintf(c->metadata_url, sizeof c->metadata_url, "http://%s", host) >= sizeof c->metadata_url)
		return "GCE_METADATA_HOST is not a host or host:port";
	cred_step(c, &email);
	cred_step(c, &token);
	return NULL;
}
