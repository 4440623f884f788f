/* actors/common/hook_secret.h - the secrets of webhooks as they lie in the database: sealed by db
 * under WEBHOOK_KEY, opened by notifier, which signs with them.
 *
 * XChaCha20-Poly1305 (libsodium); the webhook's id is the associated data, so that a secret is
 * good for its own webhook only. WEBHOOK_KEY may hold several keys (keyring.h): the first one
 * seals, all of them open.
 * Owns:  nothing. Fails: closed. Whoever links this has called sodium_init() before.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_HOOK_SECRET_H
#define STUDIOD_HOOK_SECRET_H

#include "actors/common/keyring.h"

enum {
	HOOK_SECRET_BYTES = 32,
	HOOK_SEALED_BYTES = 1 + 24 + HOOK_SECRET_BYTES + 16,
	HOOK_SECRET_TEXT = 6 + 44 + 1		/* "whsec_" and base64, with its NUL */
};

void hook_secret_seal(const struct keyring *k, const struct id *webhook, const uint8_t secret[HOOK_SECRET_BYTES],
    uint8_t out[HOOK_SEALED_BYTES]);
/* 0, or -1 when no key of the ring opens it. */
int hook_secret_open(const struct keyring *k, const struct id *webhook, struct bytes sealed, uint8_t out[HOOK_SECRET_BYTES]);
/* As its owner is shown it. */
void hook_secret_text(const uint8_t secret[HOOK_SECRET_BYTES], char out[HOOK_SECRET_TEXT]);

#endif
