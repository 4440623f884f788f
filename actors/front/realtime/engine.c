/* actors/front/realtime/engine.c - see engine.h.
 * Owns: the engines, in a table by sid, and in a wheel by what is due next.
 * Fails: over its bounds nothing more is opened.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/front/realtime/engine_internal.h"
#include "actors/front/mint.h"

enum { BUCKETS = 4096, UNKNOWN_SLOTS = 4096, WHEEL_SLOTS = 512, WHEEL_MS = 128 };
_Static_assert(WHEEL_SLOTS * WHEEL_MS > ENGINE_CONNECT_MS + 2 * WHEEL_MS, "every deadline fits into one turn of the wheel");

LIST_HEAD(engine_list, engine);
static struct engine_list by_sid[BUCKETS], wheel[WHEEL_SLOTS], all;
static uint16_t unknown_of[UNKNOWN_SLOTS];
static uint64_t wheel_at;		/* the slot that was looked at last, counted on and on */
uint64_t engine_now;
static uint32_t engines, own_instance;
static struct front *front;
static bool draining;
struct engine_counts engine_counts;

static const struct { unsigned code; const char *name, *text; } ends[END_COUNT] = {
	[END_CLIENT] = { 1000, "client", "the client closed it" },
	[END_GONE] = { 1000, "gone", "the client is gone" },
	[END_PROTOCOL] = { 1002, "protocol", "it does not follow the protocol" },
	[END_BINARY] = { 1003, "binary", "bytes are not taken" },
	[END_OVERLAP] = { 1008, "overlap", "two polls at once" },
	[END_UNKNOWN] = { 1008, "unknown", "it did not say who it is" },
	[END_SESSION] = { 1000, "session", "the session is over" },
	[END_SLOW] = { 1013, "slow", "it reads too slowly" },
	[END_MANY] = { 1013, "many", "too many of one user" },
	[END_AWAY] = { 1013, "away", "try again later" },
	[END_DRAINING] = { 1001, "draining", "the server goes away" },
};

const char *
engine_end_name(enum engine_end why)
{
	return ends[why].name;
}

/* ---- deadlines ---- */

static void
earlier(uint64_t *due, uint64_t ms)
{
	if (ms != 0 && (*due == 0 || ms < *due))
		*due = ms;
}

/* Puts it where its first deadline is. */
void
engine_arm(struct engine *e)
{
	e->due_ms = 0;
	earlier(&e->due_ms, e->ping_ms);
	earlier(&e->due_ms, e->pong_ms);
	earlier(&e->due_ms, e->upgrade_ms);
	earlier(&e->due_ms, e->connect_ms);
	earlier(&e->due_ms, e->slow_ms);
	earlier(&e->due_ms, e->check_ms);
	earlier(&e->due_ms, e->free_ms);
	LIST_REMOVE(e, turn);
	LIST_INSERT_HEAD(&wheel[e->due_ms / WHEEL_MS % WHEEL_SLOTS], e, turn);
}

/* ---- opening ---- */

void
engines_init(struct front *f, uint32_t instance)
{
	front = f;
	own_instance = instance;
}

static uint64_t
bucket_of(const char *sid, size_t n)
{
	uint64_t v = 0;

	/* it is random: as good as a hash of it, and nobody chooses those that exist */
	memcpy(&v, sid + n - 6, 6);
	return v * 0x9e3779b97f4a7c15u >> 52;
}
_Static_assert(BUCKETS == 1 << 12, "a bucket is 12 bits of that");

/* The instance in two hexadecimal digits, and 120 random bits in 20 of base64url. */
static void
name(struct engine *e)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t random[20];

	mint_random(random, sizeof random);
	size_t n = (size_t)snprintf(e->sid, sizeof e->sid, "%02x", own_instance & 0xff);
	for (size_t i = 0; i < sizeof random; i++)
		e->sid[n++] = digits[random[i] & 63];
	e->sid[n] = '\0';
}
enum { SID_CHARS = 22 };

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
engine_owner(struct bytes sid, uint32_t *instance)
{
	if (sid.n != SID_CHARS || hex(sid.p[0]) < 0 || hex(sid.p[1]) < 0)
		return false;
	*instance = (uint32_t)(hex(sid.p[0]) << 4 | hex(sid.p[1]));
	return true;
}

struct engine *
engine_find(struct bytes sid)
{
	struct engine *e;

	if (sid.n != SID_CHARS)
		return NULL;
	LIST_FOREACH(e, &by_sid[bucket_of(sid.p, sid.n)], same)
		if (bytes_eq(sid, e->sid))
			return e->state != ENGINE_OVER || e->farewell ? e : NULL;
	return NULL;
}

static void
say_open(struct engine *e)
{
	struct buf b = { 0 };

	if (engineio_open(&b, e->sid, e->channel == NULL) == 0)
		engine_send(e, bytes_of(b.p, b.n));
	buf_free(&b);
}

struct engine *
engine_open(const struct ctx *ctx, uint64_t holder, struct channel *c, uint64_t now)
{
	uint16_t *unknown = &unknown_of[holder % UNKNOWN_SLOTS];
	struct engine *e;

	if (draining || engines >= ENGINES_MAX || *unknown >= ENGINES_UNKNOWN_MAX || (e = calloc(1, sizeof *e)) == NULL)
		return NULL;
	e->front = front;
	e->ctx = *ctx;
	e->ctx.deadline_ms = 0;
	e->unknown = unknown;
	++*unknown;
	engines++;
	engine_counts.opened++;
	name(e);
	e->channel = c;
	e->state = c != NULL ? ENGINE_WEBSOCKET : ENGINE_POLLING;
	++*(c != NULL ? &engine_counts.websocket : &engine_counts.polling);
	if (c != NULL)
		c->engine = e;
	engine_now = now;
	e->opened_ms = now;
	e->ping_ms = now + PING_INTERVAL_MS;
	e->connect_ms = now + ENGINE_CONNECT_MS;
	LIST_INSERT_HEAD(&by_sid[bucket_of(e->sid, SID_CHARS)], e, same);
	LIST_INSERT_HEAD(&all, e, all);
	LIST_INSERT_HEAD(&wheel[0], e, turn);
	engine_arm(e);
	say_open(e);
	return e;
}

/* ---- the end ---- */

static void
let_go(struct engine *e)
{
	LIST_REMOVE(e, same);
	LIST_REMOVE(e, turn);
	LIST_REMOVE(e, all);
	engine_drop(e);
	engines--;
	free(e);
}

static void
log_end(const struct engine *e)
{
	log_event(e->end == END_PROTOCOL || e->end == END_BINARY || e->end == END_SLOW ? LOG_WARNING : LOG_INFO, &e->ctx,
	    "socket_closed", "why", ends[e->end].text, "transport", e->state == ENGINE_WEBSOCKET ? "websocket" : "polling",
	    "user", e->ns.state == NS_JOINING || e->ns.state == NS_CONNECTED ? log_id(&e->ns.user) : NULL,
	    "ms", log_u64(engine_now - e->opened_ms));
}

void
engine_close_channel(struct channel *c, enum engine_end why)
{
	c->engine = NULL;
	c->close(c, ends[why].code, ends[why].text);
}

/* The last words of a polling one go with the GET that waits, or wait for one. The packet that closes
 * comes alone: socket.io-client reads it before the messages beside it, which then come twice when it
 * is back. A client that said good-bye itself, or was told to, needs none. */
static void
close_polling(struct engine *e, enum engine_end why)
{
	bool said = e->poll != NULL && e->out.n == 0;

	e->says_close = why != END_CLIENT && why != END_SESSION;
	if (e->poll != NULL)
		engine_to_poll(e, e->says_close ? "1" : "6");
	e->farewell = e->out.n > 0 || (e->says_close && !said);
}

void
engine_close(struct engine *e, enum engine_end why)
{
	if (e->state == ENGINE_OVER || e->free_ms != 0)
		return;
	e->end = why;
	e->free_ms = engine_now;		/* from here on a close within this one does nothing */
	log_end(e);
	engine_counts.ended[why]++;
	engine_known(e);
	if (e->ns.state == NS_CONNECTED)
		engine_counts.connected--;
	namespace_over(e);
	--*(e->state == ENGINE_WEBSOCKET ? &engine_counts.websocket : &engine_counts.polling);
	if (e->state == ENGINE_POLLING)
		close_polling(e, why);
	else if (e->channel != NULL) {
		engine_to_channel(e);
		engine_close_channel(e->channel, why);
		e->channel = NULL;
	}
	e->state = ENGINE_OVER;
	engine_counts.full -= e->check_ms != 0;
	/* one that was answered may have made the client stop polling: its last words come with "5" */
	if (e->probe != NULL && !(e->probed && e->farewell))
		engine_end_probe(e, why);
	e->ping_ms = e->pong_ms = e->upgrade_ms = e->connect_ms = e->slow_ms = e->check_ms = 0;
	e->free_ms = engine_now + (e->farewell ? ENGINE_FAREWELL_MS : 0);
	engine_arm(e);
}

void
engine_known(struct engine *e)
{
	if (e->unknown != NULL)
		--*e->unknown;
	e->unknown = NULL;
	e->connect_ms = 0;
	engine_arm(e);
}

void
engines_drain(void)
{
	struct engine *e;

	draining = true;
	LIST_FOREACH(e, &all, all)
		engine_close(e, END_DRAINING);
}

/* ---- each turn ---- */

static void
due(struct engine *e, uint64_t now)
{
	if (engine_due(e->free_ms)) {
		if (e->probe != NULL)
			engine_end_probe(e, e->end);
		let_go(e);
		return;
	}
	if (engine_due(e->upgrade_ms))
		engine_end_probe(e, END_UNKNOWN);
	if (engine_due(e->check_ms))
		engine_check(e);
	if (engine_due(e->connect_ms))
		engine_close(e, e->ns.state == NS_NONE ? END_UNKNOWN : END_AWAY);
	else if (engine_due(e->pong_ms))
		engine_close(e, END_GONE);
	else if (engine_due(e->slow_ms))
		engine_close(e, END_SLOW);
	else if (engine_due(e->ping_ms)) {
		e->ping_ms = 0;
		e->pong_ms = now + PING_TIMEOUT_MS;
		engine_send(e, BYTES("2"));
	}
	engine_arm(e);
}

/* Those of a slot, each once: what is due there again is looked at in the next turn. */
static void
look_at_slot(struct engine_list *slot, uint64_t now)
{
	struct engine_list here = { LIST_FIRST(slot) };
	struct engine *e;

	if (here.lh_first != NULL)
		here.lh_first->turn.le_prev = &here.lh_first;
	LIST_INIT(slot);
	while ((e = LIST_FIRST(&here)) != NULL) {
		if (e->due_ms <= now)
			due(e, now);
		else
			engine_arm(e);
	}
}

uint32_t
engines_look(uint64_t now)
{
	uint64_t slot = now / WHEEL_MS;

	engine_now = now;
	if (wheel_at == 0 || slot - wheel_at >= WHEEL_SLOTS)
		wheel_at = slot >= WHEEL_SLOTS ? slot - WHEEL_SLOTS + 1 : 0;
	for (; wheel_at < slot; wheel_at++)
		look_at_slot(&wheel[wheel_at % WHEEL_SLOTS], now);
	look_at_slot(&wheel[slot % WHEEL_SLOTS], now);
	engines_flush();
	return engine_counts.full > 0 ? ENGINE_CHECK_MS : UINT32_MAX;
}
