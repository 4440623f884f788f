/* actors/vertex/opus_length.c - see opus_length.h.
 * Owns: nothing. Fails: never; what is not understood has no length.
 * Licence: Apache-2.0. */
#include "actors/vertex/opus_length.h"
#include "proto/byte_order.h"

enum {
	PAGE_HEAD = 27,			/* bytes, before the sizes of its segments */
	STREAM_BEGINS = 2, STREAM_ENDS = 4,	/* flags of a page */
	OPUS_HEAD = 19,			/* bytes, the least */
	GRANULES_S = 48000		/* positions are counted in samples at this rate, whatever the sound's is */
};

struct page {
	uint8_t flags;
	uint64_t position;		/* of the last sample that is complete on it; UINT64_MAX: there is none */
	uint32_t stream;
	const uint8_t *body;
	size_t body_n, bytes;		/* bytes: of all of it */
};

/* False: no whole page begins here. */
static bool
page_read(struct page *g, const uint8_t *p, size_t n)
{
	if (n < PAGE_HEAD || memcmp(p, "OggS", 5) != 0)		/* and the version, 0 */
		return false;
	size_t segments = p[26], head = PAGE_HEAD + segments;
	if (n < head)
		return false;
	*g = (struct page){ .flags = p[5], .position = le64(p + 6), .stream = le32(p + 14), .body = p + head };
	for (size_t i = 0; i < segments; i++)
		g->body_n += p[PAGE_HEAD + i];
	g->bytes = head + g->body_n;
	return g->bytes <= n;
}

/* Of what comes before the sound's beginning; false: it is no stream of Opus. */
static bool
skip_read(const struct page *g, uint32_t *skip)
{
	/* the upper half of the version tells of formats that nobody knows yet */
	if ((g->flags & STREAM_BEGINS) == 0 || g->body_n < OPUS_HEAD || memcmp(g->body, "OpusHead", 8) != 0 || g->body[8] >= 16)
		return false;
	*skip = le16(g->body + 10);
	return true;
}

double
opus_seconds(const uint8_t *p, size_t n, uint64_t total)
{
	struct page first, g;
	uint64_t last = 0;
	uint32_t skip;
	bool ended = false;

	if (n != total || !page_read(&first, p, n) || !skip_read(&first, &skip))
		return 0;
	for (size_t at = first.bytes; at < n; at += g.bytes) {
		if (!page_read(&g, p + at, n - at) || (ended && (g.flags & STREAM_BEGINS) != 0))
			return 0;
		if (g.stream != first.stream)
			continue;
		if (g.position != UINT64_MAX)
			last = g.position;
		ended |= (g.flags & STREAM_ENDS) != 0;
	}
	return last > skip ? (double)(last - skip) / GRANULES_S : 0;
}
