/* actors/vertex/gemini_image.c - images through :generateContent of the Gemini image models.
 *
 * One call makes one image. What the model has no field for (a style, what is not wanted,
 * a mask, what a reference is for) is said in the prompt; what cannot be said media_check
 * refuses before anything is asked for.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/maker.h"
#include "proto/media_check.h"

#define IMAGE_CONFIG "generationConfig.imageConfig."

static const char *const byte_keys[] = { "data", NULL };

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
	const char *size = json_string_value(value);

	if ((m->model->able & ABLE_2K) == 0)
		return 0;		/* 1K, as these models make anyway */
	return wire_set(m->wire, IMAGE_CONFIG "imageSize", json_string(size != NULL && size[0] == '2' ? "2K" : "1K"));
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
	FIELD_RECORDED("prompt"),		/* prompt_build */
	FIELD_RECORDED("style"),		/* likewise, as are the next two */
	FIELD_RECORDED("negativePrompt"),
	FIELD_RECORDED("language"),
	FIELD_RECORDED("referenceData"),	/* references_build */
	FIELD_RECORDED("steps"),
	FIELD_RECORDED("sampleCount"),		/* a call each */
	FIELD_RECORDED("addWatermark"),		/* it is there; media_check refuses false */
	FIELD_RECORDED("enhancePrompt"),	/* off, as these models are; media_check refuses true */
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

/* ---- reference images ---- */

/* What a reference is for, by its type and its secondary type. An empty secondary type fits
 * any; the first row that fits counts. NULL: it cannot be said. */
static const char *
reference_use(const char *type, const char *secondary)
{
	static const struct { const char *type, *secondary, *use; } uses[] = {
		{ "RAW",     "", "the image to be changed" },
		{ "MASK",    "MASK_MODE_SEMANTIC", NULL },
		{ "MASK",    "MASK_MODE_BACKGROUND", "the image of which nothing but the background is to be changed" },
		{ "MASK",    "MASK_MODE_FOREGROUND", "the image of which nothing but the foreground is to be changed" },
		{ "MASK",    "", "a mask: change nothing but what is white in it" },
		{ "CONTROL", "CONTROL_TYPE_CANNY", "a map of edges that the result follows" },
		{ "CONTROL", "CONTROL_TYPE_SCRIBBLE", "a scribble that the result follows" },
		{ "CONTROL", "CONTROL_TYPE_FACE_MESH", "a face whose pose and expression the result follows" },
		{ "CONTROL", "", "an image whose outlines the result follows" },
		{ "STYLE",   "", "an example of the style" },
		{ "SUBJECT", "SUBJECT_TYPE_PERSON", "the person to be shown" },
		{ "SUBJECT", "SUBJECT_TYPE_ANIMAL", "the animal to be shown" },
		{ "SUBJECT", "SUBJECT_TYPE_PRODUCT", "the product to be shown" },
		{ "SUBJECT", "", "the subject to be shown" },
	};

	for (size_t i = 0; i < COUNT(uses); i++) {
		const char *last = strchr(uses[i].secondary, '_') != NULL ? strchr(uses[i].secondary, '_') + 6 : "";
		if (strcmp(uses[i].type, type) == 0 && (uses[i].secondary[0] == '\0' ||
		    strcasecmp(uses[i].secondary, secondary) == 0 || strcasecmp(last, secondary) == 0))
			return uses[i].use;
	}
	return NULL;
}

/* One image as a part, and its name and use as a line of the prompt. */
static int
reference_add(struct mapping *m, const json_t *from, size_t i, json_t *parts, struct buf *prompt)
{
	const char *type = reference_type(request_text(from, "referenceType", ""));
	const char *use = reference_use(type != NULL ? type : "RAW", request_text(from, "secondaryReferenceType", ""));
	const char *text = request_text(from, "description", "");
	json_t *picture, *mime, *uri, *part;
	char field[64];

	if (use == NULL)
		return refuse(m, "referenceData.%zu.secondaryReferenceType cannot be used with %s", i, m->model->id);
	snprintf(field, sizeof field, "referenceData.%zu.referenceImage", i);
	if (picture_map(m, json_object_get(from, "referenceImage"), field, &picture) != 0)
		return -1;
	mime = json_object_get(picture, "mimeType");
	uri = json_object_get(picture, "gcsUri");
	if (uri != NULL)
		part = json_pack("{s:{s:O,s:O}}", "fileData", "fileUri", uri, "mimeType", mime);
	else
		part = json_pack("{s:{s:O,s:O}}", "inlineData", "data", json_object_get(picture, "bytesBase64Encoded"),
		    "mimeType", mime);
	json_decref(picture);
	if (part == NULL || json_array_append_new(parts, part) != 0)
		return out_of_memory(m);
	if (buf_printf(prompt, "Image %zu, called [%lld], is %s%s%s.\n", i + 1,
	    (long long)request_int(from, "referenceId", (json_int_t)i + 1), use, text[0] != '\0' ? ": " : "", text) != 0)
		return out_of_memory(m);
	return 0;
}

static int
references_build(struct mapping *m, json_t *parts, struct buf *prompt)
{
	json_t *list = json_object_get(m->request, "referenceData"), *from;
	size_t i;

	json_array_foreach(list, i, from)
		if (reference_add(m, from, i, parts, prompt) != 0)
			return -1;
	return 0;
}

/* ---- the call ---- */

static int
prompt_build(struct mapping *m, struct buf *prompt)
{
	static const struct { const char *field, *label; } sentences[] = {
		{ "style", "Style" }, { "negativePrompt", "Do not show" }, { "language", "Language of this text" },
	};
	int rc = buf_str(prompt, request_text(m->request, "prompt", ""));

	for (size_t i = 0; i < COUNT(sentences); i++) {
		const char *text = request_text(m->request, sentences[i].field, "");
		if (text[0] != '\0' && strcmp(text, "auto") != 0)
			rc |= prompt_add(prompt, sentences[i].label, text);
	}
	return rc == 0 ? 0 : out_of_memory(m);
}

static int
parts_build(struct mapping *m, json_t *parts)
{
	struct buf prompt = { 0 };
	int rc = references_build(m, parts, &prompt);

	if (rc == 0)
		rc = prompt_build(m, &prompt);
	if (rc == 0 && json_array_append_new(parts, json_pack("{s:s#}", "text", prompt.p != NULL ? prompt.p : "",
	    (int)prompt.n)) != 0)
		rc = out_of_memory(m);
	buf_free(&prompt);
	return rc;
}

static unsigned
gemini_count(const json_t *request)
{
	return (unsigned)request_int(request, "sampleCount", 1);
}

static int
gemini_build(struct mapping *m, const char *storage, struct wires *out)
{
	unsigned samples = gemini_count(m->request);
	json_t *parts;

	(void)storage;			/* the model writes nowhere */
	if (samples < 1 || samples > m->model->samples || samples > WIRES_MAX)
		return refuse(m, "sampleCount must be 1 to %u for %s", m->model->samples, m->model->id);
	parts = json_array();
	m->wire = out->body[out->n++] = json_pack("{s:[{s:s,s:o}],s:{s:[s]}}", "contents", "role", "user", "parts", parts,
	    "generationConfig", "responseModalities", "IMAGE");
	if (m->wire == NULL)
		return out_of_memory(m);
	if (parts_build(m, parts) != 0 || fields_map(m, rows, COUNT(rows)) != 0)
		return -1;
	while (out->n < samples)	/* read only from here on: the calls share it */
		out->body[out->n++] = json_incref(m->wire);
	out->samples = 1;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return 0;
}

/* ---- the answer ---- */

/* The first image of a candidate; drafts of its thoughts are none. What it says instead is
 * left in *said. */
static void
parts_read(json_t *candidate, struct items *out, const char **said)
{
	json_t *parts = json_object_get(json_object_get(candidate, "content"), "parts"), *part;
	size_t i, before = out->n;

	json_array_foreach(parts, i, part) {
		if (json_is_true(json_object_get(part, "thought")))
			continue;
		items_add(out, json_object_get(part, "inlineData"), "fileUri", byte_keys, "image/png");
		if (out->n == before)
			items_add(out, json_object_get(part, "fileData"), "fileUri", byte_keys, "image/png");
		if (out->n > before)
			return;
		if (*said == NULL && json_string_length(json_object_get(part, "text")) > 0)
			*said = json_string_value(json_object_get(part, "text"));
	}
}

/* The first of the texts that is there, or NULL. */
static const char *
first_text(const json_t *a, const json_t *b)
{
	return json_string_length(a) > 0 ? json_string_value(a) : json_string_length(b) > 0 ? json_string_value(b) : NULL;
}

/* Why there is no image, in Google's words: "IMAGE_SAFETY: what it says about it". */
static void
reason_add(struct items *out, const json_t *answer, const json_t *candidate, const char *said)
{
	const json_t *feedback = json_object_get(answer, "promptFeedback");
	const char *word = first_text(json_object_get(feedback, "blockReason"), json_object_get(candidate, "finishReason"));
	const char *told = first_text(json_object_get(feedback, "blockReasonMessage"), json_object_get(candidate, "finishMessage"));
	char text[1024];

	if (told == NULL)
		told = said;
	if (word != NULL && told != NULL && strcmp(word, "STOP") == 0)
		word = NULL;		/* it ended well, and declined */
	snprintf(text, sizeof text, "%s%s%s", word != NULL ? word : "", word != NULL && told != NULL ? ": " : "",
	    told != NULL ? told : "");
	for (size_t n = strlen(text); n > 0 && !utf8_valid(text, n); )
		text[--n] = '\0';
	items_reason(out, text[0] != '\0' ? text : NULL);
}

static void
gemini_read(json_t *answer, const json_t *wire, struct items *out)
{
	json_t *candidate = json_array_get(json_object_get(answer, "candidates"), 0);
	size_t before = out->n;
	const char *said = NULL;

	(void)wire;
	parts_read(candidate, out, &said);
	if (out->n == before)
		reason_add(out, answer, candidate, said);
}

const struct maker maker_gemini_image = { MAKER_gemini_image, "generateContent", false, gemini_build, gemini_read,
	gemini_count, NULL, NULL };
