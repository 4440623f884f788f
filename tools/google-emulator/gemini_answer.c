/* gemini_answer.c - :generateContent: the shape of an answer, whole or in pieces.
 * Owns:  nothing.
 * Fails: never. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gemini.h"

/* What every piece of an answer says about itself. */
static json_t *
piece_new(struct vertex *v, const char *id, const char *when)
{
	return json_pack("{s:s, s:s, s:s}", "modelVersion", v->model->id,
	    "createTime", when, "responseId", id);
}

static json_t *
usage(const struct gemini_answer *a)
{
	json_t *u = json_pack("{s:i, s:i, s:[{s:s, s:i}], s:s}",
	    "promptTokenCount", a->prompt_tokens,
	    "totalTokenCount", a->prompt_tokens + a->made_tokens + a->thought_tokens,
	    "promptTokensDetails", "modality", "TEXT", "tokenCount", a->prompt_tokens,
	    "trafficType", "ON_DEMAND");

	if (a->made_tokens > 0) {
		json_object_set_new(u, "candidatesTokenCount", json_integer(a->made_tokens));
		json_object_set_new(u, "candidatesTokensDetails", json_pack("[{s:s, s:i}]",
		    "modality", a->modality, "tokenCount", a->made_tokens));
	}
	if (a->thought_tokens > 0)
		json_object_set_new(u, "thoughtsTokenCount", json_integer(a->thought_tokens));
	return u;
}

/* The candidate with the parts from first up to end; the last piece says why it ended. */
static json_t *
candidate(const struct gemini_answer *a, size_t first, size_t end)
{
	json_t	*c = json_pack("{s:i}", "index", 0), *parts = json_array();

	for (; first < end; first++)
		json_array_append(parts, json_array_get(a->parts, first));
	if (json_array_size(parts) > 0)
		json_object_set_new(c, "content", json_pack("{s:s, s:O}", "role", "model",
		    "parts", parts));
	json_decref(parts);
	if (end == json_array_size(a->parts)) {
		json_object_set_new(c, "finishReason", json_string(a->finish));
		if (a->why != NULL)
			json_object_set_new(c, "finishMessage", json_string(a->why));
	}
	return c;
}

/* A list of pieces, so many parts in each. */
static json_t *
pieces_make(struct vertex *v, const struct gemini_answer *a, size_t step)
{
	json_t	*list = json_array(), *piece;
	size_t	 n = json_array_size(a->parts), at = 0, end;
	char	 id[37], when[32];

	random_uuid(id);
	clock_rfc3339(clock_ms(), when);
	do {
		end = at + step < n ? at + step : n;
		piece = piece_new(v, id, when);
		json_object_set_new(piece, "candidates", json_pack("[o]", candidate(a, at, end)));
		if (end == n)
			json_object_set_new(piece, "usageMetadata", usage(a));
		json_array_append_new(list, piece);
		at = end;
	} while (at < n);
	return list;
}

/* Server-sent events: a line of data each, and an empty line. */
static void
reply_events(struct request *r, const json_t *pieces)
{
	struct buf	 b = { 0 };
	json_t		*piece;
	size_t		 i;

	json_array_foreach((json_t *)pieces, i, piece) {
		char *text = json_dumps(piece, JSON_COMPACT | JSON_PRESERVE_ORDER);

		buf_fmt(&b, "data: %s\r\n\r\n", text ? text : "{}");
		free(text);
	}
	reply_text(r, 200, "text/event-stream", b.data);
	buf_free(&b);
}

/* Takes the pieces. */
static void
reply_pieces(struct request *r, const struct vertex *v, json_t *pieces)
{
	char *alt = request_query(r, "alt");

	if (!v->streams)
		reply_json(r, 200, json_incref(json_array_get(pieces, 0)));
	else if (alt != NULL && strcmp(alt, "sse") == 0)
		reply_events(r, pieces);
	else
		reply_json(r, 200, json_incref(pieces));
	json_decref(pieces);
	free(alt);
}

bool
gemini_blocked(struct request *r, struct vertex *v, int prompt_tokens)
{
	const char	*reason = r->fault.reason[0] ? r->fault.reason : "SAFETY";
	struct gemini_answer a = { .prompt_tokens = prompt_tokens };
	char		 id[37], when[32];
	json_t		*piece;

	if (!r->fault.blocked)
		return false;
	random_uuid(id);
	clock_rfc3339(clock_ms(), when);
	piece = piece_new(v, id, when);
	json_object_set_new(piece, "promptFeedback", json_pack("{s:s, s:s}",
	    "blockReason", reason, "blockReasonMessage", "The prompt could not be submitted. "
	    "It contains words that violate Google's Responsible AI practices. Try rephrasing "
	    "the prompt. Support codes: 42876398"));
	json_object_set_new(piece, "usageMetadata", usage(&a));
	reply_pieces(r, v, json_pack("[o]", piece));
	return true;
}

void
gemini_withhold(const struct fault *f, const char *usual, struct gemini_answer *a)
{
	a->finish = f->reason[0] ? f->reason : usual;
	a->made_tokens = 0;
	if (strstr(a->finish, "SAFETY") != NULL || strstr(a->finish, "PROHIBITED") != NULL)
		a->why = "Unable to show what was generated. It was filtered out because it "
		    "violates Google's Responsible AI practices. You will not be charged for it. "
		    "Try rephrasing the prompt. Support codes: 29310472";
	else if (strcmp(a->finish, "STOP") != 0)
		a->why = "Nothing could be generated from the prompt. Try rephrasing it.";
}

void
gemini_reply(struct request *r, struct vertex *v, struct gemini_answer *a)
{
	size_t n = json_array_size(a->parts);

	reply_pieces(r, v, pieces_make(v, a, v->streams ? 1 : n));
	json_decref(a->parts);
	a->parts = NULL;
}
