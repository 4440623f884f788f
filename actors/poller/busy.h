/* actors/poller/busy.h - how often Google said "come back later" to a job: a small memory,
 * so that a busy hour neither uses up a job's attempts nor is asked ever faster.
 * It is lost when the poller restarts, and then counts from the start: that is harmless.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POLLER_BUSY_H
#define STUDIOD_POLLER_BUSY_H

#include "proto/proto.h"

enum { BUSY_SLOTS = 512, BUSY_COUNT_MAX = 1000 };

struct busy_memory {
	struct { struct id job; uint32_t count; } slot[BUSY_SLOTS];
};

/* Counts one more and returns the count, 1 for the first. A job that meets another's slot
 * takes it over. */
uint32_t busy_count(struct busy_memory *m, const struct id *job);
/* The job is over, or was started. */
void busy_forget(struct busy_memory *m, const struct id *job);

#endif
