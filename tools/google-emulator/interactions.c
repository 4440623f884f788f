/* interactions.c - the Interactions API: create, read, cancel.
 * Owns:  the table of its models.
 * Fails: 400 for anything the tables do not allow, 404 for a model, a place or an
 *        interaction that is not there, 501 for streams.
 *
 * What a family makes of a call is a struct interaction_family in its own file. A
 * call without `background` is the same job, ended before the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "handlers.h"
#include "interactions.h"
#include "ledger.h"
#include "vertex.h"

static const struct interaction_model models[] = {
#define INTERACTION(id, family, longest) { id, &family, longest },
#include "interactions.tbl.h"
};

/* ---- what may be asked ---- */

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
static const struct field body_fields[] = {
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
	struct problem why;

	problem_set(&why, field, "%s %s", field, text);
	vertex_problem(r, &why);
	return -1;
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

static int
body_check(struct request *r, struct interaction *in)
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

/* ---- jobs ---- */

const struct interaction_model *
interaction_model_find(const char *id)
{
	size_t i;

	for (i = 0; i < COUNT(models); i++)
		if (strcmp(models[i].id, id) == 0)
			return &models[i];
	return NULL;
}

/* The model of a job that makes something, or NULL. */
static const struct interaction_model *
job_model(const json_t *job)
{
	return json_object_get(job, "error") == NULL && job_int(job, "filtered") == 0 &&
	    json_object_get(job, "ends") == NULL ?
	    interaction_model_find(json_text(job, "model")) : NULL;
}

static void
job_draw(const json_t *job)
{
	const struct interaction_model *m = job_model(job);

	if (m != NULL)
		m->family->draw(job);
}

static void
job_end(json_t *job)
{
	const struct interaction_model *m = job_model(job);

	if (m != NULL)
		m->family->end(job);
}

const struct job_kind interaction_jobs = { "interaction", job_draw, job_end };

/* The input as a read shows it: a list, without the bytes. */
static json_t *
input_kept(const struct interaction *in)
{
	json_t	*list, *one;
	size_t	 i;

	if (in->items == NULL)
		return json_pack("[{s:s, s:s}]", "type", "text", "text", in->prompt);
	list = json_array();
	json_array_foreach((json_t *)in->items, i, one) {
		json_array_append_new(list, json_copy(one));
		json_object_del(json_array_get(list, i), "data");
	}
	return list;
}

static json_t *
job_make(struct request *r, const struct interaction *in)
{
	const char	*text = r->fault.message[0] ? r->fault.message :
			    "Internal error encountered.";
	json_t		*job = job_new(&interaction_jobs, in->model->family->takes_ms());

	json_object_update_new(job, json_pack("{s:s, s:s, s:s, s:o, s:i, s:i}",
	    "model", in->model->id, "project", in->project, "prompt", in->prompt,
	    "input", input_kept(in), "count", 1, "filtered", r->fault.filter != 0));
	in->model->family->fill(in, job);
	if (r->fault.blocked)
		job_fail(job, 3, in->model->family->refusal);
	else if (r->fault.ends[0] != '\0')
		json_object_set_new(job, "ends", json_string(r->fault.ends));
	else if (r->fault.op_code != 0)
		job_fail(job, r->fault.op_code, text);
	return job;
}

/* ---- the calls; args: 0 project, 1 location, 3 id ---- */

/* A place that is none gets the page of a wrong path; false if answered. */
static bool
place_ok(struct request *r)
{
	if (vertex_location_known(r->args[1]))
		return true;
	error_html(r, 404);
	return false;
}

static void
run(struct request *r, const struct interaction *in)
{
	json_t *job = job_make(r, in), *answer;

	if (vertex_bool(in->body, "background", false)) {
		answer = interaction_json(job, false);
		if (operation_start(job) == 0) {
			reply_json(r, 200, answer);
			return;
		}
		json_decref(answer);
		error_rpc(r, 500, "Internal error encountered.");
		return;
	}
	sleep_ms(in->model->family->takes_ms());
	job_end(job);
	job_done(job);
	answer = interaction_json(job, false);
	if (vertex_bool(in->body, "store", true))
		job_keep(job);
	json_decref(job);
	reply_json(r, 200, answer);
}

void
interactions_create(struct request *r)
{
	struct interaction	 in = { .project = r->args[0], .body = r->json };
	const char		*id;

	if (!place_ok(r) || vertex_check(r, r->json, body_fields, "") < 0)
		return;
	id = json_text(r->json, "model");
	in.model = interaction_model_find(id);
	if (in.model == NULL || vertex_is_gone(id) || strcmp(r->args[1], "global") != 0) {
		vertex_not_found(r, r->args[0], r->args[1], id);
		return;
	}
	if (body_check(r, &in) == 0) {
		if (r->fault.blocked && !vertex_bool(r->json, "background", false)) {
			error_rpc(r, 400, "%s", in.model->family->refusal);
		} else {
			ledger_add(r, "interactions", id, json_text(in.format, "gcs_uri"),
			    request_prompt(r), 1);
			run(r, &in);
		}
	}
	free(in.prompt);
}

/* The interaction of the path as `get` finds it, or NULL and a 404. */
static json_t *
job_asked(struct request *r, json_t *(*get)(const struct job_kind *, const char *))
{
	json_t *job = NULL;

	if (strcmp(r->args[1], "global") == 0)
		job = get(&interaction_jobs, r->args[3]);
	if (job != NULL && strcmp(json_text(job, "project"), r->args[0]) == 0 &&
	    interaction_model_find(json_text(job, "model")) != NULL)
		return job;
	json_decref(job);
	error_rpc(r, 404, "Requested entity was not found.");
	return NULL;
}

void
interactions_get(struct request *r)
{
	char	*stream, *input;
	json_t	*job;

	if (!place_ok(r) || (job = job_asked(r, job_poll)) == NULL)
		return;
	stream = request_query(r, "stream");
	input = request_query(r, "include_input");
	if (stream != NULL && strcmp(stream, "false") != 0)
		error_rpc(r, 501, "Streams of interactions are not served here.");
	else
		reply_json(r, 200, interaction_json(job, input == NULL ||
		    strcmp(input, "false") != 0));
	json_decref(job);
	free(stream);
	free(input);
}

void
interactions_cancel(struct request *r)
{
	json_t *job;

	if (!place_ok(r) || (job = job_asked(r, job_get)) == NULL)
		return;
	json_decref(job);
	if ((job = operation_cancel(&interaction_jobs, r->args[3])) == NULL)
		error_rpc(r, 400, "The interaction is not running in the background.");
	else
		reply_json(r, 200, interaction_json(job, false));
	json_decref(job);
}
