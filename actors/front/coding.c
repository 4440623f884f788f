/* actors/front/coding.c - see coding.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <brotli/encode.h>
#include <zlib.h>

#include "actors/front/coding.h"

enum { BODY_MOST = 4 << 20 };
/* Levels: of what is made for each request, and of what is made once. */
enum { GZIP_FAST = 1, GZIP_BEST = 9, BR_FAST = 2, BR_BEST = 9, BR_WINDOW = 18, GZIP_WINDOW = 15 + 16 };

static size_t
gzip(struct bytes body, char *out, size_t room, int level)
{
	z_stream z = { 0 };

	if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	z.next_in = (Bytef *)(uintptr_t)body.p;
	z.avail_in = body.n;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)room;
	size_t n = deflate(&z, Z_FINISH) == Z_STREAM_END ? z.total_out : 0;
	deflateEnd(&z);
	return n;
}

static size_t
br(struct bytes body, char *out, size_t room, int level)
{
	return BrotliEncoderCompress(level, BR_WINDOW, BROTLI_MODE_TEXT, body.n, (const uint8_t *)body.p, &room, (uint8_t *)out) ? room : 0;
}

struct bytes
coding_encode(h2o_mem_pool_t *pool, const char *coding, struct bytes body)
{
	bool once = pool == NULL;
	char *out;

	if (body.n == 0 || body.n > BODY_MOST)
		return (struct bytes){ "", 0 };
	/* where it would not be smaller it finds no room */
	if ((out = once ? malloc(body.n) : h2o_mem_alloc_pool(pool, body.n)) == NULL)
		return (struct bytes){ "", 0 };
	size_t n = *coding == 'b' ? br(body, out, body.n, once ? BR_BEST : BR_FAST) : gzip(body, out, body.n, once ? GZIP_BEST : GZIP_FAST);
	if (n == 0 && once)
		free(out);
	return bytes_of(n > 0 ? out : "", n);
}
