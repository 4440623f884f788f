/* actors/vertex/credentials/credentials.c - see credentials.h: the kinds, and what they share.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "actors/common/secret.h"
#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/encode.h"
#include "actors/vertex/credentials/secret_json.h"

static const struct {
	const char *type;
	const char *(*load)(struct credentials *c, const json_t *json, const struct cred_hosts *hosts);
} kinds[] = {
	{ "service_account", service_account_load },
	{ "authorized_user", authorized_user_load },
	{ "impersonated_service_account", impersonated_load },
	{ "external_account", external_load },
	{ "metadata", metadata_load },		/* the supervisor's word: no file, but Google's own machine */
};

const char *
credentials_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts)
{
	static char unknown[160];
	const char *type = json_string_value(json_object_get(json, "type"));

	if (!json_is_object(json))
		return "it is no JSON object";
	if (type == NULL)
		return "its type is missing";
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0) {
			c->type = kinds[i].type;
			return kinds[i].load(c, json, hosts);
		}
	size_t n = strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	snprintf(unknown, sizeof unknown, "its type \"%.*s\" is not one that is known", (int)(n < 64 ? n : 64), type);
	return unknown;
}

const char *
credentials_read(struct credentials *c, struct bytes text, const struct cred_hosts *hosts)
{
	json_t *json = secret_json_load(text);
	const char *why = "memory is out";

	*c = (struct credentials){ .secrets = secret_alloc(sizeof *c->secrets) };
	if (c->secrets != NULL)
		why = credentials_load(c, json, hosts);
	if (why == NULL && !cred_text(c->quota_project, sizeof c->quota_project, json, "quota_project_id", ""))
		why = "its quota_project_id is no project";
	secret_json_free(json);
	return why;
}

void
credentials_free(struct credentials *c)
{
	signer_free(c->key);
	secret_free(c->secrets, sizeof *c->secrets);
	*c = (struct credentials){ 0 };
}

struct signer *
credentials_signer(const struct credentials *c)
{
	return c->impersonate_url[0] == '\0' ? c->key : NULL;
}

static bool
is_plain(const char *url)
{
	return strncmp(url, "http:", 5) == 0;
}

bool
credentials_plain(const struct credentials *c)
{
	return is_plain(c->token_url) || is_plain(c->source_url) || is_plain(c->impersonate_url) || is_plain(c->metadata_url);
}

const char *
credentials_source(const struct credentials *c)
{
	return c->metadata_url[0] != '\0' ? c->metadata_url : c->source_url;
}

/* ---- for the kinds ---- */

void
cred_step(struct credentials *c, const struct cred_step *step)
{
	if (c->nsteps < CRED_STEPS_MAX)
		c->steps[c->nsteps++] = step;
}

bool
cred_text(char *to, size_t room, const json_t *json, const char *name, const char *otherwise)
{
	const json_t *member = json_object_get(json, name);
	const char *text = member == NULL || json_is_null(member) ? otherwise : json_string_value(member);

	if (text == NULL || (member != NULL && json_is_string(member) && json_string_length(member) != strlen(text)))
		return false;
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return (size_t)snprintf(to, room, "%s", text) < room;
}

bool
cred_url(char *to, size_t room, const json_t *json, const char *name, const char *otherwise)
{
	static const char *const plain[] = { "127.", "localhost", "[::1]", "169.254." };

	if (!cred_text(to, room, json, name, otherwise) || strpbrk(to, "\"\\ <>") != NULL)
		return false;
	if (strncmp(to, "https://", 8) == 0)
		return to[8] != '\0' && to[8] != '/';
	if (strncmp(to, "http://", 7) != 0 || memchr(to + 7, '@', strcspn(to + 7, "/?#")) != NULL)
		return false;
	size_t n = strcspn(to + 7, "/?#");
	if (to[7] != '[' && memchr(to + 7, ':', n) != NULL)
		n = strcspn(to + 7, ":");
	for (size_t i = 0; i < COUNT(plain); i++) {
		size_t k = strlen(plain[i]);
		bool address = plain[i][k - 1] == '.';
		if (n >= k && strncmp(to + 7, plain[i], k) == 0 &&
		    (address ? strspn(to + 7, "0123456789.") == n : n == k || to[7] == '['))
			return true;
	}
	return false;
}

bool
cred_url_at(char *url, size_t room, const char *host)
{
	const char *own = strstr(url, "://");
	size_t n = strlen(host);
	char path[1024];

	if (n == 0)
		return true;
	while (n > 0 && host[n - 1] == '/')
		n--;
	own = own != NULL ? strchr(own + 3, '/') : NULL;
	if ((size_t)snprintf(path, sizeof path, "%s", own != NULL ? own : "") >= sizeof path)
		return false;
	return (size_t)snprintf(url, room, "%.*s%s", (int)n, host, path) < room;
}

bool
cred_proof(char *proof, const char *token, size_t n)
{
	if (token == NULL || n == 0 || n >= CRED_PROOF_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (token[i] <= ' ' || token[i] >= 0x7f)	/* it goes into a header */
			return false;
	explicit_bzero(proof, CRED_PROOF_MAX);
	memcpy(proof, token, n);
	return true;
}

bool
cred_take_token(struct credentials *c, struct bytes body, uint64_t wall_s, char *proof, uint64_t *life_s)
{
	json_t *json = json_loadb(body.p, body.n, 0, NULL);
	const json_t *token = json_object_get(json, "access_token");
	json_int_t life = json_integer_value(json_object_get(json, "expires_in"));
	bool ok = life > 0 && cred_proof(proof, json_string_value(token), json_string_length(token));

	(void)c;
	(void)wall_s;
	*life_s = life > 0 ? (uint64_t)life : 0;
	cred_json_wipe(json);
	return ok;
}

int
cred_form(struct buf *form, const char *name, const char *value)
{
	return buf_printf(form, "%s%s=", form->n > 0 ? "&" : "", name) | percent_encode(form, value, strlen(value), false);
}

static void
texts_wipe(json_t *json, unsigned depth)
{
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_string(json))
		explicit_bzero((char *)(uintptr_t)json_string_value(json), json_string_length(json));
	if (depth == 0)
		return;
	json_object_foreach(json, name, member)
		texts_wipe(member, depth - 1);
	json_array_foreach(json, i, member)
		texts_wipe(member, depth - 1);
}

void
cred_json_wipe(json_t *json)
{
	texts_wipe(json, 16);
	json_decref(json);
}
