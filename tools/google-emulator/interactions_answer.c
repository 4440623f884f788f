/* interactions_answer.c - an interaction as the API tells of it.
 * Owns:  nothing.
 * Fails: never; a medium that cannot be made again is left out. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "interactions.h"
#include "settings.h"

static const char filtered_text[] = "The response was blocked because it violates Google's "
    "Responsible AI practices. Support codes: 58061214";

static const char *
status_of(const json_t *job)
{
	if (json_is_true(json_object_get(job, "cancelled")))
		return "cancelled";
	if (!json_is_true(json_object_get(job, "done")))
		return "in_progress";
	if (json_text(job, "ends") != NULL)
		return json_text(job, "ends");
	if (json_object_get(job, "error") != NULL || job_int(job, "filtered") > 0)
		return "failed";
	return "completed";
}

static json_t *
time_json(const json_t *job, const char *key)
{
	char when[32];

	clock_rfc3339(job_int(job, key), when);
	return json_string(when);
}

static json_t *
usage_json(const json_t *job, const char *medium)
{
	json_int_t	in = (json_int_t)(strlen(json_text(job, "prompt")) / 4 + 1);
	json_int_t	out = (json_int_t)(25 *
			    json_number_value(json_object_get(job, "seconds")));

	return json_pack("{s:I, s:I, s:I, s:[{s:s, s:I}], s:[{s:s, s:I}]}",
	    "total_tokens", in + out, "total_input_tokens", in, "total_output_tokens", out,
	    "input_tokens_by_modality", "modality", "text", "tokens", in,
	    "output_tokens_by_modality", "modality", medium, "tokens", out);
}

/* The error of a job: {code, message} by number becomes one by name. */
static json_t *
errors_json(const json_t *error)
{
	return json_pack("[{s:s, s:O}]", "code", error_grpc_name((int)job_int(error, "code")),
	    "message", json_object_get(error, "message"));
}

/* What the model puts out: a medium, or that it will not, in words. */
static json_t *
content_json(const json_t *job, const struct interaction_family *f)
{
	char	*words;
	json_t	*list;

	if (json_object_get(job, "declines") == NULL)
		return f->content(job);
	words = xasprintf("I cannot make this %s.", f->medium);
	list = json_pack("[{s:s, s:s}]", "type", "text", "text", words);
	free(words);
	return list;
}

/* What came of it: outputs[] of old, or steps[], the input in front where asked for. */
static void
results_add(json_t *out, const json_t *job, const struct interaction_family *f,
    bool with_input)
{
	bool	 filtered = job_int(job, "filtered") > 0;
	json_t	*content = filtered ? NULL : content_json(job, f), *steps = json_array();

	if (setting(SET_interactions_outputs) != 0) {
		json_object_set_new(out, "outputs", content != NULL ? content : json_array());
		json_decref(steps);
		return;
	}
	if (with_input)
		json_array_append_new(steps, json_pack("{s:s, s:O}", "type", "user_input",
		    "content", json_object_get(job, "input")));
	if (f->thinks)
		json_array_append_new(steps, json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "type",
		    "thought", "signature", "ZW11bGF0b3I=", "summary", "type", "text", "text",
		    "**Planning**\n\nWhat was asked for is laid out."));
	if (filtered)
		json_array_append_new(steps, json_pack("{s:s, s:{s:i, s:s}}", "type",
		    "model_output", "error", "code", 3, "message", filtered_text));
	else
		json_array_append_new(steps, json_pack("{s:s, s:o}", "type", "model_output",
		    "content", content));
	json_object_set_new(out, "steps", steps);
}

json_t *
interaction_json(const json_t *job, bool with_input)
{
	const struct interaction_model	*m = interaction_model_find(json_text(job, "model"));
	const char	*status = status_of(job);
	json_t		*error = json_object_get(job, "error");
	json_t		*out = json_pack("{s:s, s:s, s:s}", "id", json_text(job, "id"),
			    "object", "interaction", "status", status);

	if (strcmp(status, "in_progress") == 0)
		return out;
	json_object_update_new(out, json_pack("{s:s, s:o, s:o}", "model", m->id,
	    "created", time_json(job, "created_ms"), "updated", time_json(job, "ended_ms")));
	if (strcmp(status, "cancelled") == 0 || json_object_get(job, "ends") != NULL)
		return out;
	if (error != NULL) {
		json_object_set_new(out, "errors", errors_json(error));
		return out;
	}
	json_object_set_new(out, "usage", usage_json(job, m->family->medium));
	results_add(out, job, m->family, with_input);
	return out;
}
