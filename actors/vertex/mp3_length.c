/* actors/vertex/mp3_length.c - see mp3_length.h.
 * Owns: nothing. Fails: never; what is not understood has no length.
 * Licence: Apache-2.0. */
#include "actors/vertex/mp3_length.h"
#include "proto/byte_order.h"
#include "proto/mpeg_audio.h"

enum { TAGS_MAX = 4 };			/* ID3 tags that may stand before the sound */

/* Where the sound begins; n where that is not here. */
static size_t
sound_begin(const uint8_t *p, size_t n)
{
	size_t at = 0, tag;

	for (int i = 0; i < TAGS_MAX && (tag = id3_size(p + at, n - at)) > 0; i++) {
		if (tag > n - at)
			return n;
		at += tag;
	}
	return at;
}

/* How many frames follow the first one, as it says itself, in the place of sound: Xing (with a constant bit rate:
 * Info) behind its side information, or VBRI at a fixed place. 0: it does not. */
static uint32_t
frames_told(const struct mpeg_frame *f, const uint8_t *p, size_t n)
{
	enum { FRAMES = 1, VBRI_AT = MPEG_HEAD + 32, VBRI_FRAMES = 14 };
	const uint8_t *xing = p + MPEG_HEAD + f->side;

	if (n < f->bytes)
		return 0;
	if (MPEG_HEAD + f->side + 12u <= f->bytes && (memcmp(xing, "Xing", 4) == 0 || memcmp(xing, "Info", 4) == 0))
		return be32(xing + 4) & FRAMES ? be32(xing + 8) : 0;
	if (VBRI_AT + VBRI_FRAMES + 4u <= f->bytes && memcmp(p + VBRI_AT, "VBRI", 4) == 0)
		return be32(p + VBRI_AT + VBRI_FRAMES);
	return 0;
}

/* Frames of a kind that follow each other. */
struct run {
	uint64_t frames;
	bool constant;			/* all have the bit rate of the first */
	bool cut;			/* our bytes end within another one, or just before it */
};

static struct run
frames_count(const struct mpeg_frame *first, const uint8_t *p, size_t n)
{
	struct run r = { .constant = true };
	struct mpeg_frame f;

	while (n >= MPEG_HEAD) {
		if (!mpeg_frame_read(&f, p) || f.rate != first->rate || f.samples != first->samples)
			return r;
		if (f.bytes > n)
			break;
		p += f.bytes;
		n -= f.bytes;
		r.frames++;
		r.constant &= f.kbit == first->kbit;
	}
	r.cut = true;
	return r;
}

double
mp3_seconds(const uint8_t *p, size_t n, uint64_t total)
{
	size_t at = sound_begin(p, n);
	struct mpeg_frame first;
	struct run run;
	uint32_t told;

	if (n - at < MPEG_HEAD || total < n || !mpeg_frame_read(&first, p + at))
		return 0;
	told = frames_told(&first, p + at, n - at);
	if (told > 0 && told <= (total - at) / MPEG_FRAME_LEAST)
		return (double)told * first.samples / first.rate;
	run = frames_count(&first, p + at, n - at);
	if (run.frames < 2)
		return 0;		/* anything may look like one */
	if (n == total)
		return (double)run.frames * first.samples / first.rate;
	return run.constant && run.cut ? (double)(total - at) / (first.kbit * 125.) : 0;
}
