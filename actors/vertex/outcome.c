/* actors/vertex/outcome.c - see outcome.h.
 *
 * Owns: nothing. Fails: never; what cannot be read is the kind's API error.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/outcome.h"

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

static const struct rai {
	unsigned long code;
	const char *reason, *text;
} rai_codes[] = {
#define RAI(code, reason, text) { code, #reason, text },
#include "actors/vertex/rai.tbl.h"
};

/* Texts of blocks that come without a support code. */
static const char *const rai_phrases[] = {
	"blocked by recitation checks", "Responsible AI", "violates", "safety filter", "safety settings",
	"sensitive words", "usage guidelines", "prohibited use",
};

static void
reason_add(json_t *list, const char *code, const char *message)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(json_object_get(item, "code")), code) == 0)
			return;
	if (json_array_size(list) < 8)
		json_array_append_new(list, json_pack("{s:s,s:s}", "code", code, "message", message));
}

/* Support codes: 1, 2. True if the text has any. */
static bool
reasons_from_codes(json_t *list, const char *text)
{
	static const char marker[] = "upport codes:";
	const char *p = strstr(text, marker);
	bool any = false;

	if (p == NULL)
		return false;
	p += sizeof marker - 1;
	for (;;) {
		char *end;
		while (*p == ' ' || *p == ',')
			p++;
		unsigned long code = strtoul(p, &end, 10);
		if (end == p)
			return any;
		any = true;
		p = end;
		const struct rai *known = NULL;
		for (size_t i = 0; i < COUNT(rai_codes); i++)
			if (rai_codes[i].code == code)
				known = &rai_codes[i];
		reason_add(list, known != NULL ? known->reason : "OTHER",
		    known != NULL ? known->text : "The content was held back by a safety check");
	}
}

static bool
reasons_from_text(json_t *list, const char *text)
{
	if (reasons_from_codes(list, text))
		return true;
	for (size_t i = 0; i < COUNT(rai_phrases); i++)
		if (strcasestr(text, rai_phrases[i]) != NULL) {
			reason_add(list, i == 0 ? "RECITATION" : "OTHER", i == 0
			    ? "The result resembled an existing work" : "The content was held back by a safety check");
			return true;
		}
	return false;
}

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
	for (size_t n = strlen(o->said); n > 0 && !utf8_valid(o->said, n); )
		o->said[--n] = '\0';
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
		if (!reasons_from_text(reasons, text))
			reason_add(reasons, "OTHER", "The content was held back by a safety check");
		if (i == 0)
			message_clean(message, sizeof message, text, project);
	}
	filtered_end(o, message, sizeof message, reasons);
}

/* ---- answers ---- */

/* The message of an error body: google.rpc.Status, Storage's form of it, or none. */
static void
error_message(char *to, size_t room, const struct http_answer *a, const char *project)
{
	json_t *json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
	const json_t *error = json_object_get(json_is_array(json) ? json_array_get(json, 0) : json, "error");
	const char *message = json_string_value(json_object_get(error, "message"));

	if (message == NULL && a->status == 404)
		message = "The model, its location or the object does not exist";	/* an HTML page */
	if (message == NULL)
		message = "Google refused the request";
	message_clean(to, room, message, project);
	json_decref(json);
}

/* Is the body a google.rpc.Status of that name? Then the service itself speaks, not
 * something on the way to it. */
static bool
status_is(const struct http_answer *a, const char *name)
{
	json_t *json = json_loadb(a->body.p != NULL ? a->body.p : "", a->body.n, 0, NULL);
	const json_t *error = json_object_get(json_is_array(json) ? json_array_get(json, 0) : json, "error");
	const char *status = json_string_value(json_object_get(error, "status"));
	bool is = status != NULL && strcmp(status, name) == 0;

	json_decref(json);
	return is;
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
	if (a->status == 400 && reasons_from_text(reasons, message)) {
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
	} else if (a->status == 500 && phase == PHASE_WHOLE && (status_is(a, "INTERNAL") || status_is(a, "UNKNOWN")))
		outcome_of_refusal(o, a, kind_error, project);
	else
		outcome_set(o, ambiguous, "Google failed: status %ld", a->status);
}

void
outcome_of_status(struct outcome *o, const json_t *status, unsigned kind_error, const char *project)
{
	const char *text = json_string_value(json_object_get(status, "message"));
	json_t *reasons = json_array();
	char message[1024];

	message_clean(message, sizeof message, text != NULL && text[0] != '\0' ? text : "The model failed", project);
	if (json_integer_value(json_object_get(status, "code")) == 3 && reasons_from_text(reasons, message)) {
		filtered_end(o, message, sizeof message, reasons);
		return;
	}
	json_decref(reasons);
	refusal_end(o, kind_error, "", message, sizeof message);
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
