/* actors/front/idempotency.h - the key under which a client may ask for the same thing twice.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_IDEMPOTENCY_H
#define STUDIOD_FRONT_IDEMPOTENCY_H

#include "actors/front/exchange.h"

/* Takes the request's Idempotency-Key (n is 0 where it has none) and, with one, the hash of what
 * it asks for: the same key is the same request only with the same words to the same endpoint.
 * False: the key is malformed, and that was answered. */
bool idempotency_take(struct exchange *x);

#endif
