/* vertex_veo.c - Veo :predictLongRunning: what may be asked, and the start of it.
 * Owns:  nothing; operations.c keeps what was started, vertex_veo_poll.c tells of it.
 * Fails: 400 for anything the tables below do not allow; a length that the model
 *        cannot make fails the operation, as the real one does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "films.h"
#include "ledger.h"
#include "media.h"
#include "operations.h"
#include "settings.h"
#include "vertex.h"

#define IMAGE_MAX	(20u << 20)
#define VIDEO_MAX	(64u << 20)
#define EXTEND_MAX	30		/* seconds; with the seven that are added, 37 */

/* ---- what may be asked ---- */

static const struct field image_fields[] = {
	{ .name = "bytesBase64Encoded", .kind = F_BYTES },
	{ .name = "gcsUri", .kind = F_GCS_URI },
	{ .name = "mimeType", .kind = F_WORD, .choices = "image/png image/jpeg",
	    .flags = F_REQUIRED },
	{ 0 }
};
static const struct field video_fields[] = {
	{ .name = "bytesBase64Encoded", .kind = F_BYTES, .max = VIDEO_MAX },
	{ .name = "gcsUri", .kind = F_GCS_URI },
	{ .name = "mimeType", .kind = F_WORD, .choices = "video/mp4", .flags = F_REQUIRED },
	{ 0 }
};
static const struct field mask_fields[] = {
	{ .name = "bytesBase64Encoded", .kind = F_BYTES },
	{ .name = "gcsUri", .kind = F_GCS_URI },
	{ .name = "mimeType", .kind = F_WORD, .choices = "image/png image/jpeg video/mp4",
	    .flags = F_REQUIRED },
	{ .name = "maskMode", .kind = F_WORD,
	    .choices = "insert remove remove_static outpaint", .flags = F_REQUIRED },
	{ 0 }
};
static const struct field reference_fields[] = {
	{ .name = "image", .kind = F_OBJECT, .sub = image_fields, .flags = F_REQUIRED },
	{ .name = "referenceType", .kind = F_WORD, .choices = "asset style",
	    .flags = F_REQUIRED },
	{ 0 }
};
static const struct field instance_fields[] = {
	{ .name = "prompt", .kind = F_STRING },
	{ .name = "image", .kind = F_OBJECT, .sub = image_fields },
	{ .name = "lastFrame", .kind = F_OBJECT, .sub = image_fields },
	{ .name = "video", .kind = F_OBJECT, .sub = video_fields },
	{ .name = "mask", .kind = F_OBJECT, .sub = mask_fields },
	{ .name = "referenceImages", .kind = F_LIST, .sub = reference_fields,
	    .min = 1, .max = 3 },
	{ 0 }
};
static const struct field parameter_fields[] = {
	{ .name = "durationSeconds", .kind = F_INT, .min = 1, .max = 60 },
	{ .name = "aspectRatio", .kind = F_WORD, .choices = "16:9 9:16" },
	{ .name = "resolution", .kind = F_WORD, .choices = "720p 1080p 4k" },
	{ .name = "sampleCount", .kind = F_INT, .min = 1, .max = 4 },
	{ .name = "seed", .kind = F_INT, .min = 0, .max = 4294967295.0 },
	{ .name = "negativePrompt", .kind = F_STRING, .min = 1 },
	{ .name = "personGeneration", .kind = F_WORD, .choices =
	    "allow_adult dont_allow allow_all disallow allowAll" },
	{ .name = "generateAudio", .kind = F_BOOL },
	{ .name = "enhancePrompt", .kind = F_BOOL },
	{ .name = "compressionQuality", .kind = F_WORD, .choices = "optimized lossless" },
	{ .name = "resizeMode", .kind = F_WORD, .choices = "pad crop" },
	{ .name = "storageUri", .kind = F_GCS_PREFIX },
	{ .name = "fps", .kind = F_INT, .min = 24, .max = 24 },
	{ .name = "pubsubTopic", .kind = F_STRING },
	{ .name = "task", .kind = F_WORD, .choices =
	    "textToVideo imageToVideo referenceToVideo edit extend upscale" },
	{ 0 }
};

/* Inputs that exclude each other, or need one another, or a model's ability. */
static const struct {
	const char	*field, *with;
	bool		 needed;	/* else: forbidden together */
	unsigned	 ability;	/* 0: any model */
	const char	*text;
} rules[] = {
	{ "lastFrame", "image", true, 0, "lastFrame needs image." },
	{ "video", "image", false, CAN_EXTEND, "video cannot be used together with image." },
	{ "mask", "video", true, 0, "mask needs video." },
	{ "referenceImages", "image", false, CAN_REFERENCE,
	    "referenceImages cannot be used together with image." },
	{ "referenceImages", "video", false, CAN_REFERENCE,
	    "referenceImages cannot be used together with video." },
	{ "referenceImages", "lastFrame", false, CAN_REFERENCE,
	    "referenceImages cannot be used together with lastFrame." },
};

static int
rules_check(struct request *r, struct vertex *v)
{
	size_t i;

	for (i = 0; i < COUNT(rules); i++) {
		bool other = json_object_get(v->instance, rules[i].with) != NULL;

		if (json_object_get(v->instance, rules[i].field) == NULL)
			continue;
		if (rules[i].ability != 0 && !(v->model->abilities & rules[i].ability))
			return vertex_refuse(r, rules[i].field, "This input is not supported by this "
			    "model.");
		if (other != rules[i].needed)
			return vertex_refuse(r, rules[i].field, "%s", rules[i].text);
	}
	if (json_text(v->instance, "prompt") == NULL &&
	    json_object_get(v->instance, "image") == NULL &&
	    json_object_get(v->instance, "video") == NULL)
		return vertex_refuse(r, "instances[0].prompt", "Text prompt is required.");
	if (json_string_length(json_object_get(v->instance, "prompt")) == 0 &&
	    json_object_get(v->instance, "prompt") != NULL)
		return vertex_refuse(r, "instances[0].prompt", "Text prompt must not be empty.");
	return 0;
}

static int
image_check(struct request *r, const json_t *j, const char *where)
{
	unsigned char	*b;
	size_t		 n;
	int		 w, h;

	if (j == NULL)
		return 0;
	if (vertex_image(r, j, where, IMAGE_MAX, &b, &n, &w, &h) < 0)
		return -1;
	free(b);
	return 0;
}

static int
video_check(struct request *r, const json_t *j, const char *where)
{
	unsigned char	*b;
	size_t		 n;
	double		 seconds;

	if (j == NULL)
		return 0;
	if (vertex_media(r, j, where, VIDEO_MAX, &b, &n) < 0)
		return -1;
	seconds = video_seconds(b, n);
	free(b);
	if (seconds < 0)
		return vertex_refuse(r, where, "The video is no MP4 file, or is damaged.");
	return seconds >= 1 && seconds <= EXTEND_MAX ? 0 : vertex_refuse(r, where,
	    "The video to extend must be from 1 to 30 seconds long.");
}

static int
references_check(struct request *r, struct vertex *v)
{
	json_t	*list = json_object_get(v->instance, "referenceImages"), *one;
	size_t	 i, styles = 0;

	json_array_foreach(list, i, one) {
		styles += strcasecmp(json_text(one, "referenceType"), "style") == 0;
		if (image_check(r, json_object_get(one, "image"), "referenceImages.image") < 0)
			return -1;
	}
	if (styles > 0 && !(v->model->abilities & CAN_STYLE))
		return vertex_refuse(r, "referenceImages", "Reference images of type style are not "
		    "supported by this model.");
	if (styles > 0 && json_array_size(list) != 1)
		return vertex_refuse(r, "referenceImages", "One style image, or up to three asset "
		    "images, can be given.");
	return 0;
}

static int
inputs_check(struct request *r, struct vertex *v)
{
	const char *resolution = json_text(v->parameters, "resolution");

	if (vertex_check(r, v->instance, instance_fields, "instances[0]") < 0 ||
	    vertex_check(r, v->parameters, parameter_fields, "parameters") < 0 ||
	    rules_check(r, v) < 0 || references_check(r, v) < 0 ||
	    image_check(r, json_object_get(v->instance, "image"), "instances[0].image") < 0 ||
	    image_check(r, json_object_get(v->instance, "lastFrame"),
	    "instances[0].lastFrame") < 0 ||
	    video_check(r, json_object_get(v->instance, "video"), "instances[0].video") < 0)
		return -1;
	if (resolution != NULL && !word_in_any_case(v->model->sizes, resolution))
		return vertex_refuse(r, "parameters.resolution",
		    "This resolution is not supported by this model.");
	if (json_object_get(v->parameters, "generateAudio") != NULL &&
	    !(v->model->abilities & CAN_SOUND))
		return vertex_refuse(r, "parameters.generateAudio",
		    "generateAudio is not supported by this model.");
	return 0;
}

/* ---- length ---- */

/* What cannot be made is said in the words of the real service, or NULL. */
static char *
duration_problem(const struct vertex *v, int *seconds)
{
	bool		 extend = json_object_get(v->instance, "video") != NULL;
	bool		 refs = json_object_get(v->instance, "referenceImages") != NULL;
	const char	*allowed = extend ? "7" : refs ? "8" : v->model->seconds;
	const char	*resolution = json_text(v->parameters, "resolution");
	char		 word[12], *list, *p, *text;

	*seconds = (int)vertex_number(v->parameters, "durationSeconds", extend ? 7 : 8);
	if (resolution != NULL && strcasecmp(resolution, "720p") != 0 && !extend)
		allowed = "8";
	snprintf(word, sizeof word, "%d", *seconds);
	if (word_in(allowed, word))
		return NULL;
	list = xstrdup(allowed);
	for (p = list; *p != '\0'; p++)
		if (*p == ' ')
			*p = ',';
	text = xasprintf("Unsupported output video duration %d seconds, supported durations "
	    "are [%s] for feature %s.", *seconds, list, extend ? "video_extension" : refs ?
	    "reference_to_video" : json_object_get(v->instance, "image") ?
	    "image_to_video" : "text_to_video");
	free(list);
	return text;
}

/* ---- starting ---- */

static int
filtered_count(const struct request *r, int count)
{
	return r->fault.filter < 0 || r->fault.filter > count ? count : r->fault.filter;
}

static json_t *
job_make(struct request *r, struct vertex *v, int seconds)
{
	const char	*prompt = json_text(v->instance, "prompt");
	int		 count = (int)vertex_number(v->parameters, "sampleCount", 1), w, h;
	json_t		*job = job_new(&veo_jobs, setting(SET_video_seconds) * 1000);

	film_size(json_text(v->parameters, "resolution"),
	    json_text(v->parameters, "aspectRatio"), &w, &h);
	json_object_update_new(job, json_pack("{s:s, s:s, s:i, s:i, s:i, s:b, s:i, s:i}",
	    "model", v->model->id, "prompt", prompt ? prompt : "",
	    "width", w, "height", h, "seconds", seconds,
	    "audio", (v->model->abilities & CAN_SOUND) &&
	    vertex_bool(v->parameters, "generateAudio", true),
	    "count", count, "filtered", filtered_count(r, count)));
	film_job_set(job, hash_text(prompt ? prompt : "",
	    (uint64_t)vertex_number(v->parameters, "seed", -1)));
	if (json_text(v->parameters, "storageUri") != NULL)
		json_object_set(job, "storage_uri",
		    json_object_get(v->parameters, "storageUri"));
	return job;
}

static void
job_spoil(struct request *r, json_t *job, const char *duration)
{
	const char	*text = r->fault.message[0] ? r->fault.message : NULL;
	int		 code = duration != NULL ? 3 : r->fault.op_code;

	if (r->fault.blocked) {
		code = 3;
		text = "The prompt could not be submitted. This prompt contains sensitive words "
		    "that violate Google's Responsible AI practices. Support codes: 29310472";
	}
	if (code == 0)
		return;
	if (duration != NULL)
		text = duration;
	job_fail(job, code, text != NULL ? text : "Video generation failed due to an internal "
	    "error. Please try again later.");
}

void
veo_start(struct request *r, struct vertex *v)
{
	char	*duration, *name;
	json_t	*job;
	int	 seconds;

	if (inputs_check(r, v) < 0)
		return;
	duration = duration_problem(v, &seconds);
	if (duration != NULL && setting(SET_sync_duration_error) != 0) {
		error_field(r, "parameters.durationSeconds", duration);
		free(duration);
		return;
	}
	ledger_add(r, "veo", v->model->id, json_text(v->parameters, "storageUri"),
	    request_prompt(r), (int)vertex_number(v->parameters, "sampleCount", 1));
	job = job_make(r, v, seconds);
	job_spoil(r, job, duration);
	free(duration);
	name = xasprintf("projects/%s/locations/%s/publishers/google/models/%s/operations/%s",
	    v->project, v->location, v->model->id, json_text(job, "id"));
	json_object_set_new(job, "name", json_string(name));
	if (operation_start(job) < 0)
		error_rpc(r, 500, "Internal error encountered.");
	else
		reply_json(r, 200, json_pack("{s:s}", "name", name));
	free(name);
}
