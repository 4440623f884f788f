/* actors/vertex/lyria.c - music through :predict of Lyria 2. The audio comes inline.
 *
 * Genre, instrument and tempo are words of the prompt: the model has no parameters for
 * them. A seed and a sample count exclude each other on the wire, so several clips with a
 * seed are several calls with seeds that follow each other.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/maker.h"

/* The API page and those who call it disagree about the name. */
static const char *const byte_keys[] = { "bytesBase64Encoded", "audioContent", NULL };

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_RECORDED("prompt"),		/* prompt_build */
	FIELD_RECORDED("genre"),
	FIELD_RECORDED("instrument"),
	FIELD_RECORDED("tempo"),
	FIELD_RECORDED("sampleCount"),		/* lyria_build */
	FIELD_RECORDED("seed"),
	FIELD_RECORDED("durationSeconds"),	/* a clip is longer: it is cut (generation.c) */
	FIELD_AS("negativePrompt", AS_IS, "instances.0.negative_prompt"),
};

/* "HIP_HOP" is "hip hop". */
static void
genre_words(char *to, size_t room, const char *genre)
{
	size_t i = 0;

	for (; genre[i] != '\0' && i + 1 < room; i++)
		to[i] = genre[i] == '_' ? ' ' : (char)tolower((unsigned char)genre[i]);
	to[i] = '\0';
}

/* Beats a minute, or a part of "as fast as it gets". */
static void
tempo_words(char *to, size_t room, double tempo)
{
	static const struct { double below; const char *words; } speeds[] = {
		{ 0.25, "very slow" }, { 0.45, "slow" }, { 0.65, "moderate" }, { 0.85, "fast" }, { 1.01, "very fast" },
	};

	for (size_t i = 0; i < COUNT(speeds); i++)
		if (tempo < speeds[i].below) {
			snprintf(to, room, "%s", speeds[i].words);
			return;
		}
	snprintf(to, room, "%.4g BPM", tempo);
}

static int
prompt_build(const struct mapping *m, struct buf *prompt)
{
	int rc = buf_str(prompt, request_text(m->request, "prompt", ""));
	char words[64];

	if (request_has(m->request, "genre")) {
		genre_words(words, sizeof words, request_text(m->request, "genre", ""));
		rc |= prompt_add(prompt, "Genre", words);
	}
	if (request_has(m->request, "instrument"))
		rc |= prompt_add(prompt, "Instrument", request_text(m->request, "instrument", ""));
	if (json_is_number(json_object_get(m->request, "tempo"))) {
		tempo_words(words, sizeof words, json_number_value(json_object_get(m->request, "tempo")));
		rc |= prompt_add(prompt, "Tempo", words);
	}
	return rc;
}

static unsigned
lyria_count(const json_t *request)
{
	return (unsigned)request_int(request, "sampleCount", 1);
}

static int
lyria_build(struct mapping *m, const char *storage, struct wires *out)
{
	unsigned samples = lyria_count(m->request);
	bool seeded = request_has(m->request, "seed");
	struct buf prompt = { 0 };
	int rc;

	(void)storage;			/* the model writes nowhere */
	if (samples < 1 || samples > m->model->samples || samples > WIRES_MAX)
		return refuse(m, "sampleCount must be 1 to %u for %s", m->model->samples, m->model->id);
	rc = prompt_build(m, &prompt);
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

const struct maker maker_lyria = { MAKER_lyria_predict, "predict", false, lyria_build, lyria_read, lyria_count, NULL, NULL };
