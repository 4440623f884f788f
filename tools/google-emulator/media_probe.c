/* media_probe.c - what kind of image is this, and how large? By its first bytes alone.
 * Owns:  nothing.
 * Fails: NULL for what is no image, or is damaged where it is looked at. */
#include <string.h>

#include "media.h"

static unsigned
be16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static const char *
probe_jpeg(const unsigned char *p, size_t n, int *width, int *height)
{
	size_t at = 2;

	while (at + 9 < n && p[at] == 0xff) {
		unsigned marker = p[at + 1], len = be16(p + at + 2);

		if (marker == 0xff) {	/* fill byte */
			at++;
			continue;
		}
		/* SOF0..SOF15 but the tables DHT, JPG and DAC among them */
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
		    marker != 0xc8 && marker != 0xcc) {
			*height = (int)be16(p + at + 5);
			*width = (int)be16(p + at + 7);
			return "image/jpeg";
		}
		if (len < 2)
			return NULL;
		at += 2 + len;
	}
	return NULL;
}

/* RIFF, then a chunk that says how the pixels are packed. */
static const char *
probe_webp(const unsigned char *p, int *width, int *height)
{
	if (memcmp(p + 12, "VP8X", 4) == 0) {
		*width = 1 + (p[24] | p[25] << 8 | p[26] << 16);
		*height = 1 + (p[27] | p[28] << 8 | p[29] << 16);
	} else if (memcmp(p + 12, "VP8L", 4) == 0 && p[20] == 0x2f) {
		*width = 1 + (p[21] | (p[22] & 0x3f) << 8);
		*height = 1 + (p[22] >> 6 | p[23] << 2 | (p[24] & 0x0f) << 10);
	} else if (memcmp(p + 12, "VP8 ", 4) == 0 && p[23] == 0x9d && p[24] == 1) {
		*width = p[26] | (p[27] & 0x3f) << 8;
		*height = p[28] | (p[29] & 0x3f) << 8;
	} else {
		return NULL;
	}
	return "image/webp";
}

const char *
image_probe(const unsigned char *p, size_t n, int *width, int *height)
{
	static const unsigned char png[] = { 0x89, 'P', 'N', 'G', 13, 10, 26, 10 };

	if (n > 33 && memcmp(p, png, sizeof png) == 0 && memcmp(p + 12, "IHDR", 4) == 0) {
		if (be16(p + 16) != 0 || be16(p + 20) != 0)
			return NULL;	/* sides above 65535 */
		*width = (int)be16(p + 18);
		*height = (int)be16(p + 22);
		return "image/png";
	}
	if (n > 11 && p[0] == 0xff && p[1] == 0xd8)
		return probe_jpeg(p, n, width, height);
	if (n > 29 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0)
		return probe_webp(p, width, height);
	return NULL;
}
