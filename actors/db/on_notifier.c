/* actors/db/on_notifier.c - what notifier asks: how far a generation is. It has checked the
 * ticket itself and says for whom it asks.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"

static void
on_state(struct ask *a, unsigned err, const PGresult *res)
{
	if (err != 0)
		db_refuse(a, err);
	else if (PQntuples(res) == 0)
		request_fail(a->rq, E_NOT_FOUND, "");
	else
		request_answer(a->rq, &(struct msg_generation_status){ .status = res_bytes(res, 0, 0) });
}

void
on_generation_state(void *state, struct request *rq)
{
	const struct msg_generation_state *m = &rq->body.generation_state;
	struct ask *a = db_ask(state, rq, Q_generation_state, on_state);

	if (a == NULL)
		return;
	ask_id(a, &m->user);
	ask_bool(a, m->any_owner);
	ask_id(a, &m->generation);
	db_send(state, a);
}
