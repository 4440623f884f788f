/* tests/unit/test_sign_blob.c - what IAM's signBlob is asked, and what its answers mean.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/encode.h"
#include "actors/vertex/storage/sign_blob.h"

static void
who_cannot_sign_is_told_what_to_do(void **unused)
{
	static const struct { const char *type, *email, *why; } cases[] = {
		{ "service_account", "a@b.c", NULL }, { "impersonated_service_account", "a@b.c", NULL }, { "external_account", "a@b.c", NULL },
		{ "metadata", "", NULL },		/* it is asked for with the first token */
		{ "authorized_user", "", "let it impersonate one" }, { "external_account", "", "service_account_impersonation_url" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct credentials c = { .type = cases[i].type };
		snprintf(c.email, sizeof c.email, "%s", cases[i].email);
		const char *why = sign_blob_cannot(&c);
		if (cases[i].why == NULL)
			assert_null(why);
		else
			assert_non_null(strstr(why, cases[i].why));
	}
}

static void
the_account_itself_is_asked_or_next_to_where_its_tokens_come_from(void **unused)
{
	static const struct { const char *impersonate, *delegates, *url, *body; } cases[] = {
		{ "", "", "https://iam/v1/projects/-/serviceAccounts/a@b.c:signBlob", "{\"payload\":\"aGVsbG8/\"}" },
		{ "https://x:8080/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken", "", "https://x:8080/v1/projects/-/serviceAccounts/a@b.c:signBlob",
		    "{\"payload\":\"aGVsbG8/\"}" },
		{ "https://x/a:generateAccessToken", "[\"projects/-/serviceAccounts/d@e.f\"]", "https://x/a:signBlob",
		    "{\"payload\":\"aGVsbG8/\",\"delegates\":[\"projects/-/serviceAccounts/d@e.f\"]}" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct credentials c = { .email = "a@b.c" };
		struct buf url = { 0 }, body = { 0 };
		snprintf(c.impersonate_url, sizeof c.impersonate_url, "%s", cases[i].impersonate);
		snprintf(c.delegates, sizeof c.delegates, "%s", cases[i].delegates);
		assert_int_equal(sign_blob_request(&url, &body, &c, "https://iam", "hello?", 6), 0);
		assert_string_equal(buf_text(&url), cases[i].url);
		assert_string_equal(buf_text(&body), cases[i].body);
		buf_free(&url);
		buf_free(&body);
	}
}

/* What is read from a signature of n bytes. */
static size_t
read_back(size_t n)
{
	uint8_t signature[SIGNATURE_MAX + 8], out[SIGNATURE_MAX];
	struct buf body = { 0 };

	for (size_t i = 0; i < n; i++)
		signature[i] = (uint8_t)(i * 7 + 1);
	buf_str(&body, "{\"keyId\":\"k\",\"signedBlob\":\"");
	base64_encode(&body, signature, n, false);
	buf_str(&body, "\"}");
	size_t got = sign_blob_read(bytes_of(body.p, body.n), out);
	if (got > 0)
		assert_memory_equal(out, signature, n);
	buf_free(&body);
	return got;
}

static void
a_signature_is_of_a_keys_size(void **unused)
{
	static const char *const bad[] = { "", "{", "[]", "null", "{}", "{\"signedBlob\":null}", "{\"signedBlob\":7}", "{\"signedBlob\":[\"AAAA\"]}", "{\"signedBlob\":\"\"}",
		"{\"signedBlob\":\"AAAA\"}", "{\"signedBlob\":\"no base64!\"}", "<html>", "{\"signedBlob\":\"\\u0000\"}", "\xff\xfe" };
	uint8_t out[SIGNATURE_MAX];
	struct buf body = { 0 };

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(sign_blob_read(bytes_str(bad[i]), out), 0);
	assert_int_equal(read_back(127), 0);
	assert_int_equal(read_back(128), 128);
	assert_int_equal(read_back(256), 256);
	assert_int_equal(read_back(512), 512);
	assert_int_equal(read_back(513), 0);
	buf_str(&body, "{\"signedBlob\":\"");
	for (int i = 0; i < 10000; i++)
		buf_str(&body, "AAAA");
	buf_str(&body, "\"}");
	assert_int_equal(sign_blob_read(bytes_of(body.p, body.n), out), 0);
	buf_free(&body);
}

static void
an_end_says_whether_to_try_again_or_what_to_do(void **unused)
{
	static const struct { enum http_end end; long status; unsigned code; const char *why; } cases[] = {
		{ HTTP_NOT_SENT, 0, E_SERVICE_UNAVAILABLE, "Try again" }, { HTTP_CUT, 0, E_SERVICE_UNAVAILABLE, "Try again" },
		{ HTTP_TIMED_OUT, 0, E_SERVICE_UNAVAILABLE, "Try again" }, { HTTP_TOO_LARGE, 200, E_SERVICE_UNAVAILABLE, "Try again" },
		{ HTTP_ANSWERED, 408, E_SERVICE_UNAVAILABLE, "Try again" }, { HTTP_ANSWERED, 429, E_SERVICE_UNAVAILABLE, "Try again" },
		{ HTTP_ANSWERED, 500, E_SERVICE_UNAVAILABLE, "Try again" }, { HTTP_ANSWERED, 599, E_SERVICE_UNAVAILABLE, "Try again" },
		{ HTTP_ANSWERED, 403, E_STORAGE_ERROR, "Service Account Token Creator" }, { HTTP_ANSWERED, 404, E_STORAGE_ERROR, "does not know the service account" },
		{ HTTP_ANSWERED, 200, E_STORAGE_ERROR, "could not be read" }, { HTTP_ANSWERED, 400, E_STORAGE_ERROR, "refused" },
		{ HTTP_ANSWERED, 302, E_STORAGE_ERROR, "refused" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_answer a = { .end = cases[i].end, .status = cases[i].status };
		const char *why = NULL;
		assert_int_equal(sign_blob_failed(&a, &why), cases[i].code);
		assert_non_null(strstr(why, cases[i].why));
		assert_true(strlen(why) < 256);		/* as signed_urls carries it */
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_cannot_sign_is_told_what_to_do),
		cmocka_unit_test(the_account_itself_is_asked_or_next_to_where_its_tokens_come_from),
		cmocka_unit_test(a_signature_is_of_a_keys_size),
		cmocka_unit_test(an_end_says_whether_to_try_again_or_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
