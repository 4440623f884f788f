/* actors/vertex/breaker.h - a circuit breaker: after failures in a row nothing is asked for a
 * while, then one probe decides. Pure: the clock and chance come from the caller.
 *
 * Owns: nothing. Fails: never. Zeroes are a closed breaker.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_BREAKER_H
#define STUDIOD_VERTEX_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BREAKER_FAILURES = 8,			/* in a row, and it opens */
	BREAKER_FIRST_MS = 2000,		/* the first pause is half of that to all of it, each further one up to twice as long */
	BREAKER_LONGEST_MS = 60 * 1000
};

enum breaker_news {
	BREAKER_NOTHING,			/* it ended without a word of the service */
	BREAKER_WORKS,				/* the service itself answered, be it with a refusal */
	BREAKER_BROKEN				/* not reached, cut, timed out, 5xx */
};

struct breaker {
	unsigned failures;			/* in a row, while closed */
	unsigned pauses;			/* in a row; 0: closed */
	uint64_t until_ms;			/* the end of this pause */
	bool probing;
};

/* Lets nobody pass: it pauses, or a probe is under way. */
bool breaker_is_open(const struct breaker *b, uint64_t now_ms);
/* One passes who was not held up by breaker_is_open: true if that is the probe. */
bool breaker_pass(struct breaker *b);
/* How that one ended (`probe`: what breaker_pass said). True if that opened or closed it. */
bool breaker_hear(struct breaker *b, bool probe, enum breaker_news news, uint64_t now_ms, uint32_t chance);

#endif
