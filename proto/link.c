/* proto/link.c - see link.h: calls, notices, deadlines, and the life of a link.
 * Owns: its buffers, its calls, and the requests that were not answered yet.
 * Fails: a peer that breaks the rules costs its connection, never this process.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "proto/link_internal.h"

enum { DEFAULT_DEADLINE_MS = 10000, COMPACT_BYTES = 64 << 10 };

static void calls_send(struct link *l);

/* ---- writing ---- */

static size_t
out_waiting(const struct link *l)
{
	return l->out.n - l->out_at;
}

/* Something was queued. Own calls are bounded before they are packed; answers, chunks and
 * credit are not refused but must not pile up either. */
void
link_wake(struct link *l)
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
	if (l->nwaiting > 0)
		calls_send(l);
	else if (l->out.cap > 256 << 10)	/* do not keep what one large message needed */
		buf_free(&l->out);
}

/* ---- calls ---- */

static void
call_free(struct link *l, struct call *c)
{
	l->calls[c->id % LINK_CALLS] = NULL;
	l->ncalls--;
	l->nwaiting -= c->waiting;
	buf_free(&c->frame);
	free(c);
}

void
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

struct call *
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

/* Sends what waits, as far as the queue has room; the rest when it is empty again. */
static void
calls_send(struct link *l)
{
	for (size_t i = 0; i < LINK_CALLS && l->nwaiting > 0; i++) {
		struct call *c = l->calls[i];
		if (c == NULL || !c->waiting)
			continue;
		if (!call_send(l, c))
			return;
		c->waiting = false;
		l->nwaiting--;
		if (c->more != NULL)
			c->more(c->arg);
	}
}

int64_t
call_new(struct link *l, const struct ctx *ctx, unsigned msg, const void *body, unsigned flags, const struct call *with)
{
	struct ctx timed = *ctx;
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

	if (timed.deadline_ms == 0)
		timed.deadline_ms = l->hooks.now_ms() + DEFAULT_DEADLINE_MS;
	if ((c = calloc(1, sizeof *c)) == NULL)
		return -E_INTERNAL_ERROR;
	*c = *with;
	c->id = l->next_id;
	c->msg = msg;
	c->flags = flags;
	c->room = LINK_WINDOW;
	c->deadline_ms = timed.deadline_ms;
	if ((rc = pack_message(&c->frame, c->id, &timed, msg, body)) != 0) {
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
	link_wake(l);
	return c->id;
}

int64_t
link_call(struct link *l, const struct ctx *ctx, unsigned msg, const void *body,
    unsigned flags, answer_fn *done, void *arg)
{
	return call_new(l, ctx, msg, body, flags, &(struct call){ .done = done, .arg = arg });
}

/* Whether the other end works on it, and would go on. */
static bool
call_has_stream(const struct link *l, const struct call *c)
{
	return l->up && c->sent && msg_spec(c->msg)->stream != STREAM_no;
}

void
call_drop(struct link *l, struct call *c)
{
	if (call_has_stream(l, c)) {
		pack_stop(&l->out, c->id);
		link_wake(l);
	}
	call_free(l, c);
}

void
link_forget(struct link *l, int64_t id)
{
	struct call *c = id > 0 ? call_by_id(l, (uint64_t)id) : NULL;

	if (c == NULL)
		return;
	if (!l->up || !c->sent || call_has_stream(l, c)) {	/* nobody began it, or nobody goes on with it */
		call_drop(l, c);
	} else {
		c->done = NULL;
		c->chunk = NULL;
		c->more = NULL;
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
		link_wake(l);
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
		if (call_has_stream(l, c)) {
			pack_stop(&l->out, c->id);
			link_wake(l);
		}
		call_end(l, c, E_TIMEOUT, (struct bytes){ "", 0 }, NULL);
	}
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
		if (l->calls[i] != NULL && l->calls[i]->frame.n > 0) {
			l->calls[i]->waiting = true;
			l->nwaiting++;
		}
	calls_send(l);
	link_wake(l);
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
		if (c != NULL && c->waiting) {
			c->waiting = false;
			l->nwaiting--;
		}
		if (c != NULL && (c->streaming || (c->sent && !(c->flags & CALL_AGAIN))))
			call_end(l, c, E_PEER_LOST, (struct bytes){ "", 0 }, NULL);
	}
	for (struct request *rq = l->requests; rq != NULL; rq = next) {
		next = rq->next;
		request_gone(rq);	/* may free rq, no other */
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
