/* actors/vertex/interaction.c - music through the Interactions API, with the Lyria 3 models.
 * The audio comes inline.
 *
 * A call gives one song, so several are several calls. The model has no parameters: all but
 * a seed can be said in words. Nothing is kept at Google (store), so what its answer does
 * not hold is lost: there is nothing to poll.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/google.h"
#include "actors/vertex/maker.h"

static const char *const byte_keys[] = { "data", NULL };

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_RECORDED("prompt"),		/* the words of song_build */
	FIELD_RECORDED("genre"),
	FIELD_RECORDED("instrument"),
	FIELD_RECORDED("tempo"),
	FIELD_RECORDED("negativePrompt"),
	FIELD_RECORDED("durationSeconds"),
	FIELD_RECORDED("sampleCount"),		/* a call each */
};

static int
words_build(const struct mapping *m, struct buf *words)
{
	int rc = music_prompt(m->request, words);
	char length[32];

	if (request_has(m->request, "durationSeconds")) {
		snprintf(length, sizeof length, "%lld seconds", (long long)request_int(m->request, "durationSeconds", 0));
		rc |= prompt_add(words, "Length", length);
	}
	if (request_has(m->request, "negativePrompt"))
		rc |= prompt_add(words, "Do not use", request_text(m->request, "negativePrompt", ""));
	return rc;
}

static int
song_build(struct mapping *m, const char *storage, struct wires *out)
{
	unsigned samples = music_count(m->request);
	struct buf words = { 0 };
	int rc;

	(void)storage;			/* the model writes nowhere */
	if (samples < 1 || samples > m->model->samples || samples > WIRES_MAX)
		return refuse(m, "sampleCount must be 1 to %u for %s", m->model->samples, m->model->id);
	rc = words_build(m, &words) == 0 ? 0 : out_of_memory(m);
	for (unsigned i = 0; i < samples && rc == 0; i++) {
		m->wire = out->body[out->n++] = json_pack("{s:s,s:s#,s:b}", "model", m->model->id, "input",
		    words.p != NULL ? words.p : "", (int)words.n, "store", 0);
		rc = m->wire != NULL ? fields_map(m, rows, COUNT(rows)) : out_of_memory(m);
	}
	buf_free(&words);
	out->samples = 1;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return rc;
}

/* ---- the answer ---- */

/* The first song of a list of blocks, unless there is one already: what comes with it is words. */
static void
blocks_read(const json_t *blocks, struct items *out)
{
	json_t *block;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)blocks, i, block) {
		if (out->n > 0 || strcmp(request_text(block, "type", ""), "audio") != 0)
			continue;
		json_object_set(block, "mimeType", json_object_get(block, "mime_type"));
		items_add(out, block, "gcsUri", byte_keys, "audio/mpeg");
	}
}

/* Until May 2026 the blocks were the members of a flat outputs[]. */
static void
song_find(const json_t *answer, struct items *out)
{
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(answer, "steps"), i, step) {
		if (strcmp(request_text(step, "type", ""), "model_output") == 0)
			blocks_read(json_object_get(step, "content"), out);
		if (out->error == NULL && json_is_object(json_object_get(step, "error")))
			out->error = json_object_get(step, "error");
	}
	blocks_read(json_object_get(answer, "outputs"), out);
}

/* How it ended, for a client. */
static const char *
ended_how(const char *status)
{
	static const struct { const char *status, *why; } ends[] = {
		{ "completed", "the model answered without audio" },
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
	return "the model was not done when it answered";	/* queued, in_progress, or a status that is new */
}

static void
song_read(json_t *answer, const json_t *wire, struct items *out)
{
	const json_t *error = json_array_get(json_object_get(answer, "errors"), 0);

	(void)wire;
	song_find(answer, out);
	if (json_is_object(error))
		out->error = error;
	out->why = ended_how(request_text(answer, "status", "completed"));
}

static int
interactions_url(const struct google *g, struct buf *url, const char *project, const struct model *model)
{
	return google_interactions_url(g, url, project, model->location);
}

const struct maker maker_lyria3 = { MAKER_lyria_interaction, NULL, false, song_build, song_read, music_count, NULL,
    interactions_url };
