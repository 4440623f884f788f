/* actors/vertex/models/lyria.c - music through :predict of Lyria 2. The audio comes inline.
 *
 * Genre, instrument and tempo are words of the prompt: the model has no parameters for
 * them. A seed and a sample count exclude each other on the wire, so several clips with a
 * seed are several calls with seeds that follow each other.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/models/maker.h"

/* The API page and those who call it disagree about the name. */
static const char *const byte_keys[] = { "bytesBase64Encoded", "audioContent", NULL };

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_RECORDED("prompt"),		/* music_prompt */
	FIELD_RECORDED("genre"),
	FIELD_RECORDED("instrument"),
	FIELD_RECORDED("tempo"),
	FIELD_RECORDED("sampleCount"),		/* lyria_build */
	FIELD_RECORDED("seed"),
	FIELD_RECORDED("durationSeconds"),	/* a clip is longer: it is cut (generation_inline.c) */
	FIELD_AS("negativePrompt", AS_IS, "instances.0.negative_prompt"),
};

static int
lyria_build(struct mapping *m, const char *storage, struct wires *out)
{
	unsigned samples = count_samples(m->request);
	bool seeded = request_has(m->request, "seed");
	struct buf prompt = { 0 };
	int rc;

	(void)storage;			/* the model writes nowhere */
	if (samples < 1 || samples > m->model->samples || samples > WIRES_MAX)
		return refuse(m, "sampleCount must be 1 to %u for %s", m->model->samples, m->model->id);
	rc = music_prompt(m->request, &prompt);
	for (unsigned i = 0; i < (seeded ? samples : 1) && rc == 0; i++) {
		m->wire = out->body[out->n++] = json_pack("{s:[{s:s#}],s:{}}", "instances", "prompt",
		    prompt.p != NULL ? prompt.p : "", (int)prompt.n, "parameters");
		if (m->wire == NULL)
			rc = out_of_memory(m);
		else if (seeded)
			rc = wire_set(m->wire, "instances.0.seed",
			    json_integer((request_int(m->request, "seed", 1) - 1 + i) % 2147483647 + 1));
		else
			rc = wire_set(m->wire, "parameters.sample_count", json_integer(samples));
		if (rc == 0)
			rc = fields_map(m, rows, COUNT(rows));
	}
	buf_free(&prompt);
	out->samples = seeded ? 1 : samples;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return rc;
}

static void
lyria_read(json_t *answer, const json_t *wire, struct items *out)
{
	json_t *list = json_object_get(answer, "predictions"), *p;
	size_t i;

	(void)wire;
	json_array_foreach(list, i, p)
		items_add(out, p, "gcsUri", byte_keys, "audio/wav");
}

const struct maker maker_lyria = { MAKER_lyria_predict, "predict", false, false, lyria_build, lyria_read, count_samples, NULL, NULL };
