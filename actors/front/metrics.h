/* actors/front/metrics.h - what the ops listener tells about requests.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_METRICS_H
#define STUDIOD_FRONT_METRICS_H

#include "actors/front/exchange.h"

/* A request is over: `endpoint` NULL for unknown paths; METRICS_NO_TIME: of those that last. */
#define METRICS_NO_TIME UINT64_MAX
void metrics_count(const struct endpoint *endpoint, int status, uint64_t us);

#endif
