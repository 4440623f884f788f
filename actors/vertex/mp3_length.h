/* actors/vertex/mp3_length.h - how long an MP3 file lasts. Pure; the bytes are not trusted.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_MP3_LENGTH_H
#define STUDIOD_VERTEX_MP3_LENGTH_H

#include "proto/proto.h"

/* Seconds of an MP3 file of which the first n of `total` bytes are here; 0 where that is not to be told. Beyond a
 * tag that says how many frames there are: with the whole file by counting them; with its beginning by the bit rate,
 * if all frames in it have the same. What an encoder added in front and behind counts. */
double mp3_seconds(const uint8_t *p, size_t n, uint64_t total);

#endif
