/* actors/poller/backoff.c - see backoff.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include "actors/poller/backoff.h"

uint32_t
unclear_wait_ms(uint32_t looks, uint64_t limit_ms)
{
	static const uint32_t first[] = { 2000, 5000, 15000 };
	enum { FIRST = sizeof first / sizeof first[0], LATER = 30000 };
	uint64_t spent = 0;
	uint32_t wait;

	for (uint32_t i = 0; i < looks && i < FIRST; i++)
		spent += first[i];
	if (looks > FIRST)
		spent += (uint64_t)(looks - FIRST) * LATER;
	if (spent >= limit_ms)
		return 0;
	wait = looks < FIRST ? first[looks] : LATER;
	return spent + wait > limit_ms ? (uint32_t)(limit_ms - spent) : wait;
}
