/* actors/front/coding.h - content codings of answers. h2o's own filter knows only gzip, and says
 * nothing of it to HEAD.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_CODING_H
#define STUDIOD_FRONT_CODING_H

#include <h2o.h>

#include "proto/proto.h"

/* The body in a coding, "gzip" or "br"; at most 4 MiB. It lives in the pool; without one it is
 * malloc's, and worth more time. n is 0 when memory is out or it would be no smaller. */
struct bytes coding_encode(h2o_mem_pool_t *pool, const char *coding, struct bytes body);

#endif
