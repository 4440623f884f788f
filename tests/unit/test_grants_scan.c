/* tests/unit/test_grants_scan.c - finding and sealing what a JSON text names.
 * Licence: Apache-2.0. */
#include "unit.h"

#include <sodium.h>

#include "actors/common/seal.h"
#include "actors/db/grants.h"

static struct bytes
json(const char *s)
{
	return bytes_str(s);
}

static void
finds_in_order_and_unescapes(void **unused)
{
	struct bytes j = json("{\"results\":[{\"resultUrl\":\"gs://b/a\\\"q\\\\.png\",\"x\":1},{\"resultUrl\":\"gs://b/\\u0009t\"}]}");
	char uri[64];
	size_t at = 0, n;

	(void)unused;
	assert_int_equal(grants_next(j, &at, uri, sizeof uri, &n), 1);
	assert_int_equal(n, strlen("gs://b/a\"q\\.png"));
	assert_memory_equal(uri, "gs://b/a\"q\\.png", n);
	assert_int_equal(grants_next(j, &at, uri, sizeof uri, &n), 1);
	assert_memory_equal(uri, "gs://b/\tt", n);
	assert_int_equal(grants_next(j, &at, uri, sizeof uri, &n), 0);
}

static void
a_prompt_that_looks_like_one_is_none(void **unused)
{
	struct bytes j = json("{\"prompt\":\"\\\"resultUrl\\\":\\\"gs://b/secret\\\"\",\"results\":[]}");
	char uri[64];
	size_t at = 0, n;

	(void)unused;
	assert_int_equal(grants_next(j, &at, uri, sizeof uri, &n), 0);
}

static void
broken_ones_are_refused(void **unused)
{
	static const char *const bad[] = {
		"{\"resultUrl\":\"gs://b/unterminated", "{\"resultUrl\":\"gs://b/\\", "{\"resultUrl\":\"gs://b/\\x\"",
		"{\"resultUrl\":\"gs://b/\\u12\"", "{\"resultUrl\":\"gs://b/\\u0000\"",
	};
	char uri[24];

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++) {
		size_t at = 0, n;
		assert_int_equal(grants_next(json(bad[i]), &at, uri, sizeof uri, &n), -1);
	}
}

/* They cost their own item something, and no other. */
static void
what_is_too_long_is_cut(void **unused)
{
	struct bytes j = json("[{\"resultUrl\":\"gs://b/o.png\\na name that is too long\"},{\"resultUrl\":\"gs://b/longer-than-the-room-for-it\\nx\"},"
	    "{\"resultUrl\":\"gs://b/exactly-24-byte\\nx\"},{\"resultUrl\":\"gs://b/as-long-as-the-ro\\nx\"}]");
	static const char *const want[] = { "gs://b/o.png\na name that", "gs://", "gs://b/exactly-24-byte\nx", "gs://b/as-long-as-the-ro" };
	char out[24];
	size_t at = 0, n;

	(void)unused;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(grants_next(j, &at, out, sizeof out, &n), 1);
		assert_int_equal(n, strlen(want[i]));
		assert_memory_equal(out, want[i], n);
	}
}

static void
seals_one_for_each(void **unused)
{
	static const char key[] = "0123456789abcdef0123456789abcdef";
	struct bytes k = { key, SEAL_KEY_BYTES };
	struct id user = { { 7 } };
	struct arena a = { 0 };
	struct bytes_list list;
	struct grant g;
	uint8_t scratch[SEAL_MAX];

	(void)unused;
	assert_int_equal(grants_make(json("[{\"resultUrl\":\"gs://b/1\"},{\"resultUrl\":\"gs://b/2\"}]"), &user, 5000, k, &a, &list), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(grant_open(&g, GRANT_READ, k, list.v[1], 4999, scratch), 0);
	assert_true(bytes_eq(g.uri, "gs://b/2"));
	assert_true(id_eq(&g.user, &user));
	assert_int_not_equal(grant_open(&g, GRANT_READ, k, list.v[1], 5001, scratch), 0);
	arena_free(&a);
}

static void
more_than_the_answer_carries_is_an_error(void **unused)
{
	static const char one[] = "{\"resultUrl\":\"gs://b/o\"}";
	struct buf b = { 0 };
	struct arena a = { 0 };
	struct bytes_list list;
	struct id user = { { 7 } };

	(void)unused;
	for (int i = 0; i <= GRANTS_MAX; i++)
		assert_int_equal(buf_add(&b, one, sizeof one - 1), 0);
	assert_true(grants_make(bytes_of(b.p, b.n), &user, 1, bytes_of("0123456789abcdef0123456789abcdef", 32), &a, &list) < 0);
	arena_free(&a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_in_order_and_unescapes),
		cmocka_unit_test(a_prompt_that_looks_like_one_is_none),
		cmocka_unit_test(broken_ones_are_refused),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(seals_one_for_each),
		cmocka_unit_test(more_than_the_answer_carries_is_an_error),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
