/* actors/vertex/operation.c - what runs at Google: polled until it is done, or cancelled.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

/* ---- its name ---- */

struct operation {
	bool interaction;
	char host_location[65];
	char path[513];			/* projects/../models/M; of an interaction its name */
	char model[65];			/* "" of an interaction */
};

/* projects/P/locations/L/publishers/google/models/M/operations/ID, or projects/P/locations/L/interactions/ID, and
 * nothing else. */
static bool
operation_parse(struct operation *o, struct bytes name)
{
	static const char *const of_models[] = { "projects", "locations", "publishers", "models", "operations" };
	static const char *const of_interactions[] = { "projects", "locations", "interactions" };
	char copy[513], *rest = copy, *at;

	if (name.n == 0 || name.n >= sizeof copy)
		return false;
	snprintf(copy, sizeof copy, "%.*s", (int)name.n, name.p);
	if (copy[strspn(copy, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:@/")] != '\0' ||
	    strstr(copy, "..") != NULL)
		return false;
	*o = (struct operation){ .interaction = strstr(copy, "/interactions/") != NULL };
	const char *const *words = o->interaction ? of_interactions : of_models;
	for (size_t i = 0; i < (o->interaction ? COUNT(of_interactions) : COUNT(of_models)); i++) {
		const char *word = strsep(&rest, "/"), *value = strsep(&rest, "/");
		if (word == NULL || value == NULL || strcmp(word, words[i]) != 0 || value[0] == '\0')
			return false;
		if (i == 1)
			snprintf(o->host_location, sizeof o->host_location, "%.64s", value);
		if (i == 3)
			snprintf(o->model, sizeof o->model, "%.64s", value);
	}
	if (rest != NULL)
		return false;
	snprintf(o->path, sizeof o->path, "%.*s", (int)name.n, name.p);
	at = strstr(o->path, "/operations/");
	if (at != NULL)
		*at = '\0';
	return true;
}

/* ---- polling ---- */

/* The answer says which model it was; while it runs it does not. */
static void
interaction_take(struct generation *gen, json_t *json, struct items *items, const json_t **status)
{
	const struct model *m = model_by_id(bytes_str(request_text(json, "model", "")));

	gen->maker->read(json, NULL, items);
	*status = items->n == 0 ? items->error : NULL;
	if (m != NULL)
		snprintf(gen->made_by, sizeof gen->made_by, "%s", m->id);
}

static void
operation_take(struct generation *gen, struct intake *in, json_t *json)
{
	const json_t *status = NULL;
	struct items items = { .n = 0 };
	struct outcome o = { 0 };

	if (gen->maker == NULL)
		operation_read(json, &items, &status);
	else
		interaction_take(gen, json, &items, &status);
	gen->running = items.running;
	if (items.running)
		snprintf(gen->operation, sizeof gen->operation, "%.*s", (int)gen->rq->body.operation_poll.operation.n,
		    gen->rq->body.operation_poll.operation.p);
	for (unsigned i = 0; i < items.n; i++) {
		if (items.v[i].uri != NULL) {
			generation_stored(gen, i, items.v[i].uri, items.v[i].mime, items.v[i].prompt);
			continue;
		}
		generation_upload(gen, i, in, &items.v[i]);
	}
	if (status != NULL)
		outcome_of_status(&o, status, gen->refusal, gen->v->google.project);
	else if (items.reasons != NULL && !items.running)
		generation_filtered(gen, items.reasons);
	else if (items.n == 0 && !items.running)
		outcome_set(&o, gen->refusal, "%s", items.why != NULL ? items.why : "the model gave no result");
	if (o.code != 0)
		generation_blame(gen, &o);
	items_free(&items);
}

static void
on_polled(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct wire_call *call = arg;
	struct generation *gen = call->gen;
	const char *why;
	struct outcome o;

	if (err == E_INTERNAL_ERROR)
		err = E_UPSTREAM_BUSY;	/* wrong credentials may be put right while the operation runs */
	if (err != 0)
		outcome_set(&o, err, "%s", detail);
	else
		outcome_of_http(&o, a, PHASE_READ, gen->refusal, gen->v->google.project);
	if (o.code == 0) {
		json_t *json = intake_json(call->intake, &why);
		if (json != NULL)
			operation_take(gen, call->intake, json);
		else
			outcome_set(&o, E_UPSTREAM_BUSY, "%s", why);
		json_decref(json);
	}
	if (o.code != 0)
		generation_blame(gen, &o);
	generation_intake_end(call);
	generation_release(gen);
}

/* What is asked to know more of it. 0 or -1. */
static int
poll_ask(const struct google *g, const struct operation *op, struct bytes name, struct buf *url, struct buf *body)
{
	int rc = google_vertex_host(g, url, op->host_location);

	if (op->interaction)
		rc |= buf_printf(url, "/v1beta1/%s?stream=false", op->path);
	else
		rc |= buf_printf(url, "/v1/%s:fetchPredictOperation", op->path) |
		    buf_printf(body, "{\"operationName\":\"%.*s\"}", (int)name.n, name.p);
	return rc == 0 && buf_text(url) != NULL ? 0 : -1;
}

/* By whom it is made, as far as that is known; and who reads an interaction. */
static void
poll_made_by(struct generation *gen, const struct operation *op)
{
	const struct model *m = op->interaction ? model_resolve(gen->kind, gen->rq->body.operation_poll.model, PURPOSE_plain,
	    gen->v->aliases) : NULL;

	gen->maker = op->interaction ? &maker_omni : NULL;
	snprintf(gen->made_by, sizeof gen->made_by, "%s", m != NULL ? m->id : op->model);
}

void
on_operation_poll(void *state, struct request *rq)
{
	struct vertex *v = state;
	const struct msg_operation_poll *m = &rq->body.operation_poll;
	struct generation *gen = generation_new(v, rq, m->kind);
	struct operation op;
	struct buf url = { 0 }, body = { 0 };

	if (gen == NULL)
		return;
	if (!operation_parse(&op, m->operation)) {
		generation_fail(gen, gen->refusal, "the operation's name is not valid");
		return;
	}
	poll_made_by(gen, &op);
	generation_prefix(gen, &m->user, &m->project, &m->generation, m->attempt > 0 ? m->attempt : 1);
	gen->calls[0] = (struct wire_call){ .gen = gen };
	struct http_ask ask = { .what = "operation_poll", .method = op.interaction ? "GET" : "POST",
	    .content_type = op.interaction ? NULL : "application/json", .body = op.interaction ? NULL : &body, .timeout_ms = POLL_MS };
	if (poll_ask(&v->google, &op, m->operation, &url, &body) == 0 && generation_intake(gen, &gen->calls[0], 0, SLOTS_MAX, &ask) == 0) {
		gen->pending = 1;
		ask.url = url.p;
		google_call(&v->google, &rq->ctx, &ask, on_polled, &gen->calls[0]);
	} else {
		generation_fail(gen, E_UPSTREAM_BUSY, "memory is out");
	}
	buf_free(&url);
	buf_free(&body);
}

/* ---- cancelling ---- */

static void
on_cancelled(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	(void)arg;
	log_event(LOG_INFO, NULL, "operation_cancelled", "status", log_u64((uint64_t)a->status), "why", err != 0 ? detail : NULL);
}

void
operation_cancel(struct vertex *v, const struct ctx *ctx, struct bytes name)
{
	struct buf url = { 0 }, body = { 0 };
	struct operation op;
	struct http_ask ask = { .what = "operation_cancel", .method = "POST", .content_type = "application/json", .body = &body,
	    .timeout_ms = POLL_MS, .answer_max = HTTP_ANSWER_SMALL };

	if (operation_parse(&op, name) && op.interaction && (google_vertex_host(&v->google, &url, op.host_location) |
	    buf_printf(&url, "/v1beta1/%s/cancel", op.path)) == 0 && buf_text(&url) != NULL) {
		ask.url = url.p;
		google_call(&v->google, ctx, &ask, on_cancelled, NULL);
	}
	buf_free(&url);
	buf_free(&body);
}
