/* actors/poller/backoff.h - how long to wait: before the next attempt, the next look.
 * Pure arithmetic, all in milliseconds; chance comes from the caller.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POLLER_BACKOFF_H
#define STUDIOD_POLLER_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BACKOFF_CAP_MS = 5 * 60 * 1000,		/* no wait is longer */
	UNCLEAR_SHORT_MS = 15 * 1000,		/* how long a lost inline answer is looked for */
	BUSY_PER_ATTEMPT = 2			/* so many "come back later" count as one attempt */
};

/* Exponential with full jitter: uniform in [1, min(cap, base * 2^steps)]. `chance` is any
 * random number. A base of 0 counts as 1. */
uint32_t backoff_ms(uint64_t base_ms, uint32_t steps, uint32_t chance);

/* The wait before look number `looks` + 1 (2 s, 5 s, 15 s, then 30 s each), or 0 when the
 * looks so far used up `limit_ms`: give up. The last wait is cut so that the final look
 * is at the limit. */
uint32_t unclear_wait_ms(uint32_t looks, uint64_t limit_ms);

#endif
