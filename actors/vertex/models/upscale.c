/* actors/vertex/models/upscale.c - larger images of images, through :predict of the upscaling model.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/models/image_maker.h"

enum { PIXELS_MAX = 17000000 };

static int
with_source(struct mapping *m, const json_t *value)
{
	const char *uri = json_string_value(value);

	/* Google reads it with this service's rights: only what is the user's own */
	if (uri == NULL || !gs_uri_below(uri, m->own_prefix, strlen(m->own_prefix))) {
		outcome_set(m->why, E_NOT_FOUND, "gcsUri names no object of yours");
		return -1;
	}
	return wire_set(m->wire, "instances.0.image.gcsUri", json_string(uri));
}

static int
with_factor(struct mapping *m, const json_t *value)
{
	const char *factor = json_string_value(value);

	if (factor == NULL || (strcmp(factor, "x2") != 0 && strcmp(factor, "x4") != 0))
		return refuse(m, "upscaleFactor must be x2 or x4");
	return wire_set(m->wire, "parameters.upscaleConfig.upscaleFactor", json_string(factor));
}

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_AS("prompt", AS_IS, "instances.0.prompt"),
	FIELD_WITH("gcsUri", with_source),
	FIELD_WITH("upscaleFactor", with_factor),
};

static int
upscale_build(struct mapping *m, const char *storage, struct wires *out)
{
	m->wire = out->body[out->n++] = json_pack("{s:[{s:s}],s:{s:s,s:i,s:b,s:{s:s},s:{s:s},s:s}}",
	    "instances", "prompt", "", "parameters", "mode", "upscale", "sampleCount", 1, "includeRaiReason", 1,
	    "upscaleConfig", "upscaleFactor", "x2", "outputOptions", "mimeType", "image/png", "storageUri", storage);
	if (m->wire == NULL)
		return out_of_memory(m);
	out->samples = 1;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return fields_map(m, rows, COUNT(rows)) == 0 ? source_add(m, out, wire_get(m->wire, "instances.0.image"), "gcsUri") : -1;
}

/* The sizes are what the first bytes say: where they say nothing Google decides. */
static int
upscale_source(struct mapping *m, const struct source *from, const struct stored *s, const json_t *wire)
{
	const json_t *factor = wire_get(wire, "parameters.upscaleConfig.upscaleFactor");
	uint64_t times = (uint64_t)atoi(json_string_value(factor) + 1);
	uint64_t pixels = (uint64_t)s->facts.width * s->facts.height;

	if (source_fits(m, from, s, wire) != 0)
		return -1;
	if (pixels > PIXELS_MAX / (times * times))
		return refuse(m, "upscaleFactor is too large: x%u of %ux%u pixels is more than 17 megapixels", (unsigned)times,
		    s->facts.width, s->facts.height);
	return 0;
}

const struct maker maker_upscale = { MAKER_imagen_upscale, "predict", true, false, upscale_build, imagen_read, count_one,
    upscale_source, NULL };
