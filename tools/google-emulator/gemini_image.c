/* gemini_image.c - the Gemini image models: what may be asked, and the job it makes.
 * Owns:  nothing; gemini_draw.c does the job.
 * Fails: 400 for anything the tables below do not allow. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gemini.h"
#include "gemini_draw.h"

#define INLINE_MAX	(7u << 20)
#define FILE_MAX	(30u << 20)

/* ---- what may be asked ---- */

static const struct field inline_fields[] = {
	{ .name = "mimeType", .kind = F_STRING, .min = 1, .max = 100, .flags = F_REQUIRED },
	{ .name = "data", .kind = F_BYTES, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field file_fields[] = {
	{ .name = "mimeType", .kind = F_STRING, .min = 1, .max = 100, .flags = F_REQUIRED },
	{ .name = "fileUri", .kind = F_GCS_URI, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field part_fields[] = {
	{ .name = "text", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "inlineData", .kind = F_OBJECT, .sub = inline_fields },
	{ .name = "fileData", .kind = F_OBJECT, .sub = file_fields },
	{ .name = "thought", .kind = F_BOOL },
	{ .name = "thoughtSignature", .kind = F_BYTES },
	{ 0 }
};
static const struct field content_fields[] = { GEMINI_CONTENT(part_fields), { 0 } };

static const struct field output_fields[] = {
	{ .name = "mimeType", .kind = F_WORD, .flags = F_EXACT,
	    .choices = "image/png image/jpeg" },
	{ .name = "compressionQuality", .kind = F_INT, .min = 0, .max = 100 },
	{ 0 }
};
static const struct field image_config[] = {
	{ .name = "aspectRatio", .kind = F_STRING, .min = 1, .max = 10 },
	{ .name = "imageSize", .kind = F_STRING, .min = 1, .max = 10 },
	{ .name = "personGeneration", .kind = F_WORD, .flags = F_EXACT,
	    .choices = "ALLOW_ALL ALLOW_ADULT ALLOW_NONE" },
	{ .name = "prominentPeople", .kind = F_WORD, .flags = F_EXACT,
	    .choices = "ALLOW_PROMINENT_PEOPLE BLOCK_PROMINENT_PEOPLE" },
	{ .name = "imageOutputOptions", .kind = F_OBJECT, .sub = output_fields },
	{ 0 }
};
static const struct field thinking_config[] = {
	{ .name = "thinkingLevel", .kind = F_WORD, .flags = F_EXACT,
	    .choices = "MINIMAL LOW MEDIUM HIGH" },
	{ .name = "includeThoughts", .kind = F_BOOL },
	{ 0 }
};
static const struct field generation_config[] = {
	GEMINI_CONFIG,
	{ .name = "imageConfig", .kind = F_OBJECT, .sub = image_config },
	{ .name = "thinkingConfig", .kind = F_OBJECT, .sub = thinking_config },
	{ 0 }
};
static const struct field output_config[] = {
	{ .name = "outputUriPrefix", .kind = F_GCS_PREFIX, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field body_fields[] = {
	GEMINI_BODY(content_fields, generation_config),
	{ .name = "outputConfig", .kind = F_OBJECT, .sub = output_config },
	{ 0 }
};

/* ---- input images ---- */

/* An image that a model made comes back with what it was signed with. */
static int
signature_check(struct request *r, const struct vertex *v, const json_t *part,
    const unsigned char *b, size_t len, const char *where)
{
	const char	*given = json_text(part, "thoughtSignature");
	json_t		*right;
	int		 rc = 0;

	if (!(v->model->abilities & SIGNS))
		return 0;
	if (given == NULL)
		return vertex_refuse(r, where, "Image part is missing a thought_signature in %s. "
		    "Parts of the model must be returned as they came.", where);
	right = gemini_signature(b, len);
	if (strcmp(given, json_string_value(right)) != 0)
		rc = vertex_refuse(r, where, "Thought signature is not valid.");
	json_decref(right);
	return rc;
}

/* One image, checked; the first becomes the base of the job. */
static int
image_read(struct request *r, const struct vertex *v, struct gemini_job *job,
    const json_t *part, const char *where, bool made)
{
	const json_t	*data = json_object_get(part, "inlineData");
	const json_t	*file = json_object_get(part, "fileData");
	const char	*said = json_text(data ? data : file, "mimeType"), *is;
	unsigned char	*b;
	size_t		 len;
	int		 w, h, rc = 0;

	if (vertex_bytes(r, json_object_get(data, "data"), json_text(file, "fileUri"), where,
	    data ? INLINE_MAX : FILE_MAX, &b, &len) < 0)
		return -1;
	is = image_probe(b, len, &w, &h);
	if (is == NULL || w <= 0 || h <= 0)
		rc = vertex_refuse(r, where, "Unable to process input image. It is none of PNG, "
		    "JPEG and WebP, or is damaged.");
	else if (strcmp(said, is) != 0)
		rc = vertex_refuse(r, where, "The mimeType %s does not fit the image, which is %s.",
		    said, is);
	else if (made)
		rc = signature_check(r, v, part, b, len, where);
	if (rc == 0 && job->inputs++ == 0) {
		job->base = b;
		job->base_len = len;
		job->base_width = w;
		job->base_height = h;
		return 0;
	}
	if (rc == 0)
		job->spec.look ^= hash64(b, len, (uint64_t)job->inputs);
	free(b);
	return rc;
}

static int
images_read(struct request *r, const struct vertex *v, struct gemini_job *job)
{
	json_t	*content, *part;
	size_t	 i, k;
	char	 where[64];

	json_array_foreach(json_object_get(r->json, "contents"), i, content) {
		json_array_foreach(json_object_get(content, "parts"), k, part) {
			if (json_text(part, "text") != NULL || vertex_bool(part, "thought", false))
				continue;
			snprintf(where, sizeof where, "contents[%zu].parts[%zu]", i, k);
			if (job->inputs == v->model->most)
				return vertex_refuse(r, where, "At most %d images are supported by "
				    "this model.", v->model->most);
			if (image_read(r, v, job, part, where, gemini_role_is(content, "model")) < 0)
				return -1;
		}
	}
	return 0;
}

/* ---- the job ---- */

static int
modalities_check(struct request *r, struct gemini_job *job, const json_t *config)
{
	const json_t	*list = json_object_get(config, "responseModalities");
	bool		 image = false;
	const char	*word;
	json_t		*one;
	size_t		 i;

	json_array_foreach((json_t *)list, i, one) {
		word = json_string_value(one);
		image |= strcmp(word, "IMAGE") == 0;
		job->says |= strcmp(word, "TEXT") == 0;
		if (strcmp(word, "IMAGE") != 0 && strcmp(word, "TEXT") != 0)
			return vertex_refuse(r, "generation_config.response_modalities",
			    "The response modality %.40s is not supported by this model.", word);
	}
	return image ? 0 : vertex_refuse(r, "generation_config.response_modalities",
	    "responseModalities must be [\"IMAGE\"] or [\"TEXT\", \"IMAGE\"] for this model.");
}

static int
thinking_check(struct request *r, const struct vertex *v, struct gemini_job *job,
    const json_t *config)
{
	const json_t	*thinking = json_object_get(config, "thinkingConfig");
	const char	*level = json_text(thinking, "thinkingLevel");
	unsigned	 can = v->model->abilities;

	if (thinking != NULL && !(can & CAN_THINK))
		return vertex_refuse(r, "generation_config.thinking_config",
		    "Thinking is not supported by this model.");
	if (level != NULL && (can & NO_LOW) && strcmp(level, "LOW") == 0)
		return vertex_refuse(r, "generation_config.thinking_config.thinking_level",
		    "Thinking level LOW is not supported by this model.");
	job->thinks = (can & CAN_THINK) != 0;
	job->tells = vertex_bool(thinking, "includeThoughts", false) || r->fault.thoughts;
	return 0;
}

/* The same seed gives the same image; without one no two calls do. */
static uint64_t
look_seed(const json_t *config)
{
	static atomic_uint_fast64_t	 calls;

	if (json_is_number(json_object_get(config, "seed")))
		return (uint64_t)vertex_number(config, "seed", -1);
	return UINT64_MAX - atomic_fetch_add(&calls, 1);
}

static int
job_read(struct request *r, struct vertex *v, struct gemini_job *job)
{
	const json_t	*config, *image, *out;
	const char	*prompt;

	if (gemini_check(r, body_fields, v->model->abilities & NO_SAMPLING ?
	    "seed temperature topP topK" : "") < 0)
		return -1;
	config = json_object_get(r->json, "generationConfig");
	image = json_object_get(config, "imageConfig");
	out = json_object_get(image, "imageOutputOptions");
	prompt = gemini_prompt(json_object_get(r->json, "contents"));
	job->prompt = prompt ? prompt : "";
	job->spec.look = hash_text(job->prompt, hash_text(v->model->id, look_seed(config)));
	job->spec.jpeg = r->fault.jpeg || (json_text(out, "mimeType") != NULL &&
	    strcmp(json_text(out, "mimeType"), "image/jpeg") == 0);
	job->spec.quality = (int)vertex_number(out, "compressionQuality", 75);
	job->prefix = json_text(json_object_get(r->json, "outputConfig"), "outputUriPrefix");
	if (modalities_check(r, job, config) < 0 || thinking_check(r, v, job, config) < 0 ||
	    images_read(r, v, job) < 0)
		return -1;
	return gemini_shape(r, v->model, job, image);
}

void
gemini_image_make(struct request *r, struct vertex *v)
{
	struct gemini_job job = { 0 };

	if (job_read(r, v, &job) == 0)
		gemini_draw(r, v, &job);
	free(job.base);
}
