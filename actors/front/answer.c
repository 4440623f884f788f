/* actors/front/answer.c - the answers of exchange.h: bodies, errors, and the manners that
 * every response keeps.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/front/exchange.h"
#include "actors/front/wire.h"

#define HEADER(pool, headers, name, literal) \
	h2o_add_header_by_str(pool, headers, H2O_STRLIT(name), 0, NULL, H2O_STRLIT(literal))

enum { COMPRESS_FROM = 1024 };		/* bytes: below, compression only costs */

const char *
reason_of(int status)
{
	static const struct { int status; const char *text; } reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" }, { 304, "Not Modified" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" }, { 409, "Conflict" },
		{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" }, { 417, "Expectation Failed" },
		{ 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}

/* ---- headers ---- */

static char *
pool_copy(h2o_req_t *req, struct bytes b)
{
	char *p = h2o_mem_alloc_pool(&req->pool, b.n + 1u);

	memcpy(p, b.p, b.n);
	p[b.n] = '\0';
	return p;
}

void
answer_header(struct exchange *x, const char *name, struct bytes value)
{
	h2o_add_header_by_str(&x->req->pool, &x->req->res.headers, name, strlen(name), 0, NULL,
	    pool_copy(x->req, value), value.n);
}

static void
header_number(struct exchange *x, const char *name, uint64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%llu", (unsigned long long)v);

	answer_header(x, name, bytes_of(text, (size_t)n));
}

void
manners_add(h2o_req_t *req, const struct front *f, const char *request_id)
{
	h2o_headers_t *h = &req->res.headers;
	struct bytes id = bytes_str(request_id);

	h2o_add_header_by_str(&req->pool, h, H2O_STRLIT("x-request-id"), 0, NULL, pool_copy(req, id), id.n);
	HEADER(&req->pool, h, "x-content-type-options", "nosniff");
	HEADER(&req->pool, h, "referrer-policy", "no-referrer");
	h2o_add_header(&req->pool, h, H2O_TOKEN_CACHE_CONTROL, NULL, H2O_STRLIT("no-store"));
	if (req->scheme == &H2O_URL_SCHEME_HTTPS)
		HEADER(&req->pool, h, "strict-transport-security", "max-age=31536000; includeSubDomains");
	if (f->a.draining)
		req->http1_is_persistent = 0;
}

static bool
origin_allowed(const struct front *f, struct bytes origin)
{
	for (size_t i = 0; i < f->norigins; i++)
		if (bytes_eq(origin, f->origins[i]))
			return true;
	return f->any_origin && origin.n > 0;
}

/* CORS: a listed origin is named, with credentials; `*` never goes with them. */
static bool
add_cors(struct exchange *x)
{
	h2o_req_t *req = x->req;
	struct bytes origin = exchange_header(x, "origin");
	bool listed;

	if (x->front->norigins == 0 && !x->front->any_origin)
		return false;
	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_VARY, NULL, H2O_STRLIT("origin"));
	if (origin.n == 0 || !origin_allowed(x->front, origin))
		return false;
	listed = !x->front->any_origin;
	answer_header(x, "access-control-allow-origin", listed ? origin : BYTES("*"));
	if (listed)
		HEADER(&req->pool, &req->res.headers, "access-control-allow-credentials", "true");
	HEADER(&req->pool, &req->res.headers, "access-control-expose-headers",
	    "X-Request-Id, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Idempotent-Replayed, Location");
	return true;
}

static void
add_limit(struct exchange *x)
{
	if (x->limit.limit == 0)
		return;
	header_number(x, "ratelimit-limit", x->limit.limit);
	header_number(x, "ratelimit-remaining", x->limit.remaining);
	header_number(x, "ratelimit-reset", x->limit.reset_s);
}

/* Adds an ETag to a GET's body; true where the client has it already. */
static bool
add_tag(struct exchange *x, struct bytes body)
{
	const uint64_t key[2] = { 0x73747564696f6431, x->tag_salt };	/* no secret: the same after a restart */
	struct bytes of = x->tag_of.n > 0 ? x->tag_of : body;
	char tag[32];

	int n = snprintf(tag, sizeof tag, "W/\"%016llx\"", (unsigned long long)siphash(key, of.p, of.n));
	answer_header(x, "etag", bytes_of(tag, (size_t)n));
	return wire_matches(exchange_header(x, "if-none-match"), tag);
}

/* ---- sending ---- */

static void
start(struct exchange *x, int status)
{
	h2o_req_t *req = x->req;
	char parent[56];

	x->answered = true;
	req->res.status = status;
	req->res.reason = reason_of(status);
	manners_add(req, x->front, x->ctx.request_id);
	wire_traceparent_text(x->ctx.trace, parent);
	answer_header(x, "traceparent", bytes_of(parent, 55));
	add_limit(x);
}

/* A token in the head of an HTTP/1 request: h2o's buffers are used again, not wiped. In
 * HTTP/2 the value belongs to the connection's table of header fields and must stay. */
static void
wipe_token(h2o_req_t *req)
{
	ssize_t i = h2o_find_header(&req->headers, H2O_TOKEN_AUTHORIZATION, -1);
	h2o_buffer_t *in = req->conn->callbacks->get_socket(req->conn)->input;
	char *at;

	if (i < 0 || req->version >= 0x200 || req->headers.entries[i].value.len == 0)
		return;
	h2o_iovec_t *token = &req->headers.entries[i].value;
	/* with a body h2o works on a copy; the head is still at the start of what came */
	if ((at = in->size > 0 ? memmem(in->bytes, in->size, token->base, token->len) : NULL) != NULL && at != token->base)
		explicit_bzero(at, token->len);
	explicit_bzero(token->base, token->len);
}

/* A body in memory of its own that is wiped when the answer is through. */
struct secret {
	size_t n;
	char p[];
};

static void
secret_dispose(void *p)
{
	struct secret *s = p;

	explicit_bzero(s->p, s->n);
}

static char *
secret_copy(h2o_req_t *req, struct bytes b)
{
	struct secret *s = h2o_mem_alloc_shared(&req->pool, sizeof *s + b.n, secret_dispose);

	s->n = b.n;
	memcpy(s->p, b.p, b.n);
	return s->p;
}

static bool
is_secret(const struct exchange *x)
{
	return x->endpoint != NULL && x->endpoint->limit == LIMIT_auth;
}

/* The last step: nothing of the exchange is used after it. `body` lives in the pool. */
static void
finish(struct exchange *x, struct bytes body, bool bodyless)
{
	static h2o_generator_t generator;	/* all of it is sent at once: nothing to proceed with */
	h2o_req_t *req = x->req;
	h2o_iovec_t iov = h2o_iovec_init(body.p, body.n);

	for (size_t i = 0; i < EXCHANGE_CALLS; i++)
		if (x->calls[i].id != 0) {
			link_forget(x->calls[i].link, x->calls[i].id);
			x->calls[i].id = 0;
		}
	wipe_token(req);
	x->unsent = body.n;
	x->client->unsent += body.n;
	/* tokens beside words that a client chose must not be compressed together (BREACH) */
	req->compress_hint = body.n >= COMPRESS_FROM && !is_secret(x) ? H2O_COMPRESS_HINT_ENABLE : H2O_COMPRESS_HINT_DISABLE;
	req->res.content_length = bodyless ? SIZE_MAX : body.n;
	h2o_start_response(req, &generator);
	if (bodyless || x->method == HTTP_HEAD)
		h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
	else
		h2o_send(req, &iov, 1, H2O_SEND_STATE_FINAL);
}

void
answer_body(struct exchange *x, int status, const char *type, struct bytes body)
{
	start(x, status);
	add_cors(x);
	if (status == 200 && (x->method == HTTP_GET || x->method == HTTP_HEAD) && !x->probe && add_tag(x, body)) {
		x->req->res.status = 304;
		x->req->res.reason = reason_of(304);
		finish(x, (struct bytes){ "", 0 }, true);
		return;
	}
	h2o_add_header(&x->req->pool, &x->req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
	finish(x, bytes_of(is_secret(x) ? secret_copy(x->req, body) : pool_copy(x->req, body), body.n), false);
}

void
answer_page(struct exchange *x, const struct page *p)
{
	h2o_req_t *req = x->req;
	h2o_headers_t *h = &req->res.headers;
	bool gzip = h2o_get_compressible_types(&req->headers) & H2O_COMPRESSIBLE_GZIP;

	start(x, 200);
	add_cors(x);
	h2o_set_header(&req->pool, h, H2O_TOKEN_CACHE_CONTROL, p->cache, strlen(p->cache), 1);
	h2o_set_header_token(&req->pool, h, H2O_TOKEN_VARY, H2O_STRLIT("accept-encoding"));
	answer_header(x, "etag", bytes_str(p->tag));
	if (wire_matches(exchange_header(x, "if-none-match"), p->tag)) {
		req->res.status = 304;
		req->res.reason = reason_of(304);
		finish(x, (struct bytes){ "", 0 }, true);
		return;
	}
	h2o_add_header(&req->pool, h, H2O_TOKEN_CONTENT_TYPE, NULL, p->type, strlen(p->type));
	if (p->html)		/* nothing from elsewhere, nothing inline */
		HEADER(&req->pool, h, "content-security-policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
		    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	if (gzip)
		h2o_add_header(&req->pool, h, H2O_TOKEN_CONTENT_ENCODING, NULL, H2O_STRLIT("gzip"));
	finish(x, gzip ? p->gzip : p->plain, false);
}

void
answer_json(struct exchange *x, int status, struct bytes json)
{
	answer_body(x, status, "application/json; charset=utf-8", json);
}

void
answer_empty(struct exchange *x, int status)
{
	start(x, status);
	add_cors(x);
	finish(x, (struct bytes){ "", 0 }, true);
}

void
answer_preflight(struct exchange *x, unsigned allowed)
{
	h2o_headers_t *h = &x->req->res.headers;
	char methods[64];

	start(x, 204);
	router_methods(allowed, methods);
	answer_header(x, "allow", bytes_str(methods));
	if (add_cors(x)) {
		answer_header(x, "access-control-allow-methods", bytes_str(methods));
		HEADER(&x->req->pool, h, "access-control-allow-headers",
		    "Authorization, Content-Type, Accept, Idempotency-Key, If-None-Match, Prefer, X-Request-Id, X-Requested-With, traceparent, tracestate");
		HEADER(&x->req->pool, h, "access-control-max-age", "600");
	}
	finish(x, (struct bytes){ "", 0 }, true);
}

/* ---- errors ---- */

unsigned
error_public(unsigned code)
{
	switch (code) {
	case E_PEER_LOST:
	case E_QUEUE_FULL:
	case E_DATABASE_AWAY:
	case E_DRAINING:
	case E_NOT_SENT:
		return E_SERVICE_UNAVAILABLE;
	case E_UPSTREAM_BUSY:
		return E_QUOTA_EXCEEDED;
	default:
		return code == 0 || code > E_TIMEOUT ? E_INTERNAL_ERROR : code;
	}
}

static int
add(struct buf *b, const char *literal)
{
	return buf_add(b, literal, strlen(literal));
}

int
time_json(struct buf *b)
{
	uint64_t ms = wall_ms();
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char text[48];

	gmtime_r(&s, &tm);
	size_t n = strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(text + n, sizeof text - n, ".%03uZ\"", (unsigned)(ms % 1000));
	return buf_add(b, text, n);
}

int
error_json(struct buf *b, unsigned code, int status, struct bytes path, struct bytes message,
    struct bytes errors, const char *request_id, bool problem)
{
	const struct error_row *row = error_row(code);
	char number[64];
	int rc;

	if (message.n == 0)
		message = bytes_str(row->text);
	if (errors.n == 0)
		errors = BYTES("null");
	if (problem) {
		rc = add(b, "{\"type\":\"about:blank\",\"title\":") | json_text_add(b, row->text, strlen(row->text));
		snprintf(number, sizeof number, ",\"status\":%d,\"detail\":", status);
		rc |= add(b, number) | json_text_add(b, message.p, message.n) | add(b, ",\"instance\":") |
		    json_text_add(b, path.p, path.n) | add(b, ",\"timestamp\":") | time_json(b);
	} else {
		snprintf(number, sizeof number, "{\"statusCode\":%d,\"timestamp\":", status);
		rc = add(b, number) | time_json(b) | add(b, ",\"path\":") | json_text_add(b, path.p, path.n) |
		    add(b, ",\"message\":") | json_text_add(b, message.p, message.n);
	}
	return rc | add(b, ",\"code\":") | json_text_add(b, row->name, strlen(row->name)) | add(b, ",\"errors\":") |
	    buf_add(b, errors.p, errors.n) | add(b, ",\"requestId\":") | json_text_add(b, request_id, strlen(request_id)) | add(b, "}");
}

static void
add_error_headers(struct exchange *x, unsigned code, struct bytes message)
{
	const struct error_row *row = error_row(code);
	h2o_headers_t *h = &x->req->res.headers;
	h2o_mem_pool_t *pool = &x->req->pool;

	if (row->http == 401 && code == E_TOKEN_EXPIRED)
		HEADER(pool, h, "www-authenticate", "Bearer realm=\"studio\", error=\"invalid_token\", error_description=\"The token has expired\"");
	else if (row->http == 401 && x->has_token && code != E_INVALID_CREDENTIALS)
		HEADER(pool, h, "www-authenticate", "Bearer realm=\"studio\", error=\"invalid_token\"");
	else if (row->http == 401)
		HEADER(pool, h, "www-authenticate", "Bearer realm=\"studio\"");
	if (row->http == 429) {		/* our own limit, or the wait that auth's words name */
		uint32_t wait = x->limit.retry_s > 0 ? x->limit.retry_s : wire_seconds(message);
		header_number(x, "retry-after", wait > 0 ? wait : code == E_RATE_LIMITED ? 1 : 30);
	}
	if (row->http == 503 || row->http == 504)
		HEADER(pool, h, "retry-after", "1");
}

void
answer_errors(struct exchange *x, unsigned code, struct bytes message, struct bytes errors)
{
	unsigned seen = error_public(code);
	const struct error_row *row = error_row(seen);
	bool problem = wire_accepts_problem(exchange_header(x, "accept"));
	struct buf b = { 0 };

	if (seen != code || seen == E_INTERNAL_ERROR) {
		if (seen == E_INTERNAL_ERROR)	/* for us, not for the client */
			log_event(LOG_ERROR, &x->ctx, "internal_error", "code", error_row(code)->name, "detail", log_bytes(message));
		message.n = 0;
	}
	if (error_json(&b, seen, row->http, x->path, message, errors, x->ctx.request_id, problem) != 0)
		b.n = 0;
	add_error_headers(x, seen, message);
	answer_body(x, row->http, problem ? "application/problem+json; charset=utf-8" : "application/json; charset=utf-8",
	    bytes_of(b.n > 0 ? b.p : "{}", b.n > 0 ? b.n : 2));
	buf_free(&b);
}

/* The field that a text begins with, for an entry of `errors`; empty where the endpoint
 * has none of that name. */
static struct bytes
field_of(const struct exchange *x, struct bytes text)
{
	uint32_t n = 0;

	while (n < text.n && (isalnum((unsigned char)text.p[n]) || text.p[n] == '.'))
		n++;
	struct bytes word = bytes_of(text.p, n);
	return x->endpoint != NULL && n < text.n && text.p[n] == ' ' &&
	    (body_names(x->endpoint->body, word) || body_names(x->endpoint->query, word)) ? word : (struct bytes){ "", 0 };
}

void
answer_error(struct exchange *x, unsigned code, struct bytes message)
{
	struct bytes field = field_of(x, message);
	struct buf b = { 0 };

	if (code != E_VALIDATION_ERROR || field.n == 0) {
		answer_errors(x, code, message, (struct bytes){ "", 0 });
		return;
	}
	if ((add(&b, "[{\"field\":") | json_text_add(&b, field.p, field.n) | add(&b, ",\"code\":\"invalid\",\"message\":") |
	    json_text_add(&b, message.p, message.n) | add(&b, "}]")) != 0)
		b.n = 0;
	answer_errors(x, code, message, bytes_of(b.p, b.n));
	buf_free(&b);
}

void
answer_problems(struct exchange *x, const struct problems *p)
{
	struct buf message = { 0 }, errors = { 0 };

	if (problems_message(&message, p) != 0 || problems_json(&errors, p) != 0)
		answer_error(x, E_INTERNAL_ERROR, (struct bytes){ "", 0 });
	else
		answer_errors(x, E_VALIDATION_ERROR, bytes_of(message.p, message.n), bytes_of(errors.p, errors.n));
	buf_free(&message);
	buf_free(&errors);
}

void
answer_not_allowed(struct exchange *x, unsigned allowed)
{
	char methods[64];

	router_methods(allowed, methods);
	answer_header(x, "allow", bytes_str(methods));
	answer_error(x, E_METHOD_NOT_ALLOWED, (struct bytes){ "", 0 });
}
