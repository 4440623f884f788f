/* actors/vertex/models/veo.c - video through :predictLongRunning of the Veo models; the operation
 * is polled until it is done.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/models/image_maker.h"
#include "proto/media_check.h"

static const char *const byte_keys[] = { "bytesBase64Encoded", "video", NULL };

/* Raised to a length that the models make; 1080p, and a film of assets, come in 8 s only. */
static int
with_duration(struct mapping *m, const json_t *unused)
{
	enum { LONGEST = 8 };
	json_int_t asked = request_int(m->request, "durationSeconds", LONGEST);
	bool one_length = strcmp(request_text(m->request, "resolution", ""), "1080p") == 0 || media_has_assets(m->request);
	unsigned length = asked > LONGEST ? 0 : method_length(m->model->method, asked > 0 ? (unsigned)asked : 0);

	(void)unused;
	if (length == 0)
		return refuse(m, "durationSeconds must not be greater than %d", LONGEST);
	return wire_set(m->wire, "parameters.durationSeconds", json_integer(one_length ? LONGEST : length));
}

static int
first_frame_set(struct mapping *m, const json_t *picture, const char *field)
{
	json_t *image;

	if (picture_map(m, picture, field, &image) != 0)
		return -1;
	return wire_set(m->wire, "instances.0.image", image);
}

static int
with_first_frame(struct mapping *m, const json_t *picture)
{
	return first_frame_set(m, picture, "referenceImage");
}

static int
with_last_frame(struct mapping *m, const json_t *picture)
{
	json_t *image;

	if (picture_map(m, picture, "lastFrame", &image) != 0)
		return -1;
	return wire_set(m->wire, "instances.0.lastFrame", image);
}

/* What is to be seen in the film: media_check has seen to it that all are assets, and come alone. */
static int
assets_set(struct mapping *m, const json_t *list)
{
	json_t *images = json_array(), *image;

	if (wire_set(m->wire, "instances.0.referenceImages", images) != 0)
		return out_of_memory(m);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (image_reference(m, json_array_get(list, i), i, &image) != 0)
			return -1;
		if (json_array_append_new(images, json_pack("{s:o,s:s}", "image", image, "referenceType", "asset")) != 0)
			return out_of_memory(m);
	}
	return 0;
}

/* Of a list without assets the first one is the first frame, unless there is one already. */
static int
with_references(struct mapping *m, const json_t *list)
{
	const json_t *picture = json_object_get(json_array_get(list, 0), "referenceImage");

	if (media_has_assets(m->request))
		return assets_set(m, list);
	if (picture == NULL || request_has(m->request, "referenceImage"))
		return 0;
	return first_frame_set(m, picture, "referenceData.0.referenceImage");
}

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_AS("prompt", AS_IS, "instances.0.prompt"),
	FIELD_AS("negativePrompt", AS_IS, "parameters.negativePrompt"),
	FIELD_WITH("durationSeconds", with_duration),
	FIELD_AS("aspectRatio", AS_IS, "parameters.aspectRatio"),
	FIELD_AS("resolution", AS_IS, "parameters.resolution"),
	FIELD_RECORDED("sampleCount"),		/* veo_build */
	FIELD_AS("enhancePrompt", AS_IS, "parameters.enhancePrompt"),
	FIELD_AS("seed", AS_IS, "parameters.seed"),
	FIELD_AS("personGeneration", AS_LOWER, "parameters.personGeneration"),
	FIELD_AS("generateAudio", AS_IS, "parameters.generateAudio"),
	FIELD_WITH("referenceData", with_references),
	FIELD_WITH("referenceImage", with_first_frame),
	FIELD_WITH("lastFrame", with_last_frame),
};

/* Pictures that lie in storage are looked at. */
static int
sources_note(struct mapping *m, struct wires *out)
{
	const char *first = request_has(m->request, "referenceImage") ? "referenceImage" : "referenceData.0.referenceImage";
	json_t *asset;
	size_t i;

	json_array_foreach(wire_get(m->wire, "instances.0.referenceImages"), i, asset)
		if (source_add(m, out, json_object_get(asset, "image"), "referenceData.%zu.referenceImage", i) != 0)
			return -1;
	return source_add(m, out, wire_get(m->wire, "instances.0.image"), "%s", first) != 0 ? -1 :
	    source_add(m, out, wire_get(m->wire, "instances.0.lastFrame"), "lastFrame");
}

static int
veo_build(struct mapping *m, const char *storage, struct wires *out)
{
	unsigned samples = count_samples(m->request);

	if (samples < 1 || samples > m->model->samples)
		return refuse(m, "sampleCount must be 1 to %u for %s", m->model->samples, m->model->id);
	m->wire = out->body[out->n++] = json_object();
	wire_set(m->wire, "parameters.sampleCount", json_integer(samples));
	wire_set(m->wire, "parameters.storageUri", json_string(storage));
	wire_set(m->wire, "parameters.generateAudio", json_true());	/* the models ask for a word on it */
	if (with_duration(m, NULL) != 0)
		return -1;
	out->samples = samples;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return fields_map(m, rows, COUNT(rows)) == 0 ? sources_note(m, out) : -1;
}

static void
veo_read(json_t *answer, const json_t *wire, struct items *out)
{
	(void)wire;
	out->operation = json_string_value(json_object_get(answer, "name"));
}

void
operation_read(json_t *answer, struct items *out, const json_t **status)
{
	json_t *response = json_object_get(answer, "response");
	json_t *videos = json_object_get(response, "videos"), *p;
	json_t *older = json_object_get(response, "generatedSamples");
	json_t *reasons = json_object_get(response, "raiMediaFilteredReasons");
	size_t i;

	*status = json_object_get(answer, "error");
	out->running = !json_is_true(json_object_get(answer, "done"));
	if (out->running || *status != NULL)
		return;
	json_array_foreach(videos, i, p)
		items_add(out, p, "gcsUri", byte_keys, "video/mp4");
	if (videos == NULL)
		json_array_foreach(older, i, p)
			items_add(out, json_object_get(p, "video"), "uri", byte_keys, "video/mp4");
	json_array_foreach(reasons, i, p)
		items_reason(out, json_string_value(p));
	if (json_integer_value(json_object_get(response, "raiMediaFilteredCount")) > 0)
		items_reason(out, NULL);
}

const struct maker maker_veo = { MAKER_veo_operation, "predictLongRunning", true, true, veo_build, veo_read, count_samples,
    source_fits, NULL };
