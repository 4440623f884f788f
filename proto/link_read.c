/* proto/link_read.c - see link.h: frames in. Every frame is checked whole (frame.c) before
 * any of it is believed; a rule that is broken ends the connection with its reason.
 * Owns: nothing. Fails: with words for the adapter, never into this process.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "proto/link_internal.h"

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
	rq->credit = rq->up_room = LINK_WINDOW;
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
		if (row->stream == STREAM_down) {	/* nobody takes what would follow */
			pack_stop(&l->out, id);
			link_wake(l);
		}
		call_end(l, call, 0, detail, &body);
	}
	arena_free(&arena);
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
	unsigned type = (unsigned)cur_uint(&c, T_STOP);
	static const uint8_t want[] = { [T_REQUEST] = 5, [T_ANSWER] = 4, [T_NOTICE] = 4, [T_CHUNK] = 4, [T_CREDIT] = 3,
		[T_UP] = 4, [T_UP_CREDIT] = 3, [T_STOP] = 2 };
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
	default:
		return stream_read(l, &c, (enum frame_type)type, id);
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
