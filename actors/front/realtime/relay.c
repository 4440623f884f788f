/* actors/front/realtime/relay.c - see relay.h.
 * Owns: the GETs of others that wait here. Fails: into an error of Engine.IO, or a 503.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/exchange.h"
#include "actors/front/realtime/relay.h"
#include "actors/front/realtime/socket_http.h"

/* A GET is answered with a ping in the end. */
enum { GET_MS = PING_INTERVAL_MS + 15000, POST_MS = 10000 };

/* ---- here it came ---- */

static void
on_passed(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	exchange_wipe_body(x);		/* it may be a token */
	if (err != 0)
		answer_error(x, err, detail);
	else if (body->socket_passed.error == ENGINEIO_FINE)
		answer_payload(x, body->socket_passed.payload);
	else
		answer_refusal(x, body->socket_passed.error < ENGINEIO_FINE ? (enum engineio_error)body->socket_passed.error : ENGINEIO_BAD_REQUEST);
}

bool
relay_pass(struct exchange *x, struct bytes sid)
{
	const h2o_iovec_t *body = &x->req->entity;
	bool post = x->method == HTTP_POST;
	uint32_t owner;

	if (!engine_owner(sid, &owner) || owner == x->front->a.instance)
		return false;
	if (actor_link(&x->front->a, EDGE_front_notifier)->ncalls >= RELAYS_MAX) {
		answer_error(x, E_SERVICE_UNAVAILABLE, (struct bytes){ "", 0 });
		return true;
	}
	if (!post)
		exchange_wipe_token(x);		/* it may wait for long */
	exchange_call(x, EDGE_front_notifier, MSG_socket_pass, &(struct msg_socket_pass){ .owner = owner, .sid = sid, .post = post,
	    .token = post ? exchange_bearer(x) : (struct bytes){ "", 0 }, .payload = bytes_of(body->base != NULL ? body->base : "", post ? body->len : 0) },
	    0, post ? POST_MS : GET_MS, on_passed);
	return true;
}

/* ---- here it belongs ---- */

struct passed {
	struct poll super;
	struct request *rq;
};

static void
say(struct request *rq, enum engineio_error error, struct bytes payload)
{
	rq->on_credit = NULL;
	request_answer(rq, &(struct msg_socket_taken){ .error = error, .payload = payload });
}

static void
on_answer(struct poll *p, enum engineio_error error, struct bytes payload)
{
	struct passed *g = (struct passed *)(void *)p;

	say(g->rq, error, payload);
	free(g);
}

/* Notifier is gone, and with it who asked. */
static void
on_gone(struct request *rq, void *arg)
{
	struct passed *g = arg;

	if (rq->credit != 0)
		return;
	engine_poll_gone(&g->super);
	free(g);
	rq->on_credit = NULL;
	request_fail(rq, E_PEER_LOST, "");
}

static void
on_get(struct engine *e, struct request *rq)
{
	struct passed *g = calloc(1, sizeof *g);

	if (g == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		return;
	}
	*g = (struct passed){ { NULL, on_answer }, rq };
	rq->stream_arg = g;
	rq->on_credit = on_gone;
	engine_poll(e, &g->super);
}

void
on_socket_take(void *state, struct request *rq)
{
	const struct msg_socket_take *m = &rq->body.socket_take;
	struct engine *e = engine_find(m->sid);

	(void)state;
	if (e == NULL) {
		say(rq, ENGINEIO_SESSION_UNKNOWN, (struct bytes){ "", 0 });
	} else if (!m->post) {
		on_get(e, rq);
	} else {
		namespace_token(e, m->token);
		enum engineio_error error = engine_post(e, m->payload);
		say(rq, error, error == ENGINEIO_FINE ? BYTES("ok") : (struct bytes){ "", 0 });
	}
}
