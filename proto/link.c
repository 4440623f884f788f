/* proto/link.c - see link.h.
 * Owns: its buffers, its calls, and the requests that were not answered yet.
 * Fails: a peer that breaks the rules costs its connection, never this process.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <msgpack/pack.h>

#include "proto/link.h"

enum { T_REQUEST, T_ANSWER, T_NOTICE, T_CHUNK, T_CREDIT };
enum { CHUNK_LAST = 1, CHUNK_BROKEN = 2 };
enum { DEFAULT_DEADLINE_MS = 10000, DETAIL_MAX = 4096, COMPACT_BYTES = 64 << 10 };

struct call {
	uint32_t id;
	unsigned msg;
	unsigned flags;
	bool sent;			/* handed to the connection at least once */
	bool streaming;			/* answered; chunks follow */
	uint64_t deadline_ms;
	answer_fn *done;
	chunk_fn *chunk;
	void *arg;
	struct buf frame;		/* kept while it may have to be sent (again) */
};

/* ---- writing ---- */

static int
write_buf(void *data, const char *p, size_t n)
{
	return buf_add(data, p, n);
}

/* A frame is written in place behind a header that is filled in at its end. */
static size_t
frame_open(struct buf *b)
{
	size_t at = b->n;
	return buf_add(b, "\0\0\0\0", FRAME_HEADER) == 0 ? at : SIZE_MAX;
}

static int
frame_close(struct buf *b, size_t at)
{
	size_t n = b->n - at - FRAME_HEADER;

	if (n > FRAME_MAX) {
		b->n = at;
		return -E_BAD_MESSAGE;
	}
	for (int i = 0; i < 4; i++)
		b->p[at + (size_t)i] = (char)(n >> (24 - 8 * i));
	return 0;
}

static int
pack_ctx(msgpack_packer *pk, const struct ctx *ctx)
{
	size_t n = strnlen(ctx->request_id, sizeof ctx->request_id - 1);

	return msgpack_pack_array(pk, 3) | msgpack_pack_uint64(pk, ctx->deadline_ms) |
	    msgpack_pack_bin(pk, sizeof ctx->trace) | msgpack_pack_bin_body(pk, ctx->trace, sizeof ctx->trace) |
	    msgpack_pack_str(pk, n) | (n ? msgpack_pack_str_body(pk, ctx->request_id, n) : 0);
}

/* Appends a request (id > 0) or a notice. On failure the buffer is as before. */
static int
pack_message(struct buf *out, uint32_t id, const struct ctx *ctx, unsigned msg, const void *body)
{
	size_t before = out->n, at = frame_open(out);
	msgpack_packer pk;
	int rc;

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	msgpack_packer_init(&pk, out, write_buf);
	rc = msgpack_pack_array(&pk, id ? 5 : 4) | msgpack_pack_uint8(&pk, id ? T_REQUEST : T_NOTICE);
	if (id)
		rc |= msgpack_pack_uint32(&pk, id);
	rc |= msgpack_pack_uint32(&pk, msg);
	if (rc != 0) {
		out->n = before;
		return -E_INTERNAL_ERROR;
	}
	rc = msg_encode(out, msg, body);
	if (rc == 0 && pack_ctx(&pk, ctx) != 0)
		rc = -E_INTERNAL_ERROR;
	if (rc == 0)
		rc = frame_close(out, at);
	if (rc != 0)
		out->n = before;
	return rc;
}

static size_t
out_waiting(const struct link *l)
{
	return l->out.n - l->out_at;
}

/* Something was queued. Own calls are bounded before they are packed; answers, chunks and
 * credit are not refused but must not pile up either. */
static void
wake(struct link *l)
{
	if (out_waiting(l) > LINK_OUT_DEAF && l->broken == NULL)
		l->broken = "does not read its answers";
	if (l->hooks.wake != NULL)
		l->hooks.wake(l);
}

struct bytes
link_write_next(const struct link *l)
{
	return bytes_of(l->out.p + l->out_at, out_waiting(l));
}

/* Written bytes are wiped: a password that passed through is not kept by its buffer. */
void
link_write_done(struct link *l, size_t n)
{
	explicit_bzero(l->out.p + l->out_at, n);
	l->out_at += n;
	if (l->out_at < l->out.n) {
		if (l->out_at > COMPACT_BYTES && l->out_at > l->out.n / 2) {	/* a slow reader under steady load */
			size_t left = out_waiting(l);
			memmove(l->out.p, l->out.p + l->out_at, left);
			explicit_bzero(l->out.p + left, l->out.n - left);
			l->out.n = left;
			l->out_at = 0;
		}
		return;
	}
	l->out.n = l->out_at = 0;
	if (l->out.cap > 256 << 10)	/* do not keep what one large message needed */
		buf_free(&l->out);
}

/* ---- calls ---- */

static void
call_free(struct link *l, struct call *c)
{
	l->calls[c->id % LINK_CALLS] = NULL;
	l->ncalls--;
	buf_free(&c->frame);
	free(c);
}

static void
call_end(struct link *l, struct call *c, unsigned err, struct bytes detail, const union msg_any *body)
{
	answer_fn *done = c->streaming ? NULL : c->done;
	chunk_fn *chunk = c->streaming ? c->chunk : NULL;
	void *arg = c->arg;

	call_free(l, c);		/* first: the callback may call again */
	if (err != 0)
		l->stats.failed++;
	if (done != NULL)
		done(arg, err, detail, body);
	if (chunk != NULL)
		chunk(arg, (struct bytes){ "", 0 }, true, err);
}

static struct call *
call_by_id(struct link *l, uint64_t id)
{
	struct call *c = l->calls[id % LINK_CALLS];
	return c != NULL && c->id == id ? c : NULL;
}

/* Hands a waiting call to the connection; false when its queue is full. */
static bool
call_send(struct link *l, struct call *c)
{
	if (out_waiting(l) + c->frame.n > LINK_OUT_MAX || buf_add(&l->out, c->frame.p, c->frame.n) != 0)
		return false;
	if (c->sent)
		l->stats.resent++;
	c->sent = true;
	l->stats.sent++;
	if (!(c->flags & CALL_AGAIN))
		buf_free(&c->frame);
	return true;
}

static int64_t
call_new(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    unsigned flags, answer_fn *done, chunk_fn *chunk, void *arg)
{
	struct ctx with = *ctx;
	struct call *c;
	int rc;

	if (l->ncalls >= LINK_CALLS * 3 / 4 || out_waiting(l) > LINK_OUT_MAX) {
		l->stats.refused++;
		return -E_QUEUE_FULL;
	}
	do				/* at most three slots in four are taken: this ends soon */
		if (++l->next_id == 0)
			l->next_id = 1;
	while (l->calls[l->next_id % LINK_CALLS] != NULL);

	if (with.deadline_ms == 0)
		with.deadline_ms = l->hooks.now_ms() + DEFAULT_DEADLINE_MS;
	if ((c = calloc(1, sizeof *c)) == NULL)
		return -E_INTERNAL_ERROR;
	c->id = l->next_id;
	c->msg = msg;
	c->flags = flags;
	c->deadline_ms = with.deadline_ms;
	c->done = done;
	c->chunk = chunk;
	c->arg = arg;
	if ((rc = pack_message(&c->frame, c->id, &with, msg, body)) != 0) {
		buf_free(&c->frame);
		free(c);
		return rc;
	}
	if (l->up && !call_send(l, c)) {
		buf_free(&c->frame);
		free(c);
		l->stats.refused++;
		return -E_QUEUE_FULL;
	}
	l->calls[c->id % LINK_CALLS] = c;
	l->ncalls++;
	wake(l);
	return c->id;
}

int64_t
link_call(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    unsigned flags, answer_fn *done, void *arg)
{
	return call_new(l, ctx, msg, body, flags, done, NULL, arg);
}

int64_t
link_call_stream(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    answer_fn *done, chunk_fn *chunk, void *arg)
{
	return call_new(l, ctx, msg, body, 0, done, chunk, arg);
}

void
link_forget(struct link *l, int64_t id)
{
	struct call *c = id > 0 ? call_by_id(l, (uint64_t)id) : NULL;
	if (c != NULL) {
		c->done = NULL;
		c->chunk = NULL;
	}
}

int
link_notice(struct link *l, const struct ctx *ctx, unsigned msg, const void *body)
{
	static const struct ctx none;
	int rc;

	if (!l->up)
		return -E_PEER_LOST;
	if (out_waiting(l) > LINK_OUT_MAX) {
		l->stats.refused++;
		return -E_QUEUE_FULL;
	}
	rc = pack_message(&l->out, 0, ctx != NULL ? ctx : &none, msg, body);
	if (rc == 0) {
		l->stats.sent++;
		wake(l);
	}
	return rc;
}

void
link_tick(struct link *l)
{
	uint64_t now = l->hooks.now_ms();

	for (size_t i = 0; i < LINK_CALLS && l->ncalls > 0; i++) {
		struct call *c = l->calls[i];
		if (c == NULL || c->streaming || c->deadline_ms > now)
			continue;
		l->stats.expired++;
		call_end(l, c, E_TIMEOUT, (struct bytes){ "", 0 }, NULL);
	}
}

/* ---- requests ---- */

static void
request_free(struct request *rq)
{
	struct link *l = rq->link;

	if (rq->prev != NULL)
		rq->prev->next = rq->next;
	else
		l->requests = rq->next;
	if (rq->next != NULL)
		rq->next->prev = rq->prev;
	l->nrequests--;
	l->request_bytes -= rq->frame_n;
	arena_free(&rq->arena);
	explicit_bzero(rq->frame, rq->frame_n);
	free(rq);
}

bool
request_alive(const struct request *rq)
{
	return rq->link->up && rq->link->connection == rq->connection;
}

/* Appends [1, id, error, result]. */
static int
pack_answer(struct buf *out, uint32_t id, unsigned err, struct bytes detail, unsigned msg, const void *body)
{
	size_t before = out->n, at = frame_open(out);
	msgpack_packer pk;
	int rc;

	if (at == SIZE_MAX)
		return -E_INTERNAL_ERROR;
	msgpack_packer_init(&pk, out, write_buf);
	rc = msgpack_pack_array(&pk, 4) | msgpack_pack_uint8(&pk, T_ANSWER) | msgpack_pack_uint32(&pk, id);
	if (err != 0) {
		rc |= msgpack_pack_array(&pk, 2) | msgpack_pack_uint32(&pk, err) |
		    msgpack_pack_str(&pk, detail.n) | (detail.n ? msgpack_pack_str_body(&pk, detail.p, detail.n) : 0) |
		    msgpack_pack_nil(&pk);
	} else {
		rc |= msgpack_pack_nil(&pk);
		if (rc == 0)
			rc = msg_encode(out, msg, body);
	}
	if (rc == 0)
		rc = frame_close(out, at);
	if (rc != 0)
		out->n = before;
	return rc;
}

void
request_fail(struct request *rq, unsigned code, const char *detail)
{
	struct link *l = rq->link;
	struct bytes d = bytes_str(detail != NULL ? detail : "");

	if (d.n > DETAIL_MAX)
		d.n = DETAIL_MAX;
	if (!utf8_valid(d.p, d.n))
		d.n = 0;
	if (rq->id != 0 && request_alive(rq)) {
		pack_answer(&l->out, rq->id, code, d, 0, NULL);
		l->stats.answered++;
		wake(l);
	}
	request_free(rq);
}

void
request_answer(struct request *rq, const void *body)
{
	struct link *l = rq->link;
	const struct msg_spec *row = msg_spec(rq->msg);

	if (rq->id != 0 && request_alive(rq)) {
		int rc = pack_answer(&l->out, rq->id, 0, (struct bytes){ "", 0 }, row->answer, body);
		if (rc != 0) {		/* our own answer breaks its bounds: a bug, told as one */
			request_fail(rq, E_INTERNAL_ERROR, "answer out of bounds");
			return;
		}
		l->stats.answered++;
		wake(l);
	}
	if (row->stream == STREAM_down)
		return;
	request_free(rq);
}

static void
pack_chunk(struct link *l, uint32_t id, unsigned flags, const void *p, size_t n)
{
	size_t at = frame_open(&l->out);
	msgpack_packer pk;

	if (at == SIZE_MAX)
		return;
	msgpack_packer_init(&pk, &l->out, write_buf);
	if ((msgpack_pack_array(&pk, 4) | msgpack_pack_uint8(&pk, T_CHUNK) | msgpack_pack_uint32(&pk, id) |
	    msgpack_pack_uint32(&pk, flags) | msgpack_pack_bin(&pk, n) |
	    (n ? msgpack_pack_bin_body(&pk, p, n) : 0)) != 0 || frame_close(&l->out, at) != 0)
		l->out.n = at;
	wake(l);
}

size_t
request_stream_write(struct request *rq, const void *p, size_t n)
{
	struct link *l = rq->link;
	size_t taken = 0;

	if (!request_alive(rq))
		return 0;
	while (taken < n && rq->credit > 0) {
		size_t k = n - taken;
		if (k > LINK_CHUNK)
			k = LINK_CHUNK;
		if (k > rq->credit)
			k = (size_t)rq->credit;
		pack_chunk(l, rq->id, 0, (const char *)p + taken, k);
		rq->credit -= k;
		taken += k;
	}
	return taken;
}

void
request_stream_end(struct request *rq, unsigned err)
{
	if (request_alive(rq)) {
		unsigned char code = (unsigned char)err;
		pack_chunk(rq->link, rq->id, err ? CHUNK_BROKEN : CHUNK_LAST, &code, err ? 1 : 0);
	}
	request_free(rq);
}

/* ---- reading ---- */

static const struct route *
route_of(const struct link *l, unsigned msg)
{
	for (size_t i = 0; i < l->nroutes; i++)
		if (l->routes[i].msg == msg)
			return &l->routes[i];
	return NULL;
}

static void
ctx_read(struct cursor *c, struct ctx *ctx)
{
	struct bytes b;

	if (cur_array(c, 3) != 3 && c->err == NULL)
		c->err = "context of the wrong size";
	ctx->deadline_ms = cur_uint(c, UINT64_MAX);
	b = cur_bin(c, sizeof ctx->trace);
	if (c->err == NULL && b.n != sizeof ctx->trace)
		c->err = "trace of the wrong size";
	if (c->err == NULL)
		memcpy(ctx->trace, b.p, sizeof ctx->trace);
	b = cur_str(c, sizeof ctx->request_id - 1);
	if (c->err == NULL) {
		memcpy(ctx->request_id, b.p, b.n);
		ctx->request_id[b.n] = '\0';
	}
}

/* Handles a request or a notice whose head was read; c stands at the parameters. */
static const char *
on_message(struct link *l, struct cursor *c, uint32_t id, unsigned msg)
{
	const struct msg_spec *row = msg_spec(msg);
	const struct route *route = route_of(l, msg);
	const char *why = NULL;
	struct request *rq;

	if (row == NULL)
		return "no such message";
	if (!(row->senders & 1u << l->other) || !(row->receivers & 1u << l->self) || route == NULL)
		return "not allowed on this edge";
	if ((row->answer != MSG_none) != (id != 0))
		return id ? "a notice sent as a request" : "a request sent as a notice";

	const unsigned char *params = c->p;
	cur_skip(c);
	size_t n = (size_t)(c->p - params);
	if ((rq = calloc(1, sizeof *rq + n)) == NULL)
		return "out of memory";
	memcpy(rq->frame, params, n);
	rq->frame_n = (uint32_t)n;
	rq->link = l;
	rq->connection = l->connection;
	rq->id = id;
	rq->msg = msg;
	rq->credit = LINK_WINDOW;
	ctx_read(c, &rq->ctx);
	if (c->err == NULL && c->p != c->end)
		c->err = "bytes left over";
	if (c->err != NULL || msg_decode(msg, rq->frame, n, &rq->body, &rq->arena, &why) != 0) {
		arena_free(&rq->arena);
		free(rq);
		return c->err != NULL ? c->err : why;
	}
	rq->next = l->requests;
	if (rq->next != NULL)
		rq->next->prev = rq;
	l->requests = rq;
	l->nrequests++;
	l->request_bytes += rq->frame_n;

	if (id == 0) {
		route->on(l->state, rq);
		request_free(rq);
		return NULL;
	}
	if (l->nrequests > LINK_REQUESTS || l->request_bytes > LINK_REQUEST_BYTES) {
		l->stats.refused++;
		request_fail(rq, E_QUEUE_FULL, "");
	} else if (rq->ctx.deadline_ms != 0 && rq->ctx.deadline_ms <= l->hooks.now_ms()) {
		l->stats.expired++;
		request_fail(rq, E_TIMEOUT, "");
	} else {
		route->on(l->state, rq);
	}
	return NULL;
}

static const char *
on_answer(struct link *l, struct cursor *c, uint32_t id)
{
	struct call *call = call_by_id(l, id);
	struct bytes detail = { "", 0 };
	union msg_any body;
	struct arena arena = { 0 };
	const char *why = NULL;
	unsigned err = 0;

	if (call == NULL) {		/* expired here before it was answered there */
		cur_skip(c);
		cur_skip(c);
		return c->err;
	}
	if (call->streaming)
		return "answered twice";
	if (!cur_nil(c)) {
		if (cur_array(c, 2) != 2 && c->err == NULL)
			c->err = "an error of the wrong size";
		err = (unsigned)cur_uint(c, E_LIMIT - 1);
		detail = cur_str(c, DETAIL_MAX);
		if (c->err == NULL && err == 0)
			c->err = "an error without a code";
		if (c->err == NULL && !cur_nil(c))
			c->err = "an error with a result";
		if (c->err != NULL)
			return c->err;
		if (c->p != c->end)
			return "bytes left over";
		call_end(l, call, err, detail, NULL);
		return NULL;
	}
	const struct msg_spec *row = msg_spec(call->msg);
	if (msg_decode(row->answer, c->p, (size_t)(c->end - c->p), &body, &arena, &why) != 0) {
		arena_free(&arena);
		return why;
	}
	if (row->stream == STREAM_down && call->chunk != NULL) {
		call->streaming = true;
		if (call->done != NULL)
			call->done(call->arg, 0, detail, &body);
	} else {
		call_end(l, call, 0, detail, &body);
	}
	arena_free(&arena);
	return NULL;
}

static void
pack_credit(struct link *l, uint32_t id, uint32_t n)
{
	size_t at = l->up ? frame_open(&l->out) : SIZE_MAX;	/* the chunk's handler may have ended the link */
	msgpack_packer pk;

	if (at == SIZE_MAX)
		return;
	msgpack_packer_init(&pk, &l->out, write_buf);
	if ((msgpack_pack_array(&pk, 3) | msgpack_pack_uint8(&pk, T_CREDIT) | msgpack_pack_uint32(&pk, id) |
	    msgpack_pack_uint32(&pk, n)) != 0 || frame_close(&l->out, at) != 0)
		l->out.n = at;
	wake(l);
}

static const char *
on_chunk(struct link *l, struct cursor *c, uint32_t id)
{
	struct call *call = call_by_id(l, id);
	unsigned flags = (unsigned)cur_uint(c, 3);
	struct bytes b = cur_bin(c, LINK_CHUNK);

	if (c->err != NULL)
		return c->err;
	if (call == NULL)
		return NULL;		/* forgotten meanwhile */
	if (!call->streaming)
		return "a chunk before its answer";
	if (flags & (CHUNK_LAST | CHUNK_BROKEN)) {
		unsigned err = flags & CHUNK_BROKEN ? (b.n ? (unsigned char)b.p[0] : E_INTERNAL_ERROR) : 0;
		call_end(l, call, err, (struct bytes){ "", 0 }, NULL);
		return NULL;
	}
	if (call->chunk != NULL)
		call->chunk(call->arg, b, false, 0);
	pack_credit(l, id, b.n);
	return NULL;
}

static const char *
on_credit(struct link *l, struct cursor *c, uint32_t id)
{
	uint32_t n = (uint32_t)cur_uint(c, LINK_WINDOW);

	if (c->err != NULL)
		return c->err;
	for (struct request *rq = l->requests; rq != NULL; rq = rq->next) {
		if (rq->id != id || rq->connection != l->connection)
			continue;
		if (rq->credit + n > LINK_WINDOW)
			return "more credit than was used";
		rq->credit += n;
		if (rq->on_credit != NULL)
			rq->on_credit(rq, rq->stream_arg);
		return NULL;
	}
	return NULL;
}

/* One whole frame. NULL, or why the connection must be closed. */
static const char *
on_frame(struct link *l, const void *p, size_t n)
{
	struct cursor c = { p, (const unsigned char *)p + n, NULL };
	const char *why = frame_check(p, n);
	uint32_t id = 0;

	if (why != NULL)
		return why;
	uint32_t items = cur_array(&c, 8);
	unsigned type = (unsigned)cur_uint(&c, T_CREDIT);
	static const uint8_t want[] = { [T_REQUEST] = 5, [T_ANSWER] = 4, [T_NOTICE] = 4, [T_CHUNK] = 4, [T_CREDIT] = 3 };
	if (c.err == NULL && items != want[type])
		return "a frame of the wrong size";
	if (type != T_NOTICE) {
		id = (uint32_t)cur_uint(&c, UINT32_MAX);
		if (c.err == NULL && id == 0)
			return "id 0";
	}
	if (c.err != NULL)
		return c.err;
	l->stats.received++;
	switch (type) {
	case T_REQUEST:
	case T_NOTICE: {
		unsigned msg = (unsigned)cur_uint(&c, MSG_LIMIT);
		return c.err != NULL ? c.err : on_message(l, &c, id, msg);
	}
	case T_ANSWER:
		return on_answer(l, &c, id);
	case T_CHUNK:
		return on_chunk(l, &c, id);
	default:
		return on_credit(l, &c, id);
	}
}

char *
link_read_room(struct link *l, size_t want)
{
	return buf_room(&l->in, want);
}

int
link_read_done(struct link *l, size_t n, const char **why)
{
	uint64_t connection = l->connection;
	size_t at = 0;

	l->in.n += n;
	while (l->in.n - at >= FRAME_HEADER) {
		const unsigned char *h = (const unsigned char *)l->in.p + at;
		size_t len = (size_t)h[0] << 24 | (size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3];
		if (len > FRAME_MAX || len == 0) {
			*why = len == 0 ? "an empty frame" : "a frame over the limit";
			goto broken;
		}
		if (l->in.n - at - FRAME_HEADER < len)
			break;
		*why = on_frame(l, h + FRAME_HEADER, len);
		if (l->connection != connection || !l->up) {	/* a handler ended this connection */
			return 0;
		}
		if (*why != NULL)
			goto broken;
		at += FRAME_HEADER + len;
	}
	if (at > 0) {
		memmove(l->in.p, l->in.p + at, l->in.n - at);
		explicit_bzero(l->in.p + l->in.n - at, at);
		l->in.n -= at;
	}
	if (l->in.n == 0 && l->in.cap > 256 << 10)
		buf_free(&l->in);
	return 0;
broken:
	l->broken = *why;
	link_condemn(l);
	return -1;
}

void
link_condemn(struct link *l)
{
	l->stats.violations++;
	if (l->hooks.log != NULL)
		l->hooks.log(l, "link_violation", l->broken);
}

/* ---- life ---- */

int
link_init(struct link *l, unsigned edge, enum role self, enum role other,
    const struct route *routes, size_t nroutes, void *state, const struct link_hooks *hooks)
{
	*l = (struct link){ .edge = edge, .self = self, .other = other, .routes = routes,
		.nroutes = nroutes, .state = state, .hooks = *hooks, .fd_in = -1 };
	l->calls = calloc(LINK_CALLS, sizeof(struct call *));
	return l->calls != NULL ? 0 : -1;
}

void
link_up(struct link *l, uint32_t instance, uint64_t incarnation)
{
	if (l->up)
		link_down(l);
	l->up = true;
	l->broken = NULL;
	l->connection++;
	l->instance = instance;
	l->incarnation = incarnation;
	for (size_t i = 0; i < LINK_CALLS; i++)
		if (l->calls[i] != NULL && l->calls[i]->frame.n > 0)
			call_send(l, l->calls[i]);	/* over the bound: it waits for its deadline */
	wake(l);
}

void
link_down(struct link *l)
{
	struct request *next;

	if (!l->up)
		return;
	l->up = false;
	if (l->in.n > 0)
		explicit_bzero(l->in.p, l->in.n);	/* wiped, not freed: a handler above may still look at it */
	if (l->out.n > 0)
		explicit_bzero(l->out.p, l->out.n);
	l->in.n = 0;
	l->out.n = l->out_at = 0;
	for (size_t i = 0; i < LINK_CALLS; i++) {
		struct call *c = l->calls[i];
		if (c != NULL && (c->streaming || (c->sent && !(c->flags & CALL_AGAIN))))
			call_end(l, c, E_PEER_LOST, (struct bytes){ "", 0 }, NULL);
	}
	for (struct request *rq = l->requests; rq != NULL; rq = next) {
		next = rq->next;
		if (rq->on_credit != NULL) {
			rq->credit = 0;
			rq->on_credit(rq, rq->stream_arg);	/* may free rq, no other */
		}
	}
}

void
link_fini(struct link *l)
{
	link_down(l);
	for (size_t i = 0; i < LINK_CALLS && l->ncalls > 0; i++)
		if (l->calls[i] != NULL)
			call_end(l, l->calls[i], E_PEER_LOST, (struct bytes){ "", 0 }, NULL);
	while (l->requests != NULL)
		request_free(l->requests);
	buf_free(&l->in);
	buf_free(&l->out);
	free(l->calls);
	l->calls = NULL;
}
