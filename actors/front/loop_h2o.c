/* actors/front/loop_h2o.c - see loop_h2o.h.
 * Owns: one h2o socket per link, on a duplicate of its descriptor: h2o closes what it is
 * given, and so does conn.c.
 * Licence: Apache-2.0. */
#include <fcntl.h>

#include "actors/front/loop_h2o.h"

enum { TICK_MS = 50, IDLE_MS = 1000 };

static void
on_read(h2o_socket_t *sock, const char *err)
{
	(void)err;		/* conn.c reads by itself, and finds out */
	conn_readable(sock->data);
}

static void
on_room(h2o_socket_t *sock, const char *err)
{
	struct conn *c = sock->data;

	(void)err;
	if (!c->want_write)
		return;
	conn_writable(c);
	if (c->fd >= 0 && c->want_write && !h2o_socket_is_writing(sock))
		h2o_socket_notify_write(sock, on_room);
}

static void
watch(struct conn *c)
{
	int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		abort();	/* a descriptor for each of a few links: nothing works without */
	h2o_socket_t *sock = h2o_evloop_socket_create(c->loop, fd, H2O_SOCKET_FLAG_DONT_READ);
	sock->data = c;
	c->watcher = sock;
	h2o_socket_read_start(sock, on_read);
}

static void
want_write(struct conn *c, bool on)
{
	if (on && !h2o_socket_is_writing(c->watcher))	/* else it is watched already */
		h2o_socket_notify_write(c->watcher, on_room);
}

static void
unwatch(struct conn *c)
{
	h2o_socket_close(c->watcher);
	c->watcher = NULL;
}

const struct loop_ops loop_ops_h2o = { watch, want_write, unwatch };

static bool
calls_wait(const struct actor *a)
{
	for (size_t i = 0; i < a->nlinks; i++)
		if (a->links[i]->ncalls > 0)
			return true;
	return false;
}

void
loop_h2o_run(h2o_loop_t *loop, struct actor *a, bool (*turn)(void *, uint32_t *), void *arg)
{
	uint64_t next_tick = 0;
	uint32_t within_ms = IDLE_MS;
	bool waiting = false;

	for (;;) {
		uint64_t now = now_ms();
		if (now >= next_tick) {
			waiting = actor_tick(a);
			next_tick = now + TICK_MS;
		}
		bool on = turn(arg, &within_ms);
		conn_flush_all();
		if (!on)
			return;
		/* writing or ticking may have ended calls whose answers h2o now holds as pending */
		bool pending = loop->_pending_as_client != NULL || loop->_pending_as_server != NULL;
		uint32_t most = waiting || calls_wait(a) || a->draining ? TICK_MS : IDLE_MS;
		h2o_evloop_run(loop, pending ? 0 : (int32_t)(within_ms < most ? within_ms : most));
	}
}
