/* actors/notifier/recent.c - see recent.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include <sodium.h>

#include "actors/notifier/recent.h"

_Static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8, "SipHash");

void
recent_init(struct recent *r)
{
	randombytes_buf(r->key, sizeof r->key);
}

uint64_t
recent_hash(const struct recent *r, const struct id *id)
{
	uint64_t h;

	crypto_shorthash((uint8_t *)&h, id->b, sizeof id->b, r->key);
	return h;
}

bool
recent_put(struct recent *r, const struct id *generation, const struct id *user, uint64_t seq, struct bytes status)
{
	struct recent_row *row = &r->slot[recent_hash(r, generation) % RECENT_SLOTS];

	if (status.n == 0 || status.n > STATUS_MAX)
		return false;
	if (row->status[0] != '\0' && id_eq(&row->generation, generation) && row->seq > seq)
		return false;
	row->generation = *generation;
	row->user = *user;
	row->seq = seq;
	memcpy(row->status, status.p, status.n);
	row->status[status.n] = '\0';
	return true;
}

const struct recent_row *
recent_get(const struct recent *r, const struct id *generation)
{
	const struct recent_row *row = &r->slot[recent_hash(r, generation) % RECENT_SLOTS];

	return row->status[0] != '\0' && id_eq(&row->generation, generation) ? row : NULL;
}

bool
status_final(struct bytes status)
{
	return bytes_eq(status, "SUCCEEDED") || bytes_eq(status, "FAILED");
}
