/* actors/poller/usual.h - how long the operations of a model usually take, as far as this process has
 * seen: so a job is looked at seldom before it can be ready.
 * It is lost when the poller restarts, and learnt anew: that costs some looks.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POLLER_USUAL_H
#define STUDIOD_POLLER_USUAL_H

#include "proto/proto.h"

enum { USUAL_SLOTS = 64, USUAL_MODEL_MAX = 64, USUAL_MS_MAX = 3600 * 1000 };

struct usual {
	struct { char model[USUAL_MODEL_MAX + 1]; uint32_t ms; } slot[USUAL_SLOTS];
};

/* One took so long; it counts a quarter. A model that meets another's slot takes it over. */
void usual_note(struct usual *u, const char *model, uint64_t ms);
/* 0: not known yet. */
uint32_t usual_ms(const struct usual *u, const char *model);

#endif
