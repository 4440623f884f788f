/* tests/unit/test_vertex_parts.c - encodings, media headers and the cache of URLs.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/encode.h"
#include "actors/vertex/gs_uri.h"
#include "actors/vertex/http.h"
#include "actors/vertex/media_probe.h"
#include "actors/vertex/storage/url_cache.h"

static void
base64_goes_both_ways(void **state)
{
	static const struct { const char *plain, *standard, *url; } v[] = {
		{ "", "", "" }, { "f", "Zg==", "Zg" }, { "fo", "Zm8=", "Zm8" }, { "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" }, { "\xfb\xff\xfe", "+//+", "-__-" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		struct buf a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
		assert_int_equal(base64_encode(&a, v[i].plain, strlen(v[i].plain), false), 0);
		assert_int_equal(base64_encode(&b, v[i].plain, strlen(v[i].plain), true), 0);
		assert_string_equal(buf_text(&a), v[i].standard);
		assert_string_equal(buf_text(&b), v[i].url);
		assert_int_equal(base64_decode(&c, a.p, a.n), 0);
		assert_int_equal(base64_decode(&d, b.p, b.n), 0);
		assert_string_equal(buf_text(&c), v[i].plain);
		assert_string_equal(buf_text(&d), v[i].plain);
		buf_free(&a);
		buf_free(&b);
		buf_free(&c);
		buf_free(&d);
	}
}

static void
bad_base64_is_refused(void **state)
{
	static const char *const bad[] = { "Z", "Zg=", "Z===", "====", "Zm9v!mFy", "Zm 9v", "Zg==Zg==", "Zm9\xff" };
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(base64_decode(&out, bad[i], strlen(bad[i])), -1);
		assert_int_equal(out.n, 0);
	}
	buf_free(&out);
}

static void
checksums_are_the_published_ones(void **state)
{
	char text[9], large[4096];
	uint32_t once;

	(void)state;
	assert_int_equal(crc32c("123456789", 9), 0xe3069283);
	crc32c_text(crc32c("123456789", 9), text);
	assert_string_equal(text, "4waSgw==");
	crc32c_text(crc32c("hello", 5), text);
	assert_string_equal(text, "mnG7TA==");
	memset(large, 'x', sizeof large);
	once = crc32c(large, sizeof large);
	assert_int_equal(once, crc32c(large, sizeof large));
	assert_int_not_equal(once, crc32c(large, sizeof large - 1));
	assert_int_equal(crc32c("", 0), 0);
}

static void
percent_keeps_what_is_safe(void **state)
{
	struct buf b = { 0 };

	(void)state;
	percent_encode(&b, "a/b c~\xc3\xa9", 8, true);
	assert_string_equal(buf_text(&b), "a/b%20c~%C3%A9");
	b.n = 0;
	percent_encode(&b, "a/b@;", 5, false);
	assert_string_equal(buf_text(&b), "a%2Fb%40%3B");
	buf_free(&b);
}

static void
pictures_tell_their_size(void **state)
{
	static const uint8_t png[24] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x05\x80\0\0\x03\0";
	static const uint8_t jpeg[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, 3, 0, 5, 0x80, 3, 1 };
	struct media_facts f;

	(void)state;
	media_probe(&f, png, sizeof png, 1000);
	assert_int_equal(f.width, 1408);
	assert_int_equal(f.height, 768);
	media_probe(&f, jpeg, sizeof jpeg, 1000);
	assert_int_equal(f.width, 1408);
	assert_int_equal(f.height, 768);
	media_probe(&f, "not a picture at all, really", 28, 28);
	assert_int_equal(f.width, 0);
}

/* One second of 8000 Hz, mono, 16 bit. */
static void
wav_make(struct buf *b)
{
	static const uint8_t head[44] = "RIFF\xa4\x3e\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x80\x3e\0";

	assert_int_equal(buf_add(b, head, sizeof head), 0);
	memset(buf_room(b, 16000), 0, 16000);
	b->n += 16000;
}

static void
sound_is_cut(void **state)
{
	struct media_facts f;
	struct buf wav = { 0 };

	(void)state;
	wav_make(&wav);
	media_probe(&f, wav.p, wav.n, wav.n);
	assert_true(f.seconds > 0.999 && f.seconds < 1.001);
	assert_false(wav_cut(&wav, 2));
	assert_true(wav_cut(&wav, 0.5));
	assert_int_equal(wav.n, 44 + 8000);
	media_probe(&f, wav.p, wav.n, wav.n);
	assert_true(f.seconds > 0.499 && f.seconds < 0.501);
	wav.n = 20;		/* a header that ends early */
	assert_false(wav_cut(&wav, 0.1));
	buf_free(&wav);
}

static void
sound_is_cut_by_its_head(void **state)
{
	struct media_facts f;
	struct buf wav = { 0 };
	uint64_t size = 1;

	(void)state;
	wav_make(&wav);
	assert_true(wav_cut_head(wav.p, 100, 2, &size));
	assert_int_equal(size, 0);
	assert_true(wav_cut_head(wav.p, 100, 0.5, &size));
	assert_int_equal(size, 44 + 8000);
	media_probe(&f, wav.p, 100, size);
	assert_true(f.seconds > 0.499 && f.seconds < 0.501);
	for (size_t i = 0; i < 4; i++)
		wav.p[40 + i] = (char)0xff;	/* written while it was made */
	assert_false(wav_cut_head(wav.p, 100, 0.5, &size));
	assert_false(wav_cut_head(wav.p, 20, 0.5, &size));
	assert_int_equal(size, 0);
	buf_free(&wav);
}

static void
hostile_media_is_survived(void **state)
{
	uint8_t bytes[256];
	struct media_facts f;
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		static const char *const heads[] = { "\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0", "RIFF....WAVE", "....ftypisom" };
		const char *head = heads[round % 4];
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		memcpy(bytes, head, strlen(head));
		if (round % 4 == 3) {		/* boxes within boxes */
			memcpy(bytes, "\0\0\0\x10", 4);
			memcpy(bytes + 16, "\0\0\0\xf0moov\0\0\0\x30mvhd", 16);
		}
		media_probe(&f, bytes, (size_t)(seed % sizeof bytes), seed);
	}
}

static void
objects_stay_below_their_prefix(void **state)
{
	static const char prefix[] = "gs://b/users/u/";
	static const struct { const char *uri; bool below; } v[] = {
		{ "gs://b/users/u/x.png", true }, { "gs://b/users/u/1/x..y/z", true }, { "gs://b/users/u/", false },
		{ "gs://b/users/u2/x.png", false }, { "gs://b/users/u", false }, { "gs://other/users/u/x", false },
		{ "gs://b/users/u/../v/x", false }, { "gs://b/users/u/1/..", false }, { "gs://b/users/u/./x", false }, { "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++)
		assert_int_equal(gs_uri_below(v[i].uri, prefix, sizeof prefix - 1), v[i].below);
	assert_false(gs_uri_below("gs://b/users/u/x", prefix, sizeof prefix - 2));	/* no slash: u2 would pass */
	assert_false(gs_uri_below("gs://b/users/u/x", "", 0));
}

static void
cache_forgets_in_time(void **state)
{
	struct url_cache *c = url_cache_new();
	char uri[32];

	(void)state;
	assert_non_null(c);
	assert_null(url_cache_get(c, BYTES("gs://b/x"), 0));
	url_cache_put(c, BYTES("gs://b/x"), "https://one", 100);
	assert_string_equal(url_cache_get(c, BYTES("gs://b/x"), 99), "https://one");
	assert_null(url_cache_get(c, BYTES("gs://b/x"), 100));
	url_cache_put(c, BYTES("gs://b/x"), "https://two", 200);
	assert_string_equal(url_cache_get(c, BYTES("gs://b/x"), 199), "https://two");
	for (int i = 0; i < 3 * URL_CACHE_SLOTS * URL_CACHE_WAYS; i++) {	/* bounded, whatever comes */
		snprintf(uri, sizeof uri, "gs://b/%d", i);
		url_cache_put(c, bytes_str(uri), "https://many", 1000u + (unsigned)i);
	}
	assert_string_equal(url_cache_get(c, bytes_str(uri), 0), "https://many");
	assert_null(url_cache_get(c, BYTES("gs://b/x"), 0));
	url_cache_free(c);
}

static void
heads_of_answers_are_read(void **state)
{
	static char longest[3000] = "Location: ";
	struct http_answer a = { 0 };

	(void)state;
#define LINE(text) http_head_line(&a, text "\r\n", sizeof(text) + 1)
	LINE("Content-Range: bytes 5-9/100");
	assert_int_equal(a.first, 5);
	assert_int_equal(a.total, 100);
	LINE("content-range: bytes */7");
	assert_int_equal(a.first, 0);
	assert_int_equal(a.total, 7);
	LINE("Range: bytes=0-262143");
	assert_int_equal(a.stored, 262144);
	LINE("Range: bytes=5-9");			/* a hole at the start: as if nothing were there */
	assert_int_equal(a.stored, 0);
	LINE("Content-Length:12");
	assert_int_equal(a.length, 12);
	LINE("X-Goog-Generation: 1795822736673515");
	assert_int_equal(a.generation, 1795822736673515);
	LINE("Location: https://storage.googleapis.com/upload/x?upload_id=1");
	assert_string_equal(a.location, "https://storage.googleapis.com/upload/x?upload_id=1");
	memset(longest + strlen(longest), 'x', sizeof longest - strlen(longest));
	http_head_line(&a, longest, sizeof longest);
	http_head_line(&a, longest, 1450);		/* shorter than a line, longer than a place */
	assert_string_equal(a.location, "https://storage.googleapis.com/upload/x?upload_id=1");
	http_head_line(&a, "", 0);
	LINE("content-range");
	LINE("Date: Sat, 28 Nov 2026 03:59:00 GMT");
	assert_string_equal(a.date, "Sat, 28 Nov 2026 03:59:00 GMT");
	LINE("Date: Sat, 28 Nov 2026 03:59:00 GMT and whatever somebody likes to say");
	assert_string_equal(a.date, "Sat, 28 Nov 2026 03:59:00 GMT");
	LINE("Metadata-Flavor: google");
	assert_false(a.from_metadata);
	LINE("metadata-flavor: Google");
	assert_true(a.from_metadata);
}

static void
checksums_go_on(void **state)
{
	(void)state;
	assert_int_equal(crc32c_more(crc32c("12345", 5), "6789", 4), crc32c("123456789", 9));
	assert_int_equal(crc32c_more(0, "", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_goes_both_ways),
		cmocka_unit_test(bad_base64_is_refused),
		cmocka_unit_test(checksums_are_the_published_ones),
		cmocka_unit_test(percent_keeps_what_is_safe),
		cmocka_unit_test(pictures_tell_their_size),
		cmocka_unit_test(sound_is_cut),
		cmocka_unit_test(sound_is_cut_by_its_head),
		cmocka_unit_test(hostile_media_is_survived),
		cmocka_unit_test(objects_stay_below_their_prefix),
		cmocka_unit_test(cache_forgets_in_time),
		cmocka_unit_test(heads_of_answers_are_read),
		cmocka_unit_test(checksums_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
