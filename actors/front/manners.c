/* actors/front/manners.c - what every answer says beside what it was asked for: header fields
 * of safety, of CORS, of limits, of freshness.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/exchange.h"
#include "actors/front/manners.h"
#include "actors/front/wire.h"

#define HEADER(pool, headers, name, literal) \
	h2o_add_header_by_str(pool, headers, H2O_STRLIT(name), 0, NULL, H2O_STRLIT(literal))

/* What browsers may do with a page of ours, nothing from elsewhere and nothing inline, and with
 * anything that is none. */
#define PAGE_POLICY "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"

const char *
reason_of(int status)
{
	static const struct { int status; const char *text; } reasons[] = {
		{ 101, "Switching Protocols" }, { 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" }, { 206, "Partial Content" }, { 304, "Not Modified" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" }, { 409, "Conflict" },
		{ 413, "Content Too Large" }, { 414, "URI Too Long" }, { 415, "Unsupported Media Type" }, { 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" }, { 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}

void
answer_header(struct exchange *x, const char *name, struct bytes value)
{
	h2o_add_header_by_str(&x->req->pool, &x->req->res.headers, name, strlen(name), 0, NULL,
	    h2o_strdup(&x->req->pool, value.p, value.n).base, value.n);
}

void
manners_number(struct exchange *x, const char *name, uint64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%llu", (unsigned long long)v);

	answer_header(x, name, bytes_of(text, (size_t)n));
}

void
manners_add(h2o_req_t *req, const struct front *f, const char *request_id, const char *cache)
{
	h2o_headers_t *h = &req->res.headers;
	size_t n = strlen(request_id);

	h2o_add_header_by_str(&req->pool, h, H2O_STRLIT("x-request-id"), 0, NULL, h2o_strdup(&req->pool, request_id, n).base, n);
	HEADER(&req->pool, h, "x-content-type-options", "nosniff");
	HEADER(&req->pool, h, "referrer-policy", "no-referrer");
	h2o_add_header_by_str(&req->pool, h, H2O_STRLIT("cache-control"), 0, NULL, cache, strlen(cache));
	if (req->scheme == &H2O_URL_SCHEME_HTTPS)
		HEADER(&req->pool, h, "strict-transport-security", "max-age=31536000; includeSubDomains");
	if (f->a.draining)
		req->http1_is_persistent = 0;
	if (req->res.status >= 400 && req->version < 0x200)
		client_of(req)->lingers = !req->http1_is_persistent;
}

void
manners_type(struct exchange *x, const char *type)
{
	h2o_req_t *req = x->req;

	h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
	if (strncmp(type, "text/html", 9) == 0)
		HEADER(&req->pool, &req->res.headers, "content-security-policy", PAGE_POLICY);
	else
		HEADER(&req->pool, &req->res.headers, "content-security-policy", DATA_POLICY);
}

bool
manners_origin_allowed(const struct front *f, struct bytes origin)
{
	for (size_t i = 0; i < f->norigins; i++)
		if (bytes_eq(origin, f->origins[i]))
			return true;
	return f->any_origin && origin.n > 0;
}

/* A listed origin is named, with credentials; `*` never goes with them. */
void
manners_cors(struct exchange *x)
{
	h2o_req_t *req = x->req;
	struct bytes origin = exchange_header(x, "origin");
	bool listed = !x->front->any_origin;

	if (!manners_origin_allowed(x->front, origin))
		return;
	answer_header(x, "access-control-allow-origin", listed ? origin : BYTES("*"));
	if (listed)
		HEADER(&req->pool, &req->res.headers, "access-control-allow-credentials", "true");
	HEADER(&req->pool, &req->res.headers, "access-control-expose-headers",
	    "X-Request-Id, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Idempotent-Replayed, Location, Link, "
	    "Content-Disposition, Content-Range, Accept-Ranges, WWW-Authenticate");
}

void
manners_preflight(struct exchange *x, const char *methods)
{
	h2o_headers_t *h = &x->req->res.headers;

	if (!manners_origin_allowed(x->front, exchange_header(x, "origin")))
		return;
	answer_header(x, "access-control-allow-methods", bytes_str(methods));
	HEADER(&x->req->pool, h, "access-control-allow-headers",
	    "Authorization, Content-Type, Accept, Idempotency-Key, If-None-Match, If-Range, Last-Event-ID, Prefer, Range, X-Request-Id, "
	    "X-Requested-With, traceparent, tracestate");
	HEADER(&x->req->pool, h, "access-control-max-age", "600");
}

void
manners_vary(struct exchange *x, unsigned by)
{
	static const char *const texts[] = { [VARY_CODING] = "accept-encoding", [VARY_ACCEPT] = "accept",
		[VARY_CODING | VARY_ACCEPT] = "accept-encoding, accept", [VARY_ORIGIN] = "origin",
		[VARY_ORIGIN | VARY_CODING] = "origin, accept-encoding", [VARY_ORIGIN | VARY_ACCEPT] = "origin, accept",
		[VARY_ORIGIN | VARY_CODING | VARY_ACCEPT] = "origin, accept-encoding, accept" };

	if (x->front->norigins > 0)
		by |= VARY_ORIGIN;
	if (by != 0)
		h2o_add_header(&x->req->pool, &x->req->res.headers, H2O_TOKEN_VARY, NULL, texts[by], strlen(texts[by]));
}

void
manners_limit(struct exchange *x)
{
	if (x->limit.limit == 0)
		return;
	manners_number(x, "ratelimit-limit", x->limit.limit);
	manners_number(x, "ratelimit-remaining", x->limit.remaining);
	manners_number(x, "ratelimit-reset", x->limit.reset_s);
}

bool
manners_tag(struct exchange *x, struct bytes body)
{
	const uint64_t key[2] = { 0x73747564696f6431, x->tag_salt };	/* no secret: the same after a restart */
	struct bytes of = x->tag_of.n > 0 ? x->tag_of : body;
	char tag[32];

	int n = snprintf(tag, sizeof tag, "W/\"%016llx\"", (unsigned long long)siphash(key, of.p, of.n));
	answer_header(x, "etag", bytes_of(tag, (size_t)n));
	return wire_matches(exchange_list(x, "if-none-match"), tag);
}
