/* tests/unit/test_wire.c - readings of header fields.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/wire.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static void
traceparents(void **state)
{
	static const struct { const char *text; bool ok; } cases[] = {
		{ "00-" TRACE "-" SPAN "-01", true }, { "01-" TRACE "-" SPAN "-01-more", true },
		{ "", false }, { "00-" TRACE "-" SPAN, false }, { "ff-" TRACE "-" SPAN "-01", false },
		{ "00-" TRACE "-" SPAN "-01-more", false }, { "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01", false },
		{ "00-00000000000000000000000000000000-" SPAN "-01", false }, { "00-" TRACE "-0000000000000000-01", false }, { "00_" TRACE "-" SPAN "-01", false },
		{ "00-" TRACE "-" SPAN "-01, 00-" TRACE "-" SPAN "-01", false }, { "00-" TRACE "-" SPAN "-0G", false }, { "cc-" TRACE "-" SPAN "-01", true },
		{ "cc-" TRACE "-" SPAN "-01.x", false }, { "00-" TRACE "-" SPAN "-1", false },
	};
	uint8_t trace[24] = { 0 };
	char out[56];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(wire_traceparent(bytes_str(cases[i].text), trace), cases[i].ok);
	wire_traceparent_text(trace, out);
	assert_string_equal(out, "00-" TRACE "-0000000000000000-01");
}

static void
content_types(void **state)
{
	static const struct { const char *text; bool ok; } cases[] = {
		{ "application/json", true }, { "Application/JSON; charset=UTF-8", true }, { "application/json;charset=\"utf-8\"", true },
		{ "application/json; charset=latin1", false }, { "", false }, { "text/json", false }, { "application/jsonx", false },
		{ "application/x-www-form-urlencoded", false }, { ";", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(wire_is_json(bytes_str(cases[i].text)), cases[i].ok);
}

static void
accepts(void **state)
{
	static const struct { const char *text; bool json, problem; } cases[] = {
		{ "", true, false }, { "*/*", true, false }, { "application/*", true, false }, { "text/html, */*;q=0.1", true, false },
		{ "application/problem+json", true, true }, { "application/json, application/problem+json", true, true },
		{ "application/json, application/problem+json;q=0.9", true, false }, { "application/problem+json;q=0.9, */*;q=0.8", true, true },
		{ "application/problem+json;q=0", false, false }, { "*/*, application/problem+json;q=0.1", true, false }, { "application/*;q=1", true, false },
		{ "application/json;q=0, application/problem+json;q=0, */*", false, false }, { "application/*;q=0, */*", false, false },
		{ "application/json;q=0, */*;q=0.5", true, false }, { "application/json;q=0.5;ext=1", true, false }, { "application/json; Q=0", false, false },
		{ "text/html", false, false }, { "application/json;q=0", false, false }, { "application/json;q=0.000", false, false },
		{ "application/json;q=0.01", true, false }, { " , ", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(wire_accepts(bytes_str(cases[i].text), "application/json|application/problem+json"), cases[i].json);
		assert_int_equal(wire_accepts_problem(bytes_str(cases[i].text)), cases[i].problem);
	}
	assert_true(wire_accepts(BYTES("text/html"), "text/html"));
	assert_true(wire_accepts(BYTES("TEXT/*;q=0.1"), "image/png|text/css"));
	assert_false(wire_accepts(BYTES("text/htm, text/html5, tex/*, text/, text"), "text/html"));
	assert_false(wire_accepts(BYTES("text/html;q=0"), "text/html"));
	assert_true(wire_prefers(BYTES("wait=10, Respond-Async"), "respond-async"));
	assert_true(wire_prefers(BYTES("respond-async; x=1"), "respond-async"));
	assert_false(wire_prefers(BYTES("respond-asynchronously"), "respond-async"));
	assert_false(wire_prefers((struct bytes){ "", 0 }, "respond-async"));
}

static void
codings(void **state)
{
	static const struct { const char *text, *coding, *without_br; } cases[] = {
		{ "", NULL, NULL }, { "gzip", "gzip", "gzip" }, { "br", "br", NULL }, { "gzip, deflate, br", "br", "gzip" }, { "GZIP", "gzip", "gzip" },
		{ "br;q=0.5, gzip", "gzip", "gzip" }, { "br;q=0, gzip;q=0", NULL, NULL }, { "*", "br", "gzip" }, { "*;q=0", NULL, NULL },
		{ "*;q=0, gzip", "gzip", "gzip" }, { "br;q=0, *", "gzip", "gzip" }, { "identity", NULL, NULL }, { "identity;q=0.5, gzip;q=0.2", NULL, NULL },
		{ "identity;q=0.5, gzip;q=0.7", "gzip", "gzip" }, { "gzip;q=0.001", "gzip", "gzip" }, { "gzip;q=0.000", NULL, NULL }, { "deflate, zstd", NULL, NULL },
		{ "gzipped, abr", NULL, NULL }, { "gzip;q=x", "gzip", "gzip" }, { "gzip;q=2, br", "br", "gzip" }, { ", ,gzip,", "gzip", "gzip" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (int br = 0; br < 2; br++) {
			const char *wanted = br ? cases[i].coding : cases[i].without_br, *got = wire_coding(bytes_str(cases[i].text), br);
			assert_string_equal(got != NULL ? got : "none", wanted != NULL ? wanted : "none");
		}
}

static void
entity_tags(void **state)
{
	(void)state;
	assert_true(wire_matches(BYTES("W/\"a\""), "W/\"a\""));
	assert_true(wire_matches(BYTES("\"x\", \"a\""), "W/\"a\""));
	assert_true(wire_matches(BYTES("*"), "W/\"a\""));
	assert_false(wire_matches(BYTES("\"aa\""), "W/\"a\""));
	assert_false(wire_matches((struct bytes){ "", 0 }, "W/\"a\""));
}

static void
visible_texts(void **state)
{
	(void)state;
	assert_true(wire_visible(BYTES("a-1"), 3));
	assert_true(bytes_eq(wire_trim(BYTES(" \ta b\t ")), "a b"));
	assert_int_equal(wire_trim(BYTES(" \t")).n, 0);
	assert_false(wire_visible(BYTES("a-12"), 3));
	assert_false(wire_visible(BYTES("a b"), 9));
	assert_false(wire_visible(BYTES("\xc3\xa4"), 9));
	assert_false(wire_visible((struct bytes){ "", 0 }, 9));
}

static void
waits_are_read(void **state)
{
	static const struct { const char *text; uint32_t seconds; } cases[] = {
		{ "Too many failed sign-ins; try again in 119 seconds", 119 }, { "try again in 1 second", 1 },
		{ "try again soon", 0 }, { "", 0 }, { "try again in seconds", 0 }, { "in 5 seconds", 0 }, { "wait in 5", 0 },
		{ "in in 5 seconds", 5 }, { "again in 99999999999999 seconds", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(wire_seconds(bytes_str(cases[i].text)), cases[i].seconds);
}

static void
ranges_are_read(void **state)
{
	static const struct { const char *text; bool ok, suffix; uint64_t first, last; } cases[] = {
		{ "bytes=0-0", true, false, 0, 0 }, { "bytes=5-9", true, false, 5, 9 }, { "Bytes=5-", true, false, 5, UINT64_MAX },
		{ "bytes=-5", true, true, 0, 5 }, { "bytes=-0", true, true, 0, 0 }, { "bytes=9-5", false, false, 0, 0 },
		{ "bytes=0-1,3-4", false, false, 0, 0 }, { "bytes=", false, false, 0, 0 }, { "bytes=-", false, false, 0, 0 },
		{ "items=0-5", false, false, 0, 0 }, { "bytes=a-b", false, false, 0, 0 }, { "bytes=0-5x", false, false, 0, 0 },
		{ "bytes=00000000000000000000-1", false, false, 0, 0 }, { "bytes 0-5", false, false, 0, 0 }, { "bytes=--5", false, false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wire_range r;
		assert_int_equal(wire_range(bytes_str(cases[i].text), &r), cases[i].ok);
		if (!cases[i].ok)
			continue;
		assert_int_equal(r.suffix, cases[i].suffix);
		assert_int_equal(r.first, cases[i].first);
		assert_int_equal(r.last, cases[i].last);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_read),
		cmocka_unit_test(traceparents),
		cmocka_unit_test(content_types),
		cmocka_unit_test(accepts),
		cmocka_unit_test(codings),
		cmocka_unit_test(entity_tags),
		cmocka_unit_test(visible_texts),
		cmocka_unit_test(waits_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
