/* tests/unit/sound_file.h - small sound files of tests/golden, and how exactly a length must be known.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_SOUND_FILE_H
#define STUDIOD_SOUND_FILE_H

#include "tests/unit/unit.h"

enum { FILE_MAX_BYTES = 8192 };

/* Bytes of tests/golden/<name>. */
static inline size_t
file_read(const char *name, uint8_t bytes[FILE_MAX_BYTES])
{
	char path[128];
	size_t n;

	snprintf(path, sizeof path, "tests/golden/%s", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(bytes, 1, FILE_MAX_BYTES, f);
	assert_true(n > 1000 && n < FILE_MAX_BYTES);
	fclose(f);
	return n;
}

static inline void
assert_seconds(double found, double expected)
{
	if (found < expected - 0.0006 || found > expected + 0.0006)
		fail_msg("%.4f s instead of %.4f s", found, expected);
}

#endif
