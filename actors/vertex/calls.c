/* actors/vertex/calls.c - the calls for one generation: sent at once, read as they end.
 *
 * What Google sends inline is brought into storage by us. Of several calls one that worked is
 * enough; when none did, the outcome that leaves the most doubt decides. Those that were put off
 * while others were not are asked again here: the poller, who asks for all or nothing, cannot.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

enum {
	ROUNDS_MAX = 3,			/* after the first */
	ROUND_MS = 1000			/* before the second; doubled for each */
};

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

static int call_url(const struct generation *gen, struct buf *url);

/* Keeps by which name what runs is polled: where the answer has an id alone, the path of the call and the id.
 * 0, or -1 if it is none. */
static int
operation_keep(struct generation *gen, const char *name)
{
	struct buf url = { 0 };
	const char *path;
	size_t n = strlen(name);
	int rc = -1;

	if (gen->maker->url == NULL) {
		snprintf(gen->operation, sizeof gen->operation, "%s", name);
		return 0;
	}
	path = call_url(gen, &url) == 0 ? strstr(url.p, "/projects/") : NULL;
	if (path != NULL && n > 0 && strchr(name, '/') == NULL && strlen(path) + n < sizeof gen->operation) {
		snprintf(gen->operation, sizeof gen->operation, "%s/%s", path + 1, name);
		rc = 0;
	}
	buf_free(&url);
	return rc;
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
	if (items.operation != NULL && operation_keep(gen, items.operation) == 0) {
		if (gen->stopped)
			operation_cancel(gen->v, &gen->rq->ctx, bytes_str(gen->operation));
	} else if (gen->maker->runs && items.n == 0 && items.error == NULL && items.why == NULL) {
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

static bool calls_again(struct generation *gen);

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
		if (calls_again(gen))
			return;
	}
	generation_release(gen);
}

/* Google began nothing for this call, and may do so another time. */
static void
call_put_off(struct generation *gen, unsigned index, const struct outcome *o)
{
	gen->late |= 1u << index;
	if (gen->put_off.code == 0 || outcome_rank(o->code) > outcome_rank(gen->put_off.code))
		gen->put_off = *o;
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
		outcome_of_http(&o, a, gen->maker->runs ? PHASE_START : PHASE_WHOLE, gen->refusal,
		    gen->v->google.project);
	type = outcome_type(&o, a);
	/* it may have been made and paid for, but what comes inline comes with the answer or never */
	if (o.code == E_UNCLEAR && !gen->maker->google_stores)
		o.code = gen->refusal;
	gen->missing += err == 0 && outcome_is_gone(a);
	if (o.code == 0)
		answer_read(gen, call);
	else if (o.code == E_UPSTREAM_BUSY || o.code == E_NOT_SENT)
		call_put_off(gen, call->index, &o);
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

/* Asks those of the mask. One of `pending` is the asking itself. */
static void
calls_start(struct generation *gen, unsigned which)
{
	struct outcome o;

	gen->asking = 1;
	gen->late = 0;
	gen->put_off = (struct outcome){ 0 };
	gen->news = (struct gate_news){ 0 };
	for (unsigned i = 0; i < gen->wires.n; i++)
		if ((which & 1u << i) && call_start(gen, i) != 0) {
			outcome_set(&o, E_UPSTREAM_BUSY, "memory is out");
			generation_blame(gen, &o);
		}
	call_over(gen);
}

void
calls_begin(struct generation *gen)
{
	gen->pending = 1;
	gen->rounds = 0;
	calls_start(gen, (1u << gen->wires.n) - 1);
}

/* ---- those that were put off ---- */

/* They will not be asked again: what the others gave is all there is. */
static void
calls_end(struct generation *gen)
{
	generation_blame(gen, &gen->put_off);
	generation_release(gen);
}

static void
on_turn_again(void *arg, unsigned err)
{
	struct generation *gen = arg;

	if (err != 0)
		calls_end(gen);
	else
		calls_start(gen, gen->late);
}

static void
on_round(struct ev_loop *loop, ev_timer *w, int events)
{
	struct generation *gen = w->data;
	uint64_t deadline = gen->rq->ctx.deadline_ms;

	(void)loop;
	(void)events;
	if (gen->stopped || gate_enter(&gen->v->gate, &gen->place, gen->model, deadline > LEAST_MS ? deadline - LEAST_MS : deadline,
	    on_turn_again, gen) != 0)
		calls_end(gen);
}

/* All calls of a round have ended. True if some go on: then what was one of `pending` still is. */
static bool
calls_again(struct generation *gen)
{
	uint64_t wait_ms = (uint64_t)ROUND_MS << gen->rounds, deadline = gen->rq->ctx.deadline_ms;
	bool none = gen->rounds == 0 && gen->late == (1u << gen->wires.n) - 1;

	if (gen->late == 0)
		return false;
	if (none || gen->stopped || gen->rounds == ROUNDS_MAX || (deadline != 0 && now_ms() + wait_ms + LEAST_MS > deadline)) {
		generation_blame(gen, &gen->put_off);
		return false;
	}
	log_event(LOG_INFO, &gen->rq->ctx, "calls_put_off", "model", gen->model->id, "of", log_u64(gen->wires.n),
	    "after_ms", log_u64(wait_ms), "why", gen->put_off.detail);
	gen->rounds++;
	ev_timer_init(&gen->round, on_round, (double)wait_ms / 1000, 0.);
	gen->round.data = gen;
	ev_now_update(gen->v->google.http.loop);
	ev_timer_start(gen->v->google.http.loop, &gen->round);
	return true;
}

bool
calls_given_up(struct generation *gen)
{
	if (gen->rounds == 0)
		return false;
	calls_end(gen);
	return true;
}
