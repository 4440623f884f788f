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
	    json_object_get(job, "ends") == NULL && json_object_get(job, "declines") == NULL ?
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
	if (r->fault.declines)
		json_object_set_new(job, "declines", json_true());
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

	if (!place_ok(r) || vertex_check(r, r->json, interaction_body_fields, "") < 0)
		return;
	id = json_text(r->json, "model");
	in.model = interaction_model_find(id);
	if (in.model == NULL || vertex_is_gone(id) || strcmp(r->args[1], "global") != 0) {
		vertex_not_found(r, r->args[0], r->args[1], id);
		return;
	}
	if (interaction_check(r, &in) == 0) {
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
