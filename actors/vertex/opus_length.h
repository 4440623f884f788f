/* actors/vertex/opus_length.h - how long Opus sound in an Ogg file lasts. Pure; the bytes are not trusted.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OPUS_LENGTH_H
#define STUDIOD_VERTEX_OPUS_LENGTH_H

#include "proto/proto.h"

/* Seconds of an Ogg file whose first stream is Opus (RFC 7845); 0 where that is not to be told: it is on the last page,
 * so all `total` bytes must be here, and no second stream may follow the first. Other streams beside it are passed
 * over. A file that was cut out of a longer stream is taken to begin where that began. */
double opus_seconds(const uint8_t *p, size_t n, uint64_t total);

#endif
