/* actors/common/conn_ev.c - see conn_ev.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <ev.h>

#include "actors/common/conn_ev.h"

static void
on_io(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn *c = w->data;

	(void)loop;
	if (events & EV_WRITE)
		conn_writable(c);
	if (events & EV_READ && c->fd >= 0)	/* writing may have found the end */
		conn_readable(c);
}

static void
ev_watch(struct conn *c)
{
	ev_io *w = calloc(1, sizeof *w);

	if (w == NULL)
		abort();	/* a few bytes per link at start: nothing can be served without */
	ev_io_init(w, on_io, c->fd, EV_READ);
	w->data = c;
	c->watcher = w;
	ev_io_start(c->loop, w);
}

static void
ev_want_write(struct conn *c, bool on)
{
	ev_io *w = c->watcher;

	ev_io_stop(c->loop, w);
	ev_io_set(w, c->fd, on ? EV_READ | EV_WRITE : EV_READ);
	ev_io_start(c->loop, w);
}

static void
ev_unwatch(struct conn *c)
{
	ev_io_stop(c->loop, c->watcher);
	ev_clear_pending(c->loop, (ev_io *)c->watcher);
	free(c->watcher);
	c->watcher = NULL;
}

const struct loop_ops loop_ops_ev = { ev_watch, ev_want_write, ev_unwatch };

static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	conn_flush_all();
}

void
conn_ev_start(struct ev_loop *loop)
{
	static ev_prepare prepare;

	ev_prepare_init(&prepare, on_prepare);
	ev_prepare_start(loop, &prepare);
	ev_unref(loop);
}
