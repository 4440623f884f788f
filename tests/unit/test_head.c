/* tests/unit/test_head.c - the look at heads before h2o takes them, in front of its own
 * parser.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/head.h"

enum { FIELDS = 100 };

static void
hosts(void **state)
{
	static const struct { const char *text; bool ok; } cases[] = {
		{ "", true }, { "a", true }, { "a.example:8080", true }, { "127.0.0.1:1", true }, { "[::1]:80", true },
		{ "[::ffff:1.2.3.4]", true }, { "a:", true }, { "a b/\\", false }, { "a/b", false }, { "a:80:90", false },
		{ "a:x", false }, { "[::1", false }, { "[]", false }, { "[::1]x", false }, { "user@a", false }, { "a,b", true },
		{ "\xc3\xa4", false }, { "a?", false }, { "a#", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(head_host_ok(bytes_str(cases[i].text)), cases[i].ok);
}

static void
targets(void **state)
{
	static const struct { const char *text, *path; } cases[] = {
		{ "/a", "/a" }, { "http://x/healthz", "/healthz" }, { "HTTPS://x:1/a/b", "/a/b" }, { "http://x", "/" },
		{ "http:///a", NULL }, { "http://a b/", NULL }, { "http://u@x/", NULL }, { "*", "*" }, { "http://", NULL },
		{ "ftp://x/a", NULL }, { "a", NULL }, { "", NULL }, { "/a b", NULL }, { "/a#b", NULL }, { "/\x01", NULL }, { "/\xc3\xa4", "/\xc3\xa4" },
		{ "127.0.0.1:22", NULL }, { "**", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bytes target = bytes_str(cases[i].text), authority;
		assert_int_equal(head_target(&target, &authority), cases[i].path != NULL);
		if (cases[i].path != NULL)
			assert_true(bytes_eq(target, cases[i].path));
	}
}

/* What our parser makes of a head: "ok", "later", "silence", or why it was refused. */
static const char *
judged(const char *text, size_t n, size_t *fields)
{
	static char why[64];
	struct phr_header headers[FIELDS];
	const char *method, *path;
	size_t method_n, path_n;
	int minor;

	*fields = FIELDS;
	int rc = phr_parse_request(text, n, &method, &method_n, &path, &path_n, &minor, headers, fields, 0);
	if (rc < 0)
		return rc == -2 ? "later" : "silence";
	assert_true(rc <= (int)n && method_n > 0 && path_n > 0);
	if (*fields != 1 || headers[0].name_len != sizeof HEAD_REFUSED - 1 || memcmp(headers[0].name, HEAD_REFUSED, headers[0].name_len) != 0)
		return "ok";
	snprintf(why, sizeof why, "%.*s", (int)headers[0].value_len, headers[0].value);
	return why;
}

static void
heads(void **state)
{
	static const struct { const char *text, *judged; } cases[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", "ok" },
		{ "\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", "ok" },
		{ "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", "ok" },
		{ "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", "ok" },	/* the parser itself takes one more */
		{ "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", "The request is malformed" },
		{ "GET / HTTP/1.0\r\n\r\n", "ok" }, { "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "ok" },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "ok" },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", "ok" },
		{ "GET http://a:80/ HTTP/1.1\r\nHost: A:80\r\n\r\n", "ok" },
		{ "\r\n", "later" }, { "GET / HT", "later" }, { "", "later" }, { "\r", "later" },
		/* lines */
		{ "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "A line does not end with CRLF" },
		{ "GET / HTTP/1.1\nHost: a\r\n\r\n", "A line does not end with CRLF" },
		{ "GET / HTTP/1.1\r\nHost: a\n\r\n", "A line does not end with CRLF" },
		{ "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "A line does not end with CRLF" },
		{ "GET / HTTP/1.1\r\nHost: a\r\n\n", "A line does not end with CRLF" },
		{ "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "The request is malformed" },
		{ "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", "A header field is folded" },
		/* the first */
		{ "\x16\x03\x01", "The request is malformed" }, { "GET /\r\n\r\n", "The request is malformed" },
		{ "GET / HTTP/0.9\r\n\r\n", "The request is malformed" }, { "GET / HTTP/2.0\r\n\r\n", "The request is malformed" },
		{ "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "The version is neither HTTP/1.0 nor HTTP/1.1" },
		{ "GET / http/1.1\r\nHost: a\r\n\r\n", "The request is malformed" }, { "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "The request is malformed" },
		{ "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "The method is malformed" }, { "GET:/ / HTTP/1.1\r\nHost: a\r\n\r\n", "The method is malformed" },
		{ "CONNECT a:22 HTTP/1.1\r\nHost: a:22\r\n\r\n", "The request target is malformed" },
		{ "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "The request target is malformed" },
		/* hosts */
		{ "GET / HTTP/1.1\r\n\r\n", "The Host header field is missing" },
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "The Host header field is given twice" },
		{ "GET / HTTP/1.1\r\nHost: a b/\\\r\n\r\n", "The Host header field is malformed" },
		{ "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "The target and the Host header field differ" },
		/* fields and lengths */
		{ "GET / HTTP/1.1\r\nX y: a\r\n\r\n", "The request is malformed" }, { "GET / HTTP/1.1\r\nX : a\r\n\r\n", "The request is malformed" },
		{ "GET / HTTP/1.1\r\n: a\r\n\r\n", "The request is malformed" }, { "GET / HTTP/1.1\r\n X: a\r\n\r\n", "The request is malformed" },
		{ "GET / HTTP/1.1\r\nX: a\x01\r\n\r\n", "The request is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "The length of the body is ambiguous" },
		{ "POST / HTTP/1.1\r\nContent-Length: 1\r\ntransfer-encoding: chunked\r\n\r\n", "The length of the body is ambiguous" },
		{ "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: 01\r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: 1 \r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n\r\n", "The Content-Length header field is malformed" },
		{ "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "The Transfer-Encoding is not chunked" },
		{ "POST / HTTP/1.1\r\nTransfer-Encoding: chunked \r\n\r\n", "The Transfer-Encoding is not chunked" },
		{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "The Transfer-Encoding is not chunked" },
	};
	size_t fields;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(judged(cases[i].text, strlen(cases[i].text), &fields), cases[i].judged);
}

static void
heads_that_are_too_large(void **state)
{
	struct buf b = { 0 };
	size_t fields;

	(void)state;
	assert_int_equal(buf_add(&b, "GET / HTTP/1.1\r\n", 16), 0);
	for (int i = 0; i <= FIELDS; i++)
		assert_int_equal(buf_add(&b, "A: b\r\n", 6), 0);
	assert_string_equal(judged(b.p, b.n, &fields), "431");
	b.n = 16;
	assert_int_equal(buf_add(&b, "A: ", 3), 0);
	while (b.n < 40000)
		assert_int_equal(buf_add(&b, "bbbbbbbb", 8), 0);
	assert_string_equal(judged(b.p, 20000, &fields), "later");
	assert_string_equal(judged(b.p, b.n, &fields), "431");
	memset(b.p + 5, '/', b.n - 5);		/* a target that does not end */
	assert_string_equal(judged(b.p, b.n, &fields), "414");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(targets),
		cmocka_unit_test(heads),
		cmocka_unit_test(heads_that_are_too_large),
	};

	return head_init() != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
