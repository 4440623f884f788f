/* actors/db/on_auth.c - what auth asks that is more than a statement (relays.tbl.h has the rest).
 * Its statements run on the connection of role studio_auth; no other edge reaches them.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"

static void
on_account(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else if (PQntuples(res) == 0)
		request_fail(a->rq, E_RESOURCE_CONFLICT, "User with this email already exists");
	else
		request_answer(a->rq, &(struct msg_credential){ .user = res_id(res, 0, 0), .hash = res_bytes(res, 0, 1),
		    .role = res_bytes(res, 0, 2), .user_json = res_bytes(res, 0, 3) });
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
