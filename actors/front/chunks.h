/* actors/front/chunks.h - the chunked body of an HTTP/1 request (RFC 9112, 7.1), read to the
 * letter.
 *
 * h2o's own decoder takes what others read differently: lines that end with LF alone or with
 * several CR, anything between a size and its line's end, sizes of sixteen digits. Ours has
 * its name, so h2o calls it instead, through the dynamic linker (as head.h). Extensions are
 * refused: nobody needs one, and where each ends is what smugglers play with.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_CHUNKS_H
#define STUDIOD_FRONT_CHUNKS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Zeroed by h2o, which gives us its own of the same size and writes only `trailers`. */
struct chunks {
	size_t left;			/* of the chunk that is being read */
	char trailers;			/* read them too? we always do */
	uint8_t digits, state;
	uint32_t trailer_bytes;
};

/* Takes the framing out of the n bytes at buf, in place; *n is then what is left of them as
 * body. -2: there is more to come; -1: malformed; else it is complete, and so many bytes after
 * it stand behind the body. */
ssize_t phr_decode_chunked(struct chunks *d, char *buf, size_t *n);

#endif
