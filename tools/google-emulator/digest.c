/* digest.c - randomness, and digests of bytes.
 * Owns:  nothing.
 * Fails: without randomness the process ends with one line. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "util.h"

void
random_bytes(void *p, size_t n)
{
	if (RAND_bytes(p, (int)n) != 1) {
		fputs("google-emulator: no randomness available\n", stderr);
		_exit(111);
	}
}

void
random_uuid(char out[37])
{
	unsigned char	b[16];
	char		h[33];

	random_bytes(b, sizeof b);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	hex_encode(b, sizeof b, h);
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16,
	    h + 20);
}

void
sha256(const void *p, size_t n, unsigned char out[32])
{
	size_t len = 32;

	if (EVP_Q_digest(NULL, "SHA256", NULL, p, n, out, &len) != 1)
		memset(out, 0, 32);
}

/* FNV-1a with a final mix: looks, not secrets, are chosen by it. */
uint64_t
hash64(const void *p, size_t n, uint64_t seed)
{
	const unsigned char	*b = p;
	uint64_t		 h = 0xcbf29ce484222325ULL ^ seed * 0x9e3779b97f4a7c15ULL;
	size_t			 i;

	for (i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ULL;
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	return h;
}

uint64_t
hash_text(const char *s, uint64_t seed)
{
	return hash64(s, strlen(s), seed);
}
