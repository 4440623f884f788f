/* actors/front/calm.c - see calm.h.
 * Licence: Apache-2.0. */
#include "actors/front/calm.h"

void
calm_init(struct calm *c, uint64_t now_ms)
{
	*c = (struct calm){ CALM_MOST, now_ms, 0 };
}

void
calm_give(struct calm *c, int32_t points)
{
	c->left = c->left + points > CALM_MOST ? CALM_MOST : c->left + points;
}

bool
calm_earn(struct calm *c, uint64_t now_ms, uint64_t bytes)
{
	uint64_t ms = now_ms - c->at_ms, moved = bytes > c->bytes ? bytes - c->bytes : 0;
	uint64_t earned = ms * CALM_PER_S / 1000 + moved / CALM_BYTES;

	c->at_ms = now_ms;
	c->bytes = bytes;
	calm_give(c, earned > CALM_MOST ? CALM_MOST : (int32_t)earned);
	return c->left >= 0;
}
