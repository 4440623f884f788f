/* tests/fuzz/fuzz_engine.c - sessions of Engine.IO and their namespace in any order of what clients,
 * transports, auth and the feed may do. The input is a list of steps: what, with which, how many bytes, bytes.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/realtime/engine.h"
#include "actors/front/mint.h"
#include "tests/fuzz/fuzz.h"

enum { MANY = 6 };

static uint64_t now = 1000000;
static struct front front;

/* ---- what is played ---- */

uint64_t now_ms(void) { return now; }

void
mint_random(void *out, size_t n)
{
	static uint32_t x = 1;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (uint8_t)((x = x * 1103515245 + 12345) >> 16);
}

static struct { answer_fn *done; void *arg; } asked[MANY * 2];

struct link *
actor_link(struct actor *a, unsigned edge)
{
	static struct link l;

	(void)a;
	(void)edge;
	return &l;
}

int64_t
link_call(struct link *l, const struct ctx *ctx, unsigned msg, const void *body, unsigned flags, answer_fn *done, void *arg)
{
	(void)l;
	(void)ctx;
	(void)msg;
	(void)body;
	(void)flags;
	for (size_t i = 0; i < COUNT(asked); i++)
		if (asked[i].done == NULL) {
			asked[i].done = done;
			asked[i].arg = arg;
			return (int64_t)i + 1;
		}
	return -E_QUEUE_FULL;
}

void
link_forget(struct link *l, int64_t id)
{
	(void)l;
	if (asked[id - 1].done == NULL)
		abort();
	asked[id - 1].done = NULL;
}

const struct identity *
identity_find(struct bytes token, uint64_t at)
{
	static struct identity known;

	(void)at;
	return bytes_eq(token, "known") ? &known : NULL;
}

void
identity_take(struct identity *out, struct bytes token, const struct msg_identity *m, uint64_t at)
{
	(void)token;
	(void)m;
	(void)at;
	memset(out, 0, sizeof *out);
}

static struct listener *listeners[MANY * 2];
static const struct listener_calls *calls;

unsigned
feed_join(struct front *f, struct listener *l, const struct listener_calls *c, const struct identity *who, bool has_after, uint64_t after)
{
	(void)f;
	(void)who;
	(void)has_after;
	(void)after;
	calls = c;
	if (l->feed != NULL)
		abort();
	for (size_t i = 0; i < COUNT(listeners); i++)
		if (listeners[i] == NULL) {
			listeners[i] = l;
			l->begun = false;
			l->feed = (struct feed *)(void *)&listeners[i];
			return 0;
		}
	return E_QUEUE_FULL;
}

/* Sometimes there are too many. */
uint32_t
feed_count(const struct front *f, const struct id *user, const struct listener_calls *c)
{
	static uint32_t n;

	(void)f;
	(void)user;
	(void)c;
	return ++n % 16 == 0 ? UINT32_MAX : 0;
}

void
feed_leave(struct listener *l)
{
	if (l->feed != NULL)
		*(struct listener **)(void *)l->feed = NULL;
	l->feed = NULL;
}

void
feed_resume(struct listener *l)
{
	if (l->feed == NULL || !l->full)
		abort();
	l->full = false;
}

static struct get { struct poll super; bool waits; } gets[MANY];
static struct socket { struct channel super; bool open; } sockets[MANY];

static void
on_answer(struct poll *p, enum engineio_error error, struct bytes payload)
{
	struct get *g = (struct get *)(void *)p;
	struct bytes rest = payload, text;
	struct engineio_packet packet;

	if (!g->waits || p->engine != NULL || (error == ENGINEIO_FINE && payload.n == 0))
		abort();
	while (error == ENGINEIO_FINE && engineio_next(&rest, &text))
		if (!engineio_packet(text, &packet) || !utf8_valid(text.p, text.n))
			abort();
	g->waits = false;
}

static void
on_send(struct channel *c, struct bytes text)
{
	struct engineio_packet packet;

	if (!((struct socket *)(void *)c)->open || !engineio_packet(text, &packet))
		abort();
}

static size_t
on_queued(const struct channel *c)
{
	return ((const struct socket *)(const void *)c)->open ? (size_t)(now / 500 % 5) << 16 : 0;
}

static void
on_close(struct channel *c, unsigned code, const char *why)
{
	(void)why;
	if (code < 1000 || c->engine != NULL || !((struct socket *)(void *)c)->open)
		abort();
	((struct socket *)(void *)c)->open = false;
}

/* ---- steps ---- */

static char sids[MANY][ENGINEIO_SID_MAX];

static void
open_one(size_t which, bool socket)
{
	struct channel *c = NULL;

	if (socket && sockets[which].open)
		return;
	if (socket) {
		sockets[which] = (struct socket){ { NULL, on_send, on_queued, on_close }, true };
		c = &sockets[which].super;
	}
	struct engine *e = engine_open(&(struct ctx){ 0 }, which, c, now);
	if (e == NULL && socket)
		sockets[which].open = false;
	if (e != NULL)
		memcpy(sids[which], e->sid, sizeof e->sid);
}

static void
poll_one(struct engine *e, struct get *g)
{
	if (e == NULL || g->waits)
		return;
	*g = (struct get){ { NULL, on_answer }, true };
	engine_poll(e, &g->super);
}

static void
probe_one(struct engine *e, struct socket *s)
{
	if (e == NULL || s->open)
		return;
	*s = (struct socket){ { NULL, on_send, on_queued, on_close }, true };
	engine_probe(e, &s->super);
}

static void
feed_step(size_t which, struct bytes data)
{
	struct listener *l = listeners[which];
	uint8_t what = data.n > 0 ? (uint8_t)data.p[0] : 0;

	if (l == NULL)
		return;
	if (!l->begun || what % 8 == 0) {
		l->begun = true;
		calls->begin(l, what, what % 3 == 0);
	} else if (what % 8 < 6 && !l->full) {
		calls->event(l, what, BYTES("{\"eventId\":1}"));
	} else if (what % 8 >= 6) {
		listeners[which] = NULL;
		l->feed = NULL;
		calls->end(l, (enum feed_end)(what / 8 % FEED_ENDS));
	}
}

static void
auth_step(size_t which, struct bytes data)
{
	static const unsigned codes[] = { 0, 0, E_UNAUTHORIZED, E_TOKEN_EXPIRED, E_PEER_LOST, E_TIMEOUT };
	unsigned err = codes[(data.n > 0 ? (uint8_t)data.p[0] : 0) % COUNT(codes)];
	union msg_any m;
	answer_fn *done = asked[which].done;

	memset(&m, 0, sizeof m);
	asked[which].done = NULL;
	if (done != NULL)
		done(asked[which].arg, err, (struct bytes){ "", 0 }, err == 0 ? &m : NULL);
}

static void
gone(struct socket *s)
{
	if (!s->open)
		return;
	s->open = false;
	engine_channel_gone(&s->super);
}

static void
step(unsigned what, size_t which, struct bytes data)
{
	struct engine *e = engine_find(bytes_str(sids[which]));
	struct socket *s = &sockets[which];

	switch (what % 12) {
	case 0: open_one(which, false); break;
	case 1: open_one(which, true); break;
	case 2: poll_one(e, &gets[which]); break;
	case 3: if (e != NULL) engine_post(e, data); break;
	case 4: if (s->open) engine_text(&s->super, data); break;
	case 5: probe_one(e, s); break;
	case 6: gone(s); break;
	case 7:
		gets[which].waits &= gets[which].super.engine == NULL;
		engine_poll_gone(&gets[which].super);
		break;
	case 8: now += (uint64_t)data.n * 500; break;
	case 9: feed_step(which, data); break;
	case 10: auth_step(which, data); break;
	default: if (s->open) engine_bytes(&s->super); break;
	}
	if (what & 16)
		engines_look(now);
}

/* Nothing stays of anybody who is left alone. */
static void
end(void)
{
	for (size_t i = 0; i < MANY; i++) {
		gone(&sockets[i]);
		engine_poll_gone(&gets[i].super);
		gets[i].waits = false;
	}
	for (int i = 0; i < 150; i++) {
		now += 1000;
		engines_look(now);
	}
	for (size_t i = 0; i < COUNT(asked); i++)
		if (asked[i].done != NULL || listeners[i] != NULL)
			abort();
	if (engine_counts.polling + engine_counts.websocket + engine_counts.connected + engine_counts.full != 0 || engine_counts.queued != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	engines_init(&front, 0);
	engines_look(now);
	while (size >= 3) {
		size_t n = data[2] < size - 3 ? data[2] : size - 3;
		step(data[0], data[1] % MANY, bytes_of(data + 3, n));
		data += 3 + n;
		size -= 3 + n;
	}
	end();
	return 0;
}
