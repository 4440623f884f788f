/* tests/unit/test_opus_length.c - how long Opus files last: real ones (made with libopus), pages made here, and
 * what only looks like one.
 * Licence: Apache-2.0. */
#include "tests/unit/sound_file.h"

#include "actors/vertex/media_probe.h"
#include "actors/vertex/opus_length.h"

enum { SKIP = 312, NONE = -1 };

/* A file made here. */
struct made {
	uint8_t p[2048];
	size_t n;
};

static void
page_add(struct made *m, uint8_t flags, int64_t position, uint8_t stream, const void *body, uint8_t body_n)
{
	uint8_t *p = m->p + m->n;

	memset(p, 0, 27);
	memcpy(p, "OggS", 4);
	p[5] = flags;
	for (int i = 0; i < 8; i++)
		p[6 + i] = (uint8_t)((uint64_t)position >> (8 * i));
	p[14] = stream;
	p[26] = 1;
	p[27] = body_n;
	memcpy(p + 28, body, body_n);
	m->n += 28u + body_n;
	assert_true(m->n < sizeof m->p - 300);
}

static void
head_add(struct made *m, uint8_t stream)
{
	page_add(m, 2, 0, stream, "OpusHead\1\1\70\1\300\135\0\0\0\0\0", 19);	/* 312 samples come before the sound */
}

static double
seconds_of(const struct made *m)
{
	return opus_seconds(m->p, m->n, m->n);
}

static void
real_files_tell_their_length(void **state)
{
	static const struct { const char *name; double seconds; } files[] = { { "opus/short.ogg", 0.36 }, { "opus/long.ogg", 2.28 } };
	uint8_t bytes[FILE_MAX_BYTES];
	struct media_facts f;

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		size_t n = file_read(files[i].name, bytes);
		media_probe(&f, bytes, n, n);
		assert_seconds(f.seconds, files[i].seconds);
		media_probe(&f, bytes, n / 2, n);	/* its end is not here */
		assert_seconds(f.seconds, 0);
		media_probe(&f, bytes, n - 1, n - 1);	/* nor is it in this file */
		assert_seconds(f.seconds, 0);
	}
}

static void
the_last_position_of_its_stream_counts(void **state)
{
	struct made m = { .n = 0 };

	(void)state;
	head_add(&m, 1);
	assert_seconds(seconds_of(&m), 0);
	page_add(&m, 2, 0, 2, "other", 5);
	page_add(&m, 0, 0, 1, "OpusTags", 8);
	page_add(&m, 0, 48000 + SKIP, 1, "x", 1);
	assert_seconds(seconds_of(&m), 1);
	page_add(&m, 0, NONE, 1, "a packet goes on", 16);
	page_add(&m, 0, 480000, 2, "other", 5);
	assert_seconds(seconds_of(&m), 1);
	page_add(&m, 4, 96000 + SKIP, 1, "x", 1);
	page_add(&m, 4, 480000, 2, "other", 5);
	assert_seconds(seconds_of(&m), 2);
}

static void
what_is_none_has_no_length(void **state)
{
	static const struct { size_t at; uint8_t byte; const char *why; } damage[] = {
		{ 0, 'o', "no page" }, { 4, 1, "another version of pages" }, { 5, 0, "no beginning" }, { 28, 'o', "no Opus" },
		{ 36, 16, "another version of Opus" }, { 27, 18, "a head that is too short" }, { 26, 255, "more segments than there are bytes" },
		{ 47, 'x', "no second page" }, { 47 + 27, 200, "a page beyond the end" }, { 47 + 7, 0, "all of it comes before the sound" },
		{ 47 + 13, 127, "a length of ages" },
	};
	struct media_facts f;

	(void)state;
	for (size_t i = 0; i <= COUNT(damage); i++) {
		struct made m = { .n = 0 };
		head_add(&m, 1);
		page_add(&m, 4, 480, 1, "x", 1);
		if (i > 0)
			m.p[damage[i - 1].at] = damage[i - 1].byte;
		media_probe(&f, m.p, m.n, m.n);
		if ((f.seconds > 0) != (i == 0))
			fail_msg("%s: %f s", i > 0 ? damage[i - 1].why : "whole", f.seconds);
	}
	struct made m = { .n = 0 };	/* a chain: nobody knows how long before its end */
	for (uint8_t i = 1; i <= 2; i++) {
		head_add(&m, i);
		page_add(&m, 4, 48000 + SKIP, i, "x", 1);
		assert_seconds(seconds_of(&m), i == 1 ? 1 : 0);
	}
	assert_seconds(opus_seconds(m.p, 0, 0), 0);
}

static void
damage_is_survived(void **state)
{
	uint8_t whole[FILE_MAX_BYTES];
	size_t n = file_read("opus/long.ogg", whole);
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 8000; round++) {
		size_t here = (seed >> 4) % (n + 1);
		uint8_t *exact = malloc(here > 0 ? here : 1);	/* a sanitizer sees what is read behind it */
		assert_non_null(exact);
		memcpy(exact, whole, here);
		for (int i = 0; i < 6 && here > 0; i++) {
			seed = seed * 1664525 + 1013904223;
			exact[(seed >> 8) % (i < 3 && here > 160 ? 160 : here)] = (uint8_t)(seed >> 24);
		}
		assert_true(opus_seconds(exact, here, here) >= 0);
		free(exact);
		seed = seed * 1664525 + 1013904223;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_files_tell_their_length),
		cmocka_unit_test(the_last_position_of_its_stream_counts),
		cmocka_unit_test(what_is_none_has_no_length),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
