/* request.c - what a request says: headers, query, body, prompt.
 * Owns:  the bodies of all requests that are kept whole, BODIES_MAX bytes together.
 * Fails: a body that is too large or no JSON object gets an error reply. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "gemini.h"
#include "http_internal.h"

#define BODIES_MAX	(512u << 20)	/* of all of them together */

static atomic_size_t bodies;	/* bytes kept in r->body right now */

/* ---- head ---- */

const char *
request_header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

struct joiner {
	const char	*name;
	struct buf	 out;
	bool		 found;
};

static enum MHD_Result
join_value(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct joiner *j = cls;

	(void)kind;
	if (strcasecmp(key, j->name) == 0) {
		if (j->found)
			buf_char(&j->out, ',');
		buf_str(&j->out, value ? value : "");
		j->found = true;
	}
	return MHD_YES;
}

char *
request_header_joined(const struct request *r, const char *name)
{
	struct joiner j = { .name = name };

	MHD_get_connection_values(r->conn, MHD_HEADER_KIND, join_value, &j);
	return j.found ? j.out.data : NULL;
}

char *
request_query(const struct request *r, const char *name)
{
	return query_get(r->query, name);
}

char *
request_base(const struct request *r)
{
	const char *host = request_header(r, "Host");

	if (host == NULL || host[0] == '\0' || strspn(host, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") != strlen(host))
		return xasprintf("http://127.0.0.1:%u", http_port());
	return xasprintf("http://%s", host);
}

static const char *
first_text(const json_t *list)
{
	const char	*s = NULL;
	size_t		 i;

	for (i = 0; s == NULL && i < json_array_size(list); i++)
		s = json_text(json_array_get(list, i), "text");
	return s;
}

/* Of an interaction: text, or a list. Of Text-to-Speech: an object. */
static const char *
input_prompt(const json_t *input)
{
	static const char *names[] = { "text", "ssml", "markup" };
	const char	*s = json_is_string(input) ? json_string_value(input) :
			    first_text(input);
	size_t		 i;

	for (i = 0; s == NULL && i < COUNT(names); i++)
		s = json_text(input, names[i]);
	if (s == NULL)
		s = first_text(json_object_get(json_object_get(input, "multiSpeakerMarkup"),
		    "turns"));
	return s;
}

const char *
request_prompt(const struct request *r)
{
	const json_t	*instances = json_object_get(r->json, "instances");
	const char	*s = json_text(json_array_get(instances, 0), "prompt");

	if (s == NULL)
		s = gemini_prompt(json_object_get(r->json, "contents"));
	if (s == NULL)
		s = input_prompt(json_object_get(r->json, "input"));
	return s != NULL ? s : "";
}

/* ---- body ---- */

bool
request_body_keep(struct request *r, const char *p, size_t n)
{
	if (r->body.len + n > BODY_MAX ||
	    atomic_load(&bodies) + n > BODIES_MAX)
		return false;
	atomic_fetch_add(&bodies, n);
	buf_add(&r->body, p, n);
	return true;
}

/* Null means absent in proto JSON: gone before anybody looks. */
static void
nulls_strip(json_t *j)
{
	const char	*key;
	json_t		*v;
	void		*next;
	size_t		 i;

	if (json_is_array(j)) {
		json_array_foreach(j, i, v)
			nulls_strip(v);
		return;
	}
	json_object_foreach_safe(j, next, key, v) {
		if (json_is_null(v))
			json_object_del(j, key);
		else
			nulls_strip(v);
	}
}

void
request_body_parse(struct request *r)
{
	json_error_t e;

	r->json = json_loadb(r->body.data ? r->body.data : "", r->body.len,
	    JSON_REJECT_DUPLICATES, &e);
	if (r->json != NULL && !json_is_object(r->json)) {
		json_decref(r->json);
		r->json = NULL;
		snprintf(e.text, sizeof e.text, "Root element must be a message.");
	}
	if (r->json == NULL) {
		if (strcmp(r->route->service, "storage") == 0)
			error_storage(r, 400, "parseError", "Parse Error");
		else
			error_rpc(r, 400, "Invalid JSON payload received. %s", e.text);
		return;
	}
	nulls_strip(r->json);
}

void
request_body_drop(struct request *r)
{
	atomic_fetch_sub(&bodies, r->body.len);
	buf_free(&r->body);
	json_decref(r->json);
}
