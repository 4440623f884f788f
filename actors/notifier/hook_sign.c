/* actors/notifier/hook_sign.c - see hook_sign.h.
 * Owns: nothing. Fails: only when memory is out.
 * Licence: Apache-2.0. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "actors/common/encode.h"
#include "actors/notifier/hook_sign.h"

enum { HOLD_MOST = 60 };

void
hook_message_id(const struct id *delivery, char out[HOOK_ID_TEXT])
{
	memcpy(out, "msg_", 4);
	hex_lower(out + 4, delivery->b, sizeof delivery->b);
}

int
hook_sign(struct buf *out, const uint8_t *key, size_t nkey, const char *id, uint64_t at, struct bytes body)
{
	crypto_auth_hmacsha256_state st;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	char head[HOOK_ID_TEXT + 64];
	int n = snprintf(head, sizeof head, "%s.%" PRIu64 ".", id, at);

	crypto_auth_hmacsha256_init(&st, key, nkey);
	crypto_auth_hmacsha256_update(&st, (const uint8_t *)head, (unsigned long long)n);
	crypto_auth_hmacsha256_update(&st, (const uint8_t *)body.p, body.n);
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_memzero(&st, sizeof st);
	return buf_str(out, out->n > 0 ? " v1," : "v1,") | base64_encode(out, mac, sizeof mac, false);
}

/* Between four and six fifths. */
static uint64_t
jittered(uint64_t ms, uint32_t chance)
{
	return ms - ms / 5 + ((ms / 5 * 2) * chance >> 32);
}

uint64_t
hook_after_ms(uint64_t base_ms, uint32_t tries, uint32_t chance)
{
	static const uint16_t times[HOOK_TRIES - 1] = { 1, 12, 60, 360, 1080, 2160, 3600, 5040, 7200 };
	uint32_t i = tries > 0 ? tries - 1 : 0;

	return jittered(base_ms * times[i < COUNT(times) ? i : COUNT(times) - 1], chance);
}

uint64_t
hook_hold_ms(uint64_t base_ms, uint32_t failures, uint32_t chance)
{
	uint64_t times = 1;

	while (failures-- > 1 && times < HOLD_MOST)
		times *= 2;
	return jittered(base_ms * (times < HOLD_MOST ? times : HOLD_MOST), chance);
}
