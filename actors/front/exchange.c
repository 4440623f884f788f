/* actors/front/exchange.c - see exchange.h: the life of a request, its header fields, and what it
 * asks others. From its route to its handler: admit.c.
 * Owns: exchanges. Fails: into an answer; an exchange never outlives its request.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/exchange.h"
#include "actors/front/gone.h"
#include "actors/front/head.h"
#include "actors/front/metrics.h"
#include "actors/front/mint.h"
#include "actors/front/wire.h"

enum { HEADERS_MAX = 64, HEADER_BYTES_MAX = 16 << 10, TARGET_MAX = 8 << 10 };

static uint64_t
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
exchange_age_ms(const struct exchange *x)
{
	return (now_us() - x->started_us) / 1000;
}

/* ---- the end ---- */

static void
log_request(const struct exchange *x, uint64_t us)
{
	struct bytes agent = exchange_header(x, "user-agent");
	char method[17], path[257];

	snprintf(method, sizeof method, "%.*s", (int)x->req->input.method.len, x->req->input.method.base);
	snprintf(path, sizeof path, "%.*s", (int)x->path.n, x->path.p);
	for (char *p = path; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	log_event(LOG_INFO, &x->ctx, "request", "method", method, "path", path,
	    "status", x->answered ? log_u64((uint64_t)x->req->res.status) : "499", "ms", log_u64(us / 1000),
	    "bytes", log_u64(x->req->bytes_sent), "address", x->client->text,
	    "protocol", x->req->version >= 0x200 ? "HTTP/2" : x->req->version == 0x100 ? "HTTP/1.0" : "HTTP/1.1",
	    "agent", agent.n > 0 ? log_bytes(agent) : NULL,
	    "user", x->identified ? log_id(&x->who.user) : NULL);
}

static void
exchange_forget(struct exchange *x)
{
	for (size_t i = 0; i < EXCHANGE_CALLS; i++)
		if (x->calls[i].id != 0) {
			link_forget(x->calls[i].link, x->calls[i].id);
			x->calls[i].id = 0;
		}
	exchange_forget_stream(x);
}

/* The request's pool is cleared: answered, or the client went away. */
static void
exchange_dispose(void *p)
{
	struct exchange *x = p;
	uint64_t us = now_us() - x->started_us;

	exchange_forget(x);
	gone_forget(x);
	x->front->exchanges--;
	client_settle(x->client, x->taken, x->unsent, x->answered);
	x->front->a.served++;
	metrics_count(x->endpoint, x->answered ? x->req->res.status : 499, x->lasting ? METRICS_NO_TIME : us);
	if (!x->probe)
		log_request(x, us);
	json_decref(x->body);
	json_decref(x->query);
	buf_free(&x->held);
}

/* ---- the beginning ---- */

/* Where the next field of a name is, after `from` (-1: the first); -1 for none. */
static ssize_t
next_field(const h2o_req_t *req, const char *name, ssize_t from)
{
	const h2o_token_t *token = h2o_lookup_token(name, strlen(name));

	return token != NULL ? h2o_find_header(&req->headers, token, from) :
	    h2o_find_header_by_str(&req->headers, name, strlen(name), from);
}

struct bytes
header_of(const h2o_req_t *req, const char *name)
{
	ssize_t i = next_field(req, name, -1);

	return i >= 0 ? wire_trim(bytes_of(req->headers.entries[i].value.base, req->headers.entries[i].value.len)) :
	    (struct bytes){ "", 0 };
}

struct bytes
exchange_header(const struct exchange *x, const char *name)
{
	return header_of(x->req, name);
}

struct bytes
exchange_list(const struct exchange *x, const char *name)
{
	struct bytes one = { "", 0 };
	h2o_iovec_t all = { "", 0 };

	for (ssize_t i = -1; (i = next_field(x->req, name, i)) >= 0;) {
		one = wire_trim(bytes_of(x->req->headers.entries[i].value.base, x->req->headers.entries[i].value.len));
		all = all.len == 0 ? h2o_iovec_init(one.p, one.n) :
		    h2o_concat(&x->req->pool, all, h2o_iovec_init(H2O_STRLIT(", ")), h2o_iovec_init(one.p, one.n));
	}
	return bytes_of(all.base, all.len);
}

static void
take_ids(struct exchange *x)
{
	struct bytes id = exchange_header(x, "x-request-id");

	if (wire_visible(id, sizeof x->ctx.request_id - 1))
		memcpy(x->ctx.request_id, id.p, id.n);
	else
		mint_uuid7(wall_ms(), x->ctx.request_id);
	/* several traceparents are a list, and so none that is valid */
	if (!wire_traceparent(exchange_list(x, "traceparent"), x->ctx.trace))
		mint_random(x->ctx.trace, 16);
	mint_random(x->ctx.trace + 16, 8);	/* our own span */
}

/* Fields of which there is one: another reader might go by the second (RFC 9110, 5.3). */
static bool
single(const h2o_req_t *req)
{
	static const char *const names[] = { "authorization", "content-type", "idempotency-key" };
	ssize_t at;

	for (size_t i = 0; i < COUNT(names); i++)
		if ((at = next_field(req, names[i], -1)) >= 0 && next_field(req, names[i], at) >= 0)
			return false;
	return true;
}

/* Sizes, and what two readers could understand differently. */
static bool
well_formed(struct exchange *x)
{
	const h2o_headers_t *h = &x->req->headers;
	size_t total = x->req->input.path.len;
	struct bytes refused = exchange_header(x, HEAD_REFUSED);

	if (refused.n > 0) {	/* nothing else of this head is to be trusted */
		x->req->http1_is_persistent = 0;
		if (bytes_eq(refused, "431") || bytes_eq(refused, "414"))
			answer_error(x, refused.p[1] == '3' ? E_HEADERS_TOO_LARGE : E_URI_TOO_LONG, (struct bytes){ "", 0 });
		else
			answer_error(x, E_VALIDATION_ERROR, refused);
		return false;
	}
	for (size_t i = 0; i < h->size; i++) {
		total += h->entries[i].name->len + h->entries[i].value.len;
		if (h->entries[i].name->len == 0) {
			answer_error(x, E_VALIDATION_ERROR, BYTES("A header field is malformed"));
			return false;
		}
	}
	if (!single(x->req)) {
		x->req->http1_is_persistent = 0;
		answer_error(x, E_VALIDATION_ERROR, BYTES("A header field is given twice"));
		return false;
	}
	if (x->req->input.path.len > TARGET_MAX) {
		answer_error(x, E_URI_TOO_LONG, (struct bytes){ "", 0 });
		return false;
	}
	if (h->size > HEADERS_MAX || total > HEADER_BYTES_MAX) {
		x->req->http1_is_persistent = 0;
		answer_error(x, E_HEADERS_TOO_LARGE, (struct bytes){ "", 0 });
		return false;
	}
	return true;
}

/* What the head took on the wire, about: in HTTP/2 it is compressed. */
static size_t
head_bytes(const h2o_req_t *req)
{
	size_t n = req->input.path.len;

	if (req->version >= 0x200)
		return 0;
	for (size_t i = 0; i < req->headers.size; i++)
		n += req->headers.entries[i].name->len + req->headers.entries[i].value.len + 4;
	return n;
}

struct exchange *
exchange_begin(struct front *f, h2o_req_t *req)
{
	struct exchange *x = h2o_mem_alloc_shared(&req->pool, sizeof *x, exchange_dispose);
	size_t path_n = req->query_at != SIZE_MAX ? req->query_at : req->input.path.len;

	memset(x, 0, sizeof *x);
	x->req = req;
	x->front = f;
	x->client = client_of(req);
	x->started_us = now_us();
	x->path = bytes_of(req->input.path.base, path_n);
	head_target(&x->path, NULL);		/* it was looked at with its head */
	x->method = method_of(req->input.method.base, req->input.method.len);
	f->exchanges++;
	client_busy(x->client);
	x->taken = head_bytes(req) + req->entity.len;
	take_ids(x);
	return well_formed(x) ? x : NULL;
}

/* ---- calls ---- */

static void
on_answer(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct exchange_call *call = arg;

	call->id = 0;
	call->done(call->x, err, detail, body);
}

void
exchange_call(struct exchange *x, unsigned edge, unsigned msg, const void *body,
    unsigned flags, uint64_t deadline_ms, exchange_fn *done)
{
	struct exchange_call *call = NULL;
	struct ctx ctx = x->ctx;

	for (size_t i = 0; i < EXCHANGE_CALLS && call == NULL; i++)
		if (x->calls[i].id == 0)
			call = &x->calls[i];
	if (call == NULL) {
		done(x, E_INTERNAL_ERROR, (struct bytes){ "", 0 }, NULL);
		return;
	}
	ctx.deadline_ms = now_ms() + (deadline_ms != 0 ? deadline_ms : CALL_DEADLINE_MS);
	*call = (struct exchange_call){ x, actor_link(&x->front->a, edge), 0, done };
	int64_t id = link_call(call->link, &ctx, msg, body, flags, on_answer, call);
	if (id > 0)
		call->id = id;
	else
		done(x, (unsigned)-id, (struct bytes){ "", 0 }, NULL);
}

static struct link *
stream_link(struct exchange *x, unsigned edge, uint64_t deadline_ms, struct ctx *ctx)
{
	exchange_forget_stream(x);
	*ctx = x->ctx;
	ctx->deadline_ms = now_ms() + deadline_ms;
	return x->stream.link = actor_link(&x->front->a, edge);
}

static unsigned
stream_taken(struct exchange *x, int64_t id)
{
	x->stream.id = id > 0 ? id : 0;
	return id > 0 ? 0 : (unsigned)-id;
}

unsigned
exchange_call_stream(struct exchange *x, unsigned edge, unsigned msg, const void *body, uint64_t deadline_ms,
    answer_fn *done, chunk_fn *chunk)
{
	struct ctx ctx;
	struct link *l = stream_link(x, edge, deadline_ms, &ctx);

	return stream_taken(x, link_call_stream(l, &ctx, msg, body, CALL_HOLD, done, chunk, x));
}

unsigned
exchange_call_up(struct exchange *x, unsigned edge, unsigned msg, const void *body, uint64_t deadline_ms,
    answer_fn *done, room_fn *room)
{
	struct ctx ctx;
	struct link *l = stream_link(x, edge, deadline_ms, &ctx);

	return stream_taken(x, link_call_up(l, &ctx, msg, body, done, room, x));
}

void
exchange_forget_stream(struct exchange *x)
{
	if (x->stream.id != 0)
		link_forget(x->stream.link, x->stream.id);
	x->stream.id = 0;
}
