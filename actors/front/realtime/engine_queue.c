/* actors/front/realtime/engine_queue.c - the packets of an engine that wait to be sent: those of a turn go out
 * together at its end (engine.h).
 * Owns: the queues, and the list of those that have something in them.
 * Fails: over its bounds into the engine's end.
 * Licence: Apache-2.0. */
#include "actors/front/realtime/engine_internal.h"

static TAILQ_HEAD(, engine) dirty = TAILQ_HEAD_INITIALIZER(dirty);

static void
count_queue(struct engine *e)
{
	engine_counts.queued += e->out.n - e->counted;
	e->counted = e->out.n;
}

void
engine_mark(struct engine *e)
{
	if (!e->is_dirty)
		TAILQ_INSERT_TAIL(&dirty, e, dirty);
	e->is_dirty = true;
}

size_t
engine_waiting(const struct engine *e)
{
	return e->out.n + (e->state == ENGINE_WEBSOCKET && e->channel != NULL ? e->channel->queued(e->channel) : 0);
}

/* Events wait in their rows when there is no room for them here: a client that reads gets them as fast as
 * it does, and one that does not is let go after a while. It says where it stopped when it comes back. */
bool
engine_full(struct engine *e)
{
	size_t most = engine_counts.queued > ENGINE_QUEUES_MAX ? (size_t)ENGINE_QUEUE_SMALL : (size_t)ENGINE_QUEUE_FULL;

	if (engine_waiting(e) <= most)
		return false;
	engine_counts.full += e->check_ms == 0;
	e->slow_ms = engine_now + ENGINE_SLOW_MS;
	e->check_ms = engine_now + ENGINE_CHECK_MS;
	engine_arm(e);
	return true;
}

void
engine_check(struct engine *e)
{
	bool room = engine_waiting(e) <= ENGINE_QUEUE_SMALL;

	e->check_ms = room ? 0 : engine_now + ENGINE_CHECK_MS;
	if (!room)
		return;
	engine_counts.full--;
	e->slow_ms = 0;
	namespace_resume(e);
}

void
engine_send(struct engine *e, struct bytes packet)
{
	if (e->state == ENGINE_OVER)
		return;
	if (engine_waiting(e) > ENGINE_QUEUE_MAX) {
		engine_close(e, END_SLOW);
		return;
	}
	/* what would end a packet within one is nothing that we ever say */
	if (packet.n == 0 || memchr(packet.p, ENGINEIO_SEPARATOR, packet.n) != NULL ||
	    (e->out.n > 0 && buf_add(&e->out, "\x1e", 1) != 0) || buf_add(&e->out, packet.p, packet.n) != 0) {
		engine_close(e, END_AWAY);
		return;
	}
	count_queue(e);
	engine_mark(e);
}

void
engine_drop(struct engine *e)
{
	if (e->is_dirty)
		TAILQ_REMOVE(&dirty, e, dirty);
	e->is_dirty = false;
	buf_free(&e->out);
	count_queue(e);
	if (e->check_ms != 0) {
		e->check_ms = engine_now;
		engine_arm(e);
	}
}

void
engine_to_channel(struct engine *e)
{
	struct bytes rest = bytes_of(e->out.p, e->out.n), packet;

	while (engineio_next(&rest, &packet))
		e->channel->send(e->channel, packet);
	engine_drop(e);
}

/* Ends the waiting GET with what waits, or with a packet of its own. */
void
engine_to_poll(struct engine *e, const char *otherwise)
{
	struct poll *p = e->poll;

	if (e->out.n == 0 && otherwise == NULL)
		return;
	e->poll = NULL;
	p->engine = NULL;
	p->answer(p, ENGINEIO_FINE, e->out.n > 0 ? bytes_of(e->out.p, e->out.n) : bytes_str(otherwise));
	engine_drop(e);
}

static void
flush(struct engine *e)
{
	TAILQ_REMOVE(&dirty, e, dirty);
	e->is_dirty = false;
	if (e->state == ENGINE_WEBSOCKET)
		engine_to_channel(e);
	else if (e->state == ENGINE_POLLING && e->poll != NULL)
		engine_to_poll(e, NULL);
}

void
engines_flush(void)
{
	struct engine *e;

	while ((e = TAILQ_FIRST(&dirty)) != NULL)
		flush(e);
}
