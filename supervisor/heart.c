/* supervisor/heart.c - what the tree does by the clock: heartbeats, links that are due to be
 * wired anew, packets that wait, a look at whether PostgreSQL is up.
 * Licence: Apache-2.0. */
#include "supervisor/tree.h"

enum {
	START_PATIENCE = 10,	/* times HEARTBEAT_MISSES that may be missed before ready */
	OUTBOX_MS = 10,
	DATABASE_LOOK_MS = 10
};

static void
rewire_due(struct process *p)
{
	for (unsigned e = 1; e < EDGE_COUNT; e++)
		if (p->rewire_due[e]) {
			p->rewire_due[e] = false;
			p->rewired_ms[e] = now_ms();
			wire_connect(p, e);
		}
}

static void
on_heart(struct ev_loop *loop, ev_timer *w, int events)
{
	struct tree *t = w->data;
	uint64_t misses = t->prepared->settings.number[SET_HEARTBEAT_MISSES];

	(void)loop;
	(void)events;
	for (size_t i = 0; i < t->nprocesses; i++) {
		struct process *p = &t->processes[i];
		bool waits = p->life.state == LIFE_starting && p->row->ready_ms == 0;
		if (p->role < 0 || (p->life.state != LIFE_up && !waits))
			continue;
		link_tick(&p->control);
		rewire_due(p);
		if (p->pings >= (waits ? misses * START_PATIENCE : misses))	/* its first look outside may block */
			tree_event(p, ON_missed, NULL);
		else
			wire_ping(p);
	}
}

static void
on_outbox(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	wire_retry(w->data);
}

/* PostgreSQL says that it is ready in a file: looked at while it starts. */
static void
on_database_look(struct ev_loop *loop, ev_timer *w, int events)
{
	struct tree *t = w->data;
	bool starting = false;

	(void)events;
	for (size_t i = 0; i < t->nprocesses; i++) {
		struct process *p = &t->processes[i];
		if (p->service != SERVICE_postgres || p->life.state != LIFE_starting)
			continue;
		starting = true;
		if (postgres_is_ready(&t->prepared->postgres, p->pid))
			tree_event(p, ON_ready, NULL);
	}
	if (!starting)
		ev_timer_stop(loop, w);
}

static void
timer_init(struct tree *t, ev_timer *w, void (*on)(struct ev_loop *, ev_timer *, int), uint64_t ms)
{
	ev_timer_init(w, on, (double)ms / 1000, (double)ms / 1000);
	w->data = t;
}

void
heart_init(struct tree *t)
{
	timer_init(t, &t->heart, on_heart, t->prepared->settings.number[SET_HEARTBEAT_INTERVAL]);
	timer_init(t, &t->outbox_timer, on_outbox, OUTBOX_MS);
	timer_init(t, &t->database_look, on_database_look, DATABASE_LOOK_MS);
}
