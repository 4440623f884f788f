/* actors/front/server.c - h2o as our server: limits, handlers, and what it answers by itself.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"
#include "actors/front/manners.h"
#include "actors/front/metrics.h"
#include "actors/front/mint.h"
#include "actors/front/wire.h"

enum { ENTITY_MAX = FORM_BODY_MAX + FORM_SLACK };
enum { IDLE_MS = 30000, HANDSHAKE_MS = 10000, H2_REQUESTS = 32 };

struct handler {
	h2o_handler_t super;
	struct front *front;
};
struct filter {
	h2o_filter_t super;
	struct front *front;
};

/* ---- requests ---- */

static void
serve(struct front *f, h2o_req_t *req)
{
	struct exchange *x = exchange_begin(f, req);

	if (x != NULL)
		exchange_run(x);
}

/* Over HTTP/2 a request begins at the end of the turn. Where a connection breaks, h2o closes its
 * streams one by one and as it goes begins those that waited for their turn: one that is
 * answered at once asks to be written, and h2o aborts (an assertion of close_connection_now). So
 * is a request, too, that is reset in the turn in which it came, never begun. */
struct later {
	h2o_timeout_entry_t entry;
	struct front *front;
	h2o_req_t *req;
};

static void
on_later(h2o_timeout_entry_t *entry)
{
	struct later *l = H2O_STRUCT_FROM_MEMBER(struct later, entry, entry);

	serve(l->front, l->req);
}

/* Its request's pool is cleared. */
static void
later_dispose(void *p)
{
	h2o_timeout_unlink(&((struct later *)p)->entry);
}

static int
on_request(h2o_handler_t *self, h2o_req_t *req)
{
	struct front *f = ((struct handler *)self)->front;
	struct later *l;

	if (req->version < 0x200) {
		serve(f, req);
		return 0;
	}
	l = h2o_mem_alloc_shared(&req->pool, sizeof *l, later_dispose);
	*l = (struct later){ { .cb = on_later }, f, req };
	h2o_timeout_link(f->loop, &f->ctx.zero_timeout, &l->entry);
	return 0;
}

/* The ops listener: probes and metrics, and nothing else. */
static int
on_ops_request(h2o_handler_t *self, h2o_req_t *req)
{
	static const struct { const char *path; void (*on)(struct exchange *); } paths[] = {
		{ "/healthz", on_healthz },
		{ "/readyz", on_readyz },
		{ "/metrics", on_metrics },
	};
	struct exchange *x = exchange_begin(((struct handler *)self)->front, req);

	if (x == NULL)
		return 0;
	x->probe = true;
	for (size_t i = 0; i < COUNT(paths); i++) {
		if (!bytes_eq(x->path, paths[i].path))
			continue;
		if (x->method == HTTP_GET || x->method == HTTP_HEAD)
			paths[i].on(x);
		else
			answer_not_allowed(x, 1u << HTTP_GET);
		return 0;
	}
	answer_error(x, E_NOT_FOUND, (struct bytes){ "", 0 });
	return 0;
}

/* ---- what h2o answers by itself: malformed or oversized requests ---- */

struct replacement {
	h2o_ostream_t super;
	h2o_iovec_t body;
	bool sent;
};

static void
replacement_send(h2o_ostream_t *self, h2o_req_t *req, h2o_iovec_t *bufs, size_t n, h2o_send_state_t state)
{
	struct replacement *r = (struct replacement *)self;
	bool head = h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD"));

	(void)bufs;
	(void)n;
	h2o_ostream_send_next(self, req, &r->body, r->sent || head ? 0 : 1, state);
	r->sent = true;
}

static unsigned
code_of(int status)
{
	switch (status) {
	case 404:
		return E_NOT_FOUND;
	case 413:
		return E_PAYLOAD_TOO_LARGE;
	default:
		return status >= 500 ? E_INTERNAL_ERROR : E_VALIDATION_ERROR;
	}
}

/* Its id, and the same line and count that a request of ours gets. */
static void
note(h2o_req_t *req, char id[129])
{
	struct ctx ctx = { 0 };
	struct bytes given = header_of(req, "x-request-id");
	char method[17];

	if (wire_visible(given, sizeof ctx.request_id - 1))
		memcpy(ctx.request_id, given.p, given.n);
	else
		mint_uuid7(wall_ms(), ctx.request_id);
	snprintf(id, 129, "%s", ctx.request_id);
	snprintf(method, sizeof method, "%.*s", (int)req->input.method.len, req->input.method.base);
	log_event(LOG_INFO, &ctx, "request_refused", "method", method, "status", log_u64((uint64_t)req->res.status),
	    "address", client_of(req)->text, "protocol", req->version >= 0x200 ? "HTTP/2" : "HTTP/1.1");
	metrics_count(NULL, req->res.status, 0);
}

static void
on_setup(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot)
{
	const struct front *f = ((struct filter *)self)->front;
	bool problem = wire_accepts_problem(header_of(req, "accept"));
	struct bytes none = { "", 0 };
	struct buf b = { 0 };
	char id[129];

	if (h2o_find_header_by_str(&req->res.headers, H2O_STRLIT("x-request-id"), -1) == -1) {
		note(req, id);
		if (error_json(&b, code_of(req->res.status), req->res.status, bytes_of(req->input.path.base, req->input.path.len),
		    none, none, id, problem) == 0) {
			struct replacement *r = (struct replacement *)h2o_add_ostream(req, sizeof *r, slot);
			r->super.do_send = replacement_send;
			r->body = h2o_strdup(&req->pool, b.p, b.n);
			r->sent = false;
			slot = &r->super.next;
			req->res.headers.size = 0;
			req->res.reason = reason_of(req->res.status);
			req->res.content_length = b.n;
			manners_add(req, f, id, "no-store");
			const char *type = problem ? "application/problem+json; charset=utf-8" : "application/json; charset=utf-8";
			h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
		}
		buf_free(&b);
	}
	h2o_setup_next_ostream(req, slot);
}

/* ---- configuration ---- */

static void
host_init(struct front *f, const char *name, int (*on)(h2o_handler_t *, h2o_req_t *))
{
	h2o_hostconf_t *host = h2o_config_register_host(&f->conf, h2o_iovec_init(name, strlen(name)), 65535);
	h2o_pathconf_t *path = &host->fallback_path;

	struct filter *filter = (struct filter *)h2o_create_filter(path, sizeof *filter);
	filter->super.on_setup_ostream = on_setup;
	filter->front = f;
	struct handler *handler = (struct handler *)h2o_create_handler(path, sizeof *handler);
	handler->super.on_req = on;
	handler->front = f;
}

void
server_init(struct front *f)
{
	h2o_config_init(&f->conf);
	f->conf.server_name = h2o_iovec_init(NULL, 0);
	/* over it h2o breaks off without listening, and clients see a reset; up to it they see our
	 * 413. What it holds in sum listen_look bounds. */
	f->conf.max_request_entity_size = f->upload_max + FORM_SLACK > ENTITY_MAX ? f->upload_max + FORM_SLACK : ENTITY_MAX;
	f->conf.handshake_timeout = HANDSHAKE_MS;
	f->conf.http1.req_timeout = REQUEST_MOST_MS;	/* listen_look is stricter */
	f->conf.http1.upgrade_to_http2 = 0;	/* HTTP/2 comes by ALPN */
	f->conf.http2.idle_timeout = IDLE_MS;
	f->conf.http2.max_concurrent_requests_per_connection = H2_REQUESTS;
	h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX;	/* else large bodies become files in /tmp */
	host_init(f, "default", on_request);
	host_init(f, "ops", on_ops_request);
	h2o_context_init(&f->ctx, f->loop, &f->conf);
}
