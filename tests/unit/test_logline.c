/* tests/unit/test_logline.c - log lines taken apart and written again, whatever is in them.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <jansson.h>

#include "supervisor/logline.h"

static const struct logorigin origin = { 1795454183012, "front", 0, 4711 };

static json_t *
as_json(const char *p, size_t n)
{
	struct logline l;
	struct buf out = { 0 };
	json_error_t why;

	logline_parse(&l, p, n);
	logline_json(&out, &l, &origin, "studio-test");
	assert_int_equal(out.p[out.n - 1], '\n');
	assert_null(memchr(out.p, '\n', out.n - 1));
	json_t *j = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &why);
	assert_non_null(j);
	buf_free(&out);
	return j;
}

static const char *
text(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s != NULL ? s : "(none)";
}

static void
a_line_in_the_cloud(void **state)
{
	static const char line[] = "W slow request_id=abc trace=0123456789abcdef0123456789abcdef why=\"a \\\"b\\\" \\n\\x1bc\" n=3 message=m";
	json_t *j = as_json(line, sizeof line - 1);

	(void)state;
	assert_string_equal(text(j, "severity"), "WARNING");
	assert_string_equal(text(j, "message"), "slow");
	assert_string_equal(text(j, "time"), "2026-11-23T17:16:23.012Z");
	assert_string_equal(text(j, "requestId"), "abc");
	assert_string_equal(text(j, "logging.googleapis.com/trace"), "projects/studio-test/traces/0123456789abcdef0123456789abcdef");
	assert_string_equal(text(j, "why"), "a \"b\" \n\x1b" "c");
	assert_string_equal(text(j, "n"), "3");
	assert_string_equal(text(j, "_message"), "m");
	assert_string_equal(text(json_object_get(j, "logging.googleapis.com/labels"), "actor"), "front");
	json_decref(j);
}

static void
a_request_line(void **state)
{
	static const char line[] = "I request method=GET path=/api/x status=200 bytes=12 ms=2.5 address=::1 route=x";
	json_t *j = as_json(line, sizeof line - 1), *h = json_object_get(j, "httpRequest");

	(void)state;
	assert_string_equal(text(h, "requestMethod"), "GET");
	assert_int_equal(json_integer_value(json_object_get(h, "status")), 200);
	assert_string_equal(text(h, "latency"), "0.002500s");
	assert_string_equal(text(j, "route"), "x");
	json_decref(j);
}

static void
foreign_lines_stay_whole(void **state)
{
	static const char *const lines[] = { "LOG:  database system is ready", "==1==ERROR: AddressSanitizer: oops", "I", "",
		"I bad event name! k=v", "I ok k=v then words", "\xff\xfe \x80", "X unknown level" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct logline l;
		logline_parse(&l, lines[i], strlen(lines[i]));
		assert_false(l.structured);
		json_t *j = as_json(lines[i], strlen(lines[i]));
		if (lines[i][0] > 0)
			assert_string_equal(text(j, "message"), lines[i]);
		json_decref(j);
	}
	struct logline l;
	logline_parse(&l, lines[1], strlen(lines[1]));
	assert_int_equal(l.level, 'E');
}

static void
terminals_get_no_control_characters(void **state)
{
	static const char line[] = "I x v=\"\\x1b[2J\\x07 \xc2\x9b \xe2\x80\x94 ok\"";
	struct logline l;
	struct buf out = { 0 };

	(void)state;
	logline_parse(&l, line, sizeof line - 1);
	logline_text(&out, &l, &origin, false);
	for (size_t i = 0; i + 1 < out.n; i++)
		assert_true((unsigned char)out.p[i] >= ' ');
	assert_non_null(memmem(out.p, out.n, "\xe2\x80\x94 ok", 6));
	assert_null(memmem(out.p, out.n, "\xc2\x9b", 2));
	buf_free(&out);
}

/* Cut at every place, and every byte changed: never a crash, always one JSON object. */
static void
any_bytes_are_survived(void **state)
{
	static const char line[] = "E failed request_id=\"r 1\" why=\"x \\x41 \\\\ \\\"q\\\" \\\" end=1 \xc3\xa9\" a=b";
	char copy[sizeof line];

	(void)state;
	for (size_t n = 0; n < sizeof line; n++)
		json_decref(as_json(line, n));
	for (size_t i = 0; i + 1 < sizeof line; i++)
		for (int c = 0; c < 256; c += 5) {
			memcpy(copy, line, sizeof line);
			copy[i] = (char)c;
			json_t *j = as_json(copy, sizeof line - 1);
			json_decref(j);
		}
}

static void
many_pairs_and_long_lines_are_bounded(void **state)
{
	char *big = malloc(20000);
	struct logline l;
	size_t n = 0;

	(void)state;
	n += (size_t)sprintf(big, "I many");
	for (int i = 0; i < 200; i++)
		n += (size_t)sprintf(big + n, " k%d=v", i);
	logline_parse(&l, big, n);
	assert_true(l.npairs <= LOGLINE_PAIRS);
	memset(big, 'x', 20000);
	logline_parse(&l, big, 20000);
	assert_int_equal(l.event.n, LOGLINE_LONGEST);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_in_the_cloud),
		cmocka_unit_test(a_request_line),
		cmocka_unit_test(foreign_lines_stay_whole),
		cmocka_unit_test(terminals_get_no_control_characters),
		cmocka_unit_test(any_bytes_are_survived),
		cmocka_unit_test(many_pairs_and_long_lines_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
