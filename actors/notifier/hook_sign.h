/* actors/notifier/hook_sign.h - what makes an attempt's request one of Standard Webhooks, and when
 * the next attempt is. Pure, but for libsodium.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_HOOK_SIGN_H
#define STUDIOD_NOTIFIER_HOOK_SIGN_H

#include "proto/proto.h"

enum {
	HOOK_TRIES = 10,		/* attempts before a delivery is a dead letter */
	HOOK_ID_TEXT = 4 + 32 + 1	/* "msg_" and the delivery's id in hexadecimal, with its NUL */
};

void hook_message_id(const struct id *delivery, char out[HOOK_ID_TEXT]);
/* Appends " v1,<base64 of HMAC-SHA256>" (the first one without the space) over id.at.body; `at` is
 * in seconds. 0, or -1 when memory is out. */
int hook_sign(struct buf *out, const uint8_t *key, size_t nkey, const char *id, uint64_t at, struct bytes body);

/* Until this delivery's next attempt, after `tries` (1..) of them: 1, 12, 60, .. 7200 times the
 * base, 27 hours in all for one of 5 s, each a fifth more or less by chance (any random number). */
uint64_t hook_after_ms(uint64_t base_ms, uint32_t tries, uint32_t chance);
/* Until anything is tried at an endpoint that has failed `failures` (1..) times in a row: doubled
 * from the base, at most 60 times it. */
uint64_t hook_hold_ms(uint64_t base_ms, uint32_t failures, uint32_t chance);

#endif
