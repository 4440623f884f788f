/* actors/db/on_deletions.c - what is to be deleted from storage: handed to poller with a grant,
 * one after the other, until vertex has done it.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"

enum { DELETION_LEASE_MS_MAX = 600000 };

static void
on_claimed(struct ask *a, unsigned err, const PGresult *res)
{
	enum { C_id, C_user, C_uri, C_tries, C_next_ms };
	struct db *db = a->state;
	struct msg_deletion m = { 0 };
	uint8_t sealed[SEAL_MAX];

	if (err != 0) {
		db_refuse(a, err);
		return;
	}
	m.id = (uint64_t)res_int(res, 0, C_id);
	m.tries = (uint32_t)res_int(res, 0, C_tries);
	m.next_ms = (uint64_t)res_int(res, 0, C_next_ms);
	if (m.id != 0) {
		struct grant g = { GRANT_DELETE, res_id(res, 0, C_user), wall_ms() + a->tag, res_bytes(res, 0, C_uri) };
		m.grant = bytes_of(sealed, grant_seal(&g, db->grant_key, sealed));
		if (m.grant.n == 0)
			log_event(LOG_ERROR, &a->ctx, "deletion_unsealable", "deletion", log_u64(m.id));
	}
	request_answer(a->rq, &m);
}

void
on_deletion_claim(void *state, struct request *rq)
{
	uint32_t lease_ms = rq->body.deletion_claim.lease_ms;
	struct ask *a = db_ask(state, rq, Q_deletion_claim, on_claimed);

	if (a == NULL)
		return;
	a->tag = lease_ms < DELETION_LEASE_MS_MAX ? lease_ms : DELETION_LEASE_MS_MAX;
	ask_i64(a, (int64_t)a->tag);
	db_send(state, a);
}

void
on_deletion_end(void *state, struct request *rq)
{
	const struct msg_deletion_end *m = &rq->body.deletion_end;
	struct ask *a = db_ask(state, rq, Q_deletion_end, db_on_done);

	if (a == NULL)
		return;
	ask_i64(a, (int64_t)m->id);
	ask_bool(a, m->done);
	ask_text(a, m->message);
	db_send(state, a);
}
