/* actors/notifier/on_listen.c - who listens: on a ticket, and what db tells of their sessions.
 * Licence: Apache-2.0. */
#include "actors/common/caller.h"
#include "actors/notifier/notifier.h"

bool
notifier_caller(struct notifier *n, struct request *rq, enum ticket_scope use, struct bytes sealed, struct ticket *t)
{
	return caller_open(rq, ROLE_notifier, use, n->seal_key, sealed, t);
}

void
on_listen(void *state, struct request *rq)
{
	struct notifier *n = state;
	struct ticket t;
	int rc;

	if (!notifier_caller(n, rq, TICKET_LISTEN, rq->body.listen.ticket, &t))
		return;
	if (recent_get(&n->ended, &t.session) != NULL) {	/* a front may have kept its ticket */
		request_fail(rq, E_UNAUTHORIZED, "");
		return;
	}
	rc = listeners_add(&n->listeners, rq->link, &t.user, &t.session);
	if (rc < 0)
		request_fail(rq, (unsigned)-rc, "");
	else
		request_answer(rq, &(struct msg_done){ .changed = rc == 0 });
}

void
on_unlisten(void *state, struct request *rq)
{
	struct notifier *n = state;

	listeners_remove(&n->listeners, rq->link, &rq->body.unlisten.session);
}

void
on_session_ended(void *state, struct request *rq)
{
	const struct msg_session_ended *m = &rq->body.session_ended;
	struct notifier *n = state;

	(void)recent_put(&n->ended, &m->session, &m->user, 0, BYTES("ENDED"));
	listeners_session_over(&n->listeners, &m->session);
}

void
on_notices_lost(void *state, struct request *rq)
{
	struct notifier *n = state;

	(void)rq;
	listeners_gap(&n->listeners);
}
