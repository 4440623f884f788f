/* proto/image_check.c - what the models that make or enlarge images refuse.
 * Owns: nothing. Fails: with the field, the model, and what to do.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <strings.h>

#include "proto/media_check_internal.h"

const char *
reference_word(const char *text)
{
	static const char prefix[] = "REFERENCE_TYPE_";

	return strncasecmp(text, prefix, sizeof prefix - 1) == 0 ? text + sizeof prefix - 1 : text;
}

const char *
reference_type(const char *text)
{
	static const char *const types[] = { "RAW", "MASK", "CONTROL", "STYLE", "SUBJECT" };

	text = reference_word(text);
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcasecmp(types[i], text) == 0)
			return types[i];
	return NULL;
}

static bool
is_on(const json_t *request, const char *name)
{
	return json_is_true(json_object_get(request, name));
}

static bool
reference_fits(const struct check *c, const json_t *item, size_t i)
{
	const char *type = check_text(item, "referenceType");
	const char *mime = check_text(json_object_get(item, "referenceImage"), "mimeType");
	char field[64];

	snprintf(field, sizeof field, "referenceData.%zu.referenceType", i);
	if (type[0] != '\0' && reference_type(type) == NULL)
		return check_refused(c->why, field, "must be RAW, MASK, CONTROL, STYLE or SUBJECT");
	snprintf(field, sizeof field, "referenceData.%zu.referenceImage", i);
	if (strcmp(mime, "image/webp") == 0 && (c->model->able & ABLE_WEBP) == 0)
		return check_refused(c->why, field, "must be a PNG or JPEG image for %s", c->model->id);
	return true;
}

static bool
references_fit(const struct check *c, const struct image_limits *limits)
{
	const json_t *list = json_object_get(c->request, "referenceData"), *item;
	size_t i;

	if (json_array_size(list) == 0)
		return (c->model->able & NEEDS_REFERENCES) == 0 ||
		    check_refused(c->why, "referenceData", "must not be empty for %s", c->model->id);
	if (limits->references == 0)
		return check_refused(c->why, "referenceData", "cannot be used with %s: leave the model out", c->model->id);
	if (json_array_size(list) > limits->references)
		return check_refused(c->why, "referenceData", "must have at most %u items for %s", limits->references, c->model->id);
	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		if (!reference_fits(c, item, i))
			return false;
	return true;
}

static bool
upscale_fits(const struct check *c)
{
	if ((c->model->able & ABLE_UPSCALE) == 0)
		return check_refused(c->why, "model", "must be one that upscales: %s does not", c->model->id);
	return !check_given(c->request, "negativePrompt") ||
	    check_refused(c->why, "negativePrompt", "cannot be used with an upscale");
}

/* A seed and no watermark belong together, and rewriting makes a seed worthless. */
static bool
seed_fits(const struct check *c)
{
	bool seed = check_given(c->request, "seed");

	if (seed && (c->model->able & ALWAYS_MARKED))
		return check_refused(c->why, "seed", "cannot be used with %s, which takes none: leave it out", c->model->id);
	if (json_is_false(json_object_get(c->request, "addWatermark")) && (c->model->able & ALWAYS_MARKED))
		return check_refused(c->why, "addWatermark", "must not be false: %s always adds one, leave it out", c->model->id);
	if (seed && is_on(c->request, "addWatermark"))
		return check_refused(c->why, "seed", "cannot be used together with addWatermark");
	return !(seed && is_on(c->request, "enhancePrompt")) ||
	    check_refused(c->why, "seed", "cannot be used together with enhancePrompt");
}

static bool
has_ratio(const struct image_limits *limits, const char *text)
{
	size_t n;
	const struct image_ratio *all = image_ratios(&n);

	for (size_t i = 0; i < n; i++)
		if ((limits->ratios & all[i].set) && strcmp(all[i].text, text) == 0)
			return true;
	return false;
}

static bool
shape_fits(const struct check *c, const struct image_limits *limits)
{
	const char *ratio = check_text(c->request, "aspectRatio"), *size = check_text(c->request, "sampleImageSize");
	char sizes[SIZES_MAX];

	if (ratio[0] != '\0' && !has_ratio(limits, ratio))
		return check_refused(c->why, "aspectRatio", "cannot be %.8s with %s", ratio, c->model->id);
	image_sizes(limits->sizes, sizes);
	return size[0] == '\0' || (image_size(size) & limits->sizes) != 0 ||
	    check_refused(c->why, "sampleImageSize", "must be %s: %s makes no others", sizes, c->model->id);
}

bool
image_fits(const struct check *c)
{
	const struct image_limits *limits = model_images(c->model);

	if (media_purpose(c->request) == PURPOSE_upscale)
		return upscale_fits(c);
	if (limits == NULL)
		return check_refused(c->why, "model", "must be one that makes images: %s upscales them", c->model->id);
	if (is_on(c->request, "enhancePrompt") && (c->model->able & ABLE_ENHANCE) == 0)
		return check_refused(c->why, "enhancePrompt", "cannot be used with %s", c->model->id);
	return seed_fits(c) && shape_fits(c, limits) && references_fit(c, limits);
}
