/* actors/auth/throttle.h - failed guesses at a password, by account and address: the fifth
 * locks the pair for a minute, each further one for twice as long. Kept in memory.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_THROTTLE_H
#define STUDIOD_AUTH_THROTTLE_H

#include "actors/auth/table.h"

enum {
	THROTTLE_PAIRS = 8192,
	THROTTLE_FREE = 5,			/* failures before the first lock */
	THROTTLE_FIRST_MS = 60 * 1000,
	THROTTLE_MOST_MS = 60 * 60 * 1000,	/* the longest lock; so long after one, all is forgotten */
	THROTTLE_KEY = 32
};

struct throttle {
	struct table pairs;
	uint8_t key[THROTTLE_KEY];		/* of the hash that makes a pair one key */
};

/* 0, or -1 when memory is out. */
int throttle_init(struct throttle *t);
void throttle_fini(struct throttle *t);
/* 0 when a guess may be tried now; else how many milliseconds are left of the lock. */
uint64_t throttle_wait_ms(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms);
void throttle_failed(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms);
void throttle_passed(struct throttle *t, struct bytes account, struct bytes address);

#endif
