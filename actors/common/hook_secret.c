/* actors/common/hook_secret.c - see hook_secret.h.
 * A sealed secret is version (1) . nonce (24) . XChaCha20-Poly1305 (secret 32, tag 16).
 * Licence: Apache-2.0. */
#include <sodium.h>

#include "actors/common/hook_secret.h"

enum { VERSION = 1, NONCE_AT = 1, TEXT_AT = 1 + 24 };

_Static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == 24 && crypto_aead_xchacha20poly1305_ietf_ABYTES == 16,
    "the layout of a sealed secret");

/* The setting may be of any length and is good for this alone. */
static void
key_of(struct bytes secret, uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES])
{
	static const unsigned char use[] = "studiod secrets of webhooks";

	crypto_generichash(key, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, (const unsigned char *)secret.p, secret.n, use, sizeof use - 1);
}

void
hook_secret_seal(const struct keyring *k, const struct id *webhook, const uint8_t secret[HOOK_SECRET_BYTES],
    uint8_t out[HOOK_SEALED_BYTES])
{
	uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];

	key_of(k->v[0].secret, key);
	out[0] = VERSION;
	randombytes_buf(out + NONCE_AT, TEXT_AT - NONCE_AT);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + TEXT_AT, NULL, secret, HOOK_SECRET_BYTES, webhook->b, sizeof webhook->b,
	    NULL, out + NONCE_AT, key);
	sodium_memzero(key, sizeof key);
}

int
hook_secret_open(const struct keyring *k, const struct id *webhook, struct bytes sealed, uint8_t out[HOOK_SECRET_BYTES])
{
	const uint8_t *p = (const uint8_t *)sealed.p;
	uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	int rc = -1;

	if (sealed.n != HOOK_SEALED_BYTES || p[0] != VERSION)
		return -1;
	for (size_t i = 0; i < k->n && rc != 0; i++) {
		key_of(k->v[i].secret, key);
		rc = crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, p + TEXT_AT, HOOK_SEALED_BYTES - TEXT_AT,
		    webhook->b, sizeof webhook->b, p + NONCE_AT, key);
	}
	sodium_memzero(key, sizeof key);
	return rc;
}

void
hook_secret_text(const uint8_t secret[HOOK_SECRET_BYTES], char out[HOOK_SECRET_TEXT])
{
	memcpy(out, "whsec_", 6);
	sodium_bin2base64(out + 6, HOOK_SECRET_TEXT - 6, secret, HOOK_SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL);
}
