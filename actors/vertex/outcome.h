/* actors/vertex/outcome.h - what an answer of Google means to a job: done, come back,
 * filtered, refused, or unclear. Pure.
 *
 * The detail of an error is a plain message, with words that a client may read (words.h); for
 * CONTENT_FILTERED a newline and a JSON array of {"code","message"} follow.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OUTCOME_H
#define STUDIOD_VERTEX_OUTCOME_H

#include <jansson.h>

#include "actors/vertex/http.h"
#include "actors/vertex/models/words.h"

struct outcome {
	unsigned code;			/* 0: Google did what it was asked */
	char detail[2048];
	char said[512];			/* Google's words for the log, where a client is told others; or "" */
};

/* May asking again start a second generation? */
enum outcome_phase {
	PHASE_START,			/* yes, and it may run on after its answer: what is ambiguous is UNCLEAR */
	PHASE_WHOLE,			/* yes, but its answer is its end: a failure that the model itself told is final */
	PHASE_READ			/* no: it is UPSTREAM_BUSY */
};

/* Of an HTTP exchange. `kind_error`: the code for a plain refusal (E_IMAGEN_API_ERROR..).
 * `project`: an id to be kept out of the message; may be "". */
void outcome_of_http(struct outcome *o, const struct http_answer *a, enum outcome_phase phase, unsigned kind_error,
    const char *project);

/* Does Google say that it has no such model, or not there? Then nothing was begun. */
bool outcome_is_gone(const struct http_answer *a);

/* Google's own words in an answer that is an error, for the log alone: at most room - 1 bytes, "" where it has none. */
void outcome_said(char *to, size_t room, const struct http_answer *a);

/* What kind of end that is, for the log. */
enum outcome_type {
	OUTCOME_done, OUTCOME_filtered, OUTCOME_capacity, OUTCOME_invalid, OUTCOME_permission, OUTCOME_missing,
	OUTCOME_broken,			/* not reached, or the service says that it failed: nothing came of it */
	OUTCOME_unclear			/* something may have been started */
};
enum outcome_type outcome_type(const struct outcome *o, const struct http_answer *a);
const char *outcome_type_name(enum outcome_type type);
/* May the same request go well another time, with nothing made twice? */
bool outcome_retryable(enum outcome_type type);

/* Of a google.rpc.Status inside an operation that ended: final in any case. */
void outcome_of_status(struct outcome *o, const json_t *status, unsigned kind_error, const char *project);

/* Of results that the filter held back; `reasons` is an array of texts, may be NULL. */
void outcome_filtered(struct outcome *o, const json_t *reasons, const char *project);

/* With a message of our own. */
void outcome_set(struct outcome *o, unsigned code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Of several calls for one generation: the code that decides. UNCLEAR beats all, for
 * something may have been started; then what will not change by itself. */
unsigned outcome_rank(unsigned code);

#endif
