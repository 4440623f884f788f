/* actors/db/on_poller.c - what poller asks: leases, and the steps of a job. Every step names
 * the fence of its lease; a step with an old one is refused with FENCED.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"
#include "actors/db/grants.h"

enum { LEASES_MAX = 64, LEASE_MS_MAX = 600000 };

/* ---- leases ---- */

/* Columns of job_claim, after next_ms. */
enum { C_job = 1, C_generation, C_user, C_project, C_kind, C_state, C_fence, C_attempt, C_max, C_polls, C_model,
	C_operation, C_google_project, C_request, C_request_id, C_trace, C_earlier, C_maker, C_age_ms };

static int
pack_job(struct buf *out, const PGresult *res, int i)
{
	struct msg_job j = {
		.job = res_id(res, i, C_job), .generation = res_id(res, i, C_generation), .user = res_id(res, i, C_user),
		.project = res_id(res, i, C_project), .kind = res_bytes(res, i, C_kind), .state = res_bytes(res, i, C_state),
		.fence = (uint64_t)res_int(res, i, C_fence), .attempt = (uint32_t)res_int(res, i, C_attempt),
		.max_attempts = (uint32_t)res_int(res, i, C_max), .polls = (uint32_t)res_int(res, i, C_polls),
		.model = res_bytes(res, i, C_model), .operation = res_bytes(res, i, C_operation),
		.google_project = res_bytes(res, i, C_google_project), .request_json = res_bytes(res, i, C_request),
		.request_id = res_bytes(res, i, C_request_id), .trace = res_bytes(res, i, C_trace), .earlier = (uint32_t)res_int(res, i, C_earlier),
		.maker = (uint64_t)res_int(res, i, C_maker), .age_ms = (uint64_t)res_int(res, i, C_age_ms),
	};
	return msg_encode(out, MSG_job, &j);
}

static void
on_claimed(struct ask *a, unsigned err, const PGresult *res)
{
	struct buf packed[LEASES_MAX] = { { 0 } };
	struct bytes jobs[LEASES_MAX];
	uint32_t n = 0;

	if (err != 0) {
		db_refuse(a, err);
		return;
	}
	for (int i = 0; i < PQntuples(res) && n < LEASES_MAX; i++) {
		if (PQgetisnull(res, i, C_job))
			continue;		/* the row that only tells next_ms */
		if (pack_job(&packed[n], res, i) != 0) {
			struct id job = res_id(res, i, C_job);
			log_event(LOG_ERROR, &a->ctx, "job_unsendable", "job", log_id(&job));
			continue;
		}
		jobs[n] = bytes_of(packed[n].p, packed[n].n);
		n++;
	}
	/* The poller died while the statement was on its way: its leases were voided before these
	 * were made. */
	if (n > 0 && !request_alive(a->rq))
		leases_void(a->rq->link->state, a->rq->body.job_claim.worker);
	request_answer(a->rq, &(struct msg_job_leases){ .jobs = { jobs, n }, .next_ms = (uint64_t)res_int(res, 0, 0) });
	for (uint32_t i = 0; i < n; i++)
		buf_free(&packed[i]);
}

void
on_job_claim(void *state, struct request *rq)
{
	const struct msg_job_claim *m = &rq->body.job_claim;
	struct ask *a = db_ask(state, rq, Q_job_claim, on_claimed);
	uint32_t begin = m->begin < LEASES_MAX / 2 ? m->begin : LEASES_MAX / 2;
	uint32_t resume = m->resume < LEASES_MAX / 2 ? m->resume : LEASES_MAX / 2;

	if (a == NULL)
		return;
	ask_i64(a, (int64_t)m->worker);
	ask_i64(a, begin);
	ask_i64(a, resume);
	ask_i64(a, m->lease_ms < LEASE_MS_MAX ? m->lease_ms : LEASE_MS_MAX);
	ask_i64(a, ((const struct db *)state)->user_concurrency);
	ask_i64(a, ((const struct db *)state)->model_concurrency);
	db_send(state, a);
}

/* ---- steps ---- */

static void
on_step(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else if (!res_bool(res, 0, 0))
		request_fail(a->rq, E_FENCED, "");
	else
		request_answer(a->rq, &(struct msg_done){ .changed = true });
}

static struct ask *
step(struct db *db, struct request *rq, enum query q, const struct id *job, uint64_t fence)
{
	struct ask *a = db_ask(db, rq, q, on_step);

	if (a != NULL) {
		ask_id(a, job);
		ask_i64(a, (int64_t)fence);
	}
	return a;
}

void
on_job_begin(void *state, struct request *rq)
{
	const struct msg_job_begin *m = &rq->body.job_begin;
	struct ask *a = step(state, rq, Q_job_begin, &m->job, m->fence);

	if (a == NULL)
		return;
	ask_i64(a, (int64_t)m->maker);
	db_send(state, a);
}

void
on_job_running(void *state, struct request *rq)
{
	const struct msg_job_running *m = &rq->body.job_running;
	struct ask *a = step(state, rq, Q_job_running, &m->job, m->fence);

	if (a == NULL)
		return;
	ask_text(a, m->operation);
	ask_text(a, m->model);
	ask_i64(a, m->poll_in_ms);
	db_send(state, a);
}

void
on_job_finish(void *state, struct request *rq)
{
	const struct msg_job_finish *m = &rq->body.job_finish;
	struct ask *a;

	/* likewise whoever controls the poller, in what it calls metadata: a result is named by its `uri` */
	if (grants_any(m->results_json)) {
		log_event(LOG_SECURITY, &rq->ctx, "results_refused", "why", "they name an object as a result");
		request_fail(rq, E_VALIDATION_ERROR, "results must not hold results");
		return;
	}
	if ((a = step(state, rq, Q_job_finish, &m->job, m->fence)) == NULL)
		return;
	ask_text(a, m->results_json);
	ask_text(a, ((const struct db *)state)->storage);
	db_send(state, a);
}

void
on_job_retry(void *state, struct request *rq)
{
	const struct msg_job_retry *m = &rq->body.job_retry;
	struct ask *a = step(state, rq, Q_job_retry, &m->job, m->fence);

	if (a == NULL)
		return;
	ask_i64(a, m->after_ms);
	ask_bool(a, m->counts);
	ask_text(a, m->code);
	ask_text(a, m->message);
	db_send(state, a);
}

void
on_job_unclear(void *state, struct request *rq)
{
	const struct msg_job_unclear *m = &rq->body.job_unclear;
	struct ask *a = step(state, rq, Q_job_unclear, &m->job, m->fence);

	if (a == NULL)
		return;
	ask_i64(a, m->after_ms);
	ask_text(a, m->message);
	db_send(state, a);
}

void
on_job_fail(void *state, struct request *rq)
{
	const struct msg_job_fail *m = &rq->body.job_fail;
	struct ask *a = step(state, rq, Q_job_fail, &m->job, m->fence);

	if (a == NULL)
		return;
	ask_text(a, m->code);
	ask_text(a, m->message);
	if (m->reasons_json.n > 0)
		ask_text(a, m->reasons_json);
	else
		ask_null(a);
	db_send(state, a);
}

void
on_job_renew(void *state, struct request *rq)
{
	const struct msg_job_renew *m = &rq->body.job_renew;
	struct ask *a = step(state, rq, Q_job_renew, &m->job, m->fence);

	if (a == NULL)
		return;
	ask_i64(a, m->lease_ms < LEASE_MS_MAX ? m->lease_ms : LEASE_MS_MAX);
	db_send(state, a);
}

void
on_maker_seen(void *state, struct request *rq)
{
	struct ask *a = db_ask(state, rq, Q_maker_seen, db_on_done);

	if (a == NULL)
		return;
	ask_i64(a, (int64_t)rq->body.maker_seen.maker);
	db_send(state, a);
}
