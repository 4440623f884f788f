/* proto/link_stream.c - see link.h: streams. The frames of both directions, and what an asker does
 * with them; what an answerer does is in link_request.c.
 * Owns: nothing. Fails: with words for the adapter: whoever sends more than its credit, or a stream
 * that was not asked for, loses the connection.
 * Licence: Apache-2.0. */
#include "proto/link_internal.h"

/* ---- the asker's side ---- */

int64_t
link_call_stream(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    unsigned flags, answer_fn *done, chunk_fn *chunk, void *arg)
{
	return call_new(l, ctx, msg, body, flags & CALL_HOLD, &(struct call){ .done = done, .chunk = chunk, .arg = arg });
}

int64_t
link_call_up(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    answer_fn *done, room_fn *room, void *arg)
{
	return call_new(l, ctx, msg, body, 0, &(struct call){ .done = done, .more = room, .arg = arg });
}

static void
credit(struct link *l, struct call *c, uint32_t n)
{
	if (n == 0 || n > LINK_WINDOW - c->room)
		return;
	c->room += n;
	pack_credit(&l->out, T_CREDIT, c->id, n);
	link_wake(l);
}

void
link_credit(struct link *l, int64_t id, uint32_t n)
{
	struct call *c = id > 0 && l->up ? call_by_id(l, (uint64_t)id) : NULL;

	if (c != NULL && c->streaming)
		credit(l, c, n);
}

/* A call whose own stream goes on, or NULL. */
static struct call *
up_call(struct link *l, int64_t id)
{
	struct call *c = id > 0 && l->up ? call_by_id(l, (uint64_t)id) : NULL;

	return c != NULL && c->sent && !c->up_over && msg_spec(c->msg)->stream == STREAM_up ? c : NULL;
}

size_t
link_up_write(struct link *l, int64_t id, const void *p, size_t n)
{
	struct call *c = up_call(l, id);
	size_t taken = 0;

	while (c != NULL && taken < n && c->room > 0) {
		size_t k = n - taken;
		if (k > LINK_CHUNK)
			k = LINK_CHUNK;
		if (k > c->room)
			k = c->room;
		if (pack_chunk(&l->out, T_UP, c->id, 0, (const char *)p + taken, k) != 0)
			break;
		c->room -= (uint32_t)k;
		taken += k;
	}
	if (taken > 0)
		link_wake(l);
	return taken;
}

void
link_up_end(struct link *l, int64_t id, unsigned err)
{
	struct call *c = up_call(l, id);
	unsigned char code = (unsigned char)err;

	if (c == NULL)
		return;
	c->up_over = true;
	pack_chunk(&l->out, T_UP, c->id, err ? CHUNK_BROKEN : CHUNK_LAST, &code, err ? 1 : 0);
	link_wake(l);
}

/* ---- frames ---- */

static unsigned
code_of(unsigned flags, struct bytes b)
{
	return flags & CHUNK_BROKEN ? (b.n ? (unsigned char)b.p[0] : E_INTERNAL_ERROR) : 0;
}

static const char *
on_chunk(struct link *l, struct call *c, unsigned flags, struct bytes b)
{
	uint32_t id;

	if (c == NULL)
		return NULL;		/* forgotten meanwhile */
	if (!c->streaming)
		return "a chunk before its answer";
	if (flags != 0) {
		call_end(l, c, code_of(flags, b), (struct bytes){ "", 0 }, NULL);
		return NULL;
	}
	if (b.n > c->room)
		return "more than its credit";
	c->room -= b.n;
	id = c->id;
	if (c->chunk != NULL)
		c->chunk(c->arg, b, false, 0);
	/* the chunk's handler may have ended the call, or the connection */
	if (l->up && (c = call_by_id(l, id)) != NULL && !(c->flags & CALL_HOLD))
		credit(l, c, b.n);
	return NULL;
}

static const char *
on_credit(struct request *rq, uint32_t n)
{
	if (rq == NULL)
		return NULL;		/* ended meanwhile */
	if (rq->credit + n > LINK_WINDOW)
		return "more credit than was used";
	rq->credit += n;
	if (rq->on_credit != NULL && request_alive(rq))
		rq->on_credit(rq, rq->stream_arg);
	return NULL;
}

static const char *
on_up(struct request *rq, unsigned flags, struct bytes b)
{
	if (rq == NULL || rq->stopped)
		return NULL;		/* answered meanwhile */
	if (msg_spec(rq->msg)->stream != STREAM_up || rq->up_over)
		return "a chunk that is not asked for";
	if (b.n > rq->up_room)
		return "more than its credit";
	if (flags != 0)
		rq->up_over = true;
	else
		rq->up_room -= b.n;
	if (rq->on_up != NULL)
		rq->on_up(rq, flags != 0 ? (struct bytes){ "", 0 } : b, flags != 0, code_of(flags, b));
	return NULL;
}

static const char *
on_up_credit(struct call *c, uint32_t n)
{
	if (c == NULL)
		return NULL;
	if (msg_spec(c->msg)->stream != STREAM_up)
		return "credit for no stream";
	if (n > LINK_WINDOW - c->room)
		return "more credit than was used";
	c->room += n;
	if (c->more != NULL)
		c->more(c->arg);
	return NULL;
}

static const char *
on_stop(struct request *rq)
{
	if (rq == NULL || rq->stopped)
		return NULL;
	if (msg_spec(rq->msg)->stream == STREAM_no)
		return "a request without a stream cannot be stopped";
	rq->stopped = true;
	request_gone(rq);
	return NULL;
}

static struct request *
request_by_id(struct link *l, uint32_t id)
{
	struct request *rq = l->requests;

	while (rq != NULL && (rq->id != id || rq->connection != l->connection))
		rq = rq->next;
	return rq;
}

const char *
stream_read(struct link *l, struct cursor *c, enum frame_type type, uint32_t id)
{
	bool chunk = type == T_CHUNK || type == T_UP;
	unsigned flags = chunk ? (unsigned)cur_uint(c, CHUNK_LAST | CHUNK_BROKEN) : 0;
	struct bytes b = chunk ? cur_bin(c, LINK_CHUNK) : (struct bytes){ "", 0 };
	uint32_t n = type == T_CREDIT || type == T_UP_CREDIT ? (uint32_t)cur_uint(c, LINK_WINDOW) : 0;

	if (c->err != NULL)
		return c->err;
	switch (type) {
	case T_CHUNK:
		return on_chunk(l, call_by_id(l, id), flags, b);
	case T_CREDIT:
		return on_credit(request_by_id(l, id), n);
	case T_UP:
		return on_up(request_by_id(l, id), flags, b);
	case T_UP_CREDIT:
		return on_up_credit(call_by_id(l, id), n);
	default:
		return on_stop(request_by_id(l, id));
	}
}
