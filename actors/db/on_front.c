/* actors/db/on_front.c - what front asks, each on a ticket that auth sealed: it decides
 * whose rows are seen, not the front.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/db/dates.h"
#include "actors/db/db.h"
#include "actors/db/grants.h"

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

/* ---- rows ---- */

static void
on_row(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else if (PQntuples(res) == 0)
		request_fail(a->rq, E_NOT_FOUND, "");
	else if (PQgetlength(res, 0, 0) > ANSWER_MAX)
		request_fail(a->rq, E_VALIDATION_ERROR, "limit is too large for rows of this size: ask for fewer");
	else
		request_answer(a->rq, &(struct msg_row){ .json = res_bytes(res, 0, 0) });
}

void
on_profile_get(void *state, struct request *rq)
{
	struct ticket t;
	struct ask *a;

	if (!db_caller(state, rq, rq->body.profile_get.ticket, &t) || (a = db_ask(state, rq, Q_profile_get, on_row)) == NULL)
		return;
	a->who = t.user;
	ask_id(a, &a->who);
	db_send(state, a);
}

/* Nothing and everything else than 1..max becomes something that SQL can work with. */
static int64_t
within(uint32_t v, uint32_t most)
{
	return v < 1 ? 1 : v > most ? most : v;
}

void
on_project_list(void *state, struct request *rq)
{
	const struct msg_project_list *m = &rq->body.project_list;
	struct ticket t;
	struct ask *a;

	if (!db_caller(state, rq, m->ticket, &t) ||
	    (a = db_ask(state, rq, m->paged ? Q_project_page : Q_project_list, on_row)) == NULL)
		return;
	if (m->paged) {
		ask_i64(a, within(m->page, 1000000));
		ask_i64(a, within(m->limit, 100));
	}
	db_send(state, a);
}

void
on_project_get(void *state, struct request *rq)
{
	const struct msg_project_get *m = &rq->body.project_get;
	struct ticket t;
	struct ask *a;

	if (!db_caller(state, rq, m->ticket, &t) || (a = db_ask(state, rq, Q_project_get, on_row)) == NULL)
		return;
	ask_id(a, &m->project);
	db_send(state, a);
}

static void
ask_text_or_null(struct ask *a, bool has, struct bytes b)
{
	if (has)
		ask_text(a, b);
	else
		ask_null(a);
}

void
on_project_create(void *state, struct request *rq)
{
	const struct msg_project_create *m = &rq->body.project_create;
	struct ticket t;
	struct ask *a;

	if (!db_caller(state, rq, m->ticket, &t))
		return;
	if (!t.admin) {
		request_fail(rq, E_FORBIDDEN, "");
		return;
	}
	if ((a = db_ask(state, rq, Q_project_create, on_row)) == NULL)
		return;
	ask_text(a, m->name);
	ask_text_or_null(a, m->has_description, m->description);
	ask_text_or_null(a, m->has_google_project, m->google_project);
	db_send(state, a);
}

/* ---- generations ---- */

/* Answers with the JSON of column 0 and a grant for each object that it names. */
static void
answer_media(struct ask *a, struct msg_media *m)
{
	struct db *db = a->state;
	int rc;

	if (m->json.n > ANSWER_MAX) {
		request_fail(a->rq, E_VALIDATION_ERROR, "limit is too large for rows of this size: ask for fewer");
		return;
	}
	rc = grants_make(m->json, &a->who, wall_ms() + db->grant_ms, db->grant_key, &a->arena, &m->grants);
	if (rc != 0) {
		log_event(LOG_ERROR, &a->ctx, "grants_failed", "message", msg_spec(a->rq->msg)->name);
		request_fail(a->rq, (unsigned)-rc, "");
		return;
	}
	request_answer(a->rq, m);
}

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
		.final = res_bool(res, 0, 2), .replayed = res_bool(res, 0, 3) };
	take_error(&m, res, 6);
	if (!m.replayed)
		log_event(LOG_INFO, &a->ctx, "generation_created", "generation", log_id(&m.generation), "user", log_id(&a->who),
		    "kind", log_bytes(a->rq->body.generation_create.kind));
	answer_media(a, &m);
}

/* What the front calls parameters comes back within the rows, where objects are looked for:
 * whoever controls the front must not get a grant by naming one there. */
static bool
names_an_object(struct bytes json)
{
	char uri[1];
	size_t at = 0, n;

	return grants_next(json, &at, uri, sizeof uri, &n) != 0;
}

void
on_generation_create(void *state, struct request *rq)
{
	const struct msg_generation_create *m = &rq->body.generation_create;
	struct db *db = state;
	struct ticket t;
	struct ask *a;

	if (!db_caller(db, rq, m->ticket, &t))
		return;
	if (names_an_object(m->parameters_json)) {
		log_event(LOG_SECURITY, &rq->ctx, "parameters_refused", "why", "they name an object as a result");
		request_fail(rq, E_VALIDATION_ERROR, "parameters must not hold results");
		return;
	}
	if ((a = db_ask(db, rq, Q_generation_create, on_created)) == NULL)
		return;
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
	db_send(db, a);
}

static void
on_generation(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0) {
		db_refuse(a, err);
		return;
	}
	if (PQntuples(res) == 0) {	/* or somebody else's: not told */
		request_fail(a->rq, E_NOT_FOUND, "");
		return;
	}
	struct msg_media m = { .json = res_bytes(res, 0, 0), .generation = res_id(res, 0, 1), .final = res_bool(res, 0, 2) };
	take_error(&m, res, 3);
	answer_media(a, &m);
}

void
on_generation_get(void *state, struct request *rq)
{
	const struct msg_generation_get *m = &rq->body.generation_get;
	struct ticket t;
	struct ask *a;

	if (!db_caller(state, rq, m->ticket, &t) || (a = db_ask(state, rq, Q_generation_get, on_generation)) == NULL)
		return;
	a->who = t.user;
	ask_id(a, &a->who);
	ask_bool(a, t.admin);
	ask_id(a, &m->generation);
	db_send(state, a);
}

static void
on_page(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0) {
		db_refuse(a, err);
		return;
	}
	struct msg_media m = { .json = res_bytes(res, 0, 0) };
	answer_media(a, &m);
}

/* What is searched for, as a pattern of ILIKE: its wildcards mean themselves. */
static struct bytes
search_pattern(struct ask *a, struct bytes text)
{
	char *p = arena_alloc(&a->arena, 2 * (size_t)text.n + 2);
	size_t n = 0;

	if (p == NULL)
		return BYTES("%");
	p[n++] = '%';
	for (uint32_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = text.p[i];
	}
	p[n++] = '%';
	return bytes_of(p, n);
}

/* A date as a parameter; false when it is none. */
static bool
ask_date(struct ask *a, struct bytes text, bool to)
{
	char out[DATE_TEXT];

	if (text.n == 0) {
		ask_null(a);
		return true;
	}
	if (!date_bound(text, to, out))
		return false;
	ask_text(a, ask_copy(a, bytes_str(out)));
	return true;
}

void
on_generation_list(void *state, struct request *rq)
{
	const struct msg_generation_list *m = &rq->body.generation_list;
	struct ticket t;
	struct ask *a;

	if (!db_caller(state, rq, m->ticket, &t) || (a = db_ask(state, rq, Q_generation_page, on_page)) == NULL)
		return;
	a->who = t.user;
	ask_id(a, &a->who);
	ask_i64(a, within(m->page, 1000000));
	ask_i64(a, within(m->limit, 100));
	ask_text_or_null(a, m->kind.n > 0, m->kind);
	ask_text_or_null(a, m->status.n > 0, m->status);
	if (m->has_project)
		ask_id(a, &m->project);
	else
		ask_null(a);
	if (m->search.n > 0)
		ask_text(a, search_pattern(a, m->search));
	else
		ask_null(a);
	const char *wrong = !ask_date(a, m->from, false) ? "from must be an ISO 8601 date or time" :
	    !ask_date(a, m->to, true) ? "to must be an ISO 8601 date or time" : NULL;
	if (wrong != NULL) {
		request_fail(rq, E_VALIDATION_ERROR, wrong);
		ask_free(a);
		return;
	}
	db_send(state, a);
}
