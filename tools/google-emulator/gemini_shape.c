/* gemini_shape.c - the Gemini image models: the pixels of a ratio and a size, and their price.
 * Owns:  nothing.
 * Fails: 400 for a ratio or a size that the model lacks. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gemini.h"
#include "gemini_draw.h"

#define OLD_TOKENS	1290	/* an image of Gemini 2.5 */

/* Pixels at 1K of the third generation, and of 2.5; turned around for the reverse ratio. */
static const struct {
	int		 x, y, width, height, old_width, old_height;
	unsigned	 needs;		/* one of these abilities, or 0; reversed: needs_turned */
	unsigned	 needs_turned;
} shapes[] = {
	{ 1, 1, 1024, 1024, 1024, 1024, 0, 0 },
	{ 2, 3, 848, 1264, 832, 1248, 0, 0 },
	{ 3, 4, 896, 1200, 864, 1184, 0, 0 },
	{ 4, 5, 928, 1152, 896, 1152, 0, 0 },
	{ 9, 16, 768, 1376, 768, 1344, 0, 0 },
	{ 21, 9, 1584, 672, 1536, 672, 0, RATIO_9_21 },
	{ 1, 4, 512, 2064, 0, 0, RATIOS_TALL, RATIOS_TALL },
	{ 1, 8, 352, 2928, 0, 0, RATIOS_TALL, RATIOS_TALL },
};

static void
shape_take(struct gemini_job *job, const struct model *m, size_t i, bool turned)
{
	bool	old = (m->abilities & OLD_PIXELS) != 0;
	int	w = old ? shapes[i].old_width : shapes[i].width;
	int	h = old ? shapes[i].old_height : shapes[i].height;

	job->spec.width = turned ? h : w;
	job->spec.height = turned ? w : h;
}

static bool
shape_allowed(const struct model *m, size_t i, bool turned)
{
	unsigned needs = turned ? shapes[i].needs_turned : shapes[i].needs;

	return (m->abilities & needs) == needs;
}

/* The allowed shape that is nearest to that of the first input image. */
static void
shape_nearest(struct gemini_job *job, const struct model *m, int width, int height)
{
	double	asked = log((double)width / height), best = HUGE_VAL;
	size_t	i;
	int	turned;

	for (i = 0; i < COUNT(shapes); i++) {
		for (turned = 0; turned < 2; turned++) {
			double is = log((double)shapes[i].x / shapes[i].y) * (turned ? -1 : 1);

			if (!shape_allowed(m, i, turned) || fabs(is - asked) >= best)
				continue;
			best = fabs(is - asked);
			shape_take(job, m, i, turned);
		}
	}
}

static int
shape_asked(struct request *r, struct gemini_job *job, const struct model *m,
    const char *ratio)
{
	char	text[24];
	size_t	i;
	int	turned;

	for (i = 0; i < COUNT(shapes); i++) {
		for (turned = 0; turned < 2; turned++) {
			snprintf(text, sizeof text, "%d:%d",
			    turned ? shapes[i].y : shapes[i].x, turned ? shapes[i].x : shapes[i].y);
			if (strcmp(text, ratio) != 0 || !shape_allowed(m, i, turned))
				continue;
			shape_take(job, m, i, turned);
			return 0;
		}
	}
	return vertex_refuse(r, "generation_config.image_config.aspect_ratio",
	    "aspectRatio %s is not supported by this model.", ratio);
}

/* By the size's name: from half to four times the sides at 1K. */
static int
size_read(struct request *r, struct gemini_job *job, const struct model *m,
    const json_t *config)
{
	const char	*size = json_text(config, "imageSize");
	struct image_spec *s = &job->spec;

	job->tokens = check_enum(size ? json_object_get(config, "imageSize") : NULL, m->sizes);
	if (size == NULL) {
		json_t *usual = json_string("1K");

		job->tokens = m->sizes[0] ? check_enum(usual, m->sizes) : OLD_TOKENS;
		json_decref(usual);
		return 0;
	}
	if (job->tokens < 0)
		return vertex_refuse(r, "generation_config.image_config.image_size",
		    "imageSize %s is not supported by this model.", size);
	if (strcmp(size, "512") == 0) {
		s->width /= 2;
		s->height /= 2;
		if (s->width == 256 || s->height == 256)	/* 1:4, as measured: 256x1024 */
			*(s->width == 256 ? &s->height : &s->width) = 1024;
	} else {
		s->width *= size[0] - '0';
		s->height *= size[0] - '0';
	}
	return 0;
}

int
gemini_shape(struct request *r, const struct model *m, struct gemini_job *job,
    const json_t *config)
{
	const char *ratio = json_text(config, "aspectRatio");

	if (ratio != NULL && shape_asked(r, job, m, ratio) < 0)
		return -1;
	if (ratio == NULL)
		shape_nearest(job, m, job->base ? job->base_width : 1,
		    job->base ? job->base_height : 1);
	return size_read(r, job, m, config);
}
