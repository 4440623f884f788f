/* actors/vertex/credentials/cred_external.c - workload identity federation: somebody else's token, from a file
 * or a URL, is changed for one of Google's (RFC 8693), perhaps for an account's.
 *
 * The file is opened anew each time: such tokens rotate. `executable`, AWS and certificates are
 * not supported: this process starts nothing, and signs nothing for others.
 * Owns: nothing. Fails: with what is wrong.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "actors/common/log.h"
#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/encode.h"

/* The whole text, or the member that subject_token_field_name names. */
static bool
subject_take(struct credentials *c, struct bytes body, uint64_t wall_s, char *proof, uint64_t *life_s)
{
	json_t *json;
	const json_t *token;
	size_t n = body.n;
	bool ok;

	(void)wall_s;
	*life_s = 0;
	if (c->subject_field[0] == '\0') {
		while (n > 0 && strchr(" \t\r\n", body.p[n - 1]) != NULL)
			n--;
		return cred_proof(proof, (const char *)body.p, n);
	}
	json = json_loadb(body.p, body.n, 0, NULL);
	token = json_object_get(json, c->subject_field);
	ok = cred_proof(proof, json_string_value(token), json_string_length(token));
	cred_json_wipe(json);
	return ok;
}

static enum cred_asked
file_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	char text[CRED_PROOF_MAX];
	int fd = open(c->source_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);	/* a FIFO must not hold us up */
	ssize_t n = 0;
	size_t at = 0;
	uint64_t life;

	(void)call;
	while (fd >= 0 && at < sizeof text && (n = read(fd, text + at, sizeof text - at)) > 0)
		at += (size_t)n;
	const char *why = fd < 0 || n < 0 ? strerror(errno) : at == sizeof text ? "it is too long" : NULL;
	if (fd >= 0)
		close(fd);
	if (why == NULL && !subject_take((struct credentials *)(uintptr_t)c, bytes_of(text, at), wall_s, proof, &life))
		why = "there is no token in it";
	explicit_bzero(text, sizeof text);
	if (why != NULL)
		log_event(LOG_ERROR, NULL, "subject_token_file", "path", c->source_file, "why", why);
	return why == NULL ? CRED_DONE : CRED_FAILED;
}

static enum cred_asked
url_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	(void)wall_s;
	(void)proof;
	call->method = "GET";
	for (unsigned i = 0; i < c->nheaders; i++)
		call->headers[i] = c->secrets->header[i];
	return buf_str(&call->url, c->source_url) == 0 ? CRED_CALL : CRED_FAILED;
}

static enum cred_asked
sts_ask(const struct credentials *c, uint64_t wall_s, char *proof, struct cred_call *call)
{
	struct buf *form = &call->body;

	(void)wall_s;
	call->method = "POST";
	call->content_type = "application/x-www-form-urlencoded";
	if (buf_str(&call->url, c->token_url) |
	    cred_form(form, "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange") |
	    cred_form(form, "audience", c->audience) | cred_form(form, "scope", CRED_SCOPE) |
	    cred_form(form, "requested_token_type", "urn:ietf:params:oauth:token-type:access_token") |
	    cred_form(form, "subject_token", proof) | cred_form(form, "subject_token_type", c->subject_type))
		return CRED_FAILED;
	return CRED_CALL;
}

static const struct cred_step from_file = { "subject_token", file_ask, subject_take, false };
static const struct cred_step from_url = { "subject_token", url_ask, subject_take, false };
static const struct cred_step sts = { "token_exchange", sts_ask, cred_take_token, false };

static const char *
headers_load(struct credentials *c, json_t *headers)
{
	const char *name;
	json_t *value;

	if (headers != NULL && !json_is_object(headers))
		return "its credential_source.headers are no object";
	json_object_foreach(headers, name, value) {
		char text[900];
		if (c->nheaders == CRED_HEADERS_MAX || !cred_text(text, sizeof text, headers, name, NULL) || name[0] == '\0' ||
		    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")] != '\0' ||
		    strlen(name) > 100)
			return "its credential_source.headers are more than two, or not usable";
		snprintf(c->secrets->header[c->nheaders++], sizeof c->secrets->header[0], "%s: %s", name, text);
		explicit_bzero(text, sizeof text);
	}
	return NULL;
}

static const char *
source_load(struct credentials *c, const json_t *source)
{
	const json_t *format = json_object_get(source, "format");
	const char *type = json_string_value(json_object_get(format, "type"));

	if (type != NULL && strcmp(type, "json") == 0) {
		if (!cred_text(c->subject_field, sizeof c->subject_field, format, "subject_token_field_name", NULL) ||
		    c->subject_field[0] == '\0')
			return "its credential_source.format has no subject_token_field_name";
	} else if (format != NULL && (type == NULL || strcmp(type, "text") != 0)) {
		return "its credential_source.format is neither text nor json";
	}
	if (json_object_get(source, "file") != NULL) {
		if (!cred_text(c->source_file, sizeof c->source_file, source, "file", NULL) || c->source_file[0] != '/')
			return "its credential_source.file is no absolute path";
		if (strrchr(c->source_file, '/') == c->source_file)
			return "its credential_source.file lies in the root folder: give it a folder of its own";
		cred_step(c, &from_file);
		return NULL;
	}
	if (json_object_get(source, "url") == NULL)
		return "its credential_source has neither file nor url: other sources are not supported";
	if (json_object_get(source, "environment_id") != NULL)
		return "its credential_source is AWS: that is not supported";
	if (!cred_url(c->source_url, sizeof c->source_url, source, "url", NULL))
		return "its credential_source.url is no URL, or a plain one of another machine";
	cred_step(c, &from_url);
	return headers_load(c, json_object_get(source, "headers"));
}

const char *
external_load(struct credentials *c, const json_t *json, const struct cred_hosts *hosts)
{
	const json_t *source = json_object_get(json, "credential_source");
	const char *why;

	if (!cred_text(c->audience, sizeof c->audience, json, "audience", NULL) || c->audience[0] == '\0')
		return "it has no usable audience";
	if (!cred_text(c->subject_type, sizeof c->subject_type, json, "subject_token_type", NULL) || c->subject_type[0] == '\0')
		return "it has no usable subject_token_type";
	if (!cred_url(c->token_url, sizeof c->token_url, json, "token_url", "https://sts.googleapis.com/v1/token") ||
	    !cred_url_at(c->token_url, sizeof c->token_url, hosts->oauth))
		return "its token_url is no URL";
	why = json_is_object(source) ? source_load(c, source) : "it has no credential_source";
	if (why != NULL)
		return why;
	cred_step(c, &sts);
	if (json_object_get(json, "service_account_impersonation_url") == NULL)
		return NULL;
	return impersonate_load(c, json, hosts);
}
