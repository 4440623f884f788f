/* actors/auth/throttle.c - see throttle.h.
 * Owns: the table of pairs. Fails: never; when the table is full the oldest pair is forgotten.
 * Licence: Apache-2.0. */
#include <sodium.h>

#include "actors/auth/throttle.h"

struct pair {
	struct table_entry entry;
	uint32_t failures;
	uint64_t last_ms, until_ms;
};

static struct id
pair_key(const struct throttle *t, struct bytes account, struct bytes address)
{
	crypto_generichash_state st;
	struct id key;

	crypto_generichash_init(&st, t->key, sizeof t->key, sizeof key.b);
	crypto_generichash_update(&st, (const uint8_t *)&account.n, sizeof account.n);
	crypto_generichash_update(&st, (const uint8_t *)account.p, account.n);
	crypto_generichash_update(&st, (const uint8_t *)address.p, address.n);
	crypto_generichash_final(&st, key.b, sizeof key.b);
	return key;
}

int
throttle_init(struct throttle *t)
{
	randombytes_buf(t->key, sizeof t->key);
	return table_init(&t->pairs, sizeof(struct pair), THROTTLE_PAIRS);
}

void
throttle_fini(struct throttle *t)
{
	table_fini(&t->pairs);
}

uint64_t
throttle_wait_ms(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms)
{
	struct id key = pair_key(t, account, address);
	const struct pair *p = table_find(&t->pairs, &key);

	return p != NULL && p->until_ms > now_ms ? p->until_ms - now_ms : 0;
}

void
throttle_failed(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms)
{
	struct id key = pair_key(t, account, address);
	struct pair *p = table_find(&t->pairs, &key);
	uint64_t lock = THROTTLE_FIRST_MS;

	if (p == NULL && (p = table_add(&t->pairs, &key)) == NULL)
		return;
	if (p->failures > 0 && now_ms > p->until_ms && now_ms - p->last_ms > THROTTLE_MOST_MS)
		p->failures = 0;
	p->last_ms = now_ms;
	if (++p->failures < THROTTLE_FREE)
		return;
	for (uint32_t i = THROTTLE_FREE; i < p->failures && lock < THROTTLE_MOST_MS; i++)
		lock *= 2;
	p->until_ms = now_ms + (lock < THROTTLE_MOST_MS ? lock : THROTTLE_MOST_MS);
}

void
throttle_passed(struct throttle *t, struct bytes account, struct bytes address)
{
	struct id key = pair_key(t, account, address);
	struct pair *p = table_find(&t->pairs, &key);

	if (p != NULL)
		table_remove(&t->pairs, p);
}
