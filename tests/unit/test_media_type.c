/* tests/unit/test_media_type.c - what a file is, by its first bytes.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/media_type.h"

static const char *
sniff(const char *p, size_t n)
{
	const struct media_type *t = media_sniff(p, n);

	return t != NULL ? t->mime : "none";
}
#define SNIFF(literal) sniff(literal, sizeof(literal) - 1)

static void
files_are_known_by_their_bytes(void **state)
{
	(void)state;
	assert_string_equal(SNIFF("\xff\xd8\xff\xe0 more"), "image/jpeg");
	assert_string_equal(SNIFF("\x89PNG\r\n\x1a\n more"), "image/png");
	assert_string_equal(SNIFF("RIFF\x10\0\0\0WEBPVP8L"), "image/webp");
	assert_string_equal(SNIFF("RIFF\x10\0\0\0WAVEfmt "), "audio/wav");
	assert_string_equal(SNIFF("ID3\x04\0\0\0\0\0\x10 more"), "audio/mpeg");
	assert_string_equal(SNIFF("\xff\xfb\x90\x64 and the rest of its frame"), "audio/mpeg");
	assert_string_equal(SNIFF("\0\0\0\x18" "ftypmp42\0\0\0\0mp42isom"), "video/mp4");
	assert_string_equal(SNIFF("\0\0\0\x14" "ftypXXXX\0\0\0\0isom"), "video/mp4");
}

static void
others_are_not(void **state)
{
	static char noise[MEDIA_SNIFF_BYTES * 2];

	(void)state;
	memset(noise, 0xff, sizeof noise);
	assert_string_equal(SNIFF(""), "none");
	assert_string_equal(SNIFF("<html>"), "none");
	assert_string_equal(SNIFF("%PDF-1.7"), "none");
	assert_string_equal(SNIFF("GIF89a"), "none");
	assert_string_equal(SNIFF("RIFF\x10\0\0\0AVI LIST"), "none");
	assert_string_equal(SNIFF("\x89PNG"), "none");
	assert_string_equal(SNIFF("\0\0\0\x14" "ftypqt  \0\0\0\0qt  "), "none");
	assert_string_equal(SNIFF("\0\0\0\x14" "ftypheic\0\0\0\0heic"), "none");
	assert_string_equal(SNIFF("\0\0\0\x18" "ftypheic\0\0\0\0heicmif1isom"), "none");	/* isom is behind the box */
	assert_string_equal(SNIFF("\xff\xfe" "U\0T\0F\0"), "none");
	assert_string_equal(sniff(noise, sizeof noise), "none");
}

/* A frame's length leads to the next one, or it was none. */
static void
a_lone_frame_is_no_music(void **state)
{
	char file[1000] = "\xff\xfb\x90\x64";

	(void)state;
	assert_string_equal(sniff(file, 400), "audio/mpeg");	/* the next one is not here yet */
	assert_string_equal(sniff(file, sizeof file), "none");
	memcpy(file + 417, "\xff\xfb\x90\x64", 4);
	assert_string_equal(sniff(file, sizeof file), "audio/mpeg");
}

static void
every_cut_is_survived(void **state)
{
	static const char files[][32] = { "\xff\xd8\xff\xe0", "RIFF\x10\1\1\1WEBPVP8L", "ID3\4\1\1\1\1\1\1", "\1\1\1\x18" "ftypmp42", "\xff\xfb\x90\x64" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		for (size_t n = 0; n <= sizeof files[i]; n++) {
			char *copy = malloc(n + 1);
			memcpy(copy, files[i], n);
			media_sniff(copy, n);
			free(copy);
		}
}

static void
types_have_endings(void **state)
{
	(void)state;
	assert_string_equal(media_extension(BYTES("image/jpeg")), "jpg");
	assert_string_equal(media_extension(BYTES("audio/ogg")), "ogg");
	assert_string_equal(media_extension(BYTES("text/html")), "");
	assert_null(media_type_of(BYTES("audio/ogg")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_known_by_their_bytes),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(a_lone_frame_is_no_music),
		cmocka_unit_test(every_cut_is_survived),
		cmocka_unit_test(types_have_endings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
