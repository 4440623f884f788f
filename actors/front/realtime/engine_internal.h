/* actors/front/realtime/engine_internal.h - what the parts of an engine offer each other.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_ENGINE_INTERNAL_H
#define STUDIOD_FRONT_ENGINE_INTERNAL_H

#include "actors/front/realtime/engine.h"

/* ---- engine.c ---- */

/* Of this turn. */
extern uint64_t engine_now;
/* Its deadlines changed. */
void engine_arm(struct engine *e);
static inline bool
engine_due(uint64_t deadline)
{
	return deadline != 0 && deadline <= engine_now;
}
/* Lets go of a WebSocket, with the code that says why. */
void engine_close_channel(struct channel *c, enum engine_end why);

/* ---- engine_queue.c: what waits to be sent ---- */

/* In all: here, and in its WebSocket. */
size_t engine_waiting(const struct engine *e);
/* It is full: is there room again? */
void engine_check(struct engine *e);
/* Looks at the queue at the end of the turn. */
void engine_mark(struct engine *e);
void engine_drop(struct engine *e);
/* All of it goes to the WebSocket. */
void engine_to_channel(struct engine *e);
/* Ends the GET that waits with what waits, or else with a packet of its own; NULL: then it goes on
 * waiting. */
void engine_to_poll(struct engine *e, const char *otherwise);
/* The end of the turn. */
void engines_flush(void);

/* ---- engine_carry.c: what carries it ---- */

/* Its probe is over; END_GONE where there is nothing left to be closed. */
void engine_end_probe(struct engine *e, enum engine_end why);

#endif
