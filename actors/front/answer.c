/* actors/front/answer.c - the answers of exchange.h: bodies, pages, errors.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/front/coding.h"
#include "actors/front/exchange.h"
#include "actors/front/manners.h"
#include "actors/front/wire.h"

#define HEADER(pool, headers, name, literal) \
	h2o_add_header_by_str(pool, headers, H2O_STRLIT(name), 0, NULL, H2O_STRLIT(literal))

/* Bytes: below, compression only costs; above, it would keep others waiting. */
enum { CODE_FROM = 1024, CODE_MOST = 512 << 10 };

/* ---- sending ---- */

static void
status_is(struct exchange *x, int status)
{
	x->req->res.status = status;
	x->req->res.reason = reason_of(status);
}

static void
start(struct exchange *x, int status, const char *cache)
{
	h2o_req_t *req = x->req;
	char parent[56];

	x->answered = true;
	status_is(x, status);
	manners_add(req, x->front, x->ctx.request_id, cache);
	wire_traceparent_text(x->ctx.trace, parent);
	answer_header(x, "traceparent", bytes_of(parent, 55));
	manners_limit(x);
	manners_cors(x);
}

/* A token in the head of an HTTP/1 request: h2o's buffers are used again, not wiped. In
 * HTTP/2 the value belongs to the connection's table of header fields and must stay. */
void
exchange_wipe_token(struct exchange *x)
{
	h2o_req_t *req = x->req;
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
	exchange_forget_stream(x);
	exchange_wipe_token(x);
	x->unsent = body.n;
	x->client->unsent += body.n;
	req->res.content_length = bodyless ? SIZE_MAX : body.n;
	h2o_start_response(req, &generator);
	if (bodyless || x->method == HTTP_HEAD)
		h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
	else
		h2o_send(req, &iov, 1, H2O_SEND_STATE_FINAL);
}

static void
not_modified(struct exchange *x)
{
	status_is(x, 304);
	finish(x, (struct bytes){ "", 0 }, true);
}

/* What a read was answered with, compressed where the client asks for it and it pays. Other
 * answers may hold what nobody may guess, beside words that a client chose: compressed
 * together, their length would tell (BREACH). */
static struct bytes
coded(struct exchange *x, struct bytes body)
{
	const char *coding = body.n >= CODE_FROM && body.n <= CODE_MOST ? wire_coding(exchange_list(x, "accept-encoding"), true) : NULL;
	struct bytes out;

	if (coding == NULL || (out = coding_encode(&x->req->pool, coding, body)).n == 0)
		return bytes_of(h2o_strdup(&x->req->pool, body.p, body.n).base, body.n);
	h2o_add_header(&x->req->pool, &x->req->res.headers, H2O_TOKEN_CONTENT_ENCODING, NULL, coding, strlen(coding));
	return out;
}

void
answer_body(struct exchange *x, int status, const char *type, struct bytes body)
{
	bool reads = (x->method == HTTP_GET || x->method == HTTP_HEAD) && status == 200 && !x->probe && !is_secret(x);

	start(x, status, "no-store");
	manners_vary(x, (reads ? VARY_CODING : 0) | (status >= 400 ? VARY_ACCEPT : 0));
	if (reads && manners_tag(x, body)) {
		not_modified(x);
		return;
	}
	manners_type(x, type);
	if (reads)
		body = coded(x, body);
	else if (is_secret(x))
		body.p = secret_copy(x->req, body);
	else
		body.p = h2o_strdup(&x->req->pool, body.p, body.n).base;
	finish(x, body, false);
}

void
answer_live(struct exchange *x, const char *type, struct bytes body)
{
	start(x, 200, "no-store");
	manners_vary(x, 0);
	manners_type(x, type);
	body.p = h2o_strdup(&x->req->pool, body.p, body.n).base;
	finish(x, body, false);
}

void
answer_upgrade(struct exchange *x)
{
	start(x, 101, "no-store");
}

void
answer_page(struct exchange *x, const struct page *p)
{
	const char *coding = wire_coding(exchange_list(x, "accept-encoding"), p->br.n > 0);

	start(x, 200, p->cache);
	manners_vary(x, VARY_CODING);
	answer_header(x, "etag", bytes_str(p->tag));
	if (wire_matches(exchange_list(x, "if-none-match"), p->tag)) {
		not_modified(x);
		return;
	}
	manners_type(x, p->type);
	if (coding != NULL)
		h2o_add_header(&x->req->pool, &x->req->res.headers, H2O_TOKEN_CONTENT_ENCODING, NULL, coding, strlen(coding));
	finish(x, coding == NULL ? p->plain : *coding == 'b' ? p->br : p->gzip, false);
}

void
answer_unchanged(struct exchange *x)
{
	start(x, 304, "no-store");
	manners_vary(x, 0);
	not_modified(x);
}

void
answer_start(struct exchange *x, int status, struct bytes type, uint64_t length, h2o_generator_t *g)
{
	h2o_req_t *req = x->req;
	bool bodyless = length == 0 || x->method == HTTP_HEAD;

	start(x, status, "no-store");
	manners_vary(x, 0);
	answer_header(x, "content-type", type);
	/* what a user uploaded is shown, and does nothing */
	HEADER(&req->pool, &req->res.headers, "content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
	if (bodyless)
		exchange_forget_stream(x);
	exchange_wipe_token(x);
	req->res.content_length = length;
	h2o_start_response(req, g);
	if (bodyless)
		h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
}

void
answer_json(struct exchange *x, int status, struct bytes json)
{
	answer_body(x, status, "application/json; charset=utf-8", json);
}

void
answer_empty(struct exchange *x, int status)
{
	start(x, status, "no-store");
	manners_vary(x, 0);
	finish(x, (struct bytes){ "", 0 }, true);
}

void
answer_preflight(struct exchange *x, unsigned allowed)
{
	char methods[64];

	router_methods(allowed, methods);
	answer_header(x, "allow", bytes_str(methods));
	if (exchange_header(x, "access-control-request-method").n > 0)
		manners_preflight(x, methods);
	answer_empty(x, 204);
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
		return code == 0 || code >= E_PEER_LOST ? E_INTERNAL_ERROR : code;
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
		manners_number(x, "retry-after", wait > 0 ? wait : code == E_RATE_LIMITED ? 1 : 30);
	}
	if (row->http == 503 || row->http == 504)
		HEADER(pool, h, "retry-after", "1");
}

void
answer_errors(struct exchange *x, unsigned code, struct bytes message, struct bytes errors)
{
	unsigned seen = error_public(code);
	const struct error_row *row = error_row(seen);
	bool problem = wire_accepts_problem(exchange_list(x, "accept"));
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
