/* actors/db/on_queue.c - what operators order of the queue from studioctl, through the supervisor.
 * Licence: Apache-2.0. */
#include "actors/db/db.h"

enum { REPORT_MAX = 1048576 };

static void
on_ordered(struct ask *a, unsigned err, const PGresult *res)
{
	struct bytes json = err == 0 ? res_bytes(res, 0, 0) : (struct bytes){ "", 0 };

	if (err != 0)
		db_refuse(a, err);
	else if (json.n > REPORT_MAX)
		request_fail(a->rq, E_INTERNAL_ERROR, "the report is too long");
	else
		request_answer(a->rq, &(struct msg_queue_report){ .json = json });
}

void
db_on_queue_order(struct actor *actor, struct request *rq)
{
	const struct msg_queue_order *m = &rq->body.queue_order;
	struct ask *a = db_ask(actor->state, rq, Q_queue_order, on_ordered);

	if (a == NULL)
		return;
	ask_text(a, m->what);
	if (m->has_paused)
		ask_bool(a, m->paused);
	else
		ask_null(a);
	ask_bool(a, m->set_concurrency);
	if (m->has_concurrency)
		ask_i64(a, m->concurrency);
	else
		ask_null(a);
	db_send(actor->state, a);
}
