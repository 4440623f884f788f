/* proto/mpeg_audio.c - see mpeg_audio.h.
 * Owns: nothing. Fails: false for what is no frame.
 * Licence: Apache-2.0. */
#include "proto/mpeg_audio.h"

bool
mpeg_frame_read(struct mpeg_frame *f, const uint8_t *p)
{
	static const uint16_t kbit[2][16] = {
		{ 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0 },	/* MPEG 1 */
		{ 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0 },		/* 2 and 2.5 */
	};
	static const uint16_t hz[4] = { 44100, 48000, 32000, 0 };
	unsigned version = p[1] >> 3 & 3, rate = hz[p[2] >> 2 & 3], bits = kbit[version != 3][p[2] >> 4];
	bool first = version == 3, mono = p[3] >> 6 == 3;

	if (p[0] != 0xff || (p[1] & 0xe0) != 0xe0 || version == 1 || (p[1] >> 1 & 3) != 1 || rate == 0 || bits == 0)
		return false;
	rate >>= first ? 0 : version == 2 ? 1 : 2;
	f->rate = rate;
	f->samples = first ? 1152 : 576;
	f->kbit = (uint16_t)bits;
	f->bytes = (uint16_t)(f->samples / 8 * bits * 1000 / rate + (p[2] >> 1 & 1));
	f->side = first ? (mono ? 17 : 32) : (mono ? 9 : 17);
	return true;
}

size_t
id3_size(const uint8_t *p, size_t n)
{
	enum { HEAD = 10, WITH_FOOT = 0x10 };

	if (n < HEAD || memcmp(p, "ID3", 3) != 0 || p[3] == 0xff || p[4] == 0xff || ((p[6] | p[7] | p[8] | p[9]) & 0x80) != 0)
		return 0;
	return HEAD + ((size_t)p[6] << 21 | (size_t)p[7] << 14 | (size_t)p[8] << 7 | p[9]) + (p[5] & WITH_FOOT ? HEAD : 0);
}
