/* tests/unit/test_object_url.c - the signed URL of an object, and the name that it gives to what it opens.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/encode.h"
#include "actors/vertex/storage/object_url.h"

static struct google g;
static struct signed_url u;

uint64_t
oauth_now_s(const struct oauth *o)
{
	(void)o;
	return 1893456000;		/* 2030-01-01 */
}

static int
fresh(void **unused)
{
	(void)unused;
	snprintf(g.storage, sizeof g.storage, "http://127.0.0.1:9000");
	g.oauth.email = "a@b.c";
	return 0;
}

static const char *
prepare(struct bytes key)
{
	signed_url_free(&u);
	return object_url_prepare(&u, key, &g, 60);
}

static int
release(void **unused)
{
	(void)unused;
	signed_url_free(&u);
	return 0;
}

#define URL(object) "http://127.0.0.1:9000/bucket/" object "?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=" \
	"a%40b.c%2F20300101%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20300101T000000Z&X-Goog-Expires=60&X-Goog-SignedHeaders=host"
#define NAMED "&response-content-disposition=inline%3B%20filename%3D%22"

static void
a_name_is_a_part_of_what_is_signed(void **unused)
{
	static const struct { const char *key, *url; } cases[] = {
		{ "gs://bucket/o.png", URL("o.png") },
		{ "gs://bucket/o.png\n", URL("o.png") },		/* no name: none is said */
		{ "gs://bucket/a/sample_0.png\nboat 1", URL("a/sample_0.png") NAMED "boat%201.png%22" },
		{ "gs://bucket/o.png\nboat.PNG", URL("o.png") NAMED "boat.PNG%22" },
		{ "gs://bucket/o.jpg\nboat.jpeg", URL("o.jpg") NAMED "boat.jpeg%22" },
		{ "gs://bucket/o.png\nboat.mp3", URL("o.png") NAMED "boat.mp3.png%22" },
		/* endings that are none */
		{ "gs://bucket/object\nboat", URL("object") NAMED "boat%22" },
		{ "gs://bucket/a.b/object\nboat", URL("a.b/object") NAMED "boat%22" },
		{ "gs://bucket/o.longer-than-7\nboat", URL("o.longer-than-7") NAMED "boat%22" },
		{ "gs://bucket/o.eightlng\nboat", URL("o.eightlng") NAMED "boat%22" },
		{ "gs://bucket/o.x\"y\nboat", URL("o.x%22y") NAMED "boat%22" },
		{ "gs://bucket/o.\xe2\x80\xaegnp\nboat", URL("o.%E2%80%AEgnp") NAMED "boat%22" },
		{ "gs://bucket/o.\nboat", URL("o.") NAMED "boat%22" },
		/* names that somebody thought of */
		{ "gs://bucket/o.png\nb\xc3\xb6\"at", URL("o.png") NAMED "b_at.png%22%3B%20filename%2A%3DUTF-8%27%27b%25C3%25B6at.png" },
		{ "gs://bucket/o.png\n../../x\r\nX-Evil: 1", URL("o.png") NAMED "xX-Evil%201.png%22" },
		{ "gs://bucket/o.png\n\xff\xfe..", URL("o.png") NAMED "file.png%22" },
		{ "gs://bucket/o.png\n100%", URL("o.png") NAMED "100_.png%22%3B%20filename%2A%3DUTF-8%27%27100%2525.png" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(prepare(bytes_str(cases[i].key)));
		assert_string_equal(buf_text(&u.url), cases[i].url);
		assert_non_null(strstr(buf_text(&u.canonical), strchr(cases[i].url, '?') + 1));	/* all of it */
	}
}

static void
what_names_no_object_is_refused(void **unused)
{
	static const char *const bad[] = { "", "gs://", "gs://bucket", "gs://bucket/", "gs://bucket/\nname", "\ngs://bucket/o", "https://bucket/o",
		"gs://Bucket/o", "gs://b/o", "gs://bucket/\xff", "gs://bucket/a\rb" };
	static char longest[1200] = "gs://bucket/";

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_equal(prepare(bytes_str(bad[i])), "it names no object");
	memset(longest + 12, 'o', sizeof longest - 12);
	assert_string_equal(prepare(bytes_of(longest, 12 + 1025)), "it names no object");
	assert_null(prepare(bytes_of(longest, 12 + 1024)));
	g.oauth.email = "";
	assert_non_null(prepare(BYTES("gs://bucket/o")));
	g.oauth.email = "a@b.c";
	snprintf(g.storage, sizeof g.storage, "ftp://x");
	assert_non_null(prepare(BYTES("gs://bucket/o")));
}

/* A key of an object whose name takes three bytes of the URL for each of its own, and of n characters
 * of a name, each of which takes twenty. */
static struct bytes
large(char *key, size_t object, size_t n)
{
	size_t at = (size_t)sprintf(key, "gs://bucket/");

	memset(key + at, '%', object);
	at += object;
	key[at++] = '\n';
	for (size_t i = 0; i < n; i++, at += 4)
		memcpy(key + at, "\xf0\x9f\x9a\xa3", 4);
	return bytes_of(key, at);
}

static size_t
times(const char *s, const char *part)
{
	size_t n = 0;

	for (; (s = strstr(s, part)) != NULL; s++)
		n++;
	return n;
}

static void
a_name_is_shortened_until_the_url_fits(void **unused)
{
	static const struct { size_t object, given, left; bool named; } cases[] = { { 8, 120, 120, true }, { 200, 120, 60, true }, { 440, 120, 60, true },
		{ 520, 120, 30, true }, { 750, 60, 15, true }, { 920, 2, 0, true }, { 940, 2, 0, false } };
	static char key[2048];

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(prepare(large(key, cases[i].object, cases[i].given)));
		assert_true(u.url.n + strlen("&X-Goog-Signature=") + 2 * SIGNATURE_MAX <= OBJECT_URL_MAX);
		assert_int_equal(times(buf_text(&u.url), "%25F0%259F%259A%25A3"), cases[i].left);
		assert_int_equal(times(buf_text(&u.url), "response-content-disposition"), cases[i].named);
	}
	assert_string_equal(prepare(large(key, 1024, 4)), "its URL would be too long");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_name_is_a_part_of_what_is_signed, fresh, release),
		cmocka_unit_test_setup_teardown(what_names_no_object_is_refused, fresh, release),
		cmocka_unit_test_setup_teardown(a_name_is_shortened_until_the_url_fits, fresh, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
