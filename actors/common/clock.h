/* actors/common/clock.h - the two clocks of every process, in milliseconds.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CLOCK_H
#define STUDIOD_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC: deadlines; the same on both ends of a link. */
uint64_t now_ms(void);
/* CLOCK_REALTIME: what outlives the host's uptime: tickets, tokens. */
uint64_t wall_ms(void);

#endif
