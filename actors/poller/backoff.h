/* actors/poller/backoff.h - how long to wait before the next look at what is unclear, beside
 * actors/common/backoff.h. Pure arithmetic, all in milliseconds.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_POLLER_BACKOFF_H
#define STUDIOD_POLLER_BACKOFF_H

#include "actors/common/backoff.h"

enum {
	UNCLEAR_SHORT_MS = 15 * 1000,		/* how long a lost inline answer is looked for */
	BUSY_PER_ATTEMPT = 2			/* so many "come back later" count as one attempt */
};

/* The wait before look number `looks` + 1 (2 s, 5 s, 15 s, then 30 s each), or 0 when the
 * looks so far used up `limit_ms`: give up. The last wait is cut so that the final look
 * is at the limit. */
uint32_t unclear_wait_ms(uint32_t looks, uint64_t limit_ms);

#endif
