/* actors/vertex/media_probe.c - see media_probe.h.
 * Owns: nothing. Fails: never; what is not understood stays unknown.
 * Licence: Apache-2.0. */
#include "actors/vertex/media_probe.h"
#include "actors/vertex/mp3_length.h"
#include "actors/vertex/opus_length.h"
#include "proto/byte_order.h"

enum { PIXELS_MAX = 65535, SECONDS_MAX = 86400 };

static void
size_set(struct media_facts *f, uint32_t width, uint32_t height)
{
	if (width > 0 && height > 0 && width <= PIXELS_MAX && height <= PIXELS_MAX) {
		f->width = width;
		f->height = height;
	}
}

static void
seconds_set(struct media_facts *f, double units, double rate)
{
	if (rate > 0 && units > 0 && units / rate <= SECONDS_MAX)
		f->seconds = (double)(uint64_t)(units / rate * 1000 + 0.5) / 1000;
}

/* The first frame header among the segments. */
static void
probe_jpeg(struct media_facts *f, const uint8_t *p, size_t n)
{
	size_t at = 2;

	while (at + 9 < n && p[at] == 0xff) {
		uint8_t marker = p[at + 1];
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
			size_set(f, be16(p + at + 7), be16(p + at + 5));
			return;
		}
		at += 2 + be16(p + at + 2);
	}
}

struct wav {
	uint32_t rate;			/* bytes per second */
	uint16_t block;			/* bytes per sample of all channels */
	size_t data, data_n;		/* where the samples begin, how many bytes the file says */
};

static bool
wav_read(struct wav *w, const uint8_t *p, size_t n)
{
	size_t at = 12;

	*w = (struct wav){ 0 };
	while (at + 8 <= n) {
		uint32_t size = le32(p + at + 4);
		if (memcmp(p + at, "fmt ", 4) == 0 && size >= 16 && at + 24 <= n) {
			w->rate = le32(p + at + 16);
			w->block = (uint16_t)le16(p + at + 20);
		}
		if (memcmp(p + at, "data", 4) == 0) {
			w->data = at + 8;
			w->data_n = size;
			return w->rate > 0 && w->block > 0;
		}
		if (size > n - at - 8)
			return false;
		at += 8 + size + (size & 1);
	}
	return false;
}

static void
probe_wav(struct media_facts *f, const uint8_t *p, size_t n, uint64_t total)
{
	struct wav w;

	if (!wav_read(&w, p, n) || total < w.data)
		return;
	/* what is written while streaming says 0 or ffffffff */
	uint64_t bytes = w.data_n == 0 || w.data_n > total - w.data ? total - w.data : w.data_n;
	seconds_set(f, (double)bytes, w.rate);
}

/* moov/mvhd has the length; the largest moov/trak/tkhd the picture's size. */
static void
probe_boxes(struct media_facts *f, const uint8_t *p, size_t n, int depth)
{
	for (size_t at = 0; at + 8 <= n; ) {
		uint64_t size = be32(p + at);
		const uint8_t *name = p + at + 4, *body = p + at + 8;
		if (size == 0 || size > n - at)
			size = n - at;		/* cut off where our bytes end */
		if (size < 8)
			return;
		size_t left = (size_t)size - 8;
		if (depth < 3 && (memcmp(name, "moov", 4) == 0 || memcmp(name, "trak", 4) == 0))
			probe_boxes(f, body, left, depth + 1);
		else if (memcmp(name, "mvhd", 4) == 0 && left >= 32 && body[0] == 0)
			seconds_set(f, be32(body + 16), be32(body + 12));
		else if (memcmp(name, "mvhd", 4) == 0 && left >= 32 && body[0] == 1)
			seconds_set(f, (double)be32(body + 24) * 4294967296. + be32(body + 28), be32(body + 20));
		else if (memcmp(name, "tkhd", 4) == 0 && left >= 84 && be32(body + left - 8) >> 16 > f->width)
			size_set(f, be32(body + left - 8) >> 16, be32(body + left - 4) >> 16);
		at += (size_t)size;
	}
}

void
media_probe(struct media_facts *f, const void *bytes, size_t n, uint64_t total)
{
	const uint8_t *p = bytes;

	*f = (struct media_facts){ 0 };
	if (n >= 24 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0)
		size_set(f, be32(p + 16), be32(p + 20));
	else if (n >= 12 && p[0] == 0xff && p[1] == 0xd8)
		probe_jpeg(f, p, n);
	else if (n >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WAVE", 4) == 0)
		probe_wav(f, p, n, total);
	else if (n >= 12 && memcmp(p + 4, "ftyp", 4) == 0)
		probe_boxes(f, p, n, 0);
	else if (n >= 4 && memcmp(p, "OggS", 4) == 0)
		seconds_set(f, opus_seconds(p, n, total), 1);
	else
		seconds_set(f, mp3_seconds(p, n, total), 1);
}

static void
le32_put(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> (8 * i));
}

/* The bytes of its data that last so long, in whole samples; SIZE_MAX where that is not to be told. */
static size_t
wav_bytes(struct wav *w, const char *p, size_t n, double seconds)
{
	if (n < 12 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WAVE", 4) != 0 || !wav_read(w, (const uint8_t *)p, n) ||
	    seconds <= 0 || seconds > SECONDS_MAX)
		return SIZE_MAX;
	return (size_t)(seconds * w->rate) / w->block * w->block;
}

static void
wav_size_put(char *p, const struct wav *w, size_t bytes)
{
	le32_put(p + 4, (uint32_t)(w->data + bytes - 8));
	le32_put(p + w->data - 4, (uint32_t)bytes);
}

bool
wav_cut(struct buf *wav, double seconds)
{
	struct wav w;
	size_t keep = wav_bytes(&w, wav->p, wav->n, seconds);

	if (keep == SIZE_MAX || keep >= wav->n - w.data || (w.data_n != 0 && keep >= w.data_n))
		return false;
	wav->n = w.data + keep;
	wav_size_put(wav->p, &w, keep);
	return true;
}

bool
wav_cut_head(char *head, size_t n, double seconds, uint64_t *size)
{
	struct wav w;
	size_t keep = wav_bytes(&w, head, n, seconds);

	*size = 0;
	if (keep == SIZE_MAX || w.data_n == 0 || w.data_n > INT32_MAX)
		return false;
	if (keep < w.data_n) {
		*size = w.data + keep;
		wav_size_put(head, &w, keep);
	}
	return true;
}
