/* actors/front/openapi/openapi_answers.c - what an endpoint may answer: its own, and the errors that all
 * share.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/openapi/openapi.h"
#include "actors/front/statuses.h"

/* ---- header fields ---- */

enum when { EVERY, LIMITED, TAGGED, REFUSED_401, REFUSED_405, REFUSED_429, LATER };

static const struct { const char *name; enum when when; const char *type, *prose; } fields[] = {
	{ "X-Request-Id",        EVERY,       "string",  "The request's own, or a new one" },
	{ "traceparent",         EVERY,       "string",  "W3C trace context of this request" },
	{ "RateLimit-Limit",     LIMITED,     "integer", "Requests a minute; absent where the limit is off" },
	{ "RateLimit-Remaining", LIMITED,     "integer", "Requests that are left" },
	{ "RateLimit-Reset",     LIMITED,     "integer", "Seconds until all of them are there again" },
	{ "ETag",                TAGGED,      "string",  "For If-None-Match" },
	{ "Cache-Control",       EVERY,       "string",  "`no-store` on everything but pages" },
	{ "Content-Encoding",    TAGGED,      "string",  "br or gzip, where Accept-Encoding asks and it pays" },
	{ "WWW-Authenticate",    REFUSED_401, "string",  "Bearer, and what is wrong with the token" },
	{ "Allow",               REFUSED_405, "string",  "The methods of this path" },
	{ "Retry-After",         REFUSED_429, "integer", "Seconds until it is worth another try" },
	{ "Retry-After",         LATER,       "integer", "Seconds until it is worth another try" },
};

static const struct { const char *handler, *field, *prose; } tells[] = {
#define ROUTE(method, path, who, body, query, limit, status, answer, errors, handler, summary)
#define ASK(method, path, who, body, query, limit, status, answer, errors, message, summary)
#define ALIAS(prefix, instead)
#define TAG(prefix, name, prose)
#define READS(handler, field, prose)
#define TELLS(handler, field, prose) { #handler, field, prose },
#define REFUSES(handler, answer)
#include "actors/front/routes.tbl.h"
};

/* Who refuses in words of its own. */
static const struct { const char *handler; enum answer answer; } refuses[] = {
#define ROUTE(method, path, who, body, query, limit, status, answer, errors, handler, summary)
#define ASK(method, path, who, body, query, limit, status, answer, errors, message, summary)
#define ALIAS(prefix, instead)
#define TAG(prefix, name, prose)
#define READS(handler, field, prose)
#define TELLS(handler, field, prose)
#define REFUSES(handler, answer) { #handler, ANSWER_##answer },
#include "actors/front/routes.tbl.h"
};

json_t *
openapi_headers(void)
{
	json_t *all = json_object();

	for (size_t i = 0; i < COUNT(fields); i++)
		json_object_set_new(all, fields[i].name, json_pack("{s:s, s:{s:s}}",
		    "description", fields[i].prose, "schema", "type", fields[i].type));
	return all;
}

static bool
carries(enum when when, bool limited, bool reads, int status)
{
	switch (when) {
	case LIMITED:
		return limited;
	case TAGGED:
		return reads && (status == 200 || status == 304);
	case REFUSED_401:
		return status == 401;
	case REFUSED_405:
		return status == 405;
	case REFUSED_429:
		return status == 429;
	case LATER:
		return status == 503 || status == 504;
	default:
		return true;
	}
}

static json_t *
headers_of(bool limited, bool reads, int status)
{
	json_t *headers = json_object();

	for (size_t i = 0; i < COUNT(fields); i++)
		if (carries(fields[i].when, limited, reads, status))
			json_object_set_new(headers, fields[i].name, openapi_ref("headers", fields[i].name));
	return headers;
}

/* ---- errors ---- */

/* An error's answer says its own status and one of the codes that have it. */
static json_t *
error_schema(enum answer answer, const char *status_field, int status, const json_t *codes)
{
	return json_pack("{s:[o, {s:{s:{s:i}, s:{s:O}}}]}", "allOf", openapi_answer_ref(answer),
	    "properties", status_field, "const", status, "code", "enum", codes);
}

static json_t *
error_answer(int status)
{
	json_t *codes = json_array(), *answer;
	char text[600] = "";
	size_t n = 0;

	for (unsigned code = 1; code < E_PEER_LOST; code++) {	/* those from it on are not for clients */
		const struct error_row *row = error_row(code);
		if (row->http != status || (code != E_INTERNAL_ERROR && row == error_row(E_INTERNAL_ERROR)))
			continue;
		json_array_append_new(codes, json_string(row->name));
		if (n < sizeof text)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n > 0 ? "; " : "", row->text);
	}
	answer = json_pack("{s:s, s:o, s:{s:{s:o}, s:{s:o}}}", "description", text, "headers", headers_of(true, false, status),
	    "content", "application/json", "schema", error_schema(ANSWER_error, "statusCode", status, codes),
	    "application/problem+json", "schema", error_schema(ANSWER_problem, "status", status, codes));
	json_decref(codes);
	return answer;
}

static void
error_name(int status, char out[OPENAPI_NAME_MAX])
{
	snprintf(out, OPENAPI_NAME_MAX, "Error%d", status);
}

json_t *
openapi_errors(void)
{
	json_t *all = json_object();
	char name[OPENAPI_NAME_MAX];

	for (int status = 400; status < 600; status++)
		for (unsigned code = 1; code < E_PEER_LOST; code++)
			if (error_row(code)->http == status) {
				error_name(status, name);
				json_object_set_new(all, name, error_answer(status));
				break;
			}
	return all;
}

/* ---- an endpoint's ---- */

/* What its handler tells in header fields; the number of them. */
static size_t
add_told(json_t *headers, const struct endpoint *e)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(tells); i++)
		if (strcmp(tells[i].handler, e->handler) == 0) {
			json_object_set_new(headers, tells[i].field, json_pack("{s:s, s:{s:s}}", "description", tells[i].prose, "schema", "type", "string"));
			n++;
		}
	return n;
}

static json_t *
own_answer(const struct endpoint *e, int status)
{
	const struct answer_spec *spec = answer_spec(e->answer);
	json_t *headers = headers_of(e->limit != LIMIT_none, e->method == HTTP_GET && e->answer != ANSWER_events, status), *answer;
	json_t *content = status == 304 ? NULL : openapi_content(e->answer);

	if (status != 304)
		add_told(headers, e);
	answer = json_pack("{s:s, s:o}", "description", status == 304 ? "Not changed since" : spec->prose, "headers", headers);
	if (content != NULL)
		json_object_set_new(answer, "content", content);
	return answer;
}

/* What it says with a status that means an error, beside the error of all: its own answer, where any
 * endpoint may answer the status and its row names it all the same, or its words for a refusal. */
static bool
says_otherwise(const struct endpoint *e, int status, enum answer *out)
{
	for (size_t i = 0; i < COUNT(refuses); i++)
		if (strcmp(refuses[i].handler, e->handler) == 0 && (status == 400 || status == 403)) {
			*out = refuses[i].answer;
			return true;
		}
	*out = e->answer;
	return status_is_own(e, status);
}

static json_t *
either_answer(enum answer other, int status)
{
	json_t *answer = error_answer(status), *content = json_object_get(answer, "content"), *type = json_object_get(content, "application/json");
	json_t *error = json_object_get(type, "schema");

	json_object_set_new(type, "schema", json_pack("{s:[O, o]}", "anyOf", error, openapi_answer_ref(other)));
	return answer;
}

/* An error that a handler may answer, with what it tells then too; those before it are shared. */
static json_t *
error_of(const struct endpoint *e, int status)
{
	static const int before[] = { 401, 403, 405, 406, 413, 414, 415, 431 };
	char name[OPENAPI_NAME_MAX];
	json_t *answer;

	error_name(status, name);
	for (size_t i = 0; i < COUNT(before); i++)
		if (before[i] == status)
			return openapi_ref("responses", name);
	answer = error_answer(status);
	if (add_told(json_object_get(answer, "headers"), e) > 0)
		return answer;
	json_decref(answer);
	return openapi_ref("responses", name);
}

json_t *
openapi_responses(const struct endpoint *e)
{
	json_t *all = json_object(), *answer;
	enum answer other;
	int statuses[STATUSES_MAX];
	size_t n = endpoint_statuses(e, statuses);
	char key[16];

	for (size_t i = 0; i < n; i++) {
		snprintf(key, sizeof key, "%d", statuses[i]);
		if (statuses[i] < 400)
			answer = own_answer(e, statuses[i]);
		else if (says_otherwise(e, statuses[i], &other))
			answer = either_answer(other, statuses[i]);
		else
			answer = error_of(e, statuses[i]);
		json_object_set_new(all, key, answer);
	}
	return all;
}
