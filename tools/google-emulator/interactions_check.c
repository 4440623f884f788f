/* interactions_check.c - what a call of the Interactions API may hold, and what goes together.
 * Owns:  nothing.
 * Fails: 400 for anything the tables do not allow, 501 for streams. */
#include <string.h>

#include "errors.h"
#include "interactions.h"
#include "vertex.h"

static const struct field video_config_fields[] = {
	{ .name = "task", .kind = F_WORD, .choices = "text_to_video image_to_video "
	    "reference_to_video edit extend upscale" },
	{ 0 }
};
/* Fields that the API knows; a family serves some of them. */
static const struct field config_fields[] = {
	{ .name = "video_config", .kind = F_OBJECT, .sub = video_config_fields },
	{ .name = "image_config", .kind = F_ANY },
	{ .name = "speech_config", .kind = F_ANY },
	{ .name = "transcription_config", .kind = F_ANY },
	{ .name = "max_output_tokens", .kind = F_ANY },
	{ .name = "seed", .kind = F_ANY },
	{ .name = "stop_sequences", .kind = F_ANY },
	{ .name = "temperature", .kind = F_ANY },
	{ .name = "top_p", .kind = F_ANY },
	{ .name = "thinking_level", .kind = F_ANY },
	{ .name = "thinking_summaries", .kind = F_ANY },
	{ .name = "tool_choice", .kind = F_ANY },
	{ 0 }
};
const struct field interaction_body_fields[] = {
	{ .name = "model", .kind = F_STRING, .min = 1, .max = 200, .flags = F_REQUIRED },
	{ .name = "input", .kind = F_ANY, .flags = F_REQUIRED },
	{ .name = "response_format", .kind = F_ANY },
	{ .name = "response_modalities", .kind = F_STRINGS },
	{ .name = "generation_config", .kind = F_OBJECT, .sub = config_fields },
	{ .name = "background", .kind = F_BOOL },
	{ .name = "store", .kind = F_BOOL },
	{ .name = "stream", .kind = F_BOOL },
	{ .name = "previous_interaction_id", .kind = F_STRING, .min = 1, .max = 200 },
	{ .name = "labels", .kind = F_MAP },
	/* known to the API, served by none of the models here */
	{ .name = "system_instruction", .kind = F_ANY },
	{ .name = "tools", .kind = F_ANY },
	{ .name = "agent", .kind = F_ANY },
	{ .name = "agent_config", .kind = F_ANY },
	{ .name = "environment", .kind = F_ANY },
	{ .name = "safety_settings", .kind = F_ANY },
	{ .name = "service_tier", .kind = F_ANY },
	{ .name = "cached_content", .kind = F_ANY },
	{ .name = "continuation_token", .kind = F_ANY },
	{ .name = "webhook_config", .kind = F_ANY },
	{ .name = "response_mime_type", .kind = F_ANY },
	{ 0 }
};
static const char served[] = "model input response_format response_modalities "
    "generation_config background store stream previous_interaction_id labels";

static int
refuse(struct request *r, const char *field, const char *text)
{
	return vertex_refuse(r, field, "%s %s", field, text);
}

/* 0 if every key of obj is one of words. */
static int
served_check(struct request *r, const json_t *obj, const char *words)
{
	const char	*key;
	json_t		*v;

	json_object_foreach((json_t *)obj, key, v)
		if (!word_in(words, key))
			return refuse(r, key, "is not supported by this model.");
	return 0;
}

static int
modalities_check(struct request *r, const struct interaction *in)
{
	const char	*words = in->model->family->modalities;
	size_t		 i;
	json_t		*one;

	json_array_foreach(json_object_get(in->body, "response_modalities"), i, one)
		if (!word_in_any_case(words, json_string_value(one)))
			return refuse(r, "response_modalities",
			    "names one that this model does not make.");
	return 0;
}

static bool
job_finished(const char *project, const char *id)
{
	json_t	*job = job_get(&interaction_jobs, id);
	bool	 is = job != NULL && strcmp(json_text(job, "project"), project) == 0 &&
		    json_is_true(json_object_get(job, "done"));

	json_decref(job);
	return is;
}

/* What is kept decides what may be asked. */
static int
storing_check(struct request *r, const struct interaction *in)
{
	const char	*previous = json_text(in->body, "previous_interaction_id");
	bool		 store = vertex_bool(in->body, "store", true);

	if (!store && vertex_bool(in->body, "background", false))
		return refuse(r, "background", "cannot be true when store is false.");
	if (previous == NULL)
		return 0;
	if (!store)
		return refuse(r, "previous_interaction_id", "cannot be set when store is false.");
	if (in->model->family->stateless)
		return refuse(r, "previous_interaction_id", "is not supported by this model.");
	return job_finished(in->project, previous) ? 0 :
	    refuse(r, "previous_interaction_id", "names no interaction that is done.");
}

int
interaction_check(struct request *r, struct interaction *in)
{
	const struct interaction_family *f = in->model->family;

	if (vertex_bool(in->body, "stream", false)) {
		error_rpc(r, 501, "Streams of interactions are not served here.");
		return -1;
	}
	if (served_check(r, in->body, served) < 0 ||
	    served_check(r, json_object_get(in->body, "generation_config"), f->configs) < 0 ||
	    modalities_check(r, in) < 0 || storing_check(r, in) < 0 ||
	    interaction_input(r, in) < 0 || interaction_format(r, in) < 0)
		return -1;
	return f->check != NULL ? f->check(r, in) : 0;
}
