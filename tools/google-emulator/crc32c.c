/* crc32c.c - the Castagnoli checksum Cloud Storage answers with.
 * Owns:  its tables, built at first use.
 * Fails: never. */
#include <pthread.h>

#include "crc32c.h"

#define POLYNOMIAL	0x82f63b78u

static uint32_t		table[8][256];
static pthread_once_t	once = PTHREAD_ONCE_INIT;

static void
tables_build(void)
{
	uint32_t c;
	int	 i, k;

	for (i = 0; i < 256; i++) {
		c = (uint32_t)i;
		for (k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
		table[0][i] = c;
	}
	for (k = 1; k < 8; k++)
		for (i = 0; i < 256; i++)
			table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
}

/* Eight bytes a turn ("slicing by eight"): uploads are checksummed as they pass. */
uint32_t
crc32c(uint32_t so_far, const void *p, size_t n)
{
	const unsigned char	*b = p;
	uint32_t		 c = ~so_far;

	pthread_once(&once, tables_build);
	while (n >= 8) {
		c ^= (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
		    (uint32_t)b[3] << 24;
		c = table[7][c & 255] ^ table[6][c >> 8 & 255] ^
		    table[5][c >> 16 & 255] ^ table[4][c >> 24] ^
		    table[3][b[4]] ^ table[2][b[5]] ^ table[1][b[6]] ^ table[0][b[7]];
		b += 8;
		n -= 8;
	}
	while (n-- > 0)
		c = c >> 8 ^ table[0][(c ^ *b++) & 255];
	return ~c;
}
