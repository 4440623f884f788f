/* proto/media_check.c - see media_check.h.
 * Owns: nothing. Fails: with the field and what is wrong with it.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "proto/media_check_internal.h"
#include "proto/voices.h"

bool
check_refused(struct media_refusal *why, const char *field, const char *fmt, ...)
{
	va_list ap;

	snprintf(why->field, sizeof why->field, "%s", field);
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	utf8_cut(why->text);
	return false;
}

const char *
check_text(const json_t *request, const char *name)
{
	const char *s = json_string_value(json_object_get(request, name));

	return s != NULL ? s : "";
}

bool
check_given(const json_t *request, const char *name)
{
	const json_t *v = json_object_get(request, name);

	return v != NULL && !json_is_null(v) && !(json_is_string(v) && json_string_length(v) == 0);
}

/* ---- video ---- */

static bool
is_asset(const json_t *item)
{
	return strcasecmp(reference_word(check_text(item, "referenceType")), "asset") == 0;
}

bool
media_has_assets(const json_t *request)
{
	const json_t *list = json_object_get(request, "referenceData");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_asset(json_array_get(list, i)))
			return true;
	return false;
}

/* Assets come alone: a frame says what they would say. */
static bool
assets_fit(const struct check *c)
{
	static const char *const frames[] = { "referenceImage", "lastFrame" };
	const json_t *list = json_object_get(c->request, "referenceData");
	char field[64];

	if ((c->model->able & ABLE_REFERENCES) == 0)
		return check_refused(c->why, "referenceData", "must not be assets for %s", c->model->id);
	for (size_t i = 0; i < COUNT(frames); i++)
		if (check_given(c->request, frames[i]))
			return check_refused(c->why, frames[i], "cannot be used together with referenceData of assets");
	if (json_array_size(list) > ASSETS_MAX)
		return check_refused(c->why, "referenceData", "must have at most %d assets", ASSETS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(field, sizeof field, "referenceData.%zu.referenceType", i);
		if (!is_asset(json_array_get(list, i)))
			return check_refused(c->why, field, "must be asset, as that of others is");
	}
	return true;
}

/* What the Omni models have no field for, and words would not do. */
static bool
omni_fits(const struct check *c)
{
	static const char *const others[] = { "lastFrame", "enhancePrompt", "seed", "personGeneration" };

	if (c->model->method != MAKER_omni_interaction)
		return true;
	for (size_t i = 0; i < COUNT(others); i++)
		if (check_given(c->request, others[i]))
			return check_refused(c->why, others[i], "cannot be used with %s", c->model->id);
	return !json_is_false(json_object_get(c->request, "generateAudio")) ||
	    check_refused(c->why, "generateAudio", "cannot be switched off with %s: leave it out", c->model->id);
}

static bool
video_fits(const struct check *c)
{
	const json_t *first = json_array_get(json_object_get(c->request, "referenceData"), 0);

	if (strcmp(check_text(c->request, "resolution"), "1080p") == 0 && (c->model->able & ABLE_1080P) == 0)
		return check_refused(c->why, "resolution", "must be 720p for %s", c->model->id);
	if (json_integer_value(json_object_get(c->request, "sampleCount")) > (json_int_t)c->model->samples)
		return check_refused(c->why, "sampleCount", "must be at most %u for %s", c->model->samples, c->model->id);
	if (!omni_fits(c))
		return false;
	if (media_has_assets(c->request))
		return assets_fit(c);
	if (check_given(c->request, "lastFrame") && !check_given(c->request, "referenceImage") &&
	    !check_given(first, "referenceImage"))
		return check_refused(c->why, "lastFrame", "needs a referenceImage as the first frame");
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
	if (check_given(c->request, "seed"))
		return check_refused(c->why, "seed", "cannot be used with %s", c->model->id);
	if (json_is_number(seconds) && (c->model->able & ABLE_LENGTH) == 0 && json_number_value(seconds) != length)
		return check_refused(c->why, "durationSeconds", "must be %u for %s", length, c->model->id);
	return true;
}

/* ---- speech ---- */

/* What the speech service does for its voices, and a Gemini model that is called itself does not. */
static bool
speech_fits(const struct check *c)
{
	static const char *const others[] = { "speed", "volumeGain", "audioSampleRate" };

	if (c->model->method == MAKER_speech_prompted && strlen(check_text(c->request, "prompt")) > PROMPTED_MAX)
		return check_refused(c->why, "prompt", "must not have more than %d bytes for %s", PROMPTED_MAX, c->model->id);
	if (c->model->method != MAKER_gemini_speech)
		return true;
	if (check_given(c->request, "audioEncoding") && strcasecmp(check_text(c->request, "audioEncoding"), "linear16") != 0)
		return check_refused(c->why, "audioEncoding", "must be linear16 for %s", c->model->id);
	for (size_t i = 0; i < COUNT(others); i++)
		if (check_given(c->request, others[i]))
			return check_refused(c->why, others[i], "cannot be used with %s", c->model->id);
	return true;
}

static bool
audio_fits(const struct check *c)
{
	struct voice voice;
	const char *field = voice_choose(check_text(c->request, "voice"), check_text(c->request, "audioStyle"),
	    check_text(c->request, "model"), check_text(c->request, "language"), &voice);

	if (field == NULL)
		return speech_fits(c);
	if (strcmp(field, "language") == 0)
		return check_refused(c->why, field, "must be one that the Chirp 3 HD voices speak: %.35s is not",
		    check_text(c->request, field));
	return check_refused(c->why, field, "must name a voice: there is no %.100s", check_text(c->request, field));
}

/* ---- all ---- */

enum purpose
media_purpose(const json_t *request)
{
	if (check_given(request, "gcsUri"))
		return PURPOSE_upscale;
	if (image_size(check_text(request, "sampleImageSize")) > SIZE_1K)
		return PURPOSE_large;
	return json_array_size(json_object_get(request, "referenceData")) > 0 ? PURPOSE_references : PURPOSE_plain;
}

bool
media_fits(enum kind kind, const struct model *model, const json_t *request, struct media_refusal *why)
{
	static bool (*const fits[KIND_COUNT])(const struct check *) = {
		[KIND_IMAGE] = image_fits, [KIND_VIDEO] = video_fits, [KIND_MUSIC] = music_fits, [KIND_AUDIO] = audio_fits,
	};

	return fits[kind] == NULL || fits[kind](&(struct check){ model, request, why });
}

const struct model *
media_check(enum kind kind, struct bytes asked, const json_t *request, const char *aliases, struct media_refusal *why)
{
	const struct model *model = model_resolve(kind, asked, media_purpose(request), aliases);

	if (model == NULL) {
		check_refused(why, "model", "must be one that makes %s: %.*s is not known as such", kind_prose(kind),
		    (int)(asked.n < 64 ? asked.n : 64), asked.p != NULL ? asked.p : "");
		return NULL;
	}
	return media_fits(kind, model, request, why) ? model : NULL;
}

/* ---- whose pictures ---- */

static bool
picture_is_foreign(const json_t *picture, const struct id *user)
{
	const char *uri = check_text(picture, "gcsUri");
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
