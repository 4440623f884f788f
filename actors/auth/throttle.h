/* actors/auth/throttle.h - guesses at a password that are in the air, by account and address,
 * and the locks that db told of. How many failures there were and how long a lock is, db
 * says (strikes.h): this is what one process needs beside it, so that no crowd of guesses gets
 * more than its number, and so that a lock costs db nothing.
 *
 * A guess counts from the moment it is taken: five at most are tried before a lock, however
 * many come at once.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_THROTTLE_H
#define STUDIOD_AUTH_THROTTLE_H

#include "actors/auth/table.h"

enum {
	THROTTLE_PAIRS = 8192,
	THROTTLE_FREE = 5,			/* failures before the first lock: of a pair, as the SQL has it */
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
/* What db says of a guess that was taken. Not THROTTLE_GO: it was given back. */
enum throttle_say throttle_learn(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms,
    uint32_t failures, uint64_t lock_ms);
/* How a taken guess went. Of a failure db has told how many there are, and the length of the
 * lock that began, or 0. */
void throttle_failed(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms,
    uint32_t failures, uint64_t lock_ms);
/* True: there were failures, which db is to forget. */
bool throttle_passed(struct throttle *t, struct bytes account, struct bytes address);
/* Nothing is held against it any more; what is in the air goes on. */
void throttle_forget(struct throttle *t, struct bytes account, struct bytes address);
/* It was not tried. */
void throttle_give_back(struct throttle *t, struct bytes account, struct bytes address);
/* A lock of another kind, by a name that no account can have; what is left of it, or 0. */
void throttle_hold(struct throttle *t, const char *name, struct bytes address, uint64_t now_ms, uint64_t lock_ms);
uint64_t throttle_held(struct throttle *t, const char *name, struct bytes address, uint64_t now_ms);
/* Tells of the locks that are over; true while there are others. */
bool throttle_sweep(struct throttle *t, uint64_t now_ms);

#endif
