/* supervisor/order.c - see order.h.
 * Licence: Apache-2.0. */
#include "supervisor/order.h"

enum { ORDER_MS = 8000 };

static void
on_report(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct order *o = arg;
	struct request *rq = o->rq;
	char why[256];

	*o = (struct order){ .rq = NULL };
	snprintf(why, sizeof why, "%.*s", (int)(detail.n < sizeof why ? detail.n : sizeof why - 1), detail.n > 0 ? detail.p : "");
	if (err != 0)
		request_fail(rq, err, why);
	else
		request_answer(rq, &(struct msg_ctl_report){ .json = body->queue_report.json });
}

void
order_queue(struct tree *t, struct order *o, struct request *rq)
{
	const struct msg_ctl_queue *m = &rq->body.ctl_queue;
	struct ctx ctx = { .deadline_ms = now_ms() + ORDER_MS };
	struct process *db = tree_find(t, "db", 2);

	if (o->rq != NULL) {
		request_fail(rq, E_QUEUE_FULL, "one question after the other");
		return;
	}
	if (db == NULL || db->life.state != LIFE_up) {
		request_fail(rq, E_SERVICE_UNAVAILABLE, "db is not up: studioctl status shows why");
		return;
	}
	*o = (struct order){ .rq = rq, .link = &db->control };
	o->call = link_call(o->link, &ctx, MSG_queue_order, &(struct msg_queue_order){ .what = m->what, .has_paused = m->has_paused,
	    .paused = m->paused, .set_concurrency = m->set_concurrency, .has_concurrency = m->has_concurrency,
	    .concurrency = m->concurrency }, 0, on_report, o);
	if (o->call < 0) {
		unsigned err = (unsigned)-o->call;
		*o = (struct order){ .rq = NULL };
		request_fail(rq, err, "");
	}
}

void
order_forget(struct order *o)
{
	if (o->rq != NULL)
		link_forget(o->link, o->call);
	*o = (struct order){ .rq = NULL };
}
