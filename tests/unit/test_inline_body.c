/* tests/unit/test_inline_body.c - answers with media in them, read as they come: every shape that
 * Google's answers have, cut at any place, and what is wrong with them.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/inline_body.h"

static struct {
	struct inline_body body;
	struct buf items[INLINE_ITEMS_MAX];
	char damage[INLINE_ITEMS_MAX][80];
	unsigned ended;
} st;

static void
on_bytes(void *arg, unsigned item, const char *p, size_t n)
{
	(void)arg;
	assert_int_equal(item, st.ended);	/* one after the other */
	assert_int_equal(buf_add(&st.items[item], p, n), 0);
}

static void
on_end(void *arg, unsigned item, const char *damage)
{
	(void)arg;
	assert_int_equal(item, st.ended++);
	if (damage != NULL)
		snprintf(st.damage[item], sizeof st.damage[item], "%s", damage);
}

/* Reads it in pieces of `step` bytes. */
static void
read_steps(const char *json, size_t n, size_t step)
{
	inline_body_fini(&st.body);
	for (size_t i = 0; i < INLINE_ITEMS_MAX; i++)
		buf_free(&st.items[i]);
	memset(&st, 0, sizeof st);
	inline_body_init(&st.body, &(struct inline_sink){ on_bytes, on_end, NULL });
	for (size_t at = 0; at < n; at += step)
		inline_body_feed(&st.body, json + at, n - at < step ? n - at : step);
}

static bool
rest_is(const char *text)
{
	return st.body.broken == NULL && st.body.rest.n == strlen(text) && memcmp(st.body.rest.p, text, st.body.rest.n) == 0;
}

static bool
item_is(unsigned i, const char *bytes)
{
	return i < st.ended && st.damage[i][0] == '\0' && st.items[i].n == strlen(bytes) &&
	    memcmp(st.items[i].p, bytes, st.items[i].n) == 0;
}

/* ---- what comes ---- */

static const struct shape {
	const char *json, *rest, *items[4];
} shapes[] = {
	{ "{\"predictions\":[{\"mimeType\":\"image/png\",\"bytesBase64Encoded\":\"aGVsbG8=\"}]}",
	  "{\"predictions\":[{\"mimeType\":\"image/png\",\"bytesBase64Encoded\":\"0\"}]}", { "hello" } },
	{ "{ \"predictions\": [ { \"audioContent\" : \"aGVsbG8\" },\n { \"audioContent\":\n\"d29ybGQ=\" } ], \"model\": \"lyria-002\" }",
	  "{ \"predictions\": [ { \"audioContent\" : \"0\" },\n { \"audioContent\":\n\"1\" } ], \"model\": \"lyria-002\" }", { "hello", "world" } },
	{ "{\"audioContent\":\"aGVsbG8=\"}", "{\"audioContent\":\"0\"}", { "hello" } },
	{ "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a \\\"data\\\": \\\\\",\"thought\":true},{\"inlineData\":{\"data\":\"aQ==\","
	  "\"mimeType\":\"image/png\"},\"thoughtSignature\":\"QUJD\"}]}}],\"usageMetadata\":{\"promptTokenCount\":8}}",
	  "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a \\\"data\\\": \\\\\",\"thought\":true},{\"inlineData\":{\"data\":\"0\","
	  "\"mimeType\":\"image/png\"},\"thoughtSignature\":\"\"}]}}],\"usageMetadata\":{\"promptTokenCount\":8}}", { "i" } },
	{ "{\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"audio\",\"mime_type\":\"audio/mpeg\",\"data\":\"SUQz\"}]}]}",
	  "{\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"audio\",\"mime_type\":\"audio/mpeg\",\"data\":\"0\"}]}]}", { "ID3" } },
	{ "{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"AAAA\"},{\"gcsUri\":\"gs://b/o\"}]}}",
	  "{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"0\"},{\"gcsUri\":\"gs://b/o\"}]}}", { NULL } },
	/* either alphabet; escapes of the characters that an encoder may escape; of a name */
	{ "{\"data\":\"-_8=\"}", "{\"data\":\"0\"}", { "\xfb\xff" } },
	{ "{\"data\":\"\\u002b\\/8\\u003D\"}", "{\"data\":\"0\"}", { "\xfb\xff" } },
	{ "{\"d\\u0061ta\":\"aQ==\"}", "{\"d\\u0061ta\":\"0\"}", { "i" } },
	/* what is no member with text, or of another name */
	{ "[\"data\",\"aQ==\",{\"datas\":\"aQ==\",\"dat\":\"x\",\"a\":{\"b\":[{}]}}]",
	  "[\"data\",\"aQ==\",{\"datas\":\"aQ==\",\"dat\":\"x\",\"a\":{\"b\":[{}]}}]", { NULL } },
	{ "{\"data\":[\"aQ==\"],\"data\":null,\"data\":7,\"x\":\"data\",\"y\":\"aQ==\",\"data\":\"\"}",
	  "{\"data\":[\"aQ==\"],\"data\":null,\"data\":7,\"x\":\"data\",\"y\":\"aQ==\",\"data\":\"\"}", { NULL } },
	{ "{\"error\":{\"code\":500,\"message\":\"it broke\"}}", "{\"error\":{\"code\":500,\"message\":\"it broke\"}}", { NULL } },
};

static void
every_shape_cut_anywhere(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		const struct shape *s = &shapes[i];
		for (size_t step = 1; step <= strlen(s->json); step++) {
			read_steps(s->json, strlen(s->json), step);
			assert_true(rest_is(s->rest));
			for (unsigned k = 0; k < 4 && s->items[k] != NULL; k++)
				assert_true(item_is(k, s->items[k]));
		}
	}
}

static void
text_that_is_no_base64_names_its_member(void **unused)
{
	static const char *const texts[] = { "a", "aQ=", "aQ==aQ==", "a b=", "aQ=\\u003", "aG\\nVs", "aG Vs", "\\u0041\\ud83d\\ude00AAA", "=", "a\xc3\xa4=", "aGVs\\" };
	char json[100];

	(void)unused;
	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t step = 1; step < 9; step += 7) {
			snprintf(json, sizeof json, "{\"audioContent\":\"%s\"%s,\"data\":\"aGVsbG8=\"}", texts[i], i == COUNT(texts) - 1 ? "\"" : "");
			read_steps(json, strlen(json), step);
			assert_string_equal(st.damage[0], "audioContent is not base64");
			assert_true(item_is(1, "hello"));	/* its neighbour is whole */
		}
}

static void
what_is_too_much_is_refused(void **unused)
{
	static char json[INLINE_REST_MAX + 64];
	struct buf many = { 0 };

	(void)unused;
	int n = snprintf(json, sizeof json, "{\"text\":\"");
	memset(json + n, 'a', sizeof json - (size_t)n);
	read_steps(json, sizeof json, 5000);
	assert_non_null(st.body.broken);
	memset(json, '[', 100);
	read_steps(json, 100, 1);
	assert_non_null(st.body.broken);
	for (unsigned i = 0; i < INLINE_ITEMS_MAX + 3; i++)
		buf_str(&many, i == 0 ? "[{\"data\":\"aQ==\"}" : ",{\"data\":\"aQ==\"}");
	read_steps(many.p, many.n, 7);
	assert_int_equal(st.ended, INLINE_ITEMS_MAX);
	assert_memory_equal(st.body.rest.p + st.body.rest.n - 11, "{\"data\":\"\"}", 11);
	buf_free(&many);
}

static void
an_item_has_a_bound(void **unused)
{
	static char characters[1 << 20];

	(void)unused;
	read_steps("{\"data\":\"", 9, 9);
	memset(characters, 'A', sizeof characters);
	st.body.sink.bytes = NULL;		/* nothing more may be told of it once it is too large */
	st.body.item_n = INLINE_ITEM_MAX;
	inline_body_feed(&st.body, characters, sizeof characters);
	inline_body_feed(&st.body, "\"}", 2);
	assert_string_equal(st.damage[0], "data is larger than expected");
	assert_true(rest_is("{\"data\":\"0\"}"));
}

static void
markers(void **unused)
{
	unsigned item = 99;

	(void)unused;
	assert_true(inline_marker("0", &item));
	assert_int_equal(item, 0);
	assert_true(inline_marker("15", &item));
	assert_int_equal(item, 15);
	assert_false(inline_marker("", &item));
	assert_false(inline_marker("-1", &item));
	assert_false(inline_marker("100", &item));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_cut_anywhere),
		cmocka_unit_test(text_that_is_no_base64_names_its_member),
		cmocka_unit_test(what_is_too_much_is_refused),
		cmocka_unit_test(an_item_has_a_bound),
		cmocka_unit_test(markers),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	read_steps("", 0, 1);
	return rc;
}
