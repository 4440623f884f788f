/* actors/vertex/gate.c - see gate.h.
 * Licence: Apache-2.0. */
#include "actors/common/actor.h"
#include "actors/vertex/gate.h"

static unsigned *
count_of(struct gate *g, const struct model *m)
{
	size_t n;

	return &g->per_model[(size_t)(m - models(&n)) % GATE_MODELS];
}

static bool
has_room(struct gate *g, const struct model *m)
{
	return g->inside < GATE_AT_ONCE && *count_of(g, m) < m->at_once;
}

static void
unlink_place(struct gate *g, struct place *p)
{
	*(p->prev != NULL ? &p->prev->next : &g->first) = p->next;
	*(p->next != NULL ? &p->next->prev : &g->last) = p->prev;
	g->waiting--;
}

static void
step_in(struct gate *g, struct place *p)
{
	g->inside++;
	++*count_of(g, p->model);
	p->enter(p->arg, 0);
}

/* First come, first served, among those whose model has room. */
static void
let_in(struct gate *g)
{
	for (struct place *p = g->first, *next; p != NULL && g->inside < GATE_AT_ONCE; p = next) {
		next = p->next;
		if (!has_room(g, p->model))
			continue;
		unlink_place(g, p);
		step_in(g, p);
		return;			/* the list may have changed: one per departure is enough */
	}
}

static void
on_gate_tick(struct ev_loop *loop, ev_timer *w, int events)
{
	struct gate *g = w->data;
	uint64_t now = now_ms();
	struct place *p = g->first;

	(void)events;
	while (p != NULL) {
		struct place *late = p;
		p = p->next;
		if (now < late->until_ms)
			continue;
		unlink_place(g, late);
		late->enter(late->arg, E_UPSTREAM_BUSY);
		p = g->first;		/* whoever was told may have changed the list */
	}
	if (g->first == NULL)
		ev_timer_stop(loop, w);
}

void
gate_init(struct gate *g, struct ev_loop *loop)
{
	*g = (struct gate){ .loop = loop };
	ev_timer_init(&g->tick, on_gate_tick, 0.25, 0.25);
	g->tick.data = g;
}

int
gate_enter(struct gate *g, struct place *p, const struct model *m, uint64_t until_ms,
    void (*enter)(void *, unsigned), void *arg)
{
	uint64_t most = now_ms() + GATE_WAIT_MS;

	*p = (struct place){ .model = m, .enter = enter, .arg = arg };
	if (has_room(g, m)) {
		step_in(g, p);
		return 0;
	}
	p->until_ms = until_ms != 0 && until_ms < most ? until_ms : most;
	if (g->waiting == GATE_WAITING || p->until_ms <= now_ms())
		return -E_UPSTREAM_BUSY;
	p->prev = g->last;
	*(g->last != NULL ? &g->last->next : &g->first) = p;
	g->last = p;
	g->waiting++;
	if (!ev_is_active(&g->tick))
		ev_timer_again(g->loop, &g->tick);
	return 0;
}

void
gate_leave(struct gate *g, const struct place *p)
{
	g->inside--;
	--*count_of(g, p->model);
	let_in(g);
}

bool
gate_give_up(struct gate *g, struct place *p)
{
	for (const struct place *at = g->first; at != NULL; at = at->next)
		if (at == p) {
			unlink_place(g, p);
			return true;
		}
	return false;
}
