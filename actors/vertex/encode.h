/* actors/vertex/encode.h - the digests that Google's wires use, CRC32C and SHA-256, and all
 * of actors/common/encode.h. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_ENCODE_H
#define STUDIOD_VERTEX_ENCODE_H

#include "actors/common/encode.h"

/* Castagnoli, as Cloud Storage compares it. */
uint32_t crc32c(const void *p, size_t n);
/* Of what comes behind bytes with the sum `before` (0: of nothing). */
uint32_t crc32c_more(uint32_t before, const void *p, size_t n);
/* The same as Storage writes it: base64 of the big-endian value, 8 characters. */
void crc32c_text(uint32_t crc, char out[9]);

/* 64 lower-case digits and a NUL. */
void sha256_hex(const void *p, size_t n, char out[65]);

#endif
