/* tests/unit/test_mp3_length.c - how long MP3 files last: real ones (made with LAME), their beginnings, and what
 * only looks like one.
 * Licence: Apache-2.0. */
#include "tests/unit/sound_file.h"

#include "actors/vertex/media_probe.h"
#include "actors/vertex/mp3_length.h"

static const char *const files[] = { "mp3/bare.mp3", "mp3/info.mp3", "mp3/vbr.mp3", "mp3/vbr_bare.mp3" };

static void
real_files_tell_their_length(void **state)
{
	/* frames of 576 or 1152 samples, without the one that holds the tag */
	static const double seconds[COUNT(files)] = { 23 * 576 / 24000., 13 * 1152 / 44100., 64 * 576 / 16000., 64 * 576 / 16000. };
	uint8_t bytes[FILE_MAX_BYTES];
	struct media_facts f;

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		size_t n = file_read(files[i], bytes);
		media_probe(&f, bytes, n, n);
		assert_seconds(f.seconds, seconds[i]);
		assert_int_equal(f.width, 0);
		memset(bytes + n, 0, 128);	/* an old tag at its end is no sound */
		memcpy(bytes + n, "TAG", 3);
		assert_seconds(mp3_seconds(bytes, n + 128, n + 128), seconds[i]);
	}
}

static void
a_beginning_tells_it_by_tag_or_bit_rate(void **state)
{
	uint8_t bytes[FILE_MAX_BYTES];
	size_t n = file_read("mp3/bare.mp3", bytes);

	(void)state;
	for (size_t here = 192; here < n; here++)
		assert_seconds(mp3_seconds(bytes, here, n), 23 * 576 / 24000.);
	assert_seconds(mp3_seconds(bytes, 500, 4000 * 60), 60);	/* 32 kbit/s */
	file_read("mp3/info.mp3", bytes);
	assert_seconds(mp3_seconds(bytes, 600, 100000), 13 * 1152 / 44100.);
	n = file_read("mp3/vbr_bare.mp3", bytes);	/* changes its bit rate, and has no tag */
	assert_seconds(mp3_seconds(bytes, n / 2, n), 0);
}

/* One frame of 96 bytes, silent: 24000 Hz, 32 kbit/s, mono. */
static void
frame_make(uint8_t bytes[96])
{
	memset(bytes, 0, 96);
	memcpy(bytes, "\xff\xf3\x44\xc4", 4);
}

static void
tags_are_read_within_their_frame(void **state)
{
	uint8_t bytes[96 * 2];

	(void)state;
	frame_make(bytes);
	frame_make(bytes + 96);
	memcpy(bytes + 36, "VBRI\0\1\0\0\0\0\0\0\0\0\0\0\0\50", 18);
	assert_seconds(mp3_seconds(bytes, sizeof bytes, 5000), 40 * 576 / 24000.);
	assert_seconds(mp3_seconds(bytes, 95, 5000), 0);	/* its frame is not all here */
	memcpy(bytes + 36 + 14, "\377\377\377\377", 4);		/* more than its bytes can hold */
	assert_seconds(mp3_seconds(bytes, sizeof bytes, sizeof bytes), 2 * 576 / 24000.);
	frame_make(bytes);
	memcpy(bytes + 4 + 9, "Xing\0\0\0\1\0\0\0\62", 12);
	assert_seconds(mp3_seconds(bytes, sizeof bytes, 5000), 50 * 576 / 24000.);
	bytes[4 + 9 + 7] = 2;			/* it has no count of frames */
	assert_seconds(mp3_seconds(bytes, sizeof bytes, sizeof bytes), 2 * 576 / 24000.);
}

static void
what_is_none_has_no_length(void **state)
{
	static const struct { const char *bytes; size_t n, total; } cs[] = {
		{ "", 0, 0 }, { "\xff", 1, 1 }, { "\xff\xf3\x44\xc4", 4, 4 }, { "ID3", 3, 3 },
		{ "ID3\4\0\0\0\0\0\0", 10, 10 }, { "ID3\4\0\0\x7f\x7f\x7f\x7f\xff\xf3\x44\xc4", 14, 14 },
		{ "ID3\4\0\20\0\0\0\0\xff\xf3\x44\xc4\0\0\0\0\0\0\xff\xf3", 22, 22 }, { "no sound at all, really", 23, 23 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, 12 },
	};
	uint8_t bytes[96 * 3];

	(void)state;
	for (size_t i = 0; i < COUNT(cs); i++)
		assert_seconds(mp3_seconds((const uint8_t *)cs[i].bytes, cs[i].n, cs[i].total), 0);
	frame_make(bytes);
	assert_seconds(mp3_seconds(bytes, 96, 96), 0);		/* anything may look like one frame */
	frame_make(bytes + 96);
	memset(bytes + 192, 'x', 96);
	assert_seconds(mp3_seconds(bytes, sizeof bytes, 5000), 0);	/* not like this to its end */
	assert_seconds(mp3_seconds(bytes, sizeof bytes, 96), 0);	/* fewer than are here */
}

static void
damage_is_survived(void **state)
{
	uint8_t whole[FILE_MAX_BYTES], bytes[FILE_MAX_BYTES];
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 8000; round++) {
		size_t n = file_read(files[round % 4], whole);
		memcpy(bytes, whole, n);
		for (int i = 0; i < 6; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 8) % (i < 3 ? 160 : n)] = (uint8_t)(seed >> 24);
		}
		n = (seed >> 4) % (n + 1);
		uint8_t *exact = malloc(n > 0 ? n : 1);		/* a sanitizer sees what is read behind it */
		assert_non_null(exact);
		memcpy(exact, bytes, n);
		double seconds = mp3_seconds(exact, n, n + (seed % 3) * 100000);
		assert_true(seconds >= 0 && seconds < 1e6);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_files_tell_their_length),
		cmocka_unit_test(a_beginning_tells_it_by_tag_or_bit_rate),
		cmocka_unit_test(tags_are_read_within_their_frame),
		cmocka_unit_test(what_is_none_has_no_length),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
