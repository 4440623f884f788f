/* actors/vertex/models/lyria3.c - music with the Lyria 3 models, through the Interactions API.
 * The audio comes inline.
 *
 * A call gives one song, so several are several calls. The model has no parameters: all but
 * a seed can be said in words. Nothing is kept at Google (store), so what its answer does
 * not hold is lost: there is nothing to poll.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/models/interaction.h"

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
	unsigned samples = count_samples(m->request);
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

static void
song_read(json_t *answer, const json_t *wire, struct items *out)
{
	(void)wire;
	interaction_read(answer, "audio", "audio/mpeg", out);
	if (interaction_runs(answer))
		out->why = "the model was not done when it answered";
}

const struct maker maker_lyria3 = { .method = MAKER_lyria_interaction, .build = song_build, .read = song_read, .count = count_samples,
    .url = interaction_url };
