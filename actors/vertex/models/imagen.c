/* actors/vertex/models/imagen.c - images through :predict of the Imagen models.
 *
 * What the model has no parameter for becomes part of the prompt (style, on most models
 * also what is not wanted) or is refused; nothing is dropped in silence.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/models/image_maker.h"
#include "proto/media_check.h"

static const char *const byte_keys[] = { "bytesBase64Encoded", NULL };

/* ---- fields with a mind of their own ---- */

static int
with_size(struct mapping *m, const json_t *unused)
{
	const char *ratio = image_ratio(m);

	(void)unused;
	return ratio != NULL ? wire_set(m->wire, "parameters.aspectRatio", json_string(ratio)) : -1;
}

/* A seed works only without a watermark and without rewriting: media_check has seen to it. */
static int
with_seed(struct mapping *m, const json_t *value)
{
	wire_set(m->wire, "parameters.addWatermark", json_false());
	if (m->model->able & ABLE_ENHANCE)
		wire_set(m->wire, "parameters.enhancePrompt", json_false());
	return wire_set(m->wire, "parameters.seed", json_incref((json_t *)(uintptr_t)value));
}

static int
with_enhance(struct mapping *m, const json_t *value)
{
	if ((m->model->able & ABLE_ENHANCE) == 0)
		return 0;		/* off, as these models are anyway */
	return wire_set(m->wire, "parameters.enhancePrompt", json_incref((json_t *)(uintptr_t)value));
}

static int
with_negative(struct mapping *m, const json_t *value)
{
	/* the others get it as a sentence, in prompt_build */
	if ((m->model->able & ABLE_NEGATIVE) == 0)
		return 0;
	return wire_set(m->wire, "parameters.negativePrompt", json_incref((json_t *)(uintptr_t)value));
}

static int
with_size_name(struct mapping *m, const json_t *value)
{
	return image_size_set(m, "parameters.sampleImageSize", value);
}

static int
with_people(struct mapping *m, const json_t *value)
{
	return wire_set(m->wire, "parameters.personGeneration",
	    json_string(json_is_true(value) ? "allow_adult" : "dont_allow"));
}

static int
with_safety(struct mapping *m, const json_t *value)
{
	char text[IMAGE_SAFETY_MAX];

	return image_safety(m, value, text) == 0 ? wire_set(m->wire, "parameters.safetySetting", json_string(text)) : -1;
}

/* Any BCP-47 tag; what the model has no name for it recognises by itself. */
static int
with_language(struct mapping *m, const json_t *value)
{
	static const char *const known[] = { "zh-CN", "zh-TW", "en", "es", "hi", "ja", "ko", "pt", "zh" };
	const char *tag = json_string_value(value), *name = "auto";

	for (size_t i = 0; i < COUNT(known) && tag != NULL && strcmp(name, "auto") == 0; i++) {
		size_t n = strlen(known[i]);
		if (strncasecmp(tag, known[i], n) == 0 && (tag[n] == '\0' || tag[n] == '-' || tag[n] == '_'))
			name = known[i];
	}
	return wire_set(m->wire, "parameters.language", json_string(name));
}

static int
with_quality(struct mapping *m, const json_t *value)
{
	const char *type = request_text(m->request, "outputMimeType", "image/jpeg");

	if (strcmp(type, "image/jpeg") != 0)
		return 0;		/* PNG loses nothing at any quality */
	wire_set(m->wire, "parameters.outputOptions.mimeType", json_string(type));
	return wire_set(m->wire, "parameters.outputOptions.compressionQuality", json_incref((json_t *)(uintptr_t)value));
}

/* ---- reference images (imagen-3.0-capability) ---- */

static const struct reference_type {
	const char *name, *config, *prefix, *kind_key, *text_key;
} reference_types[] = {
	{ "RAW",     NULL, NULL, NULL, NULL },
	{ "MASK",    "maskImageConfig", "MASK_MODE_", "maskMode", NULL },
	{ "CONTROL", "controlImageConfig", "CONTROL_TYPE_", "controlType", NULL },
	{ "STYLE",   "styleImageConfig", NULL, NULL, "styleDescription" },
	{ "SUBJECT", "subjectImageConfig", "SUBJECT_TYPE_", "subjectType", "subjectDescription" },
};

static const struct reference_type *
reference_type_of(const char *text)
{
	const char *name = reference_type(text);

	for (size_t i = 0; i < COUNT(reference_types) && name != NULL; i++)
		if (strcmp(reference_types[i].name, name) == 0)
			return &reference_types[i];
	return &reference_types[0];
}

static void
reference_config(json_t *to, const struct reference_type *type, const json_t *from)
{
	const char *secondary = request_text(from, "secondaryReferenceType", "");
	const char *text = request_text(from, "description", "");
	json_t *config = json_object();
	char name[96];

	if (type->kind_key != NULL) {
		size_t n = strlen(type->prefix);
		if (strncasecmp(secondary, type->prefix, n) == 0)
			secondary += n;
		snprintf(name, sizeof name, "%s%s", type->prefix, secondary[0] != '\0' ? secondary : "DEFAULT");
		for (char *p = name; *p != '\0'; p++)
			*p = (char)toupper((unsigned char)*p);
		json_object_set_new(config, type->kind_key, json_string(name));
	}
	if (strcmp(type->name, "CONTROL") == 0)
		json_object_set_new(config, "enableControlImageComputation", json_true());
	if (type->text_key != NULL && text[0] != '\0')
		json_object_set_new(config, type->text_key, json_string(text));
	json_object_set_new(to, type->config, config);
}

static int
with_references(struct mapping *m, const json_t *list)
{
	json_t *images, *from, *picture;
	size_t i;

	if (json_array_size(list) == 0)
		return 0;
	images = json_array();
	wire_set(m->wire, "instances.0.referenceImages", images);
	json_array_foreach((json_t *)(uintptr_t)list, i, from) {
		const struct reference_type *type = reference_type_of(request_text(from, "referenceType", ""));
		if (image_reference(m, from, i, &picture) != 0)
			return -1;
		json_t *to = json_pack("{s:o,s:I}", "referenceImage", picture,
		    "referenceId", request_int(from, "referenceId", (json_int_t)i + 1));
		char wire_type[48];
		snprintf(wire_type, sizeof wire_type, "REFERENCE_TYPE_%s", type->name);
		json_object_set_new(to, "referenceType", json_string(wire_type));
		if (type->config != NULL)
			reference_config(to, type, from);
		json_array_append_new(images, to);
	}
	return 0;
}

/* ---- the table ---- */

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_RECORDED("prompt"),		/* prompt_build */
	FIELD_RECORDED("style"),		/* likewise */
	FIELD_RECORDED("steps"),
	FIELD_WITH("negativePrompt", with_negative),
	FIELD_AS("sampleCount", AS_IS, "parameters.sampleCount"),
	FIELD_WITH("width", with_size),
	FIELD_WITH("height", with_size),
	FIELD_AS("aspectRatio", AS_IS, "parameters.aspectRatio"),	/* wins over width and height */
	FIELD_WITH("enhancePrompt", with_enhance),
	FIELD_AS("addWatermark", AS_IS, "parameters.addWatermark"),
	FIELD_WITH("seed", with_seed),
	FIELD_WITH("language", with_language),
	FIELD_WITH("allowPeopleAndFaces", with_people),
	FIELD_AS("personGeneration", AS_LOWER, "parameters.personGeneration"),
	FIELD_WITH("safetySetting", with_safety),
	FIELD_WITH("sampleImageSize", with_size_name),
	FIELD_AS("outputMimeType", AS_IS, "parameters.outputOptions.mimeType"),
	FIELD_WITH("compressionQuality", with_quality),
	FIELD_WITH("referenceData", with_references),
};

static int
prompt_build(struct mapping *m)
{
	struct buf prompt = { 0 };
	const char *negative = request_text(m->request, "negativePrompt", "");
	int rc = buf_str(&prompt, request_text(m->request, "prompt", ""));

	if (request_has(m->request, "style"))
		rc |= prompt_add(&prompt, "Style", request_text(m->request, "style", ""));
	if (negative[0] != '\0' && (m->model->able & ABLE_NEGATIVE) == 0)
		rc |= prompt_add(&prompt, "Do not show", negative);
	if (rc == 0)
		rc = wire_set(m->wire, "instances.0.prompt", json_stringn(prompt.p != NULL ? prompt.p : "", prompt.n));
	buf_free(&prompt);
	return rc == 0 ? 0 : out_of_memory(m);
}

/* Reference images that lie in storage are looked at. */
static int
sources_note(struct mapping *m, struct wires *out)
{
	json_t *images = wire_get(m->wire, "instances.0.referenceImages"), *image;
	size_t i;

	json_array_foreach(images, i, image)
		if (source_add(m, out, json_object_get(image, "referenceImage"), "referenceData.%zu.referenceImage", i) != 0)
			return -1;
	return 0;
}

static int
imagen_build(struct mapping *m, const char *storage, struct wires *out)
{
	unsigned samples = count_samples(m->request);

	if (samples < 1 || samples > m->model->samples)
		return refuse(m, "sampleCount must be 1 to %u for %s", m->model->samples, m->model->id);
	m->wire = out->body[out->n++] = json_object();
	if (prompt_build(m) != 0)
		return -1;
	wire_set(m->wire, "parameters.sampleCount", json_integer(samples));
	wire_set(m->wire, "parameters.includeRaiReason", json_true());
	wire_set(m->wire, "parameters.storageUri", json_string(storage));
	out->samples = samples;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return fields_map(m, rows, COUNT(rows)) == 0 ? sources_note(m, out) : -1;
}

void
imagen_read(json_t *answer, const json_t *wire, struct items *out)
{
	json_t *list = json_object_get(answer, "predictions"), *p;
	const json_t *asked = wire_get(wire, "parameters.outputOptions.mimeType");
	size_t i;

	json_array_foreach(list, i, p) {
		const char *reason = json_string_value(json_object_get(p, "raiFilteredReason"));
		if (reason != NULL)
			items_reason(out, reason);
		items_add(out, p, "gcsUri", byte_keys, asked != NULL ? json_string_value(asked) : "image/png");
	}
	if (out->n == 0)
		items_reason(out, NULL);	/* nothing came: all were filtered */
}

const struct maker maker_imagen = { MAKER_imagen_predict, "predict", true, false, imagen_build, imagen_read, count_samples,
	source_fits, NULL };
