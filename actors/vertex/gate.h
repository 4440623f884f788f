/* actors/vertex/gate.h - how many generations are asked for at once: per model and in all;
 * more wait, up to a bound, for a while.
 *
 * How many of a model are let in follows Google: one 429 halves it, a round without grows it by
 * one, up to what the table allows. A Retry-After pauses the model; a service that fails is left
 * alone (breaker.h).
 *
 * Owns:  nothing: a place lives in its asker.
 * Fails: gate_enter with -E_UPSTREAM_BUSY; a place that waits too long is told so.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_GATE_H
#define STUDIOD_VERTEX_GATE_H

#include <ev.h>

#include "actors/vertex/breaker.h"
#include "proto/models.h"

enum {
	GATE_AT_ONCE = 48,
	GATE_WAITING = 512,
	GATE_WAIT_MS = 60000,
	GATE_PAUSE_MS = 10 * 60 * 1000,	/* a longer Retry-After is cut to that */
	GATE_MODELS = 64
};

struct place {
	const struct model *model;
	void (*enter)(void *arg, unsigned err);	/* err 0: it is your turn; call gate_leave later */
	void *arg;
	uint64_t until_ms;
	uint64_t turn;			/* who came in, counted */
	bool probe;			/* its end decides on the model */
	struct place *prev, *next;
};

/* What Google said while one was inside. */
struct gate_news {
	bool busy;			/* 429 */
	bool works, broken;		/* of any of its calls: see enum breaker_news */
	uint32_t retry_after_s;		/* 0: not told */
};

/* What the departure of one has changed, for the log. */
enum { GATE_NARROWED = 1, GATE_OPENED = 2, GATE_CLOSED = 4 };	/* the two of the breaker */

/* The calls of one model. */
struct lane {
	unsigned inside;
	unsigned spare;			/* how far below the table's bound it is kept */
	unsigned fine;			/* answers since the bound last changed */
	uint64_t cut_at;		/* who came in up to then belongs to the wave that was answered by less room */
	uint64_t pause_until_ms;
	struct breaker breaker;
};

struct gate {
	struct ev_loop *loop;
	ev_timer tick;			/* runs while somebody waits */
	unsigned inside, waiting;
	uint64_t turns;
	struct lane lanes[GATE_MODELS];
	struct place *first, *last;
};

void gate_init(struct gate *g, struct ev_loop *loop);
/* Enters at once (p->enter is called before it returns) or waits: until `until_ms` at the
 * latest (0: GATE_WAIT_MS). 0 or -E_UPSTREAM_BUSY, then enter is not called. */
int gate_enter(struct gate *g, struct place *p, const struct model *m, uint64_t until_ms,
    void (*enter)(void *, unsigned), void *arg);
/* GATE_ bits. */
unsigned gate_leave(struct gate *g, const struct place *p, const struct gate_news *news);
/* Waits no more, and is told nothing. False where it did not wait: never entered, or inside. */
bool gate_give_up(struct gate *g, struct place *p);

/* How many calls of the model may be under way now. */
unsigned gate_width(const struct gate *g, const struct model *m);
/* Why one was not let in: for messages. */
const char *gate_why(const struct gate *g, const struct model *m);
/* Models that get less than the table allows, and those whose service fails. */
void gate_count(const struct gate *g, unsigned *narrow, unsigned *broken);

#endif
