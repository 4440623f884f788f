/* actors/db/on_auth.c - what auth asks: password hashes, sessions, the first admin, audit.
 * Its statements run on the connection of role studio_auth; no other edge reaches them.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"

/* ---- accounts ---- */

static void
on_credential(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else if (PQntuples(res) == 0)
		request_fail(a->rq, E_NOT_FOUND, "");
	else
		request_answer(a->rq, &(struct msg_credential){ .user = res_id(res, 0, 0), .hash = res_bytes(res, 0, 1),
		    .role = res_bytes(res, 0, 2), .user_json = res_bytes(res, 0, 3) });
}

void
on_credential_get(void *state, struct request *rq)
{
	struct ask *a = db_ask(state, rq, Q_credential_get, on_credential);

	if (a == NULL)
		return;
	ask_text(a, rq->body.credential_get.email);
	db_send(state, a);
}

static void
on_account(struct ask *a, unsigned err, const PGresult *res)
{
	if (err == 0 && PQntuples(res) == 0)
		request_fail(a->rq, E_RESOURCE_CONFLICT, "User with this email already exists");
	else
		on_credential(a, err, res);
}

void
on_account_create(void *state, struct request *rq)
{
	const struct msg_account_create *m = &rq->body.account_create;
	struct ask *a = db_ask(state, rq, Q_account_create, on_account);

	if (a == NULL)
		return;
	ask_text(a, m->email);
	ask_text(a, m->first_name);
	ask_text(a, m->last_name);
	ask_text(a, m->hash);
	ask_text(a, m->role);
	db_send(state, a);
}

static void
on_seeded(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else
		request_answer(a->rq, &(struct msg_admin_seeded){ .exists = res_bool(res, 0, 0), .created = res_bool(res, 0, 1) });
}

void
on_admin_seed(void *state, struct request *rq)
{
	const struct msg_admin_seed *m = &rq->body.admin_seed;
	struct ask *a = db_ask(state, rq, Q_admin_seed, on_seeded);

	if (a == NULL)
		return;
	ask_text(a, m->email);
	ask_text(a, m->first_name);
	ask_text(a, m->last_name);
	ask_text(a, m->hash);
	db_send(state, a);
}

/* ---- sessions ---- */

static void
on_session_made(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else if (!res_bool(res, 0, 0))		/* another session has this id */
		request_fail(a->rq, E_RESOURCE_CONFLICT, "");
	else
		request_answer(a->rq, &(struct msg_done){ .changed = true });
}

void
on_session_create(void *state, struct request *rq)
{
	const struct msg_session_create *m = &rq->body.session_create;
	struct ask *a = db_ask(state, rq, Q_session_create, on_session_made);

	if (a == NULL)
		return;
	ask_id(a, &m->session);
	ask_id(a, &m->user);
	ask_text(a, m->refresh_hash);
	ask_i64(a, (int64_t)m->expires_ms);
	ask_text(a, m->address);
	ask_text(a, m->device);
	db_send(state, a);
}

static void
on_rotated(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else
		request_answer(a->rq, &(struct msg_session_rotated){ .outcome = (uint32_t)res_int(res, 0, 0),
		    .user = res_id(res, 0, 1), .role = res_bytes(res, 0, 2), .user_json = res_bytes(res, 0, 3) });
}

void
on_session_rotate(void *state, struct request *rq)
{
	const struct msg_session_rotate *m = &rq->body.session_rotate;
	struct ask *a = db_ask(state, rq, Q_session_rotate, on_rotated);

	if (a == NULL)
		return;
	ask_id(a, &m->session);
	ask_text(a, m->old_hash);
	ask_text(a, m->new_hash);
	ask_i64(a, (int64_t)m->expires_ms);
	ask_text(a, m->address);
	ask_text(a, m->device);
	db_send(state, a);
}

static void
on_session(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else
		request_answer(a->rq, &(struct msg_session_state){ .alive = PQntuples(res) > 0, .user = res_id(res, 0, 0),
		    .role = res_bytes(res, 0, 1) });
}

void
on_session_get(void *state, struct request *rq)
{
	struct ask *a = db_ask(state, rq, Q_session_get, on_session);

	if (a == NULL)
		return;
	ask_id(a, &rq->body.session_get.session);
	db_send(state, a);
}

/* ---- audit: a notice, so its bytes are copied ---- */

static void
on_audited(struct ask *a, unsigned err, const PGresult *res)
{
	(void)res;
	if (err != 0)
		log_event(LOG_ERROR, &a->ctx, "audit_lost", "error", error_row(err)->name);
}

void
on_audit(void *state, struct request *rq)
{
	const struct msg_audit *m = &rq->body.audit;
	struct ask *a = db_ask(state, rq, Q_audit_add, on_audited);

	if (a == NULL)
		return;
	a->rq = NULL;
	a->who = m->user;
	ask_text(a, ask_copy(a, m->event));
	if (m->has_user)
		ask_id(a, &a->who);
	else
		ask_null(a);
	ask_text(a, ask_copy(a, m->address));
	if (m->detail_json.n > 0)
		ask_text(a, ask_copy(a, m->detail_json));
	else
		ask_null(a);
	db_send(state, a);
}
