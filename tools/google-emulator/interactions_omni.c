/* interactions_omni.c - Gemini Omni: one film, inline or in Cloud Storage.
 * Owns:  nothing.
 * Fails: 400 for anything the tables below do not allow. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "films.h"
#include "interactions.h"
#include "settings.h"
#include "vertex.h"

#define SHORTEST	3	/* seconds; the longest is the model's */
#define STANDARD	8
#define EXTENDED	40	/* so long a film may become by extension */

static const struct field video_fields[] = {
	{ .name = "type", .kind = F_STRING },
	{ .name = "mime_type", .kind = F_WORD, .choices = "video/mp4", .flags = F_REQUIRED },
	{ .name = "uri", .kind = F_GCS_URI },
	{ .name = "data", .kind = F_BYTES },
	{ 0 }
};
static const struct interaction_type inputs[] = {
	{ "text", interaction_text_fields, 64 }, { "image", interaction_image_fields, 10 },
	{ "video", video_fields, 3 }, { 0 }
};

static const struct field video_format[] = {
	{ .name = "type", .kind = F_STRING },
	{ .name = "delivery", .kind = F_WORD, .choices = "inline uri" },
	{ .name = "gcs_uri", .kind = F_GCS_PREFIX },
	{ .name = "aspect_ratio", .kind = F_WORD, .choices = "16:9 9:16" },
	{ .name = "resolution", .kind = F_WORD, .choices = "360p 720p 1080p 4k" },
	{ .name = "duration", .kind = F_STRING, .min = 1, .max = 20 },
	{ 0 }
};
static const struct interaction_type formats[] = {
	{ "video", video_format, 1 }, { "text", interaction_text_format, 1 }, { 0 }
};

/* What a task must be given beside its text; one without files has none. */
static const struct {
	const char	*task, *needs;
} tasks[] = {
	{ "image_to_video", "image" }, { "reference_to_video", "image" },
	{ "edit", "video" }, { "extend", "video" }, { "upscale", "video" },
};

/* "8s", "3.5s": seconds, or -1. */
static double
duration_read(const char *s)
{
	char	*end;
	double	 d = strtod(s, &end);

	return strspn(s, "0123456789.") == strlen(s) - 1 && strcmp(end, "s") == 0 ? d : -1;
}

static double
seconds_of(const struct interaction *in)
{
	const char *duration = json_text(in->format, "duration");

	return duration != NULL ? duration_read(duration) : STANDARD;
}

static int
format_check(struct request *r, const struct interaction *in)
{
	const char	*delivery = json_text(in->format, "delivery");
	bool		 stored = json_text(in->format, "gcs_uri") != NULL;
	double		 seconds = seconds_of(in);

	if (stored != (delivery != NULL && strcasecmp(delivery, "uri") == 0))
		return vertex_wrong(r, "response_format.gcs_uri",
		    "it must be set if delivery is uri, and only then.");
	if (seconds < SHORTEST || seconds > in->model->longest)
		return vertex_wrong(r, "response_format.duration",
		    "it must be from 3s to 10s.");
	return 0;
}

static bool
item_given(const struct interaction *in, const char *type)
{
	size_t	 i;
	json_t	*one;

	json_array_foreach((json_t *)in->items, i, one)
		if (strcmp(json_text(one, "type"), type) == 0)
			return true;
	return false;
}

static int
task_check(struct request *r, const struct interaction *in)
{
	static const char	 field[] = "generation_config.video_config.task";
	const json_t		*config = json_object_get(in->body, "generation_config");
	const char		*task = json_text(json_object_get(config, "video_config"), "task");
	size_t			 i;

	if (task == NULL)
		return 0;
	if (strcasecmp(task, "text_to_video") == 0)
		return item_given(in, "image") || item_given(in, "video") ?
		    vertex_wrong(r, field, "text_to_video takes no image and no video.") : 0;
	for (i = 0; i < COUNT(tasks); i++)
		if (strcasecmp(task, tasks[i].task) == 0 && !item_given(in, tasks[i].needs))
			return vertex_wrong(r, field, strcmp(tasks[i].needs, "image") == 0 ?
			    "it needs an image in the input." : "it needs a video in the input.");
	if (strcasecmp(task, "extend") == 0 && in->film_seconds + seconds_of(in) > EXTENDED)
		return vertex_wrong(r, field, "the video would be longer than 40 seconds.");
	return 0;
}

static int
check(struct request *r, const struct interaction *in)
{
	return format_check(r, in) < 0 || task_check(r, in) < 0 ? -1 : 0;
}

static double
takes_ms(void)
{
	return setting(SET_video_seconds) * 1000;
}

static void
fill(const struct interaction *in, json_t *job)
{
	json_t		*uri = json_object_get(in->format, "gcs_uri");
	int		 w, h;

	film_size(json_text(in->format, "resolution"), json_text(in->format, "aspect_ratio"),
	    &w, &h);
	json_object_update_new(job, json_pack("{s:i, s:i, s:f, s:b}", "width", w, "height", h,
	    "seconds", seconds_of(in), "audio", 1));
	film_job_set(job, hash_text(in->prompt, 17));
	if (uri != NULL)
		json_object_set(job, "storage_uri", uri);
}

static json_t *
content(const json_t *job)
{
	json_t		*uri = json_array_get(json_object_get(job, "uris"), 0);
	json_t		*block = json_pack("{s:s, s:s}", "type", "video", "mime_type", "video/mp4");
	struct blob	*b = uri == NULL ? film_draw(job) : NULL;
	unsigned char	*film;
	size_t		 n;

	if (uri != NULL) {
		json_object_set(block, "uri", uri);
	} else if (b != NULL) {
		film = film_copy(b, job, 0, &n);
		json_object_set_new(block, "data", json_bytes(film, n));
		free(film);
	}
	blob_free(b);
	return json_pack("[o]", block);
}

const struct interaction_family interaction_films = {
	.medium = "video", .inputs = inputs, .formats = formats, .configs = "video_config",
	.modalities = "video text", .thinks = true,
	.refusal = "Video generation failed with the following error: The prompt could not be "
	    "submitted. It contains words that violate Google's Responsible AI practices. "
	    "Support codes: 29310472",
	.takes_ms = takes_ms, .check = check, .fill = fill,
	.draw = film_job_draw, .end = film_job_end, .content = content,
};
