/* actors/vertex/models/interaction.c - see interaction.h: an answer of the Interactions API.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/vertex/google.h"
#include "actors/vertex/models/interaction.h"

static const char *const byte_keys[] = { "data", NULL };

/* What is looked for. */
struct wanted {
	const char *type, *mime;
	struct items *out;
	const char *said;		/* the first words that came */
};

/* The first one of a list of blocks, unless there is one already; and what is said. */
static void
blocks_read(const json_t *blocks, struct wanted *w)
{
	json_t *block;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)blocks, i, block) {
		if (strcmp(request_text(block, "type", ""), "text") == 0)
			said_add(&w->said, json_object_get(block, "text"));
		if (w->out->n > 0 || strcmp(request_text(block, "type", ""), w->type) != 0)
			continue;
		json_object_set(block, "mimeType", json_object_get(block, "mime_type"));
		items_add(w->out, block, "uri", byte_keys, w->mime);
	}
}

/* Until May 2026 the blocks were the members of a flat outputs[]. */
static void
blocks_find(const json_t *answer, struct wanted *w)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(answer, "steps"), i, step) {
		if (strcmp(request_text(step, "type", ""), "model_output") == 0)
			blocks_read(json_object_get(step, "content"), w);
		if (w->out->error == NULL && json_is_object(json_object_get(step, "error")))
			w->out->error = json_object_get(step, "error");
	}
	blocks_read(json_object_get(answer, "outputs"), w);
}

static const char done[] = "completed";

/* How it ended, for a client; NULL: it has not. */
static const char *
ended_how(const char *status)
{
	static const struct { const char *status, *why; } ends[] = {
		{ done, "the model answered without a result" },
		{ "failed", "the model failed" },
		{ "cancelled", "the model's work was cancelled" },
		{ "incomplete", "the model stopped before it was done" },
		{ "budget_exceeded", "the budget for this model is used up" },
		{ "requires_action", "the model asks for more than was given" },
		{ "requires_continuation", "the model stopped before it was done" },
	};

	for (size_t i = 0; i < COUNT(ends); i++)
		if (strcmp(ends[i].status, status) == 0)
			return ends[i].why;
	return NULL;			/* queued, in_progress, or a status that is new */
}

bool
interaction_runs(const json_t *answer)
{
	return ended_how(request_text(answer, "status", done)) == NULL;
}

void
interaction_read(json_t *answer, const char *type, const char *mime, struct items *out)
{
	const json_t *error = json_array_get(json_object_get(answer, "errors"), 0);
	const char *status = request_text(answer, "status", done);
	struct wanted w = { type, mime, out, NULL };

	blocks_find(answer, &w);
	if (json_is_object(error))
		out->error = error;
	out->why = ended_how(status);
	if (out->n == 0 && out->error == NULL && w.said != NULL && strcmp(status, done) == 0)
		items_told(out, NULL, w.said);	/* it ended well, and declined */
}

int
interaction_url(const struct google *g, struct buf *url, const char *project, const struct model *model)
{
	return google_interactions_url(g, url, project, model->location);
}
