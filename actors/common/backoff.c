/* actors/common/backoff.c - see backoff.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include "actors/common/backoff.h"

uint32_t
backoff_ms(uint64_t base_ms, uint32_t steps, uint32_t chance)
{
	uint64_t most = base_ms > 0 ? base_ms : 1;

	while (steps-- > 0 && most < BACKOFF_CAP_MS)
		most *= 2;
	if (most > BACKOFF_CAP_MS)
		most = BACKOFF_CAP_MS;
	return 1 + (uint32_t)(((uint64_t)chance * most) >> 32);
}
