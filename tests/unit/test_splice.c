/* tests/unit/test_splice.c - signed URLs in the place of storage URIs.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/splice.h"

static void
urls_take_the_place_of_uris(void **state)
{
	static const struct { const char *json; size_t n; const char *out; } cases[] = {
		{ "{}", 0, "{}" },
		{ "", 0, "" },
		{ "{\"resultUrl\":\"gs://b/o\"}", 1, "{\"resultUrl\":\"https://0?a=\\\"\"}" },
		{ "[{\"resultUrl\":\"gs://b/\\\"o\",\"x\":1},{\"resultUrl\":\"gs://c\"}]", 2,
		    "[{\"resultUrl\":\"https://0?a=\\\"\",\"x\":1},{\"resultUrl\":\"https://1\"}]" },
		/* a prompt that speaks of one: its quotes are escaped */
		{ "{\"prompt\":\"\\\"resultUrl\\\":\\\"gs://b\",\"resultUrl\":\"gs://b/o\"}", 1,
		    "{\"prompt\":\"\\\"resultUrl\\\":\\\"gs://b\",\"resultUrl\":\"https://0?a=\\\"\"}" },
		{ "{\"resultUrl\":\"https://b/o\"}", 0, "{\"resultUrl\":\"https://b/o\"}" },
		/* one that has none */
		{ "[{\"resultUrl\":\"gs://b/o\\nboat\"},{\"signedUrl\":\"gs://c\"},{\"resultUrl\":\"gs://d\"}]", 3,
		    "[{\"resultUrl\":\"https://0?a=\\\"\"},{\"signedUrl\":\"https://1\"},{\"resultUrl\":null}]" },
	};
	static const struct bytes urls[] = { { "https://0?a=\"", 13 }, { "https://1", 9 }, { "", 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bytes_list list = { urls, (uint32_t)cases[i].n };
		struct buf b = { 0 };
		assert_int_equal(splice_count(bytes_str(cases[i].json)), cases[i].n);
		assert_int_equal(splice_urls(&b, bytes_str(cases[i].json), &list), 0);
		assert_int_equal(b.n, strlen(cases[i].out));
		if (b.n > 0)
			assert_memory_equal(b.p, cases[i].out, b.n);
		buf_free(&b);
	}
}

static void
what_does_not_fit_is_refused(void **state)
{
	static const struct bytes urls[] = { { "https://0", 9 }, { "https://1", 9 } };
	static const char *const jsons[] = { "{\"resultUrl\":\"gs://b/o\"}", "{}", "{\"resultUrl\":\"gs://b\",\"resultUrl\":\"gs://b\\" };

	(void)state;
	for (size_t i = 0; i < COUNT(jsons); i++) {
		struct bytes_list list = { urls, 2 };
		struct buf b = { 0 };
		assert_int_equal(splice_urls(&b, bytes_str(jsons[i]), &list), -1);
		buf_free(&b);
	}
	struct bytes_list none = { NULL, 0 };
	struct buf b = { 0 };
	assert_int_equal(splice_urls(&b, bytes_str(jsons[0]), &none), -1);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_take_the_place_of_uris),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
