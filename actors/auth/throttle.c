/* actors/auth/throttle.c - see throttle.h.
 * Owns: the table of pairs. Fails: never; when the table is full the oldest pair is forgotten.
 * Licence: Apache-2.0. */
#include <sodium.h>

#include "actors/auth/throttle.h"

struct pair {
	struct table_entry entry;
	uint32_t failures, taken;	/* taken: guesses that are being tried */
	uint64_t until_ms;
	bool locked;			/* the end of its lock was not told yet */
	uint32_t refused;		/* by this lock */
	char account[THROTTLE_ACCOUNT + 1], address[THROTTLE_ADDRESS + 1];
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
throttle_init(struct throttle *t, throttle_over_fn *on_over, void *arg)
{
	randombytes_buf(t->key, sizeof t->key);
	t->on_over = on_over;
	t->arg = arg;
	return table_init(&t->pairs, sizeof(struct pair), THROTTLE_PAIRS);
}

void
throttle_fini(struct throttle *t)
{
	table_fini(&t->pairs);
}

static void
keep_text(char *to, size_t room, struct bytes b)
{
	size_t n = b.n < room ? b.n : room - 1;

	memcpy(to, b.p, n);
	to[n] = '\0';
}

static void
lock_over(struct throttle *t, struct pair *p)
{
	if (p->locked && t->on_over != NULL)
		t->on_over(t->arg, p->account, p->address, p->refused);
	p->locked = false;
	p->refused = 0;
}

static struct pair *
pair_find(struct throttle *t, struct bytes account, struct bytes address)
{
	struct id key = pair_key(t, account, address);
	return table_find(&t->pairs, &key);
}

/* A guess is not in the air any more. Forgets the pair when nothing is held against it. */
static void
landed(struct throttle *t, struct pair *p)
{
	if (p->taken > 0)
		p->taken--;
	p->entry.pinned = p->taken > 0;
	if (p->taken == 0 && p->failures == 0 && !p->locked)
		table_remove(&t->pairs, p);
}

static struct pair *
pair_add(struct throttle *t, struct bytes account, struct bytes address)
{
	struct id key = pair_key(t, account, address);
	struct pair *p = table_add(&t->pairs, &key);

	if (p != NULL) {
		keep_text(p->account, sizeof p->account, account);
		keep_text(p->address, sizeof p->address, address);
	}
	return p;
}

static void
lock_begin(struct throttle *t, struct pair *p, uint64_t now_ms, uint64_t lock_ms)
{
	if (p->until_ms <= now_ms)
		lock_over(t, p);
	if (p->until_ms < now_ms + lock_ms)
		p->until_ms = now_ms + lock_ms;
	p->locked = true;
}

/* Guesses that may be in the air at once. */
static uint32_t
allowed(const struct pair *p)
{
	return p->failures < THROTTLE_FREE ? THROTTLE_FREE - p->failures : 1;
}

enum throttle_say
throttle_take(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms, uint64_t *wait_ms)
{
	struct pair *p = pair_find(t, account, address);

	if (p != NULL && p->until_ms > now_ms) {
		p->refused++;
		*wait_ms = p->until_ms - now_ms;
		return THROTTLE_LOCKED;
	}
	if (p == NULL && (p = pair_add(t, account, address)) == NULL) {	/* all pairs have guesses in the air */
		*wait_ms = 1000;
		return THROTTLE_LOCKED;
	}
	lock_over(t, p);
	if (p->taken >= allowed(p))
		return THROTTLE_BUSY;
	p->taken++;
	p->entry.pinned = true;
	return THROTTLE_GO;
}

enum throttle_say
throttle_learn(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms,
    uint32_t failures, uint64_t lock_ms)
{
	struct pair *p = pair_find(t, account, address);

	if (p == NULL)
		return THROTTLE_GO;
	if (failures > p->failures || p->taken == 1)	/* an older answer does not undo a newer one */
		p->failures = failures;
	if (lock_ms > 0) {
		lock_begin(t, p, now_ms, lock_ms);
		p->refused++;
		landed(t, p);
		return THROTTLE_LOCKED;
	}
	if (p->taken <= allowed(p))
		return THROTTLE_GO;
	landed(t, p);
	return THROTTLE_BUSY;
}

void
throttle_failed(struct throttle *t, struct bytes account, struct bytes address, uint64_t now_ms,
    uint32_t failures, uint64_t lock_ms)
{
	struct pair *p = pair_find(t, account, address);

	if (p == NULL)
		return;
	if (failures > p->failures)
		p->failures = failures;
	if (lock_ms > 0)
		lock_begin(t, p, now_ms, lock_ms);
	landed(t, p);
}

bool
throttle_passed(struct throttle *t, struct bytes account, struct bytes address)
{
	struct pair *p = pair_find(t, account, address);
	bool had;

	if (p == NULL)
		return false;
	had = p->failures > 0;
	lock_over(t, p);
	p->failures = 0;
	p->until_ms = 0;
	landed(t, p);
	return had;
}

void
throttle_hold(struct throttle *t, const char *name, struct bytes address, uint64_t now_ms, uint64_t lock_ms)
{
	struct pair *p = pair_find(t, bytes_str(name), address);

	if (p != NULL || (p = pair_add(t, bytes_str(name), address)) != NULL)
		lock_begin(t, p, now_ms, lock_ms);
}

uint64_t
throttle_held(struct throttle *t, const char *name, struct bytes address, uint64_t now_ms)
{
	struct pair *p = pair_find(t, bytes_str(name), address);

	if (p == NULL || p->until_ms <= now_ms)
		return 0;
	p->refused++;
	return p->until_ms - now_ms;
}

void
throttle_forget(struct throttle *t, struct bytes account, struct bytes address)
{
	struct pair *p = pair_find(t, account, address);

	if (p == NULL)
		return;
	lock_over(t, p);
	p->failures = 0;
	p->until_ms = 0;
}

void
throttle_give_back(struct throttle *t, struct bytes account, struct bytes address)
{
	struct pair *p = pair_find(t, account, address);

	if (p != NULL)
		landed(t, p);
}

bool
throttle_sweep(struct throttle *t, uint64_t now_ms)
{
	bool more = false;

	for (size_t i = 0; i < t->pairs.used; i++) {
		struct pair *p = (struct pair *)(void *)(t->pairs.records + i * t->pairs.size);
		if (p->locked && p->until_ms <= now_ms)
			lock_over(t, p);
		more |= p->locked;
	}
	return more;
}
