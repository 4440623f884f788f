/* actors/vertex/models/omni.c - films with the Gemini Omni models, through the Interactions API: begun in
 * the background, written to storage by Google, and read until it is done.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/models/image_maker.h"
#include "actors/vertex/models/interaction.h"
#include "proto/media_check.h"

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_RECORDED("prompt"),		/* input_build */
	FIELD_RECORDED("negativePrompt"),
	FIELD_RECORDED("referenceImage"),
	FIELD_RECORDED("referenceData"),
	FIELD_RECORDED("sampleCount"),		/* one: media_check */
	FIELD_RECORDED("generateAudio"),	/* true, likewise */
	FIELD_RECORDED("durationSeconds"),	/* film_build */
	FIELD_AS("aspectRatio", AS_IS, "response_format.0.aspect_ratio"),
	FIELD_AS("resolution", AS_IS, "response_format.0.resolution"),
};

/* ---- what it is to make ---- */

static int
words_add(struct mapping *m, json_t *input)
{
	struct buf words = { 0 };
	int rc = buf_str(&words, request_text(m->request, "prompt", ""));

	if (request_has(m->request, "negativePrompt"))
		rc |= prompt_add(&words, "Do not show", request_text(m->request, "negativePrompt", ""));
	if (rc == 0)
		rc = json_array_append_new(input, json_pack("{s:s,s:s#}", "type", "text", "text", words.p != NULL ? words.p : "", (int)words.n));
	buf_free(&words);
	return rc == 0 ? 0 : out_of_memory(m);
}

/* Adds a picture as picture_map makes it (taken over), under this API's names. */
static int
picture_add(struct mapping *m, json_t *input, json_t *picture)
{
	json_t *uri = json_object_get(picture, "gcsUri"), *bytes = json_object_get(picture, "bytesBase64Encoded");
	int rc = json_array_append_new(input, json_pack("{s:s,s:O,s:O}", "type", "image", uri != NULL ? "uri" : "data",
	    uri != NULL ? uri : bytes, "mime_type", json_object_get(picture, "mimeType")));

	json_decref(picture);
	return rc == 0 ? 0 : out_of_memory(m);
}

/* Pictures of what is to be seen, or the first frame: of referenceImage and a list the former. Sets *task. */
static int
pictures_add(struct mapping *m, json_t *input, const char **task)
{
	const json_t *list = json_object_get(m->request, "referenceData");
	bool assets = media_has_assets(m->request), frame = request_has(m->request, "referenceImage");
	size_t n = assets ? json_array_size(list) : json_array_size(list) > 0 ? 1 : 0;
	json_t *picture;

	*task = assets ? "reference_to_video" : frame || n > 0 ? "image_to_video" : "text_to_video";
	if (frame)
		return picture_map(m, json_object_get(m->request, "referenceImage"), "referenceImage", &picture) != 0 ? -1 :
		    picture_add(m, input, picture);
	for (size_t i = 0; i < n; i++)
		if (image_reference(m, json_array_get(list, i), i, &picture) != 0 || picture_add(m, input, picture) != 0)
			return -1;
	return 0;
}

/* Those that lie in storage are looked at. The words come first. */
static int
sources_note(struct mapping *m, json_t *input, struct wires *out)
{
	bool frame = request_has(m->request, "referenceImage");
	int rc = 0;

	for (size_t i = 0; i + 1 < json_array_size(input) && rc == 0; i++)
		rc = frame ? source_add(m, out, json_array_get(input, i + 1), "referenceImage") :
		    source_add(m, out, json_array_get(input, i + 1), "referenceData.%zu.referenceImage", i);
	return rc;
}

/* Raised to a length that the model makes. */
static int
duration_set(struct mapping *m)
{
	unsigned longest = method_longest(m->model->method);
	json_int_t asked = request_int(m->request, "durationSeconds", longest);
	char text[16];

	if (asked < 0 || asked > longest)
		return refuse(m, "durationSeconds must not be greater than %u", longest);
	snprintf(text, sizeof text, "%us", method_length(m->model->method, (unsigned)asked));
	return wire_set(m->wire, "response_format.0.duration", json_string(text)) == 0 ? 0 : out_of_memory(m);
}

static int
film_build(struct mapping *m, const char *storage, struct wires *out)
{
	json_t *input = json_array();
	const char *task;

	m->wire = out->body[out->n++] = json_pack("{s:s,s:b,s:o,s:[{s:s,s:s,s:s}]}", "model", m->model->id, "background", 1, "input", input,
	    "response_format", "type", "video", "delivery", "uri", "gcs_uri", storage);
	out->samples = 1;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	if (m->wire == NULL)
		return out_of_memory(m);
	if (words_add(m, input) != 0 || pictures_add(m, input, &task) != 0 || sources_note(m, input, out) != 0 || duration_set(m) != 0)
		return -1;
	if (wire_set(m->wire, "generation_config.video_config.task", json_string(task)) != 0)
		return out_of_memory(m);
	return fields_map(m, rows, COUNT(rows));
}

/* ---- the answer ---- */

static void
film_read(json_t *answer, const json_t *wire, struct items *out)
{
	(void)wire;
	interaction_read(answer, "video", "video/mp4", out);
	out->running = interaction_runs(answer) && out->n == 0 && out->error == NULL;
	if (out->running)
		out->operation = json_string_value(json_object_get(answer, "id"));
}

const struct maker maker_omni = { .method = MAKER_omni_interaction, .google_stores = true, .runs = true, .build = film_build,
    .read = film_read, .count = count_one, .source = source_fits, .url = interaction_url };
