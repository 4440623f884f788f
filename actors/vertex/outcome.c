/* actors/vertex/outcome.c - see outcome.h.
 *
 * Owns: nothing. Fails: never; what cannot be read is the kind's API error.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "actors/vertex/outcome.h"

/* ---- cleaning ---- */

struct text {
	char *p;
	size_t n, room;
};

static void
text_add(struct text *t, const char *p, size_t n)
{
	if (n > t->room - 1 - t->n)
		n = t->room - 1 - t->n;
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

static const char *
last_segment(const char *p, size_t n)
{
	const char *slash = memrchr(p, '/', n);

	return slash != NULL && slash + 1 < p + n ? slash + 1 : p;
}

static bool
starts(const char *p, size_t n, const char *with)
{
	size_t k = strlen(with);

	return n >= k && strncasecmp(p, with, k) == 0;
}

/* One word without blanks, quotes or brackets: what may it be? */
static void
word_add(struct text *t, const char *p, size_t n, const char *project)
{
	static const char *const secrets[] = { "ya29.", "eyJ", "AIza" };
	const char *models = memmem(p, n, "/models/", 8);

	for (size_t i = 0; i < COUNT(secrets); i++)
		if (starts(p, n, secrets[i])) {
			text_add(t, "(hidden)", 8);
			return;
		}
	if (memmem(p, n, "://", 3) != NULL) {
		text_add(t, "(link)", 6);
	} else if (starts(p, n, "projects/")) {
		if (models != NULL)
			text_add(t, last_segment(p, n), (size_t)(p + n - last_segment(p, n)));
		else
			text_add(t, "(project)", 9);
	} else if (memmem(p, n, ".gserviceaccount.com", 20) != NULL || memmem(p, n, "googleapis.com", 14) != NULL) {
		text_add(t, "(service)", 9);
	} else if (project[0] != '\0' && memmem(p, n, project, strlen(project)) != NULL) {
		text_add(t, "(project)", 9);
	} else if (n >= 10 && strspn(p, "0123456789") >= n && t->n >= 8 && memmem(t->p + t->n - 8, 8, "project", 7) != NULL) {
		text_add(t, "(hidden)", 8);
	} else {
		text_add(t, p, n);
	}
}

void
message_clean(char *to, size_t room, const char *from, const char *project)
{
	static const char between[] = " \t\r\n\"'`()[]{}<>,;";
	struct text t = { to, 0, room };

	while (*from != '\0') {
		size_t blank = strspn(from, between), word;
		for (size_t i = 0; i < blank; i++)
			text_add(&t, from[i] == '\n' || from[i] == '\r' || from[i] == '\t' ? " " : from + i, 1);
		from += blank;
		word = strcspn(from, between);
		if (word > 0)
			word_add(&t, from, word, project);
		from += word;
	}
	while (t.n > 0 && t.p[t.n - 1] == ' ')
		t.n--;
	while (t.n > 0 && !utf8_valid(t.p, t.n))	/* cut inside a character */
		t.n--;
	t.p[t.n] = '\0';
}

void
outcome_set(struct outcome *o, unsigned code, const char *fmt, ...)
{
	va_list ap;

	o->code = code;
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

static void
filtered_end(struct outcome *o, const char *message, json_t *reasons)
{
	size_t room = sizeof o->detail;
	char *text = json_array_size(reasons) > 0 ? json_dumps(reasons, JSON_COMPACT) : NULL;

	o->code = E_CONTENT_FILTERED;
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
	filtered_end(o, message, reasons);
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

static bool
status_is_aborted(const struct http_answer *a)
{
	return a->body.p != NULL && memmem(a->body.p, a->body.n, "\"ABORTED\"", 9) != NULL;
}

static void
outcome_of_refusal(struct outcome *o, const struct http_answer *a, unsigned kind_error, const char *project)
{
	json_t *reasons = json_array();
	char message[1024];

	error_message(message, sizeof message, a, project);
	if (a->status == 400 && reasons_from_text(reasons, message)) {
		filtered_end(o, message, reasons);
		return;
	}
	json_decref(reasons);
	if (a->status == 401 || a->status == 403)
		outcome_set(o, kind_error, "Google does not let this service do that: %s", message);
	else
		outcome_set(o, kind_error, "%s", message);
}

void
outcome_of_http(struct outcome *o, const struct http_answer *a, enum outcome_phase phase, unsigned kind_error,
    const char *project)
{
	unsigned ambiguous = phase == PHASE_START ? E_UNCLEAR : E_UPSTREAM_BUSY;

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
	else if (a->status == 429 || a->status == 503 || (a->status == 409 && status_is_aborted(a)))
		outcome_set(o, E_UPSTREAM_BUSY, "Google is busy: status %ld", a->status);
	else if (a->status == 501 || a->status < 500) {
		if (a->status == 408 || a->status == 499)
			outcome_set(o, ambiguous, "Google gave up waiting: status %ld", a->status);
		else
			outcome_of_refusal(o, a, kind_error, project);
	} else
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
		filtered_end(o, message, reasons);
		return;
	}
	json_decref(reasons);
	outcome_set(o, kind_error, "%s", message);
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
