/* vertex_imagen.c - Imagen :predict: make, edit and upscale images.
 * Owns:  nothing.
 * Fails: 400 for anything the tables below do not allow. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "ledger.h"
#include "media.h"
#include "settings.h"
#include "vertex_imagen.h"

#define INPUT_MAX	(10u << 20)
#define UPSCALED_MAX	17000000	/* pixels */

/* Which config a reference of each kind must bring, and may it lack its image? */
static const struct {
	const char	*type, *config;
	bool		 imageless;
} reference_rules[] = {
	{ "REFERENCE_TYPE_RAW", NULL, false },
	{ "REFERENCE_TYPE_MASK", "maskImageConfig", true },
	{ "REFERENCE_TYPE_CONTROL", "controlImageConfig", false },
	{ "REFERENCE_TYPE_STYLE", NULL, false },
	{ "REFERENCE_TYPE_SUBJECT", "subjectImageConfig", false },
};

static const struct {
	const char	*ratio;
	int		 width, height;
} sizes[] = {
	{ "1:1", 1024, 1024 }, { "3:4", 896, 1280 }, { "4:3", 1280, 896 },
	{ "9:16", 768, 1408 }, { "16:9", 1408, 768 },
};

/* What is to be made, once everything has been checked. */
struct job {
	struct image_spec	 spec;
	int			 count;
	const char		*mime, *extension, *storage_uri, *prompt;
	unsigned char		*base;
};

/* ---- one job, read from its request ---- */

static void
size_by_ratio(struct job *job, const json_t *p)
{
	const char	*ratio = json_text(p, "aspectRatio");
	const char	*size = json_text(p, "sampleImageSize");
	int		 times = size != NULL && strcasecmp(size, "2K") == 0 ? 2 : 1;
	size_t		 i;

	for (i = 0; i < COUNT(sizes) - 1; i++)
		if (strcmp(ratio ? ratio : "1:1", sizes[i].ratio) == 0)
			break;
	job->spec.width = sizes[i].width * times;
	job->spec.height = sizes[i].height * times;
}

static int
job_common(struct request *r, struct vertex *v, struct job *job)
{
	const json_t	*out = json_object_get(v->parameters, "outputOptions");
	const char	*mime = json_text(out, "mimeType");
	const char	*negative = json_text(v->parameters, "negativePrompt");

	job->count = (int)vertex_number(v->parameters, "sampleCount", 1);
	if (job->count > v->model->most)
		return vertex_refuse(r, "parameters.sampleCount", "Invalid sampleCount, %d. It must be "
		    "from 1 to %d for this model.", job->count, v->model->most);
	job->spec.jpeg = mime != NULL && strcasecmp(mime, "image/jpeg") == 0;
	job->spec.quality = (int)vertex_number(out, "compressionQuality", 75);
	job->mime = job->spec.jpeg ? "image/jpeg" : "image/png";
	job->extension = job->spec.jpeg ? "jpg" : "png";
	job->storage_uri = json_text(v->parameters, "storageUri");
	job->prompt = json_text(v->instance, "prompt");
	if (job->prompt == NULL)
		job->prompt = "";
	job->spec.look = hash_text(job->prompt, hash_text(v->model->id,
	    (uint64_t)vertex_number(v->parameters, "seed", -1)));
	if (negative != NULL)
		job->spec.look ^= hash_text(negative, 3);
	return 0;
}

static int
seed_check(struct request *r, struct vertex *v)
{
	bool marked = vertex_bool(v->parameters, "addWatermark",
	    !(v->model->abilities & NO_WATERMARK));

	if (marked && json_object_get(v->parameters, "seed") != NULL)
		return vertex_refuse(r, "parameters.seed",
		    "Seed is not supported when watermark is enabled.");
	return 0;
}

static int
job_generate(struct request *r, struct vertex *v, struct job *job)
{
	const char *size = json_text(v->parameters, "sampleImageSize");

	if (vertex_check(r, v->instance, imagen_generate_instance, "instances[0]") < 0 ||
	    vertex_check(r, v->parameters, imagen_generate_parameters, "parameters") < 0 ||
	    seed_check(r, v) < 0 || job_common(r, v, job) < 0)
		return -1;
	if (size != NULL && !word_in_any_case(v->model->sizes, size))
		return vertex_refuse(r, "parameters.sampleImageSize",
		    "sampleImageSize is not supported by this model.");
	size_by_ratio(job, v->parameters);
	return 0;
}

static int
job_upscale(struct request *r, struct vertex *v, struct job *job)
{
	const json_t	*config;
	size_t		 len;
	int		 w, h, factor;

	if (vertex_check(r, v->instance, imagen_upscale_instance, "instances[0]") < 0 ||
	    vertex_check(r, v->parameters, imagen_upscale_parameters, "parameters") < 0 ||
	    job_common(r, v, job) < 0)
		return -1;
	if (job->count != 1)
		return vertex_refuse(r, "parameters.sampleCount",
		    "Only one image can be upscaled per request; sampleCount must be 1.");
	if (vertex_image(r, json_object_get(v->instance, "image"), "instances[0].image",
	    INPUT_MAX, &job->base, &len, &w, &h) < 0)
		return -1;
	config = json_object_get(v->parameters, "upscaleConfig");
	factor = json_text(config, "upscaleFactor")[1] - '0';
	if ((int64_t)w * h * factor * factor > UPSCALED_MAX)
		return vertex_refuse(r, "parameters.upscaleConfig.upscaleFactor",
		    "The upscaled image would be larger than 17 megapixels.");
	job->spec.width = w * factor;
	job->spec.height = h * factor;
	job->spec.base = job->base;
	job->spec.base_len = len;
	job->spec.base_only = true;
	return 0;
}

/* Checks one reference image; the RAW one becomes the base of the job. */
static int
reference_read(struct request *r, const json_t *ref, struct job *job, int *raws)
{
	const char	*type = json_text(ref, "referenceType");
	const json_t	*image = json_object_get(ref, "referenceImage");
	unsigned char	*b = NULL;
	size_t		 len, i = 0;
	int		 w, h;

	while (i < COUNT(reference_rules) - 1 &&
	    strcasecmp(reference_rules[i].type, type) != 0)
		i++;
	if (reference_rules[i].config != NULL &&
	    json_object_get(ref, reference_rules[i].config) == NULL)
		return vertex_refuse(r, reference_rules[i].config,
		    "A reference image of this type needs its config.");
	if (image == NULL)
		return reference_rules[i].imageless ? 0 : vertex_refuse(r, "referenceImage",
		    "A reference image of this type needs referenceImage.");
	if (vertex_image(r, image, "referenceImage", INPUT_MAX, &b, &len, &w, &h) < 0)
		return -1;
	job->spec.look ^= hash64(b, len, i);
	if (i == 0 && (*raws)++ == 0) {
		job->base = b;
		job->spec.base = b;
		job->spec.base_len = len;
		job->spec.width = w;
		job->spec.height = h;
		return 0;
	}
	free(b);
	return i == 0 ? vertex_refuse(r, "referenceImages", "At most one reference image of type "
	    "REFERENCE_TYPE_RAW is allowed.") : 0;
}

static int
job_edit(struct request *r, struct vertex *v, struct job *job)
{
	json_t	*refs, *ref;
	size_t	 i;
	int	 raws = 0;
	bool	 mask = false;

	if (vertex_check(r, v->instance, imagen_edit_instance, "instances[0]") < 0 ||
	    vertex_check(r, v->parameters, imagen_edit_parameters, "parameters") < 0 ||
	    seed_check(r, v) < 0 || job_common(r, v, job) < 0)
		return -1;
	size_by_ratio(job, v->parameters);
	refs = json_object_get(v->instance, "referenceImages");
	json_array_foreach(refs, i, ref) {
		mask |= strcasecmp(json_text(ref, "referenceType"), "REFERENCE_TYPE_MASK") == 0;
		if (reference_read(r, ref, job, &raws) < 0)
			return -1;
	}
	if (mask && raws > 0 && json_text(v->parameters, "editMode") == NULL)
		return vertex_refuse(r, "parameters.editMode",
		    "editMode is required when a mask is given.");
	if ((int64_t)job->spec.width * job->spec.height > UPSCALED_MAX)
		return vertex_refuse(r, "referenceImages", "The image is too large.");
	return 0;
}

static int
job_read(struct request *r, struct vertex *v, struct job *job)
{
	unsigned can = v->model->abilities;

	if (!json_is_object(v->parameters))
		return vertex_refuse(r, "parameters", "parameters must be an object.");
	if ((can & CAN_UPSCALE) && (!(can & CAN_GENERATE) ||
	    json_object_get(v->parameters, "mode") != NULL))
		return job_upscale(r, v, job);
	return can & CAN_EDIT ? job_edit(r, v, job) : job_generate(r, v, job);
}

/* ---- the answer ---- */

/* "folder/number/sample_i.ext" below the prefix. */
static int
store(const struct job *job, const char *folder, int i, const struct blob *b,
    json_t *entry)
{
	char	*name = xasprintf("%s/sample_%d.%s", folder, i, job->extension);
	char	*uri = vertex_store(job->storage_uri, name, job->mime, b);

	free(name);
	if (uri == NULL)
		return -1;
	json_object_set_new(entry, "gcsUri", json_string(uri));
	free(uri);
	return 0;
}

static void
entry_extras(const struct vertex *v, const struct job *job, json_t *entry)
{
	if (vertex_bool(v->parameters, "enhancePrompt", false)) {
		char *text = xasprintf("%s, in rich detail", job->prompt);

		json_object_set_new(entry, "prompt", json_string(text));
		free(text);
	}
	if (vertex_bool(v->parameters, "includeSafetyAttributes", false))
		json_object_set_new(entry, "safetyAttributes", json_pack("{s:[s,s], s:[f,f]}",
		    "categories", "Health", "Violence", "scores", 0.1, 0.0));
}

/* Makes the images that passed the filter; -1 if one could not be made. */
static int
predictions_make(const struct vertex *v, struct job *job, int count, json_t *out)
{
	char	folder[24];
	int	i, rc = 0;

	snprintf(folder, sizeof folder, "%" PRId64, clock_us_unique() / 1000);
	for (i = 0; i < count && rc == 0; i++) {
		json_t		*entry = json_pack("{s:s}", "mimeType", job->mime);
		struct blob	*b;

		job->spec.index = i;
		if ((b = image_make(&job->spec)) == NULL)
			rc = -1;
		else if (job->storage_uri != NULL)
			rc = store(job, folder, i, b, entry);
		else
			json_object_set_new(entry, "bytesBase64Encoded",
			    json_bytes(blob_data(b), blob_len(b)));
		blob_free(b);
		entry_extras(v, job, entry);
		json_array_append_new(out, entry);
	}
	return rc;
}

static void
filter_reason(const struct vertex *v, int filtered, int count, json_t *out)
{
	char *text;

	if (filtered == 0 || !vertex_bool(v->parameters, "includeRaiReason", false))
		return;
	if (filtered == count)
		text = xstrdup("Unable to show generated images. All images were filtered out "
		    "because they violated Vertex AI's usage guidelines. You will not be charged "
		    "for blocked images. Try rephrasing the prompt. If you think this was an "
		    "error, send feedback. Support codes: 39322892, 29310472");
	else
		text = xasprintf("Your current safety filter threshold filtered out %d "
		    "generated images. You will not be charged for blocked images. Try "
		    "rephrasing the prompt. If you think this was an error, send feedback.",
		    filtered);
	json_array_append_new(out, json_pack("{s:s}", "raiFilteredReason", text));
	free(text);
}

static void
job_answer(struct request *r, struct vertex *v, struct job *job)
{
	int	 filtered = r->fault.filter < 0 || r->fault.filter > job->count ?
		    job->count : r->fault.filter;
	json_t	*list = json_array(), *answer = json_object();

	if (predictions_make(v, job, job->count - filtered, list) < 0) {
		if (job->base != NULL)	/* its header was right, the rest is not */
			error_field(r, "instances[0]", "Image could not be decoded.");
		else
			error_rpc(r, 500, "Internal error encountered.");
		json_decref(list);
		json_decref(answer);
		return;
	}
	filter_reason(v, filtered, job->count, list);
	if (vertex_bool(v->parameters, "includeSafetyAttributes", false))
		json_array_append_new(list, json_pack("{s:s, s:{s:[s], s:[f]}}",
		    "contentType", "Positive Prompt", "safetyAttributes",
		    "categories", "Health", "scores", 0.1));
	/* proto JSON leaves an empty list out */
	if (json_array_size(list) > 0)
		json_object_set(answer, "predictions", list);
	json_decref(list);
	reply_json(r, 200, answer);
}

void
imagen_predict(struct request *r, struct vertex *v)
{
	struct job job = { .count = 1 };

	if (job_read(r, v, &job) == 0) {
		if (r->fault.blocked) {
			error_rpc(r, 400, "Image generation failed with the following error: The "
			    "prompt could not be submitted. This prompt contains sensitive words "
			    "that violate Google's Responsible AI practices. Try rephrasing the "
			    "prompt. If you think this was an error, send feedback. Support "
			    "codes: 42876398");
		} else {
			ledger_add(r, "imagen", v->model->id, job.storage_uri, job.prompt,
			    job.count);
			image_scale_down(&job.spec);
			sleep_ms(setting(SET_image_ms));
			job_answer(r, v, &job);
		}
	}
	free(job.base);
}
