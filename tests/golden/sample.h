/* tests/golden/sample.h - one fixed, legal body for every message, made from its row.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_GOLDEN_SAMPLE_H
#define STUDIOD_GOLDEN_SAMPLE_H

#include "proto/proto.h"

/* Fills a zeroed body. Texts point to static memory. */
void sample_fill(unsigned msg, union msg_any *body);

#endif
