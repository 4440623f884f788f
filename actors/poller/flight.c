/* actors/poller/flight.c - one job in hand: begin, ask vertex, write the verdict.
 *
 * What was learnt from vertex is not given up: the closing write is repeated until db
 * answers, and carries the fence, so that a lapsed lease can overwrite nothing.
 *
 * Owns: the flight's buffers and its calls.
 * Fails: a lost lease ends the flight; the job is somebody else's then.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/poller/poller.h"

enum { AGAIN_FIRST_MS = 100, AGAIN_MOST_MS = 5000, REFUSALS_MAX = 20 };

static void settle(struct flight *f);
static void begin(struct flight *f);

/* ---- small helpers ---- */

static void
copy_text(char *to, size_t room, struct bytes b)
{
	size_t n = b.n < room - 1 ? b.n : room - 1;

	memcpy(to, b.n > 0 ? b.p : "", n);
	to[n] = '\0';
}

static struct link *
db(struct flight *f)
{
	return actor_link(f->poller->actor, EDGE_poller_db);
}

static struct ctx
ctx_within(const struct flight *f, uint64_t ms)
{
	struct ctx ctx = f->ctx;

	ctx.deadline_ms = now_ms() + ms;
	return ctx;
}

/* The slot is free again. */
static void
land(struct flight *f)
{
	flight_drop(f);
	poller_landed(f->poller, f);
}

/* ---- writing to db, again and again ---- */

static void
on_again(struct ev_loop *loop, ev_timer *w, int events)
{
	struct flight *f = w->data;

	(void)loop;
	(void)events;
	if (f->stage == STAGE_beginning)
		begin(f);
	else if (f->stage == STAGE_settling)
		settle(f);
}

static void
write_again(struct flight *f, unsigned err)
{
	uint32_t wait = f->tries < 6 ? AGAIN_FIRST_MS << f->tries : AGAIN_MOST_MS;

	if (f->tries++ == 0)
		log_event(LOG_WARNING, &f->ctx, "job_write_repeated", "job", log_id(&f->job), "error", error_row(err)->name);
	ev_now_update(f->poller->loop);
	ev_timer_stop(f->poller->loop, &f->again);
	ev_timer_set(&f->again, (wait < AGAIN_MOST_MS ? wait : AGAIN_MOST_MS) / 1000.0, 0.);
	ev_timer_start(f->poller->loop, &f->again);
}

/* Looks at the answer of a write: 1 written, 0 somebody else's job now, -1 not written
 * (and a repetition is on its way, or, for what db will never take, the flight ended). */
static int
written(struct flight *f, unsigned err, const union msg_any *body)
{
	bool moved = f->call_fence != f->fence;	/* the lease was given to us again meanwhile */

	f->call = 0;
	if (err == 0 && body->done.changed)
		return 1;
	if ((err == 0 || err == E_FENCED || err == E_NOT_FOUND) && !moved)
		return 0;
	if ((err == E_BAD_MESSAGE || err == E_VALIDATION_ERROR || err == E_INTERNAL_ERROR) && f->tries >= REFUSALS_MAX) {
		log_event(LOG_ERROR, &f->ctx, "job_write_refused", "job", log_id(&f->job), "error", error_row(err)->name);
		land(f);
		return -1;
	}
	write_again(f, err);
	return -1;
}

static void
fenced(struct flight *f)
{
	log_event(LOG_WARNING, &f->ctx, "job_lease_lost", "job", log_id(&f->job), "fence", log_u64(f->fence));
	land(f);
}

static void
write_call(struct flight *f, unsigned msg, const void *body, answer_fn *done)
{
	struct ctx ctx = ctx_within(f, WRITE_MS);

	f->call_link = db(f);
	f->call_fence = f->fence;
	f->call = link_call(f->call_link, &ctx, msg, body, CALL_AGAIN, done, f);
	if (f->call < 0) {
		unsigned err = (unsigned)-f->call;
		written(f, err, NULL);
	}
}

/* ---- the closing write ---- */

/* A client's own mistake is nothing an operator must look at. */
static int
loudness(const struct life_verdict *v)
{
	if (v->act == ACT_fail)
		return error_row(v->code)->http < 500 ? LOG_WARNING : LOG_ERROR;
	return v->act == ACT_look ? LOG_WARNING : LOG_INFO;
}

static void
on_settled(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	static const char *const told[] = { [ACT_finish] = "job_finished", [ACT_run] = "job_running",
		[ACT_retry] = "job_retried", [ACT_look] = "job_unclear", [ACT_fail] = "job_failed" };
	struct flight *f = arg;
	const struct life_verdict *v = &f->verdict;
	int rc = written(f, err, body);

	(void)detail;
	if (rc == 0)
		fenced(f);
	if (rc <= 0)
		return;
	log_event(loudness(v), &f->ctx, told[v->act], "job", log_id(&f->job),
	    "generation", log_id(&f->generation), "kind", f->kind, "attempt", log_u64(f->attempt),
	    "took_ms", log_u64(now_ms() - f->since_ms), "error", v->code != 0 ? error_row(v->code)->name : NULL,
	    "why", v->code != 0 ? v->message : NULL, "after_ms", v->after_ms != 0 ? log_u64(v->after_ms) : NULL);
	if (v->act == ACT_finish || v->act == ACT_fail || v->act == ACT_run)
		busy_forget(&f->poller->busy, &f->job);
	if (v->after_ms != 0)
		poller_wake(f->poller, v->after_ms + 1);
	land(f);
}

static void
settle(struct flight *f)
{
	const struct life_verdict *v = &f->verdict;
	struct bytes why = bytes_str(v->message), code = bytes_str(v->code != 0 ? error_row(v->code)->name : "");

	f->stage = STAGE_settling;
	switch (v->act) {
	case ACT_finish:
		write_call(f, MSG_job_finish, &(struct msg_job_finish){ .job = f->job, .fence = f->fence,
		    .results_json = bytes_of(f->results.p, f->results.n) }, on_settled);
		break;
	case ACT_run:
		write_call(f, MSG_job_running, &(struct msg_job_running){ .job = f->job, .fence = f->fence,
		    .operation = bytes_str(f->operation), .model = bytes_str(f->made_by),
		    .poll_in_ms = v->after_ms }, on_settled);
		break;
	case ACT_retry:
		write_call(f, MSG_job_retry, &(struct msg_job_retry){ .job = f->job, .fence = f->fence,
		    .after_ms = v->after_ms, .counts = v->counts, .code = code, .message = why }, on_settled);
		break;
	case ACT_look:
		write_call(f, MSG_job_unclear, &(struct msg_job_unclear){ .job = f->job, .fence = f->fence,
		    .after_ms = v->after_ms, .message = why }, on_settled);
		break;
	case ACT_fail:
		write_call(f, MSG_job_fail, &(struct msg_job_fail){ .job = f->job, .fence = f->fence,
		    .code = code, .message = why, .reasons_json = bytes_of(f->reasons.p, f->reasons.n) }, on_settled);
		break;
	}
}

/* ---- asking vertex ---- */

/* A filtered answer's detail is a message and, behind a newline, its reasons as a JSON array. */
static bool
keep_reasons(struct flight *f, struct bytes *detail)
{
	enum { REASONS_MAX = 4096 };
	const char *line = detail->n > 0 ? memchr(detail->p, '\n', detail->n) : NULL;
	uint32_t at;

	if (line == NULL)
		return true;
	at = (uint32_t)(line - detail->p) + 1;
	if (at < detail->n && detail->n - at <= REASONS_MAX && detail->p[at] == '[' &&
	    buf_add(&f->reasons, detail->p + at, detail->n - at) != 0)
		return false;
	detail->n = at - 1;
	return true;
}

/* Keeps what the closing write will say. False: memory is out. */
static bool
keep_answer(struct flight *f, unsigned err, struct bytes *detail, const union msg_any *body)
{
	if (err == E_CONTENT_FILTERED)
		return keep_reasons(f, detail);
	if (err != 0)
		return true;
	const struct msg_generated *m = &body->generated;
	copy_text(f->made_by, sizeof f->made_by, m->model);
	if (m->operation.n > 0)
		copy_text(f->operation, sizeof f->operation, m->operation);
	return buf_add(&f->results, m->results_json.p, m->results_json.n) == 0;
}

/* How long who was asked may still be at it. Our own vertex is asked itself, and says so (UPSTREAM_BUSY). */
static uint64_t
call_left_ms(const struct flight *f, unsigned err)
{
	uint64_t end = f->begun_ms + f->poller->generate_ms, now = now_ms();

	if (f->asked != LIFE_finding || f->maker == 0)
		return 0;
	if (f->maker == actor_link(f->poller->actor, EDGE_poller_vertex)->incarnation && err != E_UPSTREAM_BUSY)
		return 0;
	return end > now ? end - now : 0;
}

static const char *
made_by(const struct flight *f)
{
	return f->made_by[0] != '\0' ? f->made_by : f->model;
}

static void
decide(struct flight *f, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct poller *p = f->poller;
	bool done = err == 0 && body->generated.done, has_operation = err == 0 && body->generated.operation.n > 0;
	enum life_news news = life_news_of(err, done, has_operation || (err == 0 && f->asked == LIFE_polling));
	uint32_t earlier = f->earlier < f->attempt && f->earlier < f->max_attempts ? f->earlier : 0;
	struct life_job job = { .kind = f->kind, .attempt = f->attempt - earlier, .max_attempts = f->max_attempts - earlier,
		.polls = f->polls, .call_left_ms = call_left_ms(f, err), .age_ms = now_ms() - f->begun_ms,
		.google_stores = err == 0 && body->generated.google_stores };

	f->call = 0;
	if (!keep_answer(f, err, &detail, body))
		news = NEWS_unclear;
	job.usual_ms = usual_ms(&p->usual, made_by(f));
	if (news == NEWS_done && f->asked == LIFE_polling)
		usual_note(&p->usual, made_by(f), job.age_ms);
	if (news == NEWS_busy && f->asked == LIFE_starting)
		job.busy = busy_count(&p->busy, &f->job);
	f->verdict = life_decide(&p->rules, &job, f->asked, news, err, detail, arc4random());
	f->tries = 0;
	settle(f);
}

static void
on_generated(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	decide(arg, err, detail, body);
}

static void
ask(struct flight *f, enum life_state what)
{
	struct link *vertex = actor_link(f->poller->actor, EDGE_poller_vertex);
	struct ctx ctx = ctx_within(f, what == LIFE_starting ? f->poller->generate_ms : ASK_MS);
	struct bytes kind = bytes_str(f->kind), model = bytes_str(f->model), request = bytes_of(f->request.p, f->request.n);

	f->stage = STAGE_asking;
	f->asked = what;
	f->call_link = vertex;
	switch (what) {
	case LIFE_starting:	/* never CALL_AGAIN: Google is asked to start once */
		f->call = link_call(vertex, &ctx, MSG_generate, &(struct msg_generate){ .generation = f->generation,
		    .user = f->user, .project = f->project, .kind = kind, .model = model,
		    .google_project = bytes_str(f->google_project), .attempt = f->attempt, .request_json = request },
		    0, on_generated, f);
		break;
	case LIFE_polling:
		f->call = link_call(vertex, &ctx, MSG_operation_poll, &(struct msg_operation_poll){
		    .generation = f->generation, .kind = kind, .model = model, .operation = bytes_str(f->operation),
		    .user = f->user, .project = f->project, .attempt = f->attempt },
		    CALL_AGAIN, on_generated, f);
		break;
	default:
		f->call = link_call(vertex, &ctx, MSG_results_find, &(struct msg_results_find){
		    .generation = f->generation, .user = f->user, .project = f->project, .kind = kind, .model = model,
		    .attempt = f->attempt, .request_json = request }, CALL_AGAIN, on_generated, f);
		break;
	}
	buf_free(&f->request);
	if (f->call < 0) {	/* it never left this process */
		unsigned err = (unsigned)-f->call;
		log_event(LOG_ERROR, &f->ctx, "vertex_not_asked", "job", log_id(&f->job), "error", error_row(err)->name);
		decide(f, err == E_BAD_MESSAGE ? err : E_QUEUE_FULL, (struct bytes){ "", 0 }, NULL);
	}
}

static void
on_begun(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct flight *f = arg;
	int rc = written(f, err, body);

	(void)detail;
	if (rc == 0) {
		fenced(f);
	} else if (rc > 0 && f->poller->actor->draining) {
		f->verdict = (struct life_verdict){ .act = ACT_retry, .code = E_DRAINING,
			.message = "the worker goes away before it asked for anything" };
		settle(f);
	} else if (rc > 0) {
		log_event(LOG_INFO, &f->ctx, "job_begun", "job", log_id(&f->job), "generation", log_id(&f->generation),
		    "kind", f->kind, "attempt", log_u64(f->attempt));
		ask(f, LIFE_starting);
	}
}

static void
begin(struct flight *f)
{
	f->stage = STAGE_beginning;
	write_call(f, MSG_job_begin, &(struct msg_job_begin){ .job = f->job, .fence = f->fence,
	    .maker = actor_link(f->poller->actor, EDGE_poller_vertex)->incarnation }, on_begun);
}

/* ---- the life of a flight ---- */

int
flight_take(struct poller *p, struct flight *f, const struct msg_job *job)
{
	bool ready = bytes_eq(job->state, "ready"), running = bytes_eq(job->state, "running");

	if (!ready && !running && !bytes_eq(job->state, "unclear"))
		return -1;
	*f = (struct flight){ .poller = p, .starts = ready, .job = job->job, .generation = job->generation,
		.user = job->user, .project = job->project, .fence = job->fence, .attempt = job->attempt,
		.max_attempts = job->max_attempts, .earlier = job->earlier, .polls = job->polls, .since_ms = now_ms(),
		.maker = job->maker, .begun_ms = now_ms() - (job->age_ms < now_ms() ? job->age_ms : now_ms()),
		.lease_until_ms = now_ms() + CLAIM_LEASE_MS };
	ev_timer_init(&f->again, on_again, 0., 0.);
	f->again.data = f;
	copy_text(f->kind, sizeof f->kind, job->kind);
	copy_text(f->model, sizeof f->model, job->model);
	copy_text(f->operation, sizeof f->operation, job->operation);
	copy_text(f->google_project, sizeof f->google_project, job->google_project);
	copy_text(f->ctx.request_id, sizeof f->ctx.request_id, job->request_id);
	if (job->trace.n == sizeof f->ctx.trace)
		memcpy(f->ctx.trace, job->trace.p, sizeof f->ctx.trace);
	if (!running && buf_add(&f->request, job->request_json.p, job->request_json.n) != 0)
		return -1;
	if (ready)
		p->starting++;
	else
		p->polling++;
	if (ready)
		begin(f);
	else
		ask(f, running && f->operation[0] != '\0' ? LIFE_polling : LIFE_finding);
	return 0;
}

static void
on_renewed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct flight *f = arg;

	(void)detail;
	f->renewal = 0;
	if (f->stage == STAGE_settling && f->call > 0)
		return;		/* the closing write gives the lease back: it tells more */
	if (err == 0 && body->done.changed && f->renewal_fence == f->fence)
		f->lease_until_ms = f->renewed_ms + LEASE_MS;
	if (f->renewal_fence == f->fence && (err == E_FENCED || (err == 0 && !body->done.changed)))
		fenced(f);	/* any other failure: the next renewal comes soon */
}

void
flight_renew(struct flight *f)
{
	struct ctx ctx = ctx_within(f, LEASE_MS);
	int64_t id;

	if (f->renewal != 0 || (f->stage == STAGE_settling && f->call > 0))
		return;
	f->renewal_fence = f->fence;
	f->renewed_ms = now_ms();
	id = link_call(db(f), &ctx, MSG_job_renew, &(struct msg_job_renew){ .job = f->job, .fence = f->fence,
	    .lease_ms = LEASE_MS }, CALL_AGAIN, on_renewed, f);
	f->renewal = id > 0 ? id : 0;
}

void
flight_refence(struct flight *f, uint64_t fence)
{
	log_event(LOG_WARNING, &f->ctx, "job_lease_taken_again", "job", log_id(&f->job), "fence", log_u64(fence));
	f->fence = fence;
	f->lease_until_ms = now_ms() + CLAIM_LEASE_MS;
}

void
flight_cancel(struct flight *f)
{
	struct ctx ctx = ctx_within(f, ASK_MS);

	log_event(LOG_INFO, &f->ctx, "job_cancelled", "job", log_id(&f->job), "generation", log_id(&f->generation),
	    "kind", f->kind, "attempt", log_u64(f->attempt));
	if (f->stage == STAGE_asking && f->asked == LIFE_starting)
		link_notice(f->call_link, &ctx, MSG_generate_stop, &(struct msg_generate_stop){ .generation = f->generation,
		    .attempt = f->attempt });
	busy_forget(&f->poller->busy, &f->job);
	land(f);
}

void
flight_drop(struct flight *f)
{
	if (f->stage == STAGE_free)
		return;
	ev_timer_stop(f->poller->loop, &f->again);
	if (f->call > 0)
		link_forget(f->call_link, f->call);
	if (f->renewal > 0)
		link_forget(db(f), f->renewal);
	f->call = f->renewal = 0;
	buf_free(&f->request);
	buf_free(&f->results);
	buf_free(&f->reasons);
	f->stage = STAGE_free;
}
