/* actors/vertex/generate.c - asking Google for a generation, once.
 *
 * The request is checked and mapped before anything is sent; then it waits for its turn
 * (gate.h). What Google sends inline is brought into storage by us. Of several calls one
 * that worked is enough; when none did, the outcome that leaves the most doubt decides.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

enum { LEAST_MS = 3000 };		/* with less time left nothing is begun */

/* ---- the answer ---- */

static void
items_take(struct generation *gen, unsigned first, struct intake *in, struct items *items)
{
	struct outcome o;

	for (size_t i = 0; i < items->n && first + i < SLOTS_MAX; i++) {
		if (items->v[i].uri != NULL)
			generation_stored(gen, first + (unsigned)i, items->v[i].uri, items->v[i].mime, items->v[i].prompt);
		else
			generation_upload(gen, first + (unsigned)i, in, &items->v[i]);
	}
	if (items->reasons != NULL)
		generation_filtered(gen, items->reasons);
	if (items->n > 0 || items->reasons != NULL)
		return;
	if (items->error != NULL)
		outcome_of_status(&o, items->error, gen->refusal, gen->v->google.project);
	else
		outcome_set(&o, gen->refusal, "%s", items->why != NULL ? items->why : "the model gave no result");
	generation_blame(gen, &o);
}

static void
answer_read(struct generation *gen, struct wire_call *call)
{
	const char *why;
	json_t *json = intake_json(call->intake, &why);
	struct items items = { .n = 0 };
	unsigned index = call->index;
	struct outcome o;

	if (json == NULL) {
		/* it was done and paid for; results that Google stores may still be found */
		outcome_set(&o, gen->maker->google_stores ? E_UNCLEAR : gen->refusal, "%s", why);
		generation_blame(gen, &o);
		return;
	}
	gen->maker->read(json, gen->wires.body[index], &items);
	if (items.operation != NULL)
		snprintf(gen->operation, sizeof gen->operation, "%s", items.operation);
	else if (gen->maker->method == MAKER_veo_operation) {
		outcome_set(&o, E_UNCLEAR, "the model's answer names no operation");
		generation_blame(gen, &o);
	} else {
		items_take(gen, index * gen->wires.samples, call->intake, &items);
	}
	items_free(&items);
	json_decref(json);
}

/* What a call's end says about the model and its service. */
static void
news_add(struct gate_news *news, const struct http_answer *a, unsigned err)
{
	bool answered = a->end == HTTP_ANSWERED;

	if (err != 0)
		return;			/* it ended on our side */
	if (a->end == HTTP_TOO_LARGE || (answered && (a->status < 500 || a->status == 501)))
		news->works = true;
	else
		news->broken = true;
	if (answered && a->status == 429)
		news->busy = true;
	if (answered && (a->status == 429 || a->status == 503) && a->retry_after_s > news->retry_after_s)
		news->retry_after_s = a->retry_after_s;
}

/* Makes room, once Google has answered all calls. */
static void
turn_end(struct generation *gen)
{
	struct gate *gate = &gen->v->gate;
	const struct ctx *ctx = &gen->rq->ctx;
	unsigned changed = gate_leave(gate, &gen->place, &gen->news);

	if (changed & GATE_NARROWED)
		log_event(LOG_WARNING, ctx, "model_slowed", "model", gen->model->id,
		    "at_once", log_u64(gate_width(gate, gen->model)), "retry_after_s", log_u64(gen->news.retry_after_s));
	if (changed & GATE_OPENED)
		log_event(LOG_ERROR, ctx, "model_left_alone", "model", gen->model->id, "after_failures", log_u64(BREAKER_FAILURES));
	if (changed & GATE_CLOSED)
		log_event(LOG_INFO, ctx, "model_works_again", "model", gen->model->id);
}

static void generation_begin(struct generation *gen);

/* One of the calls to the model is over. */
static void
call_over(struct generation *gen)
{
	if (--gen->asking == 0) {
		turn_end(gen);
		if (generation_moves(gen)) {
			generation_begin(gen);
			return;
		}
	}
	generation_release(gen);
}

static void
on_generate_answer(void *arg, struct http_answer *a, unsigned err, const char *detail)
{
	struct wire_call *call = arg;
	struct generation *gen = call->gen;
	enum outcome_type type;
	struct outcome o;

	news_add(&gen->news, a, err);
	if (err == E_INTERNAL_ERROR)
		err = gen->refusal;	/* the credentials are wrong: nothing was sent */
	if (err != 0)
		outcome_set(&o, err, "%s", detail);
	else if (a->end == HTTP_TIMED_OUT && intake_waits(call->intake))
		outcome_set(&o, E_STORAGE_ERROR, "storage was too slow for the model's answer");
	else
		outcome_of_http(&o, a, gen->maker->method == MAKER_veo_operation ? PHASE_START : PHASE_WHOLE, gen->refusal,
		    gen->v->google.project);
	type = outcome_type(&o, a);
	/* it may have been made and paid for, but what comes inline comes with the answer or never */
	if (o.code == E_UNCLEAR && !gen->maker->google_stores)
		o.code = gen->refusal;
	gen->missing += err == 0 && outcome_is_gone(a);
	if (o.code == 0)
		answer_read(gen, call);
	else
		generation_blame(gen, &o);
	if (o.code == gen->refusal)
		log_event(LOG_WARNING, &gen->rq->ctx, "generation_refused", "model", gen->model->id, "type", outcome_type_name(type),
		    "retryable", outcome_retryable(type) ? "yes" : "no", "status", log_u64((uint64_t)a->status), "why", o.detail);
	generation_intake_end(call);
	call_over(gen);
}

/* ---- asking ---- */

/* Where a call goes. 0 or -1. */
static int
call_url(const struct generation *gen, struct buf *url)
{
	const struct msg_generate *m = &gen->rq->body.generate;
	char project[65];
	int rc;

	snprintf(project, sizeof project, "%.*s", (int)m->google_project.n, m->google_project.p);
	if (gen->maker->url != NULL)
		rc = gen->maker->url(&gen->v->google, url, project, gen->model);
	else
		rc = google_model_url(&gen->v->google, url, project, gen->model->location, gen->model->id, gen->maker->verb);
	return rc == 0 && buf_text(url) != NULL ? 0 : -1;
}

static int
call_start(struct generation *gen, unsigned index)
{
	struct wire_call *call = &gen->calls[index];
	struct buf url = { 0 }, body = { 0 };
	struct http_ask ask = { .what = gen->model->id, .method = "POST", .content_type = "application/json", .body = &body,
	    .timeout_ms = gen->model->timeout_s * 1000, .once = true };

	*call = (struct wire_call){ .gen = gen, .index = index };
	body.p = json_dumps(gen->wires.body[index], JSON_COMPACT);
	body.n = body.cap = body.p != NULL ? strlen(body.p) : 0;
	int rc = body.p != NULL && call_url(gen, &url) == 0 ?
	    generation_intake(gen, call, index * gen->wires.samples, gen->wires.samples, &ask) : -1;
	if (rc == 0) {
		gen->pending++;
		gen->asking++;
		ask.url = url.p;
		google_call(&gen->v->google, &gen->rq->ctx, &ask, on_generate_answer, call);
	}
	buf_free(&url);
	buf_free(&body);
	return rc;
}

static void
on_turn(void *arg, unsigned err)
{
	struct generation *gen = arg;
	struct outcome o;

	if (err != 0) {
		generation_fail(gen, err, gate_why(&gen->v->gate, gen->model));
		return;
	}
	gen->pending = 1;
	gen->asking = 1;
	for (unsigned i = 0; i < gen->wires.n; i++)
		if (call_start(gen, i) != 0) {
			outcome_set(&o, E_UPSTREAM_BUSY, "memory is out");
			generation_blame(gen, &o);
		}
	call_over(gen);
}

static void
take_turn(struct generation *gen)
{
	uint64_t deadline = gen->rq->ctx.deadline_ms;

	if (gen->stopped)
		generation_fail(gen, E_NOT_SENT, "it was cancelled");
	else if (gate_enter(&gen->v->gate, &gen->place, gen->model, deadline > LEAST_MS ? deadline - LEAST_MS : deadline,
	    on_turn, gen) != 0)
		generation_fail(gen, E_UPSTREAM_BUSY, gate_why(&gen->v->gate, gen->model));
}

static void sources_look(struct generation *gen);

/* One of the objects that Google is to start from was looked at. */
static void
on_source(void *arg, unsigned err, const char *detail, const struct stored *s)
{
	struct generation *gen = arg;
	const struct source *from = &gen->wires.source[gen->looked++];
	struct outcome why = { 0 };
	struct mapping map = { .model = gen->model, .request = gen->request, .why = &why };

	if (err == E_NOT_FOUND) {
		outcome_set(&why, E_NOT_FOUND, "%s names no object of yours", from->field);
		generation_fail(gen, why.code, why.detail);
	} else if (err != 0)		/* nothing was asked for yet: it may be tried again */
		generation_fail(gen, err == E_STORAGE_ERROR ? err : E_NOT_SENT, detail);
	else if (gen->maker->source(&map, from, s, gen->wires.body[0]) != 0)
		generation_fail(gen, why.code != 0 ? why.code : gen->refusal, why.detail);
	else
		sources_look(gen);
}

static void
sources_look(struct generation *gen)
{
	if (gen->looked < gen->wires.sources)
		storage_probe(&gen->v->google, &gen->rq->ctx, gen->wires.source[gen->looked].uri, on_source, gen);
	else
		take_turn(gen);
}

static void
generation_begin(struct generation *gen)
{
	if (!generation_choose(gen))
		return;
	gen->looked = 0;
	sources_look(gen);
}

/* A Google project's id goes into a path. */
static bool
project_is_fine(struct bytes project)
{
	for (uint32_t i = 0; i < project.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-.:", project.p[i]) == NULL || project.p[i] == '\0')
			return false;
	return true;
}

void
on_generate(void *state, struct request *rq)
{
	struct vertex *v = state;
	const struct msg_generate *m = &rq->body.generate;
	struct generation *gen = generation_new(v, rq, m->kind);

	if (gen == NULL || !generation_request(gen, m->request_json))
		return;
	/* whoever asks twice has lost the first answer: once is enough for Google */
	if (!generation_hold(gen)) {
		generation_fail(gen, E_UNCLEAR, "this generation is being made already");
		return;
	}
	if (!project_is_fine(m->google_project)) {
		generation_fail(gen, gen->refusal, "the project's Google project id is not valid");
		return;
	}
	generation_begin(gen);
}

void
on_generate_stop(void *state, struct request *rq)
{
	const struct msg_generate_stop *m = &rq->body.generate_stop;
	struct vertex *v = state;
	struct generation *gen = generation_in_hand(v, &m->generation, m->attempt);

	if (gen == NULL)
		return;
	gen->stopped = true;
	if (gate_give_up(&v->gate, &gen->place))
		generation_fail(gen, E_NOT_SENT, "it was cancelled");
}
