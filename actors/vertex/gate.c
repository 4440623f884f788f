/* actors/vertex/gate.c - see gate.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/common/clock.h"
#include "actors/vertex/gate.h"

enum turn { TURN_now, TURN_wait, TURN_never };

static size_t
lane_index(const struct model *m)
{
	size_t n;

	return (size_t)(m - models(&n)) % GATE_MODELS;
}

unsigned
gate_width(const struct gate *g, const struct model *m)
{
	unsigned spare = g->lanes[lane_index(m)].spare;

	return spare < m->at_once ? m->at_once - spare : 1;
}

/* `until_ms`: how long it would wait. */
static enum turn
turn_of(const struct gate *g, const struct model *m, uint64_t now, uint64_t until_ms)
{
	const struct lane *l = &g->lanes[lane_index(m)];

	if (breaker_is_open(&l->breaker, now) || l->pause_until_ms > until_ms)
		return TURN_never;
	return g->inside < GATE_AT_ONCE && l->inside < gate_width(g, m) && l->pause_until_ms <= now ? TURN_now : TURN_wait;
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
	struct lane *l = &g->lanes[lane_index(p->model)];

	g->inside++;
	l->inside++;
	p->turn = ++g->turns;
	p->probe = breaker_pass(&l->breaker);
	p->enter(p->arg, 0);
}

/* First come, first served, among those whose model has room. Whoever is told may change the
 * list: it is read from its beginning then. */
static void
let_in(struct gate *g)
{
	struct place *p = g->first, *next;
	uint64_t now = now_ms();

	for (; p != NULL && g->inside < GATE_AT_ONCE; p = next) {
		next = p->next;
		if (turn_of(g, p->model, now, p->until_ms) != TURN_now)
			continue;
		unlink_place(g, p);
		step_in(g, p);
		next = g->first;
	}
}

static void
send_away(struct gate *g)
{
	uint64_t now = now_ms();
	struct place *p = g->first;

	while (p != NULL) {
		struct place *late = p;
		p = p->next;
		if (now < late->until_ms && turn_of(g, late->model, now, late->until_ms) != TURN_never)
			continue;
		unlink_place(g, late);
		late->enter(late->arg, E_UPSTREAM_BUSY);
		p = g->first;		/* whoever was told may have changed the list */
	}
}

static void
on_gate_tick(struct ev_loop *loop, ev_timer *w, int events)
{
	struct gate *g = w->data;

	(void)events;
	send_away(g);
	let_in(g);			/* a pause may be over */
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
	uint64_t now = now_ms(), most = now + GATE_WAIT_MS;
	enum turn turn;

	*p = (struct place){ .model = m, .enter = enter, .arg = arg };
	p->until_ms = until_ms != 0 && until_ms < most ? until_ms : most;
	turn = turn_of(g, m, now, p->until_ms);
	if (turn == TURN_now) {
		step_in(g, p);
		return 0;
	}
	if (turn == TURN_never || g->waiting == GATE_WAITING || p->until_ms <= now)
		return -E_UPSTREAM_BUSY;
	p->prev = g->last;
	*(g->last != NULL ? &g->last->next : &g->first) = p;
	g->last = p;
	g->waiting++;
	if (!ev_is_active(&g->tick))
		ev_timer_again(g->loop, &g->tick);
	return 0;
}

/* ---- what Google said ---- */

/* Multiplicative decrease: half of what there was, once for all who were inside together. */
static bool
lane_narrow(struct gate *g, struct lane *l, const struct place *p)
{
	unsigned width = gate_width(g, p->model);

	l->fine = 0;
	if (p->turn <= l->cut_at)
		return false;
	l->cut_at = g->turns;
	if (width == 1)
		return false;
	l->spare += width - width / 2;
	return true;
}

/* Additive increase: one more after as many good answers as there is room. */
static void
lane_widen(const struct gate *g, struct lane *l, const struct model *m)
{
	if (l->spare == 0 || ++l->fine < gate_width(g, m))
		return;
	l->spare--;
	l->fine = 0;
}

static void
lane_pause(struct lane *l, uint64_t now, uint32_t retry_after_s)
{
	uint64_t ms = (uint64_t)retry_after_s * 1000, until = now + (ms < GATE_PAUSE_MS ? ms : GATE_PAUSE_MS);

	if (until > l->pause_until_ms)
		l->pause_until_ms = until;
}

static unsigned
lane_hear(struct gate *g, struct lane *l, const struct place *p, const struct gate_news *news)
{
	enum breaker_news told = news->works ? BREAKER_WORKS : news->broken ? BREAKER_BROKEN : BREAKER_NOTHING;
	uint64_t now = now_ms();
	unsigned changed = 0;

	if (news->busy && lane_narrow(g, l, p))
		changed |= GATE_NARROWED;
	else if (told == BREAKER_WORKS && !news->busy)
		lane_widen(g, l, p->model);
	if (news->retry_after_s > 0)
		lane_pause(l, now, news->retry_after_s);
	if (breaker_hear(&l->breaker, p->probe, told, now, arc4random()))
		changed |= told == BREAKER_WORKS ? GATE_CLOSED : GATE_OPENED;
	return changed;
}

unsigned
gate_leave(struct gate *g, const struct place *p, const struct gate_news *news)
{
	struct lane *l = &g->lanes[lane_index(p->model)];
	unsigned changed = lane_hear(g, l, p, news);

	g->inside--;
	l->inside--;
	if (changed & GATE_OPENED)
		send_away(g);
	let_in(g);
	return changed;
}

const char *
gate_why(const struct gate *g, const struct model *m)
{
	const struct lane *l = &g->lanes[lane_index(m)];
	uint64_t now = now_ms();

	if (breaker_is_open(&l->breaker, now))
		return "the model's service fails at present";
	return l->pause_until_ms > now ? "Google asks to wait with this model" : "too many generations wait for this model";
}

void
gate_count(const struct gate *g, unsigned *narrow, unsigned *broken)
{
	*narrow = *broken = 0;
	for (size_t i = 0; i < GATE_MODELS; i++) {
		*narrow += g->lanes[i].spare > 0;
		*broken += g->lanes[i].breaker.pauses > 0;
	}
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
