/* actors/vertex/models/gemini_prompt.c - what a Gemini image model is told in words: which image is for what,
 * a style, what is not wanted, a mask.
 * Licence: Apache-2.0. */
#include "actors/vertex/encode.h"
#include "actors/vertex/models/image_maker.h"
#include "proto/media_check.h"

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
		{ "MASK",    "", "the mask of the image to be changed: change only what is white in it and keep the rest as it is" },
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

/* Google's media object as a part. NULL: memory is out. */
static json_t *
part_of(const json_t *picture)
{
	json_t *mime = json_object_get(picture, "mimeType"), *uri = json_object_get(picture, "gcsUri");

	if (uri != NULL)
		return json_pack("{s:{s:O,s:O}}", "fileData", "fileUri", uri, "mimeType", mime);
	return json_pack("{s:{s:O,s:O}}", "inlineData", "data", json_object_get(picture, "bytesBase64Encoded"), "mimeType", mime);
}

/* One image as a part, and its name and use as a line of the prompt. */
static int
reference_add(struct mapping *m, const json_t *from, size_t i, json_t *parts, struct buf *prompt, struct wires *out)
{
	const char *type = reference_type(request_text(from, "referenceType", ""));
	const char *use = reference_use(type != NULL ? type : "RAW", request_text(from, "secondaryReferenceType", ""));
	const char *text = request_text(from, "description", "");
	json_t *picture, *part;

	if (use == NULL)
		return refuse(m, "referenceData.%zu.secondaryReferenceType cannot be used with %s", i, m->model->id);
	if (image_reference(m, from, i, &picture) != 0)
		return -1;
	part = part_of(picture);
	json_decref(picture);
	if (part == NULL || json_array_append_new(parts, part) != 0)
		return out_of_memory(m);
	if (source_add(m, out, json_object_get(part, "fileData"), "referenceData.%zu.referenceImage", i) != 0)
		return -1;
	if (buf_printf(prompt, "Image %zu, called [%lld], is %s%s%s.\n", i + 1,
	    (long long)request_int(from, "referenceId", (json_int_t)i + 1), use, text[0] != '\0' ? ": " : "", text) != 0)
		return out_of_memory(m);
	return 0;
}

static int
references_build(struct mapping *m, json_t *parts, struct buf *prompt, struct wires *out)
{
	json_t *list = json_object_get(m->request, "referenceData"), *from;
	size_t i;

	json_array_foreach(list, i, from)
		if (reference_add(m, from, i, parts, prompt, out) != 0)
			return -1;
	return 0;
}

/* ---- the text ---- */

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

int
gemini_parts(struct mapping *m, json_t *parts, struct wires *out)
{
	struct buf prompt = { 0 };
	int rc = references_build(m, parts, &prompt, out);

	if (rc == 0)
		rc = prompt_build(m, &prompt);
	if (rc == 0 && json_array_append_new(parts, json_pack("{s:s#}", "text", prompt.p != NULL ? prompt.p : "",
	    (int)prompt.n)) != 0)
		rc = out_of_memory(m);
	buf_free(&prompt);
	return rc;
}
