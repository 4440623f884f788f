/* actors/common/serve_ev.c - the serving loop of the actors that use libev.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <ev.h>

#include "actors/common/actor.h"
#include "actors/common/conn_ev.h"
#include "actors/common/secret.h"

static ev_timer tick;
static ev_prepare look;

/* Runs only while calls are waiting: an idle actor sleeps. */
static void
on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
	struct actor *a = w->data;

	(void)events;
	if (!actor_tick(a) && !a->draining)
		ev_timer_stop(loop, w);
	if (a->draining && (actor_in_flight(a) == 0 || now_ms() >= a->drain_until_ms))
		ev_break(loop, EVBREAK_ALL);
}

static void
on_look(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct actor *a = w->data;

	(void)events;
	if (ev_is_active(&tick))
		return;
	bool waiting = a->draining;
	for (size_t i = 0; i < a->nlinks && !waiting; i++)
		waiting = a->links[i]->ncalls > 0;
	if (waiting)
		ev_timer_again(loop, &tick);
}

struct ev_loop *
actor_loop_ev(struct actor *a)
{
	struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL | EVFLAG_NOENV);

	if (loop == NULL) {
		log_event(LOG_ERROR, NULL, "no_loop", "why", "libev could not set up epoll");
		_Exit(EXIT_AGAIN);
	}
	ev_timer_init(&tick, on_tick, 0.05, 0.05);
	tick.data = a;
	ev_prepare_init(&look, on_look);
	look.data = a;
	ev_prepare_start(loop, &look);
	conn_ev_start(loop);
	actor_attach(a, &loop_ops_ev, loop);
	return loop;
}

void
actor_serve(struct actor *a)
{
	ev_run(a->loop, 0);
	conn_flush_all();
}

int
actor_end(struct actor *a)
{
	for (size_t i = 0; i < a->nsettings; i++)
		if (a->settings[i].secret)
			secret_free((void *)(uintptr_t)a->settings[i].value.p, a->settings[i].value.n);
	log_event(LOG_INFO, NULL, "ended");
	return EXIT_DRAINED;
}
