/* actors/common/encode.h - base64, percent encoding, and text appended to a buffer. Pure.
 * Fails: functions that append return -1 when memory is out or the input is malformed.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_ENCODE_H
#define STUDIOD_ENCODE_H

#include "proto/proto.h"

/* The 64 characters of RFC 4648, section 4, and a NUL. */
extern const char base64_alphabet[65];

/* Appends the base64 form. `url`: the URL alphabet without padding (RFC 7515). */
int base64_encode(struct buf *out, const void *p, size_t n, bool url);
/* Appends what n characters of base64 stand for; either alphabet, padding optional.
 * -1 for anything else; then `out` is as it was. */
int base64_decode(struct buf *out, const char *p, size_t n);

/* The same for text that comes in parts. Zero before the first one. */
struct base64_parts {
	uint32_t bits;			/* of the characters that are no whole group of four yet */
	uint8_t n, pads;
	bool bad;
};
/* Decodes n more characters into `to`, which has room for n / 4 * 3 + 3 bytes, and returns how many
 * bytes that are. From the first wrong character on it is none. */
size_t base64_more(struct base64_parts *b, const char *p, size_t n, char *to);
/* The end: the last bytes, 0 to 2 of them, or -1 if all of it together is no base64. */
int base64_last(struct base64_parts *b, char to[2]);

/* Appends with every byte but A-Z a-z 0-9 - . _ ~ (and '/', if kept) as %XX. */
int percent_encode(struct buf *out, const char *p, size_t n, bool keep_slash);

/* Appends a string; printf. -1 when memory is out. */
int buf_str(struct buf *out, const char *s);
int buf_printf(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The bytes as a string: a NUL is put behind them (not counted). NULL when memory is out. */
const char *buf_text(struct buf *b);

#endif
