/* actors/front/calm.h - what a connection may ask of us without asking for anything. Pure.
 *
 * Points: each frame of HTTP/2 takes some, each answered request gives some back, and so do
 * time and bytes that moved. Who pings, resets, turns priorities round or sends crumbs has
 * none left soon; who asks and reads has always enough. Time and bytes are looked at only
 * when the points are out, so the usual frame costs one subtraction.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_CALM_H
#define STUDIOD_FRONT_CALM_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CALM_MOST = 2000,		/* points */
	CALM_PER_S = 100,
	CALM_BYTES = 1024		/* that moved, in either direction, for a point */
};

struct calm {
	int32_t left;
	uint64_t at_ms, bytes;		/* when it was last given for, and what had moved by then */
};

void calm_init(struct calm *c, uint64_t now_ms);
/* False: they are out; then calm_earn, and if that is false too it has asked too much. */
static inline bool
calm_take(struct calm *c, int32_t points)
{
	return (c->left -= points) >= 0;
}
void calm_give(struct calm *c, int32_t points);
/* Gives for the time since the last look and for what the connection moved in all. False
 * where that is not enough. */
bool calm_earn(struct calm *c, uint64_t now_ms, uint64_t bytes);

#endif
