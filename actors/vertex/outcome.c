/* actors/vertex/outcome.c - see outcome.h.
 *
 * Owns: nothing. Fails: never; what cannot be read is the kind's API error.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/outcome.h"
#include "actors/vertex/models/rai.h"

void
outcome_set(struct outcome *o, unsigned code, const char *fmt, ...)
{
	va_list ap;

	o->code = code;
	o->said[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(o->detail, sizeof o->detail, fmt, ap);
	va_end(ap);
}

/* ---- responsible AI ---- */

/* Google's words as they were go to the log, where a client is told less. */
static void
words_choose(struct outcome *o, char *message, size_t room)
{
	o->said[0] = '\0';
	snprintf(o->said, sizeof o->said, "%.*s", (int)sizeof o->said - 1, message);
	if (message_rename(message))
		o->said[0] = '\0';
	else
		snprintf(message, room, "The model refused the request");
	utf8_cut(o->said);
}

static void
filtered_end(struct outcome *o, char *message, size_t message_room, json_t *reasons)
{
	size_t room = sizeof o->detail;
	char *text = json_array_size(reasons) > 0 ? json_dumps(reasons, JSON_COMPACT) : NULL;

	o->code = E_CONTENT_FILTERED;
	words_choose(o, message, message_room);
	if (text != NULL && strlen(text) + 2 < room)
		snprintf(o->detail, room, "%.*s\n%s", (int)(room - strlen(text) - 2), message, text);
	else
		snprintf(o->detail, room, "%s", message);
	free(text);
	json_decref(reasons);
}

void
outcome_filtered(struct outcome *o, const json_t *texts, const char *project)
{
	json_t *reasons = json_array(), *item;
	char message[512] = "The safety filter of the model returned nothing";
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)texts, i, item) {
		const char *text = json_string_value(item);
		if (text == NULL)
			continue;
		text = rai_of_filter(reasons, text);
		if (i == 0)
			message_clean(message, sizeof message, text, project);
	}
	filtered_end(o, message, sizeof message, reasons);
}

/* ---- answers ---- */

/* The body's google.rpc.Status, a view into *json, which the caller releases; NULL where there is
 * none. Some services put it into a list. */
static const json_t *
error_read(const struct http_answer *a, json_t **json)
{
	*json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
	return json_object_get(json_is_array(*json) ? json_array_get(*json, 0) : *json, "error");
}

/* The message of an error body: google.rpc.Status, Storage's form of it, or none. */
static void
error_message(char *to, size_t room, const struct http_answer *a, const char *project)
{
	json_t *json;
	const json_t *error = error_read(a, &json);
	const char *message = json_string_value(json_object_get(error, "message"));

	if (message == NULL && a->status == 404)
		message = "The model, its location or the object does not exist";	/* an HTML page */
	if (message == NULL)
		message = "Google refused the request";
	message_clean(to, room, message, project);
	json_decref(json);
}

void
outcome_said(char *to, size_t room, const struct http_answer *a)
{
	json_t *json;
	const char *message = json_string_value(json_object_get(error_read(a, &json), "message"));

	snprintf(to, room, "%s", message != NULL ? message : "");
	utf8_cut(to);
	json_decref(json);
}

static bool
error_is(const json_t *error, const char *name)
{
	const char *status = json_string_value(json_object_get(error, "status"));

	return status != NULL && strcmp(status, name) == 0;
}

/* Is the body a google.rpc.Status of that name? Then the service itself speaks, not
 * something on the way to it. */
static bool
status_is(const struct http_answer *a, const char *name)
{
	json_t *json;
	bool is = error_is(error_read(a, &json), name);

	json_decref(json);
	return is;
}

bool
outcome_is_gone(const struct http_answer *a)
{
	const json_t *error;
	const char *said;
	json_t *json;
	bool gone;

	if (a->end != HTTP_ANSWERED || a->status != 404)
		return false;
	error = error_read(a, &json);
	said = json_string_value(json_object_get(error, "message"));
	/* a bucket or an object may be missing as well */
	gone = error_is(error, "NOT_FOUND") && said != NULL && strcasestr(said, "model") != NULL &&
	    (strcasestr(said, "not found") != NULL || strcasestr(said, "does not exist") != NULL);
	json_decref(json);
	return gone;
}

/* Google asks to come back later. After a start that must also mean that nothing was
 * begun: 429 does; a bare 503 may come from a front end whose connection to the model
 * broke; Status ABORTED undid what there was. */
static bool
is_busy(const struct http_answer *a, enum outcome_phase phase)
{
	if (a->status == 503)
		return phase == PHASE_READ || status_is(a, "UNAVAILABLE") || status_is(a, "RESOURCE_EXHAUSTED");
	return a->status == 429 || (a->status == 409 && status_is(a, "ABORTED"));
}

static void
refusal_end(struct outcome *o, unsigned code, const char *intro, char *message, size_t room)
{
	struct outcome words;

	words_choose(&words, message, room);
	outcome_set(o, code, "%s%s", intro, message);
	memcpy(o->said, words.said, sizeof o->said);
}

static void
outcome_of_refusal(struct outcome *o, const struct http_answer *a, unsigned kind_error, const char *project)
{
	json_t *reasons = json_array();
	char message[1024];

	error_message(message, sizeof message, a, project);
	/* a policy of the project's is violated likewise, but that is no filter */
	if (a->status == 400 && (status_is(a, "FAILED_PRECONDITION") ? rai_of_codes(reasons, message)
	    : rai_of_text(reasons, message))) {
		filtered_end(o, message, sizeof message, reasons);
		return;
	}
	json_decref(reasons);
	refusal_end(o, kind_error, a->status == 401 || a->status == 403 ? "Google does not let this service do that: " : "",
	    message, sizeof message);
}

void
outcome_of_http(struct outcome *o, const struct http_answer *a, enum outcome_phase phase, unsigned kind_error,
    const char *project)
{
	unsigned ambiguous = phase == PHASE_READ ? E_UPSTREAM_BUSY : E_UNCLEAR;

	switch (a->end) {
	case HTTP_NOT_SENT:
		outcome_set(o, E_NOT_SENT, "Google could not be reached");
		return;
	case HTTP_CUT:
		outcome_set(o, ambiguous, "the connection to Google broke before its answer was complete");
		return;
	case HTTP_TIMED_OUT:
		outcome_set(o, ambiguous, "Google did not answer in time");
		return;
	case HTTP_TOO_LARGE:
		outcome_set(o, kind_error, "Google's answer was larger than expected");
		return;
	case HTTP_ANSWERED:
		break;
	}
	if (a->status >= 200 && a->status < 300)
		outcome_set(o, 0, "%s", "");
	else if (is_busy(a, phase))
		outcome_set(o, E_UPSTREAM_BUSY, "Google is busy: status %ld", a->status);
	else if (a->status == 501 || a->status < 500) {
		if (a->status == 408 || a->status == 499)
			outcome_set(o, ambiguous, "Google gave up waiting: status %ld", a->status);
		else
			outcome_of_refusal(o, a, kind_error, project);
	} else if (a->status == 500 && phase == PHASE_WHOLE && (status_is(a, "INTERNAL") || status_is(a, "UNKNOWN") ||
	    status_is(a, "DATA_LOSS")))
		outcome_of_refusal(o, a, kind_error, project);
	else
		outcome_set(o, ambiguous, "Google failed: status %ld", a->status);
}

/* By its number, or, in an interaction's errors, by its name. */
static bool
is_invalid_argument(const json_t *status)
{
	const json_t *code = json_object_get(status, "code");

	return json_integer_value(code) == 3 || (json_is_string(code) && strcmp(json_string_value(code), "INVALID_ARGUMENT") == 0);
}

void
outcome_of_status(struct outcome *o, const json_t *status, unsigned kind_error, const char *project)
{
	const char *text = json_string_value(json_object_get(status, "message"));
	json_t *reasons = json_array();
	char message[1024];

	message_clean(message, sizeof message, text != NULL && text[0] != '\0' ? text : "The model failed", project);
	if (is_invalid_argument(status) && rai_of_text(reasons, message)) {
		filtered_end(o, message, sizeof message, reasons);
		return;
	}
	json_decref(reasons);
	refusal_end(o, kind_error, "", message, sizeof message);
}

static const struct {
	const char *name;
	bool retryable;
} types[] = {
	[OUTCOME_done] = { "done", false },
	[OUTCOME_filtered] = { "filtered", false },
	[OUTCOME_capacity] = { "capacity", true },
	[OUTCOME_invalid] = { "invalid", false },
	[OUTCOME_permission] = { "permission", false },
	[OUTCOME_missing] = { "missing", false },
	[OUTCOME_broken] = { "broken", true },
	[OUTCOME_unclear] = { "unclear", false },
};

const char *
outcome_type_name(enum outcome_type type)
{
	return types[type].name;
}

bool
outcome_retryable(enum outcome_type type)
{
	return types[type].retryable;
}

enum outcome_type
outcome_type(const struct outcome *o, const struct http_answer *a)
{
	switch (o->code) {
	case 0:
		return OUTCOME_done;
	case E_CONTENT_FILTERED:
		return OUTCOME_filtered;
	case E_UPSTREAM_BUSY:
		return OUTCOME_capacity;
	case E_UNCLEAR:
		return OUTCOME_unclear;
	default:
		break;
	}
	if (o->code == E_NOT_SENT || a->end != HTTP_ANSWERED || a->status >= 500)
		return OUTCOME_broken;
	if (a->status == 401 || a->status == 403)
		return OUTCOME_permission;
	return a->status == 404 ? OUTCOME_missing : OUTCOME_invalid;
}

unsigned
outcome_rank(unsigned code)
{
	switch (code) {
	case E_UNCLEAR:
		return 5;
	case E_CONTENT_FILTERED:
		return 4;
	case E_UPSTREAM_BUSY:
		return 2;
	case E_NOT_SENT:
		return 1;
	default:
		return 3;
	}
}
