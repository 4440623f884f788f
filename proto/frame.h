/* proto/frame.h - the msgpack subset of our wires: a checker that bounds what a
 * frame can make its receiver do, and a cursor that reads it in place.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_FRAME_H
#define STUDIOD_PROTO_FRAME_H

#include "proto/proto.h"

enum {
	FRAME_HEADER = 4,		/* big-endian length of the msgpack value after it */
	FRAME_MAX = 4 << 20,		/* bytes of that value */
	FRAME_DEPTH = 4			/* nested arrays */
};

/* Checks that the n bytes at p are exactly one msgpack value of our subset: nil,
 * booleans, integers, str, bin and arrays; no maps, floats or extensions; at most
 * FRAME_DEPTH arrays inside each other; no count larger than the bytes that are left.
 * Linear in n. NULL, or a short reason. */
const char *frame_check(const void *p, size_t n);

/* Reads values one after another. The first error sticks: later reads give zero
 * values, so the caller looks at `err` once. */
struct cursor {
	const unsigned char *p, *end;
	const char *err;
};
uint64_t cur_uint(struct cursor *c, uint64_t max);
bool cur_bool(struct cursor *c);
struct bytes cur_str(struct cursor *c, uint32_t max);	/* also checks UTF-8 */
struct bytes cur_bin(struct cursor *c, uint32_t max);
uint32_t cur_array(struct cursor *c, uint32_t max);	/* number of items to read */
bool cur_nil(struct cursor *c);				/* skips a nil if there is one */
void cur_skip(struct cursor *c);			/* one value, arrays included */

#endif
