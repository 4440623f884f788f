/* actors/auth/throttle.h - failed guesses at a password, by account and address: the fifth
 * locks the pair for a minute, each further one for twice as long. Kept in memory.
 *
 * A guess counts from the moment it is taken: five at most are tried before a lock, however
 * many come at once.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_THROTTLE_H
#define STUDIOD_AUTH_THROTTLE_H

#include "actors/auth/table.h"

enum {
	THROTTLE_PAIRS = 8192,
	THROTTLE_FREE = 5,			/* failures before the first lock */
	THROTTLE_FIRST_MS = 60 * 1000,
	THROTTLE_MOST_MS = 60 * 60 * 1000,	/* the longest lock; so long after one, all is forgotten */
	THROTTLE_KEY = 32,
	THROTTLE_ACCOUNT = 254, THROTTLE_ADDRESS = 64	/* bytes kept for the log; longer ones are cut there */
};

enum throttle_say {
	THROTTLE_GO,		/* try it, then tell how it went: failed, passed or given back */
	THROTTLE_BUSY,		/* all guesses that are left are being tried: wait until one has ended */
	THROTTLE_LOCKED
};

/* The end of a lock: how many guesses it turned away. */
typedef void throttle_over_fn(void *arg, const char *account, const char *address, uint32_t refused);

struct throttle {
	struct table pairs;
	uint8_t key[THROTTLE_KEY];		/* of the hash that makes a pair one key */
	throttle_over_fn *on_over;
	void *arg;
};

/* 0, or -1 when memory is out. */
int throttle_init(struct throttle *t, throttle_over_fn *on_over, void *arg);
void throttle_fini(struct throttle *t);
/* Takes a guess. For THROTTLE_LOCKED *wait_ms is what is left of the lock. */
enum throttle_say throttle_take(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms,
    uint64_t *wait_ms);
/* How a taken guess went. A failure returns the length of the lock that it began, or 0. */
uint64_t throttle_failed(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms);
void throttle_passed(struct throttle *t, struct bytes account, struct bytes address);
/* It was not tried. */
void throttle_give_back(struct throttle *t, struct bytes account, struct bytes address);
/* Tells of the locks that are over; true while there are others. */
bool throttle_sweep(struct throttle *t, uint64_t now_ms);

#endif
