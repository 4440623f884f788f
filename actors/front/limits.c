/* actors/front/limits.c - see limits.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <string.h>

#include "actors/front/limits.h"

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1]; v[1] = ROTL(v[1], 13); v[1] ^= v[0]; v[0] = ROTL(v[0], 32);
	v[2] += v[3]; v[3] = ROTL(v[3], 16); v[3] ^= v[2];
	v[0] += v[3]; v[3] = ROTL(v[3], 21); v[3] ^= v[0];
	v[2] += v[1]; v[1] = ROTL(v[1], 17); v[1] ^= v[2]; v[2] = ROTL(v[2], 32);
}

uint64_t
siphash(const uint64_t key[2], const void *data, size_t n)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
		key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
	const unsigned char *p = data;
	uint64_t last = (uint64_t)n << 56, m;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&m, p, 8);
		v[3] ^= m;
		sip_round(v);
		sip_round(v);
		v[0] ^= m;
	}
	for (size_t i = 0; i < n; i++)
		last |= (uint64_t)p[i] << (8 * i);
	v[3] ^= last;
	sip_round(v);
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

int
limits_init(struct limits *l, const uint64_t hash_key[2])
{
	memcpy(l->hash_key, hash_key, sizeof l->hash_key);
	l->buckets = calloc(LIMIT_SETS * LIMIT_WAYS, sizeof *l->buckets);
	return l->buckets != NULL ? 0 : -1;
}

void
limits_fini(struct limits *l)
{
	free(l->buckets);
	l->buckets = NULL;
}

/* The holder's bucket, or the one of its set that was used longest ago, emptied for it. */
static struct limit_bucket *
bucket_of(struct limits *l, uint64_t key, double full, uint64_t now)
{
	struct limit_bucket *set = &l->buckets[key % LIMIT_SETS * LIMIT_WAYS], *oldest = set;

	for (size_t i = 0; i < LIMIT_WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].at_ms < oldest->at_ms)
			oldest = &set[i];
	}
	*oldest = (struct limit_bucket){ key, now, full };
	return oldest;
}

bool
limit_take(struct limits *l, enum limit which, const void *holder, size_t n, uint64_t now, struct limit_state *out)
{
	double full = (double)l->per_minute[which], per_ms = full / 60000;

	*out = (struct limit_state){ .limit = l->per_minute[which] };
	if (l->per_minute[which] == 0)
		return true;
	uint64_t key = siphash(l->hash_key, holder, n) ^ ((uint64_t)which << 60);
	struct limit_bucket *b = bucket_of(l, key | 1, full, now);
	if (now > b->at_ms)
		b->tokens += (double)(now - b->at_ms) * per_ms;
	if (b->tokens > full)
		b->tokens = full;
	b->at_ms = now;
	bool taken = b->tokens >= 1;
	if (taken)
		b->tokens -= 1;
	else
		out->retry_s = (uint32_t)((1 - b->tokens) / per_ms / 1000) + 1;
	out->remaining = (uint64_t)b->tokens;
	out->reset_s = (uint32_t)((full - b->tokens) / per_ms / 1000) + 1;
	return taken;
}
