/* actors/front/realtime/api_socket.c - /socket.io: requests of Engine.IO's two transports (engine.h).
 *
 * Its errors are Engine.IO's {"code":..,"message":..}, since its clients read those.
 * Licence: Apache-2.0. */
#include <h2o/websocket.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"
#include "actors/front/gone.h"
#include "actors/front/manners.h"
#include "actors/front/realtime/relay.h"
#include "actors/front/realtime/socket_http.h"
#include "actors/front/realtime/websocket.h"

/* A GET that waits lives in its request's pool. */
struct waiting {
	struct poll super;
	struct exchange *x;
};

void
answer_payload(struct exchange *x, struct bytes payload)
{
	answer_live(x, "text/plain; charset=utf-8", payload);
}

void
answer_refusal(struct exchange *x, enum engineio_error error)
{
	struct buf b = { 0 };

	if (engineio_error_json(&b, error) == 0)
		answer_json(x, engineio_error_status(error), bytes_of(b.p, b.n));
	else
		answer_error(x, E_INTERNAL_ERROR, (struct bytes){ "", 0 });
	buf_free(&b);
}

static void
on_answer(struct poll *p, enum engineio_error error, struct bytes payload)
{
	struct exchange *x = ((struct waiting *)p)->x;

	if (error == ENGINEIO_FINE)
		answer_payload(x, payload);
	else
		answer_refusal(x, error);
}

/* Its client went away, or it is answered. */
static void
waiting_dispose(void *p)
{
	engine_poll_gone(&((struct waiting *)p)->super);
}

/* Over HTTP/1 nobody else would notice. */
static void
on_gone(struct exchange *x)
{
	if (x->poll->engine == NULL)
		return;
	engine_poll_gone(x->poll);
	answer_refusal(x, ENGINEIO_BAD_REQUEST);	/* to nobody */
}

static void
poll(struct exchange *x, struct engine *e)
{
	struct waiting *w = h2o_mem_alloc_shared(&x->req->pool, sizeof *w, waiting_dispose);

	*w = (struct waiting){ { NULL, on_answer }, x };
	x->poll = &w->super;
	x->lasting = true;
	exchange_wipe_token(x);		/* it may wait for long */
	gone_watch(x, on_gone);
	engine_poll(e, &w->super);
}

static uint64_t
holder_of(const struct exchange *x)
{
	const void *holder;
	size_t n = client_holder(x->client, &holder);

	return siphash(x->front->limits.hash_key, holder, n);
}

static struct engine *
open_engine(struct exchange *x, struct channel *c)
{
	struct engine *e = engine_open(&x->ctx, holder_of(x), c, now_ms());

	if (e != NULL)
		namespace_token(e, exchange_bearer(x));
	return e;
}

/* ---- what a request can be ---- */

static void
on_handshake(struct exchange *x)
{
	struct engine *e = open_engine(x, NULL);

	if (e == NULL)
		answer_error(x, E_SERVICE_UNAVAILABLE, (struct bytes){ "", 0 });
	else
		poll(x, e);
}

/* ---- WebSockets ---- */

/* Does it want one, as version 13 has it? Then `key` is its Sec-WebSocket-Key. */
static bool
wants_websocket(const struct exchange *x, const char **key)
{
	return x->req->version == 0x101 && x->method == HTTP_GET && h2o_is_websocket_handshake(x->req, key) == 0 && *key != NULL &&
	    bytes_eq(exchange_header(x, "sec-websocket-version"), "13");
}

/* May a page of its origin have one? Browsers ask nobody beforehand, as they do for CORS. One of this
 * host, one of CORS_ORIGIN, and who is no browser. */
static bool
origin_ok(const struct exchange *x)
{
	struct bytes origin = exchange_header(x, "origin");
	const char *host = memmem(origin.p, origin.n, "://", 3);
	const h2o_iovec_t *own = &x->req->input.authority;

	if (origin.n == 0 || manners_origin_allowed(x->front, origin))
		return true;
	if (host == NULL)
		return false;
	host += 3;
	size_t n = origin.n - (size_t)(host - origin.p);
	return n == own->len && strncasecmp(host, own->base, n) == 0;
}

/* Of a session, or for a new one. */
static void
on_upgrade(struct exchange *x, struct engine *e)
{
	const char *key;

	if (!wants_websocket(x, &key)) {
		answer_header(x, "sec-websocket-version", BYTES("13"));
		answer_refusal(x, ENGINEIO_BAD_REQUEST);
		return;
	}
	if (!origin_ok(x)) {
		answer_refusal(x, ENGINEIO_FORBIDDEN);
		return;
	}
	struct channel *c = websocket_open(x, key);
	if (e != NULL)
		engine_probe(e, c);
	else if (open_engine(x, c) == NULL)
		c->close(c, 1013, "too many");
	exchange_wipe_token(x);
}

static void
on_post(struct exchange *x, struct engine *e)
{
	h2o_iovec_t *body = &x->req->entity;

	namespace_token(e, exchange_bearer(x));
	enum engineio_error error = engine_post(e, bytes_of(body->base != NULL ? body->base : "", body->len));
	exchange_wipe_body(x);		/* it may be a token */
	if (error == ENGINEIO_FINE)
		answer_payload(x, BYTES("ok"));
	else
		answer_refusal(x, error);
}

static void
on_session(struct exchange *x, const struct engineio_query *q)
{
	struct engine *e = engine_find(q->sid);

	if (x->req->entity.len > MAX_PAYLOAD)
		answer_error(x, E_PAYLOAD_TOO_LARGE, (struct bytes){ "", 0 });
	else if (exchange_header(x, "content-encoding").n > 0)
		answer_refusal(x, ENGINEIO_BAD_REQUEST);
	else if (q->transport == TRANSPORT_POLLING && relay_pass(x, q->sid))
		return;
	else if (e == NULL)
		answer_refusal(x, ENGINEIO_SESSION_UNKNOWN);
	else if (q->transport == TRANSPORT_WEBSOCKET && x->method == HTTP_GET)
		on_upgrade(x, e);
	else if (q->transport == TRANSPORT_WEBSOCKET)
		answer_refusal(x, ENGINEIO_BAD_REQUEST);
	else if (x->method == HTTP_GET)
		poll(x, e);
	else
		on_post(x, e);
}

void
on_socket(struct exchange *x)
{
	const h2o_req_t *req = x->req;
	size_t at = req->query_at;
	struct engineio_query q;

	engineio_query(at == SIZE_MAX ? (struct bytes){ "", 0 } : bytes_of(req->path.base + at + 1, req->path.len - at - 1), &q);
	if (q.transport == TRANSPORT_UNKNOWN)
		answer_refusal(x, ENGINEIO_TRANSPORT_UNKNOWN);
	else if (q.twice || q.jsonp)	/* a script of ours in a foreign page is nothing that we want to be */
		answer_refusal(x, ENGINEIO_BAD_REQUEST);
	else if (x->method == HTTP_HEAD || (q.sid.n == 0 && x->method != HTTP_GET))
		answer_refusal(x, ENGINEIO_BAD_METHOD);
	else if (q.sid.n > 0)
		on_session(x, &q);
	else if (q.version != 4)
		answer_refusal(x, ENGINEIO_VERSION_UNKNOWN);
	else if (q.transport == TRANSPORT_WEBSOCKET)
		on_upgrade(x, NULL);
	else
		on_handshake(x);
}
