/* actors/notifier/pass.c - see pass.h.
 * Owns: nothing: the two links do. Fails: a front that is not there has no sessions, and so the answer is
 * Engine.IO's for an unknown one; one that goes meanwhile fails the request.
 * Licence: Apache-2.0. */
#include "actors/notifier/notifier.h"
#include "actors/notifier/pass.h"

enum { SESSION_UNKNOWN = 1 };		/* as Engine.IO numbers it */

static uint32_t passes;

static void
on_taken(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct request *rq = arg;

	(void)detail;
	passes--;
	if (err != 0)
		request_fail(rq, err, "");
	else
		request_answer(rq, &(struct msg_socket_passed){ .error = body->socket_taken.error, .payload = body->socket_taken.payload });
}

static struct link *
front_of(struct actor *a, uint32_t instance)
{
	for (size_t i = 0; i < a->nlinks; i++)
		if (a->links[i]->edge == EDGE_front_notifier && a->links[i]->instance == instance && a->links[i]->up)
			return a->links[i];
	return NULL;
}

void
on_socket_pass(void *state, struct request *rq)
{
	struct notifier *n = state;
	const struct msg_socket_pass *m = &rq->body.socket_pass;
	struct link *owner = front_of(n->actor, m->owner);

	if (owner == NULL || owner == rq->link) {
		request_answer(rq, &(struct msg_socket_passed){ .error = SESSION_UNKNOWN });
		return;
	}
	if (passes >= PASSES_MAX) {
		request_fail(rq, E_QUEUE_FULL, "");
		return;
	}
	passes++;
	int64_t id = link_call(owner, &rq->ctx, MSG_socket_take, &(struct msg_socket_take){ .sid = m->sid, .post = m->post,
	    .token = m->token, .payload = m->payload }, 0, on_taken, rq);
	if (id < 0) {
		passes--;
		request_fail(rq, (unsigned)-id, "");
	}
}
