/* actors/vertex/models/gemini_image.c - images through :generateContent of the Gemini image models.
 *
 * One call makes one image. What the model has no field for is said in the prompt
 * (gemini_prompt.c); what cannot be said media_check refuses before anything is asked for.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/vertex/models/gemini_answer.h"
#include "actors/vertex/models/image_maker.h"
#include "proto/media_check.h"

#define IMAGE_CONFIG "generationConfig.imageConfig."

/* ---- fields ---- */

static int
with_size(struct mapping *m, const json_t *unused)
{
	const char *ratio = image_ratio(m);

	(void)unused;
	return ratio != NULL ? wire_set(m->wire, IMAGE_CONFIG "aspectRatio", json_string(ratio)) : -1;
}

static int
with_size_name(struct mapping *m, const json_t *value)
{
	return image_size_set(m, IMAGE_CONFIG "imageSize", value);
}

/* These models think before they draw, which is their way of making more of a prompt: true asks for what
 * they do anyway. Those that can be told to think less are told so by false; others have no field for it,
 * or think least by default. */
static int
with_enhance(struct mapping *m, const json_t *value)
{
	if (!json_is_false(value) || (m->model->able & THINKS_LESS) == 0)
		return 0;
	return wire_set(m->wire, "generationConfig.thinkingConfig.thinkingLevel", json_string("MINIMAL"));
}

static int
with_people(struct mapping *m, const json_t *value)
{
	return wire_set(m->wire, IMAGE_CONFIG "personGeneration",
	    json_string(json_is_true(value) ? "ALLOW_ADULT" : "ALLOW_NONE"));
}

static int
with_persons(struct mapping *m, const json_t *value)
{
	static const struct { const char *imagen, *gemini; } names[] = {
		{ "dont_allow", "ALLOW_NONE" }, { "allow_adult", "ALLOW_ADULT" }, { "allow_all", "ALLOW_ALL" },
	};
	const char *text = json_string_value(value);

	for (size_t i = 0; i < COUNT(names) && text != NULL; i++)
		if (strcasecmp(text, names[i].imagen) == 0)
			return wire_set(m->wire, IMAGE_CONFIG "personGeneration", json_string(names[i].gemini));
	return refuse(m, "personGeneration has a value that cannot be used");
}

static int
with_safety(struct mapping *m, const json_t *value)
{
	static const char *const categories[] = { "HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT" };
	char threshold[IMAGE_SAFETY_MAX], category[64];
	json_t *list;

	if (image_safety(m, value, threshold) != 0)
		return -1;
	for (char *p = threshold; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	list = json_array();
	for (size_t i = 0; i < COUNT(categories); i++) {
		snprintf(category, sizeof category, "HARM_CATEGORY_%s", categories[i]);
		json_array_append_new(list, json_pack("{s:s,s:s}", "category", category, "threshold", threshold));
	}
	return wire_set(m->wire, "safetySettings", list);
}

static int
with_quality(struct mapping *m, const json_t *value)
{
	const char *type = request_text(m->request, "outputMimeType", "image/jpeg");

	if (strcmp(type, "image/jpeg") != 0)
		return 0;		/* PNG loses nothing at any quality */
	wire_set(m->wire, IMAGE_CONFIG "imageOutputOptions.mimeType", json_string(type));
	return wire_set(m->wire, IMAGE_CONFIG "imageOutputOptions.compressionQuality",
	    json_incref((json_t *)(uintptr_t)value));
}

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_RECORDED("prompt"),		/* gemini_parts, as are the next four */
	FIELD_RECORDED("style"),
	FIELD_RECORDED("negativePrompt"),
	FIELD_RECORDED("language"),
	FIELD_RECORDED("referenceData"),
	FIELD_RECORDED("steps"),
	FIELD_RECORDED("sampleCount"),		/* a call each */
	FIELD_RECORDED("addWatermark"),		/* it is there; media_check refuses false */
	FIELD_WITH("enhancePrompt", with_enhance),
	FIELD_WITH("width", with_size),
	FIELD_WITH("height", with_size),
	FIELD_AS("aspectRatio", AS_IS, IMAGE_CONFIG "aspectRatio"),	/* wins over width and height */
	FIELD_WITH("allowPeopleAndFaces", with_people),
	FIELD_WITH("personGeneration", with_persons),
	FIELD_WITH("safetySetting", with_safety),
	FIELD_WITH("sampleImageSize", with_size_name),
	FIELD_AS("outputMimeType", AS_IS, IMAGE_CONFIG "imageOutputOptions.mimeType"),
	FIELD_WITH("compressionQuality", with_quality),
};

/* ---- the call ---- */

/* Is there an image to be changed? What is made of it has its shape. */
static bool
has_base(const json_t *request)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(request, "referenceData"), i, item) {
		const char *type = reference_type(request_text(item, "referenceType", ""));
		if (type == NULL || strcmp(type, "RAW") == 0)
			return true;
	}
	return false;
}

static int
gemini_build(struct mapping *m, const char *storage, struct wires *out)
{
	unsigned samples = count_samples(m->request);
	json_t *parts;

	(void)storage;			/* the model writes nowhere */
	if (samples < 1 || samples > m->model->samples || samples > WIRES_MAX)
		return refuse(m, "sampleCount must be 1 to %u for %s", m->model->samples, m->model->id);
	parts = json_array();
	m->wire = out->body[out->n++] = json_pack("{s:[{s:s,s:o}],s:{s:[s]}}", "contents", "role", "user", "parts", parts,
	    "generationConfig", "responseModalities", "IMAGE");
	if (m->wire == NULL)
		return out_of_memory(m);
	/* left alone these models take what shape they like; who asks for none expects Imagen's */
	if (!has_base(m->request) && wire_set(m->wire, IMAGE_CONFIG "aspectRatio", json_string("1:1")) != 0)
		return out_of_memory(m);
	if (gemini_parts(m, parts, out) != 0 || fields_map(m, rows, COUNT(rows)) != 0)
		return -1;
	while (out->n < samples)	/* read only from here on: the calls share it */
		out->body[out->n++] = json_incref(m->wire);
	out->samples = 1;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return 0;
}

/* ---- the answer ---- */

static void
gemini_read(json_t *answer, const json_t *wire, struct items *out)
{
	(void)wire;
	if (!gemini_answer_read(answer, "image/png", out))
		items_reason(out, NULL);	/* that is how these models hold an image back, too */
}

const struct maker maker_gemini_image = { MAKER_gemini_image, "generateContent", false, false, gemini_build, gemini_read,
	count_samples, source_fits, NULL };
