/* actors/vertex/find.c - results of a generation that was started before: what a lost start left
 * in storage.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"
#include "proto/media_check.h"
#include "proto/rfc3339.h"

/* Does this object look like a result of the kind? */
static bool
is_result(const struct generation *gen, const json_t *object)
{
	static const char *const types[KIND_COUNT] = {
		[KIND_IMAGE] = "image/", [KIND_VIDEO] = "video/", [KIND_MUSIC] = "audio/", [KIND_AUDIO] = "audio/",
	};
	const char *type = json_string_value(json_object_get(object, "contentType"));
	const char *size = json_string_value(json_object_get(object, "size"));

	return type != NULL && strncmp(type, types[gen->kind], strlen(types[gen->kind])) == 0 &&
	    size != NULL && strcmp(size, "0") != 0;
}

/* All of them, or all that there will be: where Google stores nothing was written for a minute;
 * else who wrote them, a process like this one, is gone. */
static bool
is_complete(const struct generation *gen, unsigned found, uint64_t newest_ms)
{
	if (found == 0 || found >= gen->maker->count(gen->request) || !gen->maker->google_stores)
		return found > 0;
	return newest_ms > 0 && wall_ms() > newest_ms + FIND_STABLE_MS;
}

static void
objects_take(struct generation *gen, const json_t *objects)
{
	const char *slash = strchr(gen->prefix + 5, '/');
	unsigned found = 0;
	uint64_t newest = 0;
	json_t *object;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)objects, i, object) {
		uint64_t t;
		rfc3339_ms(json_string_value(json_object_get(object, "updated")), &t);	/* 0: not understood */
		found += is_result(gen, object);
		newest = t > newest ? t : newest;
	}
	if (!is_complete(gen, found, newest)) {
		gen->running = true;
		return;
	}
	found = 0;
	json_array_foreach((json_t *)(uintptr_t)objects, i, object) {
		char uri[GS_URI_MAX];
		const char *name = json_string_value(json_object_get(object, "name"));
		if (!is_result(gen, object) || name == NULL || found == SLOTS_MAX)
			continue;
		snprintf(uri, sizeof uri, "%.*s/%s", (int)(slash - gen->prefix), gen->prefix, name);
		generation_stored(gen, found++, uri, json_string_value(json_object_get(object, "contentType")), NULL);
	}
}

static void
on_found(void *arg, unsigned err, const char *detail, const json_t *objects, bool more)
{
	struct generation *gen = arg;
	struct outcome o;

	(void)more;		/* a generation writes a handful */
	if (err != 0) {
		/* any failure to look is no answer: the poller looks again */
		outcome_set(&o, err == E_NOT_SENT ? E_NOT_SENT : E_UPSTREAM_BUSY, "%s", detail);
		generation_blame(gen, &o);
	} else {
		objects_take(gen, objects);
	}
	generation_release(gen);
}

void
on_results_find(void *state, struct request *rq)
{
	struct vertex *v = state;
	const struct msg_results_find *m = &rq->body.results_find;
	struct generation *gen = generation_new(v, rq, m->kind);
	struct media_refusal refusal;

	if (gen == NULL || !generation_request(gen, m->request_json))
		return;
	/* the asker lost its answer, not we the generation: what it looks for will come */
	if (generation_in_hand(v, &m->generation, m->attempt) != NULL) {
		generation_fail(gen, E_UPSTREAM_BUSY, "this generation is still being made");
		return;
	}
	enum purpose purpose = media_purpose(gen->request);
	gen->model = model_resolve(gen->kind, m->model, purpose, v->aliases);
	if (gen->model == NULL)
		gen->model = model_resolve(gen->kind, BYTES(""), purpose, "");
	/* whoever made it was chosen likewise, as far as this process knows */
	const struct model *successor = generation_successor(gen, BYTES(""), gen->model, &refusal);
	if (successor != NULL)
		gen->model = successor;
	gen->maker = maker_of(gen->model->method);
	snprintf(gen->made_by, sizeof gen->made_by, "%s", gen->model->id);
	/* of this attempt alone: an earlier one that was cancelled may have left something */
	generation_prefix(gen, &m->user, &m->project, &m->generation, m->attempt > 0 ? m->attempt : 1);
	gen->pending = 1;
	storage_list(&v->google, &rq->ctx, gen->prefix, on_found, gen);
}
