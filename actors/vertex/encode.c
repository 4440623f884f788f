/* actors/vertex/encode.c - see encode.h.
 * Licence: Apache-2.0. */
#include <openssl/sha.h>

#include "actors/vertex/encode.h"

/* Eight bytes a step ("slicing by 8"): clips of several MB pass here on the loop's thread. */
static uint32_t slices[8][256];

static void
slices_make(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;
		for (int bit = 0; bit < 8; bit++)
			v = v & 1 ? v >> 1 ^ 0x82f63b78u : v >> 1;
		slices[0][i] = v;
	}
	for (int k = 1; k < 8; k++)
		for (uint32_t i = 0; i < 256; i++)
			slices[k][i] = slices[k - 1][i] >> 8 ^ slices[0][slices[k - 1][i] & 255];
}

uint32_t
crc32c(const void *p, size_t n)
{
	return crc32c_more(0, p, n);
}

uint32_t
crc32c_more(uint32_t before, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t crc = ~before;

	if (slices[0][1] == 0)
		slices_make();
	for (; n >= 8; n -= 8, p += 8) {
		uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
		crc = slices[7][low & 255] ^ slices[6][low >> 8 & 255] ^ slices[5][low >> 16 & 255] ^ slices[4][low >> 24] ^
		    slices[3][p[4]] ^ slices[2][p[5]] ^ slices[1][p[6]] ^ slices[0][p[7]];
	}
	while (n-- > 0)
		crc = crc >> 8 ^ slices[0][(crc ^ *p++) & 255];
	return ~crc;
}

void
crc32c_text(uint32_t crc, char out[9])
{
	uint8_t b[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc };
	uint32_t high = (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2], low = (uint32_t)b[3] << 16;

	for (int i = 0; i < 4; i++)
		out[i] = base64_alphabet[high >> (18 - 6 * i) & 63];
	out[4] = base64_alphabet[low >> 18];
	out[5] = base64_alphabet[low >> 12 & 63];
	memcpy(out + 6, "==", 3);
}

void
sha256_hex(const void *p, size_t n, char out[65])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(p, n, digest);
	hex_lower(out, digest, sizeof digest);
}
