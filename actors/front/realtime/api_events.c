/* actors/front/realtime/api_events.c - GET /api/events: a session's events as Server-Sent Events (WHATWG HTML, 9.2).
 *
 *     id:     the event's number, by which a client that comes back goes on (Last-Event-ID)
 *     event:  media-generation-update; resync, where it cannot go on and begins at the present; end, with
 *             the reason, before the stream is closed by us
 *     data:   JSON in one line
 *
 * The stream outlives the token that opened it, not its session. A client that does not keep up gets no more
 * events while QUEUE_HIGH wait for it, and what it missed later; one that takes nothing for EVENTS_HEARTBEAT
 * meanwhile is let go, and comes back with its last id.
 *
 * Owns: a stream in its request's pool, what waits to be sent. Fails: before the first byte into an
 * error; after it the stream is closed, which a client takes for a reason to come back.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"
#include "actors/front/realtime/feed.h"
#include "actors/front/gone.h"
#include "actors/front/mint.h"

enum { STREAMS_OF_USER = 32, QUEUE_HIGH = 128 << 10 };
enum { RETRY_MS = 1000, RETRY_SPREAD_MS = 2000 };	/* thousands must not come back in one moment */
enum { ID_DIGITS = 18 };				/* of any number of PostgreSQL's that we would ever tell */

struct events_stream {
	h2o_generator_t super;
	struct exchange *x;
	struct listener l;
	struct buf held, out;		/* to be sent; being sent by h2o */
	bool sending, over, broken;	/* over: nothing follows what is held; broken: it does not end well */
	h2o_timeout_entry_t beat;
};

static h2o_timeout_t beats;		/* of all streams: EVENTS_HEARTBEAT */

static struct events_stream *
stream_of(struct listener *l)
{
	return H2O_STRUCT_FROM_MEMBER(struct events_stream, l, l);
}

/* Its request's pool is cleared. */
static void
stream_dispose(void *p)
{
	struct events_stream *s = p;

	feed_leave(&s->l);
	h2o_timeout_unlink(&s->beat);
	buf_free(&s->held);
	buf_free(&s->out);
}

/* ---- sending ---- */

/* What h2o holds, and what waits for it, counts against the client. */
static void
account(struct events_stream *s)
{
	size_t unsent = s->held.n + s->out.n;

	s->x->client->unsent += unsent - s->x->unsent;
	s->x->unsent = unsent;
	s->x->client->moved_ms = now_ms();
}

static void
beat_again(struct events_stream *s)
{
	h2o_timeout_unlink(&s->beat);
	h2o_timeout_link(s->x->front->loop, &beats, &s->beat);
}

/* The last of these may end the request, and the stream with it. */
static void
send_more(struct events_stream *s)
{
	struct buf empty = s->out;
	h2o_iovec_t iov;

	if (s->sending || (s->held.n == 0 && !s->over))
		return;
	s->out = s->held;
	s->held = empty;
	s->sending = true;
	account(s);
	beat_again(s);
	iov = h2o_iovec_init(s->out.p, s->out.n);
	h2o_send(s->x->req, &iov, s->out.n > 0 ? 1 : 0,
	    s->broken ? H2O_SEND_STATE_ERROR : s->over ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

/* h2o has sent what it was given. */
static void
on_proceed(h2o_generator_t *g, h2o_req_t *req)
{
	struct events_stream *s = (struct events_stream *)g;

	(void)req;
	s->sending = false;
	s->out.n = 0;
	if (s->out.cap > QUEUE_HIGH / 8)	/* an idle stream holds next to nothing */
		buf_free(&s->out);
	account(s);
	if (s->held.n == 0)
		feed_resume(&s->l);
	send_more(s);
}

/* Nothing follows any more, and not in order. */
static void
break_off(struct events_stream *s)
{
	feed_leave(&s->l);
	buf_free(&s->held);
	s->over = s->broken = true;
	account(s);
}

static void
on_gone(struct exchange *x)
{
	break_off(x->events);
	send_more(x->events);
}

static void
on_stop(h2o_generator_t *g, h2o_req_t *req)
{
	(void)req;
	feed_leave(&((struct events_stream *)g)->l);
}

/* Nobody reads at the other end. Over HTTP/1 its connection has no other use; over HTTP/2 the stream
 * is reset when what h2o has of it went out, or all go with the connection (conduct.c). */
static void
give_up(struct events_stream *s)
{
	struct exchange *x = s->x;

	feeds_stats(x->front)->slow++;
	log_event(LOG_WARNING, &x->ctx, "events_not_read", "address", x->client->text, "waiting", log_u64(x->unsent));
	break_off(s);
	if (x->req->version < 0x200)
		client_shut_out(x->client, NULL);
}

static void
on_beat(h2o_timeout_entry_t *entry)
{
	struct events_stream *s = H2O_STRUCT_FROM_MEMBER(struct events_stream, beat, entry);

	if (s->sending && !s->broken) {
		give_up(s);
	} else if (!s->over) {
		buf_add(&s->held, ":\n\n", 3);
		send_more(s);
	}
}

/* ---- what the feed says ---- */

/* id, event and data; `name` empty: the id alone, which clients keep and do not show. */
static void
say(struct events_stream *s, uint64_t id, const char *name, struct bytes data)
{
	char head[96];
	int n = 0, rc = 0;

	if (id != UINT64_MAX)
		n = snprintf(head, sizeof head, "id: %llu\n", (unsigned long long)id);
	if (*name != '\0')
		n += snprintf(head + n, sizeof head - (size_t)n, "event: %s\ndata: ", name);
	rc = buf_add(&s->held, head, (size_t)n) | (*name != '\0' ? buf_add(&s->held, data.p, data.n) | buf_add(&s->held, "\n", 1) : 0) |
	    buf_add(&s->held, "\n", 1);
	if (rc != 0)		/* no half events */
		break_off(s);
	s->l.full = s->held.n + s->out.n > QUEUE_HIGH;
	account(s);
	send_more(s);
}

static void
on_begin(struct listener *l, uint64_t seq, bool missed)
{
	char json[48];

	say(stream_of(l), seq, missed ? FEED_RESYNC : "", feed_position_json(seq, json));
}

static void
on_event(struct listener *l, uint64_t seq, struct bytes json)
{
	say(stream_of(l), seq, FEED_UPDATE, json);
}

static void
on_end(struct listener *l, enum feed_end why)
{
	static const char *const reasons[FEED_ENDS] = {
		[FEED_SESSION_OVER] = "{\"reason\":\"session_over\"}",
		[FEED_DRAINING] = "{\"reason\":\"draining\"}",
		[FEED_AWAY] = "{\"reason\":\"unavailable\"}",
	};
	struct events_stream *s = stream_of(l);

	s->over = true;
	say(s, UINT64_MAX, "end", bytes_str(reasons[why]));
}

static const struct listener_calls calls = { on_begin, on_event, on_end };

/* ---- the beginning ---- */

/* Where the client wants to go on: a browser's header field counts more than the query that it was
 * made with. One that is none of our numbers was never reached. */
static bool
last_id(const struct exchange *x, uint64_t *after)
{
	struct bytes id = exchange_header(x, "last-event-id");

	*after = body_uint(x->query, "lastEventId", 0);
	if (id.n == 0)
		return body_has(x->query, "lastEventId");
	*after = 0;
	for (uint32_t i = 0; i < id.n; i++) {
		if (id.n > ID_DIGITS || id.p[i] < '0' || id.p[i] > '9') {
			*after = INT64_MAX;
			return true;
		}
		*after = *after * 10 + (uint64_t)(id.p[i] - '0');
	}
	return true;
}

static void
start(struct events_stream *s)
{
	struct exchange *x = s->x;
	uint32_t chance;
	char text[40];

	x->lasting = true;
	answer_header(x, "x-accel-buffering", BYTES("no"));
	answer_start(x, 200, BYTES("text/event-stream; charset=utf-8"), UINT64_MAX, &s->super);
	if (x->method == HTTP_HEAD)
		return;
	mint_random(&chance, sizeof chance);
	int n = snprintf(text, sizeof text, "retry: %u\n\n", RETRY_MS + chance % RETRY_SPREAD_MS);
	buf_add(&s->held, text, (size_t)n);
	send_more(s);
	gone_watch(x, on_gone);
}

void
on_event_stream(struct exchange *x)
{
	bool head = x->method == HTTP_HEAD;
	struct events_stream *s;
	uint64_t after;
	bool has_after = last_id(x, &after);

	if (!head && feed_count(x->front, &x->who.user, &calls) >= STREAMS_OF_USER) {
		answer_error(x, E_RATE_LIMITED, BYTES("Too many event streams are open"));
		return;
	}
	if (beats.timeout == 0)
		h2o_timeout_init(x->front->loop, &beats, x->front->events_beat_ms);
	s = h2o_mem_alloc_shared(&x->req->pool, sizeof *s, stream_dispose);
	*s = (struct events_stream){ .super = { on_proceed, on_stop }, .x = x, .beat = { .cb = on_beat } };
	x->events = s;
	unsigned err = head ? 0 : feed_join(x->front, &s->l, &calls, &x->who, has_after, after);
	if (err != 0)
		answer_error(x, err, (struct bytes){ "", 0 });
	else
		start(s);
}
