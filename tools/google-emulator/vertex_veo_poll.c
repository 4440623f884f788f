/* vertex_veo_poll.c - Veo :fetchPredictOperation: how an operation stands, and its films.
 * Owns:  nothing; operations.c keeps what was started.
 * Fails: 404 for an operation that is not there, 400 for one of another model. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "films.h"
#include "operations.h"
#include "vertex.h"

const struct job_kind veo_jobs = { "veo", film_job_draw, film_job_end };

static json_t *
videos_json(const json_t *job)
{
	const json_t	*uris = json_object_get(job, "uris");
	int		 count = (int)(job_int(job, "count") - job_int(job, "filtered")), i;
	json_t		*list = json_array();
	struct blob	*b = uris == NULL && count > 0 ? film_draw(job) : NULL;

	for (i = 0; i < count; i++) {
		json_t		*v = json_pack("{s:s}", "mimeType", "video/mp4");
		unsigned char	*film;
		size_t		 len;

		if (uris != NULL) {
			json_object_set(v, "gcsUri", json_array_get(uris, (size_t)i));
		} else if (b != NULL) {
			film = film_copy(b, job, i, &len);
			json_object_set_new(v, "bytesBase64Encoded", json_bytes(film, len));
			free(film);
		}
		json_array_append_new(list, v);
	}
	blob_free(b);
	return list;
}

static json_t *
response_json(const json_t *job)
{
	int64_t	 filtered = job_int(job, "filtered");
	json_t	*out = json_pack("{s:s, s:I}", "@type", "type.googleapis.com/cloud.ai."
		    "large_models.vision.GenerateVideoResponse", "raiMediaFilteredCount",
		    (json_int_t)filtered);
	json_t	*videos = videos_json(job);

	if (filtered > 0)
		json_object_set_new(out, "raiMediaFilteredReasons", json_pack("[s]",
		    "Veo could not generate videos because the input text contains words that "
		    "violate Vertex AI's usage guidelines. If you think this was an error, send "
		    "feedback. Support codes: 58061214"));
	if (json_array_size(videos) > 0)
		json_object_set(out, "videos", videos);
	json_decref(videos);
	return out;
}

static json_t *
operation_answer(const json_t *job)
{
	json_t	*out = json_pack("{s:s}", "name", json_text(job, "name"));
	json_t	*error = json_object_get(job, "error");

	if (!json_is_true(json_object_get(job, "done")))
		return out;
	json_object_set_new(out, "done", json_true());
	if (error != NULL)
		json_object_set(out, "error", error);
	else
		json_object_set_new(out, "response", response_json(job));
	return out;
}

static const struct field fetch_fields[] = {
	{ .name = "operationName", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ 0 }
};

/* The operation must be polled where it was started: same model, same place. */
void
veo_fetch(struct request *r, struct vertex *v)
{
	const char	*name, *id;
	char		*part;
	bool		 here;
	json_t		*job;

	if (vertex_check(r, r->json, fetch_fields, "") < 0)
		return;
	name = json_text(r->json, "operationName");
	id = strrchr(name, '/');
	part = xasprintf("/models/%s/operations/", v->model->id);
	here = strstr(name, part) != NULL;
	free(part);
	if (id == NULL || !here) {
		error_rpc(r, 400, "Invalid operation name: %.200s. It must belong to the model "
		    "%s.", name, v->model->id);
		return;
	}
	job = job_poll(&veo_jobs, id + 1);
	if (job == NULL || strcmp(json_text(job, "name"), name) != 0)
		error_rpc(r, 404, "The operation %.300s was not found.", name);
	else
		reply_json(r, 200, operation_answer(job));
	json_decref(job);
}
