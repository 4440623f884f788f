/* proto/media_check.c - see media_check.h.
 * Owns: nothing. Fails: with the field and what is wrong with it.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "proto/media_check.h"
#include "proto/voices.h"

enum { FEW = 3 };			/* reference images of a model with FEW_REFERENCES */

/* One request under the eye of the rules. */
struct check {
	const struct model *model;
	const json_t *request;
	struct media_refusal *why;
};

/* Appends nothing that is cut within a character: the text goes out as JSON. */
static void
whole_characters(char *s)
{
	for (size_t n = strlen(s); n > 0 && !utf8_valid(s, n); )
		s[--n] = '\0';
}

__attribute__((format(printf, 3, 4))) static bool
refused(struct media_refusal *why, const char *field, const char *fmt, ...)
{
	va_list ap;

	snprintf(why->field, sizeof why->field, "%s", field);
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	whole_characters(why->text);
	return false;
}

static const char *
text_of(const json_t *request, const char *name)
{
	const char *s = json_string_value(json_object_get(request, name));

	return s != NULL ? s : "";
}

static bool
is_given(const json_t *request, const char *name)
{
	const json_t *v = json_object_get(request, name);

	return v != NULL && !json_is_null(v) && !(json_is_string(v) && json_string_length(v) == 0);
}

static bool
is_on(const json_t *request, const char *name)
{
	return json_is_true(json_object_get(request, name));
}

/* ---- images ---- */

const char *
reference_type(const char *text)
{
	static const char *const types[] = { "RAW", "MASK", "CONTROL", "STYLE", "SUBJECT" };
	static const char prefix[] = "REFERENCE_TYPE_";

	if (strncasecmp(text, prefix, sizeof prefix - 1) == 0)
		text += sizeof prefix - 1;
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcasecmp(types[i], text) == 0)
			return types[i];
	return NULL;
}

static bool
references_fit(const struct check *c)
{
	const json_t *list = json_object_get(c->request, "referenceData"), *item;
	char field[64];
	size_t i;

	if (json_array_size(list) == 0)
		return (c->model->able & NEEDS_REFERENCES) == 0 ||
		    refused(c->why, "referenceData", "must not be empty for %s", c->model->id);
	if ((c->model->able & ABLE_REFERENCES) == 0)
		return refused(c->why, "referenceData", "cannot be used with %s: leave the model out", c->model->id);
	if ((c->model->able & FEW_REFERENCES) && json_array_size(list) > FEW)
		return refused(c->why, "referenceData", "must have at most %d items for %s", FEW, c->model->id);
	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		const char *type = text_of(item, "referenceType");
		snprintf(field, sizeof field, "referenceData.%zu.referenceType", i);
		if (type[0] != '\0' && reference_type(type) == NULL)
			return refused(c->why, field, "must be RAW, MASK, CONTROL, STYLE or SUBJECT");
	}
	return true;
}

static bool
upscale_fits(const struct check *c)
{
	if ((c->model->able & ABLE_UPSCALE) == 0)
		return refused(c->why, "model", "must be one that upscales: %s does not", c->model->id);
	return !is_given(c->request, "negativePrompt") ||
	    refused(c->why, "negativePrompt", "cannot be used with an upscale");
}

static bool
image_fits(const struct check *c)
{
	bool seed = is_given(c->request, "seed");

	if (media_purpose(c->request) == PURPOSE_upscale)
		return upscale_fits(c);
	if (c->model->able & ABLE_UPSCALE)
		return refused(c->why, "model", "must be one that makes images: %s upscales them", c->model->id);
	if (seed && (c->model->able & ALWAYS_MARKED))
		return refused(c->why, "seed", "cannot be used with %s", c->model->id);
	if (json_is_false(json_object_get(c->request, "addWatermark")) && (c->model->able & ALWAYS_MARKED))
		return refused(c->why, "addWatermark", "must not be false: %s always adds one", c->model->id);
	if (seed && is_on(c->request, "addWatermark"))
		return refused(c->why, "seed", "cannot be used together with addWatermark");
	if (seed && is_on(c->request, "enhancePrompt"))
		return refused(c->why, "seed", "cannot be used together with enhancePrompt");
	if (is_on(c->request, "enhancePrompt") && (c->model->able & ABLE_ENHANCE) == 0)
		return refused(c->why, "enhancePrompt", "cannot be used with %s", c->model->id);
	if (text_of(c->request, "sampleImageSize")[0] == '2' && (c->model->able & ABLE_2K) == 0)
		return refused(c->why, "sampleImageSize", "must be 1K: %s makes no larger images", c->model->id);
	return references_fit(c);
}

/* ---- video ---- */

static bool
video_fits(const struct check *c)
{
	const json_t *first = json_array_get(json_object_get(c->request, "referenceData"), 0);

	if (is_given(c->request, "lastFrame") && !is_given(c->request, "referenceImage") &&
	    !is_given(first, "referenceImage"))
		return refused(c->why, "lastFrame", "needs a referenceImage as the first frame");
	return true;
}

/* ---- music ---- */

static bool
music_fits(const struct check *c)
{
	const json_t *seconds = json_object_get(c->request, "durationSeconds");
	unsigned length = method_longest(c->model->method);

	if (c->model->method != MAKER_lyria_interaction)
		return true;
	if (is_given(c->request, "seed"))
		return refused(c->why, "seed", "cannot be used with %s", c->model->id);
	if (json_is_number(seconds) && (c->model->able & ABLE_LENGTH) == 0 && json_number_value(seconds) != length)
		return refused(c->why, "durationSeconds", "must be %u for %s", length, c->model->id);
	return true;
}

/* ---- speech ---- */

/* What the speech service does for its voices, and a Gemini model that is called itself does not. */
static bool
speech_fits(const struct check *c)
{
	static const char *const others[] = { "speed", "volumeGain", "audioSampleRate" };

	if (c->model->method == MAKER_speech_prompted && strlen(text_of(c->request, "prompt")) > PROMPTED_MAX)
		return refused(c->why, "prompt", "must not have more than %d bytes for %s", PROMPTED_MAX, c->model->id);
	if (c->model->method != MAKER_gemini_speech)
		return true;
	if (is_given(c->request, "audioEncoding") && strcasecmp(text_of(c->request, "audioEncoding"), "linear16") != 0)
		return refused(c->why, "audioEncoding", "must be linear16 for %s", c->model->id);
	for (size_t i = 0; i < COUNT(others); i++)
		if (is_given(c->request, others[i]))
			return refused(c->why, others[i], "cannot be used with %s", c->model->id);
	return true;
}

static bool
audio_fits(const struct check *c)
{
	struct voice voice;
	const char *field = voice_choose(text_of(c->request, "voice"), text_of(c->request, "audioStyle"),
	    text_of(c->request, "model"), text_of(c->request, "language"), &voice);

	if (field == NULL)
		return speech_fits(c);
	if (strcmp(field, "language") == 0)
		return refused(c->why, field, "must be one that the Chirp 3 HD voices speak: %.35s is not",
		    text_of(c->request, field));
	return refused(c->why, field, "must name a voice: there is no %.100s", text_of(c->request, field));
}

/* ---- all ---- */

enum purpose
media_purpose(const json_t *request)
{
	if (is_given(request, "gcsUri"))
		return PURPOSE_upscale;
	return json_array_size(json_object_get(request, "referenceData")) > 0 ? PURPOSE_references : PURPOSE_plain;
}

const struct model *
media_check(enum kind kind, struct bytes asked, const json_t *request, const char *aliases, struct media_refusal *why)
{
	static bool (*const fits[KIND_COUNT])(const struct check *) = {
		[KIND_IMAGE] = image_fits, [KIND_VIDEO] = video_fits, [KIND_MUSIC] = music_fits,
		[KIND_AUDIO] = audio_fits,
	};
	struct check c = { model_resolve(kind, asked, media_purpose(request), aliases), request, why };

	if (c.model == NULL) {
		refused(why, "model", "must be one that makes %s: %.*s is not known as such", kind_prose(kind),
		    (int)(asked.n < 64 ? asked.n : 64), asked.p != NULL ? asked.p : "");
		return NULL;
	}
	return fits[kind] == NULL || fits[kind](&c) ? c.model : NULL;
}

/* ---- whose pictures ---- */

static bool
picture_is_foreign(const json_t *picture, const struct id *user)
{
	const char *uri = text_of(picture, "gcsUri");
	char own[sizeof "/users//" + 36] = "/users/";

	id_text(user, own + strlen(own));
	strcat(own, "/");
	return uri[0] != '\0' && strstr(uri, own) == NULL;
}

bool
media_is_foreign(const json_t *request, const struct id *user, char field[80])
{
	static const char *const pictures[] = { "referenceImage", "lastFrame" };
	const json_t *item;
	size_t i;

	if (picture_is_foreign(request, user)) {	/* of an upscale */
		snprintf(field, 80, "gcsUri");
		return true;
	}
	for (i = 0; i < COUNT(pictures); i++)
		if (picture_is_foreign(json_object_get(request, pictures[i]), user)) {
			snprintf(field, 80, "%s.gcsUri", pictures[i]);
			return true;
		}
	json_array_foreach(json_object_get(request, "referenceData"), i, item)
		if (picture_is_foreign(json_object_get(item, "referenceImage"), user)) {
			snprintf(field, 80, "referenceData.%zu.referenceImage.gcsUri", i);
			return true;
		}
	return false;
}
