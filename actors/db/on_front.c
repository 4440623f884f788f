/* actors/db/on_front.c - what front asks beyond the relays: health, and a generation's start.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/db/charge.h"
#include "actors/db/grants.h"
#include "actors/db/relay.h"

/* ---- health ---- */

static void
on_pong(struct ask *a, unsigned err, const PGresult *res)
{
	(void)res;
	request_answer(a->rq, &(struct msg_healthy){ .ok = err == 0,
	    .why = bytes_str(err == 0 ? "" : "the database does not answer") });
}

void
on_health(void *state, struct request *rq)
{
	struct db *db = state;
	bool up = pool_serves(&db->pool, ON_app) && pool_serves(&db->pool, ON_auth);
	struct ask *a;

	if (!rq->body.health.deep || !up) {
		request_answer(rq, &(struct msg_healthy){ .ok = up, .why = bytes_str(up ? "" : "the database is away") });
		return;
	}
	if ((a = db_ask(db, rq, Q_ping, on_pong)) != NULL)
		db_send(db, a);
}

/* ---- generations ---- */

enum { WAIT_MAX_MS = 3600000 };

static void
take_error(struct msg_media *m, const PGresult *res, int col)
{
	m->error_code = res_bytes(res, 0, col);
	m->error_message = res_bytes(res, 0, col + 1);
	m->error_reasons = res_bytes(res, 0, col + 2);
}

static void
on_created(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0) {
		db_refuse(a, err);
		return;
	}
	if (res_bool(res, 0, 4)) {
		request_fail(a->rq, E_IDEMPOTENCY_KEY_REUSED, "");
		return;
	}
	if (res_bool(res, 0, 5)) {
		request_fail(a->rq, E_VALIDATION_ERROR, "Project not found");
		return;
	}
	struct msg_media m = { .json = res_bytes(res, 0, 0), .generation = res_id(res, 0, 1),
		.final = res_bool(res, 0, 2), .replayed = res_bool(res, 0, 3), .under_way = res_bool(res, 0, 9) };
	take_error(&m, res, 6);
	if (!m.replayed)
		log_event(LOG_INFO, &a->ctx, "generation_created", "generation", log_id(&m.generation), "user", log_id(&a->who),
		    "kind", log_bytes(a->rq->body.generation_create.kind));
	relay_media(a, &m);
}

/* Lives as long as the ask; empty when memory is out. */
static struct bytes
models_of(struct ask *a, const struct msg_generation_create *m)
{
	const struct db *db = a->state;
	struct buf b = { 0 };
	int rc = charge_models(&b, m->kind, m->model, db->aliases);
	struct bytes copy = rc == 0 ? ask_copy(a, bytes_of(b.p, b.n)) : (struct bytes){ "", 0 };

	buf_free(&b);
	return copy;
}

void
on_generation_create(void *state, struct request *rq)
{
	const struct msg_generation_create *m = &rq->body.generation_create;
	struct db *db = state;
	struct bytes models;
	struct ticket t;
	struct ask *a;

	if (!db_caller(db, rq, TICKET_ALL, m->ticket, &t))
		return;
	/* What the front calls parameters comes back within the rows, where objects are looked for:
	 * whoever controls the front must not get a grant by naming one there. */
	if (grants_any(m->parameters_json)) {
		log_event(LOG_SECURITY, &rq->ctx, "parameters_refused", "why", "they name an object as a result");
		request_fail(rq, E_VALIDATION_ERROR, "parameters must not hold results");
		return;
	}
	if ((a = db_ask(db, rq, Q_generation_create, on_created)) == NULL)
		return;
	models = models_of(a, m);
	if (models.n == 0) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		ask_free(a);
		return;
	}
	a->who = t.user;
	a->keyed = m->idempotency_key.n > 0;
	ask_id(a, &a->who);
	ask_id(a, &m->project);
	ask_text(a, m->kind);
	ask_text(a, m->prompt);
	ask_text(a, m->model);
	ask_text(a, m->parameters_json);
	ask_text(a, m->request_json);
	ask_text(a, m->idempotency_key);
	ask_text(a, m->body_hash);
	ask_i64(a, db->job_attempts);
	ask_text(a, bytes_str(rq->ctx.request_id));
	ask_text(a, bytes_of(rq->ctx.trace, sizeof rq->ctx.trace));
	ask_i64(a, m->wait_ms < WAIT_MAX_MS ? (int64_t)m->wait_ms : WAIT_MAX_MS);
	ask_text(a, models);
	ask_text(a, db_limits(db));
	db_send(db, a);
}
