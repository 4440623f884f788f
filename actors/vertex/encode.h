/* actors/vertex/encode.h - the encodings that Google's wires use: base64, hex, percent,
 * CRC32C, SHA-256. Pure.
 * Fails: functions that append return -1 when memory is out or the input is malformed.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_ENCODE_H
#define STUDIOD_VERTEX_ENCODE_H

#include "proto/proto.h"

/* Appends the base64 form. `url`: the URL alphabet without padding (RFC 7515). */
int base64_encode(struct buf *out, const void *p, size_t n, bool url);
/* Appends what n characters of base64 stand for; either alphabet, padding optional.
 * -1 for anything else; then `out` is as it was. */
int base64_decode(struct buf *out, const char *p, size_t n);

/* Appends with every byte but A-Z a-z 0-9 - . _ ~ (and '/', if kept) as %XX. */
int percent_encode(struct buf *out, const char *p, size_t n, bool keep_slash);

/* Castagnoli, as Cloud Storage compares it. */
uint32_t crc32c(const void *p, size_t n);
/* The same as Storage writes it: base64 of the big-endian value, 8 characters. */
void crc32c_text(uint32_t crc, char out[9]);

/* 64 lower-case digits and a NUL. */
void sha256_hex(const void *p, size_t n, char out[65]);

/* Appends a string; printf. -1 when memory is out. */
int buf_str(struct buf *out, const char *s);
int buf_printf(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The bytes as a string: a NUL is put behind them (not counted). NULL when memory is out. */
const char *buf_text(struct buf *b);

#endif
