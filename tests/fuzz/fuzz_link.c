/* tests/fuzz/fuzz_link.c - any bytes into one end of any edge. The first byte picks the
 * receiving end (bits 0 to 5 the edge, 7 which of its ends) and whether the connection breaks half way
 * (6); the rest is what a hostile peer writes. Handlers answer at once, so that answering is fuzzed too. With libFuzzer (make fuzz) or, without it, over files.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "proto/link.h"
#include "tests/fuzz/fuzz.h"

static uint64_t
no_clock(void)
{
	return 1;
}

/* What a request brings is taken, and at its end it is answered. */
static void
on_up(struct request *rq, struct bytes chunk, bool last, unsigned err)
{
	union msg_any body;

	memset(&body, 0, sizeof body);
	if (!last)
		request_up_credit(rq, chunk.n);
	else if (err != 0)
		request_fail(rq, err, "");
	else
		request_answer(rq, &body);
}

static void
on_credit(struct request *rq, void *arg)
{
	static const char bytes[1000];

	(void)arg;
	if (!request_alive(rq))
		request_stream_end(rq, 0);
	else
		request_stream_write(rq, bytes, sizeof bytes);
}

static void
on_room(void *arg)
{
	(void)arg;
}

static void
on_any(void *state, struct request *rq)
{
	(void)state;
	if (rq->id == 0)
		return;
	rq->on_up = on_up;
	rq->on_credit = on_credit;
	if (msg_spec(rq->msg)->stream == STREAM_up)
		return;
	union msg_any body;
	bool stream = msg_spec(rq->msg)->stream == STREAM_down;	/* else answering frees it */
	memset(&body, 0, sizeof body);
	request_answer(rq, &body);
	if (stream && rq->id % 2 == 0)		/* the others go on */
		request_stream_end(rq, 0);
}

static void
on_answer(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)arg;
	(void)err;
	(void)detail;
	(void)body;
}

static void
on_chunk(void *arg, struct bytes chunk, bool last, unsigned err)
{
	(void)arg;
	(void)chunk;
	(void)last;
	(void)err;
}

/* Calls for the bytes to answer: ids 1 to 4, and 5 to 8 after a break. The last but one. */
static int64_t
calls(struct link *l, const uint8_t *data, size_t size)
{
	static const struct ctx ctx = { .deadline_ms = 100 };

	link_call(l, &ctx, MSG_health, &(struct msg_health){ .deep = true }, CALL_AGAIN, on_answer, NULL);
	link_call_stream(l, &ctx, MSG_ctl_logs, &(struct msg_ctl_logs){ .follow = true }, 0, on_answer, on_chunk, NULL);
	int64_t down = link_call_stream(l, &ctx, MSG_object_read, &(struct msg_object_read){ .head = false }, CALL_HOLD, on_answer, on_chunk, NULL);
	int64_t up = link_call_up(l, &ctx, MSG_object_write, &(struct msg_object_write){ .size = 5000 }, on_answer, on_room, NULL);
	link_up_write(l, up, data, size < 5000 ? size : 5000);
	return down;
}

/* Some are asked while nobody is there, and given up. */
static void
break_off(struct link *l, int64_t given_up, const uint8_t *data, size_t size)
{
	link_forget(l, given_up);
	link_down(l);
	link_forget(l, calls(l, data, size));
	link_up(l, 0, 2);
}

/* The bytes from `at` up to `to`; false: they broke the rules. */
static bool
feed(struct link *l, const uint8_t *data, size_t at, size_t to)
{
	const char *why = NULL;

	while (at < to) {
		size_t n = to - at < 4096 ? to - at : 4096;
		char *room = link_read_room(l, n);
		if (room == NULL)
			abort();
		memcpy(room, data + at, n);
		if (link_read_done(l, n, &why) != 0)
			return false;
		at += n;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct route routes[MSG_LIMIT];
	static const struct link_hooks hooks = { NULL, NULL, no_clock };
	struct link l;

	if (size < 1)
		return 0;
	if (routes[0].on == NULL)
		for (unsigned i = 0; i < MSG_LIMIT; i++)
			routes[i] = (struct route){ i, on_any };
	unsigned id = (data[0] & 0x3f) % EDGE_COUNT;
	const struct edge_row *edge = edge_row(id);
	enum role self = edge != NULL ? edge->b : ROLE_supervisor, other = edge != NULL ? edge->a : ROLE_ctl;
	if (data[0] & 0x80) {
		enum role t = self;
		self = other;
		other = t;
	}
	if (link_init(&l, id, self, other, routes, MSG_LIMIT, NULL, &hooks) != 0)
		abort();
	link_up(&l, 0, 1);
	int64_t down = calls(&l, data, size);
	size_t half = data[0] & 0x40 ? (size + 1) / 2 : size;
	bool sound = feed(&l, data, 1, half);
	if (data[0] & 0x40) {
		break_off(&l, down, data, size);
		sound = feed(&l, data, half, size);
	}
	if (!sound)
		link_down(&l);
	link_fini(&l);
	return 0;
}
