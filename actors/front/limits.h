/* actors/front/limits.h - token buckets: so many requests a minute for an address or a user.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_LIMITS_H
#define STUDIOD_FRONT_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit { LIMIT_none, LIMIT_auth, LIMIT_api, LIMIT_generate, LIMIT_tls, LIMIT_COUNT };

enum { LIMIT_SETS = 4096, LIMIT_WAYS = 4 };	/* most holders remembered: the oldest of a set gives way */

struct limit_bucket {
	uint64_t key;			/* 0: free */
	uint64_t at_ms;
	double tokens;
};
struct limits {
	uint64_t per_minute[LIMIT_COUNT];	/* 0: off */
	uint64_t hash_key[2];
	struct limit_bucket *buckets;		/* LIMIT_SETS * LIMIT_WAYS */
};
/* What a response tells about it. */
struct limit_state {
	uint64_t limit, remaining;	/* limit 0: off */
	uint32_t reset_s;		/* until the bucket is full again */
	uint32_t retry_s;		/* when refused: until the next token */
};

/* 0, or -1 when memory is out. hash_key is random: who shares a set is nobody's choice. */
int limits_init(struct limits *l, const uint64_t hash_key[2]);
void limits_fini(struct limits *l);
/* Takes a token of the holder (n bytes: an address, a user id). False: refused. */
bool limit_take(struct limits *l, enum limit which, const void *holder, size_t n, uint64_t now, struct limit_state *out);

/* SipHash-2-4 of n bytes: for tables and tags, never for secrets. */
uint64_t siphash(const uint64_t key[2], const void *p, size_t n);

#endif
