/* actors/common/seal.c - see seal.h.
 *
 * A sealed fact is nonce (24) . XChaCha20-Poly1305 (fact, tag 16). The nonce is random:
 * 192 bits leave no room for a repetition, so nobody has to keep a counter.
 *     ticket: version 1, user 16, session 16, admin 1, scope 1, expires 8
 *     grant:  version 1, user 16, expires 8, uri
 * Numbers are big-endian. The purpose and the receiver are the associated data.
 *
 * Owns:  nothing; keys stay where their owner locked them.
 * Fails: closed. Whoever links this has called sodium_init() before.
 * Licence: Apache-2.0. */
#include <sodium.h>

#include "actors/common/seal.h"

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

enum {
	SEAL_VERSION = 1,
	TICKET_VERSION = 2,		/* 2: with a scope */
	TICKET_BYTES = 1 + 16 + 16 + 1 + 1 + 8,
	GRANT_FIXED = 1 + 16 + 8,
	PURPOSE_MAX = 48
};

_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a seal key is an AEAD key");
_Static_assert(GRANT_FIXED + GRANT_URI_MAX + NONCE + TAG <= SEAL_MAX, "the longest grant fits");
_Static_assert(TICKET_BYTES + NONCE + TAG <= 256, "a ticket fits its message field");

static void
put_u64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t
get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* "studiod KIND for RECEIVER": what makes a ticket for one mean nothing to another. */
static size_t
purpose(char out[PURPOSE_MAX], const char *kind, enum role receiver)
{
	const char *parts[] = { "studiod ", kind, " for ", role_name(receiver) };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(parts); i++)
		for (const char *p = parts[i]; *p != '\0' && n < PURPOSE_MAX; p++)
			out[n++] = *p;
	return n;
}

static size_t
seal(const uint8_t *fact, size_t n, const char *kind, enum role receiver, struct bytes key, uint8_t *out)
{
	char ad[PURPOSE_MAX];
	size_t ad_n = purpose(ad, kind, receiver);
	unsigned long long sealed_n = 0;

	if (key.n != SEAL_KEY_BYTES)
		return 0;
	randombytes_buf(out, NONCE);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, &sealed_n, fact, n,
	    (const uint8_t *)ad, ad_n, NULL, out, (const uint8_t *)key.p) != 0)
		return 0;
	return NONCE + (size_t)sealed_n;
}

/* The length of the fact, or -1 for what this key did not seal for this purpose. */
static int
unseal(uint8_t fact[SEAL_MAX], struct bytes sealed, const char *kind, enum role receiver, struct bytes key)
{
	const uint8_t *p = (const uint8_t *)sealed.p;
	char ad[PURPOSE_MAX];
	size_t ad_n = purpose(ad, kind, receiver);
	unsigned long long n = 0;

	if (key.n != SEAL_KEY_BYTES || sealed.n < NONCE + TAG || sealed.n > SEAL_MAX)
		return -1;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(fact, &n, NULL, p + NONCE, sealed.n - NONCE,
	    (const uint8_t *)ad, ad_n, p, (const uint8_t *)key.p) != 0)
		return -1;
	return (int)n;
}

size_t
ticket_seal(const struct ticket *t, enum role receiver, struct bytes key, uint8_t *out)
{
	uint8_t fact[TICKET_BYTES];

	fact[0] = TICKET_VERSION;
	memcpy(fact + 1, t->user.b, 16);
	memcpy(fact + 17, t->session.b, 16);
	fact[33] = t->admin && t->scope == TICKET_ALL ? 1 : 0;
	fact[34] = (uint8_t)t->scope;
	put_u64(fact + 35, t->expires_ms);
	return seal(fact, sizeof fact, "ticket", receiver, key, out);
}

int
ticket_open(struct ticket *out, enum role receiver, enum ticket_scope use, struct bytes key, struct bytes sealed, uint64_t wall_now_ms)
{
	uint8_t fact[SEAL_MAX];
	int n = unseal(fact, sealed, "ticket", receiver, key);

	if (n != TICKET_BYTES || fact[0] != TICKET_VERSION || fact[33] > 1 || fact[34] > TICKET_LISTEN)
		return -E_UNAUTHORIZED;
	if (fact[34] == TICKET_LISTEN && (use != TICKET_LISTEN || fact[33] == 1))
		return -E_UNAUTHORIZED;
	if (get_u64(fact + 35) <= wall_now_ms)
		return -E_TOKEN_EXPIRED;
	memcpy(out->user.b, fact + 1, 16);
	memcpy(out->session.b, fact + 17, 16);
	out->admin = fact[33] == 1;
	out->scope = (enum ticket_scope)fact[34];
	out->expires_ms = get_u64(fact + 35);
	return 0;
}

/* The use is part of the purpose: a grant for one opens as no other. */
static const char *const grant_kinds[] = { [GRANT_READ] = "grant", [GRANT_WRITE] = "write grant", [GRANT_DELETE] = "delete grant" };

size_t
grant_seal(const struct grant *g, struct bytes key, uint8_t *out)
{
	uint8_t fact[GRANT_FIXED + GRANT_URI_MAX];

	if (g->uri.n == 0 || g->uri.n > GRANT_URI_MAX)
		return 0;
	fact[0] = SEAL_VERSION;
	memcpy(fact + 1, g->user.b, 16);
	put_u64(fact + 17, g->expires_ms);
	memcpy(fact + GRANT_FIXED, g->uri.p, g->uri.n);
	return seal(fact, GRANT_FIXED + g->uri.n, grant_kinds[g->use], ROLE_vertex, key, out);
}

int
grant_open(struct grant *out, enum grant_use use, struct bytes key, struct bytes sealed, uint64_t wall_now_ms, uint8_t *scratch)
{
	int n = unseal(scratch, sealed, grant_kinds[use], ROLE_vertex, key);

	if (n <= GRANT_FIXED || n > GRANT_FIXED + GRANT_URI_MAX || scratch[0] != SEAL_VERSION)
		return -E_UNAUTHORIZED;
	if (get_u64(scratch + 17) <= wall_now_ms)
		return -E_TOKEN_EXPIRED;
	out->use = use;
	memcpy(out->user.b, scratch + 1, 16);
	out->expires_ms = get_u64(scratch + 17);
	out->uri = bytes_of(scratch + GRANT_FIXED, (size_t)n - GRANT_FIXED);
	return 0;
}
