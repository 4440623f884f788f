/* actors/front/realtime/engine_carry.c - what carries an engine: GETs and POSTs, a WebSocket, and the way from
 * one to the other (engine.h).
 * Licence: Apache-2.0. */
#include "actors/front/realtime/engine_internal.h"

/* ---- polling ---- */

void
engine_poll(struct engine *e, struct poll *p)
{
	if (e->state == ENGINE_WEBSOCKET) {
		p->answer(p, ENGINEIO_BAD_REQUEST, (struct bytes){ "", 0 });
		return;
	}
	if (e->poll != NULL) {		/* which of the two would get what comes? */
		engine_close(e, END_OVERLAP);
		p->answer(p, ENGINEIO_BAD_REQUEST, (struct bytes){ "", 0 });
		return;
	}
	e->poll = p;
	p->engine = e;
	if (e->state == ENGINE_OVER) {
		e->farewell = e->out.n > 0 && e->says_close;
		engine_to_poll(e, "1");
	} else if (e->out.n > 0 || e->probed) {
		engine_to_poll(e, "6");
	}
}

void
engine_poll_gone(struct poll *p)
{
	struct engine *e = p->engine;

	p->engine = NULL;
	if (e == NULL)
		return;
	e->poll = NULL;
	engine_close(e, END_GONE);
}

/* A packet that any transport may bring. False: the engine is over. */
static bool
take(struct engine *e, const struct engineio_packet *p)
{
	if (p->binary) {
		engine_close(e, END_BINARY);
	} else if (p->type == ENGINEIO_MESSAGE) {
		namespace_message(e, p->data);
	} else if (p->type == ENGINEIO_PONG && p->data.n == 0) {
		e->pong_ms = 0;
		e->ping_ms = engine_now + PING_INTERVAL_MS;
		engine_arm(e);
	} else if (p->type == ENGINEIO_CLOSE) {
		engine_close(e, END_CLIENT);
	} else if (p->type != ENGINEIO_NOOP) {
		engine_close(e, END_PROTOCOL);
	}
	return e->state != ENGINE_OVER;
}

enum engineio_error
engine_post(struct engine *e, struct bytes payload)
{
	struct bytes text;
	struct engineio_packet p;
	unsigned n = 0;

	if (e->state != ENGINE_POLLING)
		return ENGINEIO_BAD_REQUEST;
	while (engineio_next(&payload, &text)) {
		bool fine = n < ENGINE_PACKETS_MAX && utf8_valid(text.p, text.n) && engineio_packet(text, &p);
		if (!fine)
			engine_close(e, END_PROTOCOL);
		if (!fine || !take(e, &p))
			break;
		n++;
	}
	if (n == 0 && e->state != ENGINE_OVER)	/* of nothing */
		engine_close(e, END_PROTOCOL);
	return e->state == ENGINE_OVER && (e->end == END_PROTOCOL || e->end == END_BINARY) ? ENGINEIO_BAD_REQUEST : ENGINEIO_FINE;
}

/* ---- WebSockets ---- */

void
engine_probe(struct engine *e, struct channel *c)
{
	if (e->state != ENGINE_POLLING || e->probe != NULL) {
		engine_close_channel(c, END_PROTOCOL);
		return;
	}
	e->probe = c;
	c->engine = e;
	e->upgrade_ms = engine_now + ENGINE_UPGRADE_MS;
	engine_arm(e);
}

void
engine_end_probe(struct engine *e, enum engine_end why)
{
	struct channel *c = e->probe;

	e->probe = NULL;
	e->probed = false;
	e->upgrade_ms = 0;
	engine_arm(e);
	if (why != END_GONE)
		engine_close_channel(c, why);
}

/* From here on it is the transport. */
static void
upgrade(struct engine *e)
{
	e->channel = e->probe;
	e->probe = NULL;
	e->probed = false;
	e->upgraded = true;
	e->upgrade_ms = 0;
	e->state = ENGINE_WEBSOCKET;
	engine_counts.polling--;
	engine_counts.websocket++;
	engine_counts.upgraded++;
	engine_arm(e);
	if (e->poll != NULL) {		/* it has no business here any more; what waits goes the new way */
		struct poll *p = e->poll;
		e->poll = NULL;
		p->engine = NULL;
		p->answer(p, ENGINEIO_FINE, BYTES("6"));
	}
	engine_mark(e);
}

/* It was over before the client changed over. */
static void
say_last(struct engine *e)
{
	struct bytes rest = bytes_of(e->out.p, e->out.n), packet;

	while (engineio_next(&rest, &packet))
		e->probe->send(e->probe, packet);
	engine_drop(e);
	e->farewell = false;
	engine_end_probe(e, e->end);
}

static void
probe_text(struct engine *e, const struct engineio_packet *p)
{
	if (!e->probed && p->type == ENGINEIO_PING && bytes_eq(p->data, "probe")) {
		e->probed = true;
		e->probe->send(e->probe, BYTES("3probe"));
		if (e->poll != NULL)
			engine_to_poll(e, "6");
	} else if (e->probed && p->type == ENGINEIO_UPGRADE && e->state == ENGINE_OVER) {
		say_last(e);
	} else if (e->probed && p->type == ENGINEIO_UPGRADE) {
		upgrade(e);
	} else {
		engine_end_probe(e, END_PROTOCOL);
	}
}

void
engine_text(struct channel *c, struct bytes text)
{
	struct engine *e = c->engine;
	struct engineio_packet p;

	if (e == NULL)
		return;
	bool fine = engineio_packet(text, &p) && !p.binary;
	if (c == e->probe && fine)
		probe_text(e, &p);
	else if (c == e->probe)
		engine_end_probe(e, END_PROTOCOL);
	else if (fine)
		take(e, &p);
	else
		engine_close(e, END_PROTOCOL);
}

void
engine_bytes(struct channel *c)
{
	struct engine *e = c->engine;

	if (e != NULL && c == e->probe)
		engine_end_probe(e, END_BINARY);
	else if (e != NULL)
		engine_close(e, END_BINARY);
}

void
engine_channel_gone(struct channel *c)
{
	struct engine *e = c->engine;

	c->engine = NULL;
	if (e == NULL)
		return;
	if (c == e->probe) {
		engine_end_probe(e, END_GONE);
		return;
	}
	e->channel = NULL;
	engine_close(e, END_GONE);
}
