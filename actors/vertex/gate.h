/* actors/vertex/gate.h - how many generations are asked for at once: per model and in all;
 * more wait, up to a bound, for a while.
 *
 * Owns:  nothing: a place lives in its asker.
 * Fails: gate_enter with -E_UPSTREAM_BUSY; a place that waits too long is told so.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_GATE_H
#define STUDIOD_VERTEX_GATE_H

#include <ev.h>

#include "proto/models.h"

enum {
	GATE_AT_ONCE = 48,
	GATE_WAITING = 512,
	GATE_WAIT_MS = 60000,
	GATE_MODELS = 64
};

struct place {
	const struct model *model;
	void (*enter)(void *arg, unsigned err);	/* err 0: it is your turn; call gate_leave later */
	void *arg;
	uint64_t until_ms;
	struct place *prev, *next;
};

struct gate {
	struct ev_loop *loop;
	ev_timer tick;			/* runs while somebody waits */
	unsigned inside, waiting;
	unsigned per_model[GATE_MODELS];
	struct place *first, *last;
};

void gate_init(struct gate *g, struct ev_loop *loop);
/* Enters at once (p->enter is called before it returns) or waits: until `until_ms` at the
 * latest (0: GATE_WAIT_MS). 0 or -E_UPSTREAM_BUSY, then enter is not called. */
int gate_enter(struct gate *g, struct place *p, const struct model *m, uint64_t until_ms,
    void (*enter)(void *, unsigned), void *arg);
void gate_leave(struct gate *g, const struct place *p);
/* Waits no more, and is told nothing. False where it did not wait: never entered, or inside. */
bool gate_give_up(struct gate *g, struct place *p);

#endif
