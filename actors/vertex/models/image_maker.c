/* actors/vertex/models/image_maker.c - see image_maker.h.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "actors/vertex/models/image_maker.h"

/* ---- fields ---- */

const char *
image_ratio(struct mapping *m)
{
	double width = (double)request_int(m->request, "width", request_int(m->request, "height", 1));
	double height = (double)request_int(m->request, "height", request_int(m->request, "width", 1));
	const struct image_limits *limits = model_images(m->model);
	const struct image_ratio *best = NULL;
	double least = 0;
	size_t n;
	const struct image_ratio *all = image_ratios(&n);

	if (width <= 0 || height <= 0 || limits == NULL) {
		refuse(m, "width and height must be above 0");
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		double off = fabs(log(width / height * all[i].height / all[i].width));
		if ((limits->ratios & all[i].set) && (best == NULL || off < least)) {
			best = &all[i];
			least = off;
		}
	}
	return best != NULL ? best->text : NULL;
}

/* The old names of the four thresholds still come from clients. */
int
image_safety(struct mapping *m, const json_t *value, char text[IMAGE_SAFETY_MAX])
{
	static const struct { const char *old, *now; } names[] = {
		{ "block_most", "block_low_and_above" }, { "block_some", "block_medium_and_above" },
		{ "block_few", "block_only_high" }, { "block_fewest", "block_none" },
	};
	size_t n = json_string_length(value);

	if (n >= IMAGE_SAFETY_MAX || !json_is_string(value))
		return refuse(m, "safetySetting has a value that cannot be used");
	for (size_t i = 0; i <= n; i++)
		text[i] = (char)tolower((unsigned char)json_string_value(value)[i]);
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i].old, text) == 0)
			snprintf(text, IMAGE_SAFETY_MAX, "%s", names[i].now);
	return 0;
}

int
image_size_set(struct mapping *m, const char *path, const json_t *value)
{
	const struct image_limits *limits = model_images(m->model);
	unsigned size = json_is_string(value) ? image_size(json_string_value(value)) : 0;
	char text[SIZES_MAX];

	if (limits == NULL || (size & limits->sizes) == 0)
		return refuse(m, "sampleImageSize has a value that cannot be used");
	if (limits->sizes == size)
		return 0;		/* as it makes anyway */
	image_sizes(size, text);
	return wire_set(m->wire, path, json_string(text));
}

/* ---- reference images ---- */

int
image_reference(struct mapping *m, const json_t *item, size_t i, json_t **out)
{
	char field[48];

	snprintf(field, sizeof field, "referenceData.%zu.referenceImage", i);
	return picture_map(m, json_object_get(item, "referenceImage"), field, out);
}
