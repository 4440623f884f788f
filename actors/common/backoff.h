/* actors/common/backoff.h - how long to wait before the next attempt. Pure arithmetic in
 * milliseconds; chance comes from the caller.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_BACKOFF_H
#define STUDIOD_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_CAP_MS = 5 * 60 * 1000 };	/* no wait is longer */

/* Exponential with full jitter: uniform in [1, min(cap, base * 2^steps)]. `chance` is any
 * random number. A base of 0 counts as 1. */
uint32_t backoff_ms(uint64_t base_ms, uint32_t steps, uint32_t chance);

#endif
