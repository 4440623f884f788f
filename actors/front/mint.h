/* actors/front/mint.h - fresh random bytes and ids.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_MINT_H
#define STUDIOD_FRONT_MINT_H

#include <stddef.h>
#include <stdint.h>

/* n random bytes (at most 256): from the kernel, a few thousand at a time. */
void mint_random(void *out, size_t n);
/* A textual UUID of version 7 (RFC 9562): wall-clock milliseconds, then random bits. */
void mint_uuid7(uint64_t wall_ms, char out[37]);

#endif
