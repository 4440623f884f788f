/* actors/front/admit.c - a request from its route to its handler: limits, who asks and whether
 * they may, what the query and the body say.
 * Owns: nothing. Fails: into an answer, and then no handler is called.
 * Licence: Apache-2.0. */
#include "actors/front/exchange.h"
#include "actors/front/wire.h"

enum { TOKEN_BYTES_MAX = 2048 };

/* ---- reading ---- */

static bool
read_query(struct exchange *x)
{
	const h2o_req_t *req = x->req;
	size_t at = req->query_at;
	struct problems problems = { 0 };
	const char *why;

	if (x->endpoint->query == BODY_none)
		return true;
	int rc = at == SIZE_MAX ? query_parse("", 0, &x->query, &why) :
	    query_parse(req->path.base + at + 1, req->path.len - at - 1, &x->query, &why);
	if (rc != 0) {
		answer_error(x, (unsigned)-rc, bytes_str(why));
		return false;
	}
	body_check(x->endpoint->query, x->query, true, &problems);
	if (problems.n > 0)
		answer_problems(x, &problems);
	return problems.n == 0;
}

/* Of a password's body nobody reads anything again, once it is parsed. In HTTP/2 it is a
 * copy; its frames were taken off what came, and lie before what is left of it. */
void
exchange_wipe_body(struct exchange *x)
{
	h2o_req_t *req = x->req;
	h2o_buffer_t *in = req->conn->callbacks->get_socket(req->conn)->input;
	h2o_iovec_t *body = &req->entity;

	if (req->version >= 0x200 && in->bytes != NULL)		/* else it has no memory of its own */
		explicit_bzero(in->_buf, in->size == 0 ? in->capacity : (size_t)(in->bytes - in->_buf));
	if (body->base != NULL)
		explicit_bzero(body->base, body->len);
}

/* A form of files lies in our memory as it came; its files are views into it. */
static bool
read_form(struct exchange *x)
{
	const h2o_iovec_t *entity = &x->req->entity;
	uint64_t most = x->front->upload_max + FORM_SLACK;
	char why[FORM_WHY];

	if (body_rows(x->endpoint->body)[0].high > 1 && most < FORM_BODY_MAX)
		most = FORM_BODY_MAX;
	if (entity->len > most) {
		answer_error(x, E_PAYLOAD_TOO_LARGE, (struct bytes){ "", 0 });
		return false;
	}
	if (exchange_header(x, "content-encoding").n > 0) {
		answer_error(x, E_UNSUPPORTED_MEDIA_TYPE, BYTES("A compressed body is not taken"));
		return false;
	}
	x->form = h2o_mem_alloc_pool(&x->req->pool, sizeof *x->form);
	unsigned code = form_read(x->form, x->endpoint->body, exchange_header(x, "content-type"),
	    bytes_of(entity->base != NULL ? entity->base : "", entity->len), x->front->upload_max, why);
	if (code != 0)
		answer_error(x, code, bytes_str(why));
	return code == 0;
}

static bool
read_body(struct exchange *x)
{
	const h2o_iovec_t *entity = &x->req->entity;
	struct problems problems = { 0 };
	const char *why;

	if (body_is_form(x->endpoint->body))
		return read_form(x);
	if (x->endpoint->body == BODY_none || (entity->len == 0 && body_is_empty(x->endpoint->body)))
		return true;
	if (entity->len > (x->endpoint->limit == LIMIT_generate ? (size_t)MEDIA_BODY_MAX : (size_t)BODY_MAX)) {
		answer_error(x, E_PAYLOAD_TOO_LARGE, (struct bytes){ "", 0 });
		return false;
	}
	if (!wire_is_json(exchange_header(x, "content-type"))) {
		answer_error(x, E_UNSUPPORTED_MEDIA_TYPE, (struct bytes){ "", 0 });
		return false;
	}
	if (exchange_header(x, "content-encoding").n > 0) {
		answer_error(x, E_UNSUPPORTED_MEDIA_TYPE, BYTES("A compressed body is not taken"));
		return false;
	}
	int rc = body_parse(entity->base != NULL ? entity->base : "", entity->len, &x->body, &why);
	if (x->endpoint->limit == LIMIT_auth)
		exchange_wipe_body(x);
	if (rc != 0) {
		answer_error(x, (unsigned)-rc, bytes_str(why));
		return false;
	}
	body_check(x->endpoint->body, x->body, false, &problems);
	if (problems.n > 0)
		answer_problems(x, &problems);
	return problems.n == 0;
}

/* Everybody may, or it is known who asks: read the rest and hand it over. */
static void
admitted(struct exchange *x)
{
	for (size_t i = 0; i < x->params.n; i++)
		if (!id_parse(x->params.v[i].value.p, x->params.v[i].value.n, &x->ids[i])) {
			answer_error(x, E_NOT_FOUND, (struct bytes){ "", 0 });
			return;
		}
	if (read_query(x) && read_body(x))
		x->endpoint->on(x);
}

/* ---- guards ---- */

static void
limited(struct exchange *x)
{
	x->front->a.refused++;
	answer_error(x, E_RATE_LIMITED, (struct bytes){ "", 0 });
}

static void
identified(struct exchange *x)
{
	struct limits *limits = &x->front->limits;

	x->identified = true;
	if (x->endpoint->limit != LIMIT_none &&
	    !limit_take(limits, x->endpoint->limit, x->who.user.b, sizeof x->who.user.b, now_ms(), &x->limit))
		limited(x);
	else if (x->endpoint->who == ADMIN && !x->who.admin)
		answer_error(x, E_FORBIDDEN, (struct bytes){ "", 0 });
	else
		admitted(x);
}

struct bytes
exchange_bearer(const struct exchange *x)
{
	struct bytes h = exchange_header(x, "authorization");

	if (h.n < 8 || strncasecmp(h.p, "bearer ", 7) != 0)
		return (struct bytes){ "", 0 };
	h.p += 7;
	h.n -= 7;
	while (h.n > 0 && *h.p == ' ') {
		h.p++;
		h.n--;
	}
	return wire_visible(h, TOKEN_BYTES_MAX) ? h : (struct bytes){ "", 0 };
}

void
exchange_identify(struct exchange *x, const struct msg_identity *m)
{
	identity_take(&x->who, exchange_bearer(x), m, now_ms());
}

static void
on_identity(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	if (err != 0) {
		answer_error(x, err, detail);
		return;
	}
	exchange_identify(x, &body->identity);
	identified(x);
}

static void
guard(struct exchange *x)
{
	struct bytes token = exchange_bearer(x);
	const struct identity *known;

	if (token.n == 0) {
		answer_error(x, E_UNAUTHORIZED, (struct bytes){ "", 0 });
		return;
	}
	x->has_token = true;
	if ((known = identity_find(token, now_ms())) != NULL) {
		x->who = *known;
		identified(x);
		return;
	}
	exchange_call(x, EDGE_front_auth, MSG_token_check, &(struct msg_token_check){ .token = token },
	    CALL_AGAIN, 0, on_identity);
}

static bool
take_by_address(struct exchange *x)
{
	const void *holder;
	size_t n = client_holder(x->client, &holder);

	return limit_take(&x->front->limits, LIMIT_auth, holder, n, now_ms(), &x->limit);
}

/* Errors are JSON everywhere, whatever else an endpoint answers. */
static bool
acceptable(const struct exchange *x)
{
	const char *types = answer_spec(x->endpoint->answer)->types;

	return wire_accepts(exchange_list(x, "accept"), types != NULL ? types : "application/json|application/problem+json");
}

void
exchange_run(struct exchange *x)
{
	unsigned allowed;

	/* as it was written: no decoding, no dots, so that one endpoint has one path */
	x->endpoint = router_find(x->method, x->path.p, x->path.n, &x->params, &allowed);
	if (x->method == HTTP_OPTIONS && bytes_eq(x->path, "*"))	/* of the whole server */
		answer_preflight(x, (1u << HTTP_COUNT) - 1);
	else if (allowed == 0)
		answer_error(x, E_NOT_FOUND, (struct bytes){ "", 0 });
	else if (x->method == HTTP_OPTIONS)
		answer_preflight(x, allowed);
	else if (x->endpoint == NULL)
		answer_not_allowed(x, allowed);
	else if (!acceptable(x))
		answer_error(x, E_NOT_ACCEPTABLE, (struct bytes){ "", 0 });
	else if (x->endpoint->limit == LIMIT_auth && !take_by_address(x))
		limited(x);
	else if (x->endpoint->who == PUBLIC)
		admitted(x);
	else
		guard(x);
}
