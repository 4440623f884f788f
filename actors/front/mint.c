/* actors/front/mint.c - see mint.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "actors/front/mint.h"
#include "proto/proto.h"

void
mint_random(void *out, size_t n)
{
	static unsigned char stock[4096];
	static size_t left;

	if (left < n) {
		if (getrandom(stock, sizeof stock, 0) != (ssize_t)sizeof stock)
			abort();	/* the kernel gives up to 256 bytes without fail, and more once it is seeded */
		left = sizeof stock;
	}
	left -= n;
	memcpy(out, stock + left, n);
	explicit_bzero(stock + left, n);
}

void
mint_uuid7(uint64_t wall_ms, char out[37])
{
	struct id id;

	mint_random(id.b + 6, sizeof id.b - 6);
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(wall_ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f));
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
	id_text(&id, out);
}
