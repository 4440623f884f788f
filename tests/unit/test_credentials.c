/* tests/unit/test_credentials.c - every kind of Google credentials: what is taken, what is refused,
 * and the requests that lead to a token, byte for byte.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actors/vertex/credentials/credentials.h"
#include "tests/unit/unit.h"

static const struct cred_hosts google = { "", "", "" };
static struct credentials c;
static char proof[CRED_PROOF_MAX];

static const char *
read_text(const char *json, const struct cred_hosts *hosts)
{
	return credentials_read(&c, bytes_str(json), hosts);
}

static int
forget(void **state)
{
	(void)state;
	credentials_free(&c);
	memset(proof, 0, sizeof proof);
	return 0;
}

/* The request of a step: "METHOD URL\nBODY". */
static const char *
asked(size_t step)
{
	static char text[8192];
	struct cred_call call = { 0 };

	assert_true(step < c.nsteps);
	assert_int_equal(c.steps[step]->ask(&c, 1893456010, proof, &call), CRED_CALL);
	snprintf(text, sizeof text, "%s %.*s\n%.*s", call.method, (int)call.url.n, (const char *)call.url.p,
	    (int)call.body.n, call.body.n > 0 ? (const char *)call.body.p : "");
	buf_free(&call.url);
	buf_free(&call.body);
	return text;
}

static bool
took(size_t step, const char *body, uint64_t *life)
{
	return c.steps[step]->take(&c, bytes_str(body), 1893456000, proof, life);
}

/* ---- service accounts ---- */

/* Google's vector but for typ, which it may carry and the vector does not: same claims, iat 10 s ago. */
static void
test_service_account(void **state)
{
	static const char claims[] = "eyJpc3MiOiJlbXVsYXRvckBzdHVkaW8tdGVzdC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSIsInNjb3BlIjoiaHR0cHM6Ly93d3cuZ29"
	    "vZ2xlYXBpcy5jb20vYXV0aC9jbG91ZC1wbGF0Zm9ybSIsImF1ZCI6Imh0dHBzOi8vb2F1dGgyLmdvb2dsZWFwaXMuY29tL3Rva2VuIiwiZXhwIjoxODkzNDU5NjAwLC"
	    "JpYXQiOjE4OTM0NTYwMDB9.";
	json_t *json = json_load_file("etc/dev/service-account.json", 0, NULL);
	char *text = json_dumps(json, 0);

	(void)state;
	assert_null(read_text(text, &google));
	assert_string_equal(c.email, "emulator@studio-test.iam.gserviceaccount.com");
	assert_non_null(credentials_signer(&c));
	assert_int_equal(c.nsteps, 1);
	const char *form = asked(0);
	static const char start[] = "POST https://oauth2.googleapis.com/token\n"
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
	assert_memory_equal(form, start, sizeof start - 1);
	assert_non_null(strstr(form, claims));
	free(text);
	json_decref(json);
}

/* ---- authorized_user ---- */

#define USER "{\"type\":\"authorized_user\",\"client_id\":\"id.apps\",\"client_secret\":\"s/1\",\"refresh_token\":\"1//r t\"%s}"

static void
test_authorized_user(void **state)
{
	char text[512];
	uint64_t life = 0;

	(void)state;
	snprintf(text, sizeof text, USER, ",\"quota_project_id\":\"bill-me\"");
	assert_null(read_text(text, &google));
	assert_null(credentials_signer(&c));
	assert_string_equal(c.email, "");
	assert_string_equal(c.quota_project, "bill-me");
	assert_string_equal(asked(0), "POST https://oauth2.googleapis.com/token\n"
	    "refresh_token=1%2F%2Fr%20t&client_id=id.apps&client_secret=s%2F1&grant_type=refresh_token");
	assert_true(took(0, "{\"access_token\":\"ya29.x\",\"expires_in\":3599,\"token_type\":\"Bearer\"}", &life));
	assert_string_equal(proof, "ya29.x");
	assert_int_equal(life, 3599);
	assert_false(took(0, "{\"access_token\":\"ya29.x\\r\\nX: y\",\"expires_in\":3599}", &life));
	assert_false(took(0, "{\"access_token\":\"ya29.x\"}", &life));
	assert_false(took(0, "[]", &life));
	assert_false(took(0, "", &life));
	credentials_free(&c);
	snprintf(text, sizeof text, USER, "");
	assert_null(read_text(text, &(struct cred_hosts){ "http://127.0.0.1:9/", "", "" }));
	assert_memory_equal(asked(0), "POST http://127.0.0.1:9/token\n", 30);
	assert_true(credentials_plain(&c));
}

/* ---- two steps ---- */

#define IMPERSONATE "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken"

static void
test_impersonated(void **state)
{
	char text[2048], user[512];
	uint64_t life = 0;

	(void)state;
	snprintf(user, sizeof user, USER, "");
	snprintf(text, sizeof text, "{\"type\":\"impersonated_service_account\",\"delegates\":[\"d@p\"],\"source_credentials\":%s,"
	    "\"service_account_impersonation_url\":\"" IMPERSONATE "\"}", user);
	assert_null(read_text(text, &google));
	assert_string_equal(c.email, "a@p.iam.gserviceaccount.com");
	assert_string_equal(c.type, "impersonated_service_account");
	assert_null(credentials_signer(&c));
	assert_int_equal(c.nsteps, 2);
	assert_string_equal(asked(1), "POST " IMPERSONATE "\n"
	    "{\"scope\":[\"https://www.googleapis.com/auth/cloud-platform\"],\"lifetime\":\"3600s\",\"delegates\":[\"d@p\"]}");
	assert_true(took(1, "{\"accessToken\":\"t1\",\"expireTime\":\"2030-01-01T01:00:00Z\"}", &life));
	assert_int_equal(life, 3600);
	assert_true(took(1, "{\"accessToken\":\"t2\",\"expireTime\":\"2030-01-01T00:10:00.123456Z\"}", &life));
	assert_string_equal(proof, "t2");
	assert_int_equal(life, 600);
	assert_false(took(1, "{\"accessToken\":\"t\",\"expireTime\":\"2029-12-31T23:59:59Z\"}", &life));
	assert_false(took(1, "{\"accessToken\":\"t\",\"expireTime\":\"tomorrow\"}", &life));
	assert_false(took(1, "{\"accessToken\":\"t\"}", &life));
}

#define EXTERNAL "{\"type\":\"external_account\",\"audience\":\"//iam/x\",\"subject_token_type\":\"urn:jwt\",\"credential_source\":%s%s}"

static const char *
external(const char *source, const char *more)
{
	char text[2048];

	snprintf(text, sizeof text, EXTERNAL, source, more);
	return read_text(text, &google);
}

static void
test_external_file(void **state)
{
	char path[] = "/tmp/test_credentials_XXXXXX", source[256];
	struct cred_call call = { 0 };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && write(fd, "{\"jwt\":\"one.two\"}\n", 18) == 18);
	close(fd);
	snprintf(source, sizeof source, "{\"file\":\"%s\",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"jwt\"}}", path);
	assert_null(external(source, ",\"service_account_impersonation_url\":\"" IMPERSONATE "\""));
	assert_int_equal(c.nsteps, 3);
	assert_int_equal(c.steps[0]->ask(&c, 0, proof, &call), CRED_DONE);
	assert_string_equal(proof, "one.two");
	assert_string_equal(asked(1), "POST https://sts.googleapis.com/v1/token\n"
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=%2F%2Fiam%2Fx&"
	    "scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&"
	    "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&"
	    "subject_token=one.two&subject_token_type=urn%3Ajwt");
	assert_string_equal(c.email, "a@p.iam.gserviceaccount.com");
	unlink(path);
	assert_int_equal(c.steps[0]->ask(&c, 0, proof, &call), CRED_FAILED);
}

static void
test_external_url(void **state)
{
	uint64_t life = 0;

	(void)state;
	assert_null(external("{\"url\":\"http://169.254.169.254/metadata?x=1\",\"headers\":{\"Metadata\":\"True\"},"
	    "\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"access_token\"}}", ""));
	assert_string_equal(asked(0), "GET http://169.254.169.254/metadata?x=1\n");
	assert_string_equal(c.secrets->header[0], "Metadata: True");
	assert_string_equal(credentials_source(&c), "http://169.254.169.254/metadata?x=1");
	assert_true(took(0, "{\"access_token\":\"abc\"}", &life));
	assert_false(took(0, "abc", &life));
	credentials_free(&c);
	assert_null(external("{\"url\":\"https://tokens.example/x\"}", ""));
	assert_true(took(0, "plain\n", &life));
	assert_string_equal(proof, "plain");
	assert_false(took(0, "two words", &life));
}

static void
test_metadata(void **state)
{
	uint64_t life = 0;

	(void)state;
	assert_null(read_text("{\"type\":\"metadata\"}", &(struct cred_hosts){ "", "", "localhost:81" }));
	assert_string_equal(asked(0), "GET http://localhost:81/computeMetadata/v1/instance/service-accounts/default/email\n");
	assert_string_equal(asked(1), "GET http://localhost:81/computeMetadata/v1/instance/service-accounts/default/token"
	    "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform\n");
	assert_false(took(0, "a@b/../c", &life));
	assert_string_equal(c.email, "");
	assert_true(took(0, "me@p.iam.gserviceaccount.com\n", &life));
	assert_string_equal(c.email, "me@p.iam.gserviceaccount.com");
	struct cred_call call = { 0 };
	assert_int_equal(c.steps[0]->ask(&c, 0, proof, &call), CRED_DONE);
	credentials_free(&c);
	assert_non_null(read_text("{\"type\":\"metadata\"}", &(struct cred_hosts){ "", "", "a/b" }));
}

static void
test_refused(void **state)
{
	static const struct { const char *json, *why; } rows[] = {
		{ "", "no JSON object" }, { "[]", "no JSON object" }, { "{}", "type is missing" }, { "{\"type\":7}", "type is missing" },
		{ "{\"type\":\"gdch\"}", "\"gdch\" is not one" }, { "{\"type\":\"x\\u001b[2J\"}", "\"x\" is not one" },
		{ "{\"type\":\"service_account\"}", "client_email" },
		{ "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":\"x\"}", "RSA" },
		{ "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":\"x\",\"token_uri\":\"http://evil.example/\"}", "token_uri" },
		{ "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":\"x\",\"token_uri\":\"http://127.0.0.1@evil.example/\"}", "token_uri" },
		{ "{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":\"x\",\"token_uri\":\"http://127.evil.example/\"}", "token_uri" },
		{ "{\"type\":\"authorized_user\",\"client_id\":\"a\",\"client_secret\":\"b\"}", "refresh_token" },
		{ "{\"type\":\"authorized_user\",\"client_id\":\"a\\u0000b\",\"client_secret\":\"b\",\"refresh_token\":\"c\"}", "" },
		{ "{\"type\":\"impersonated_service_account\"}", "source_credentials" },
		{ "{\"type\":\"impersonated_service_account\",\"source_credentials\":{\"type\":\"impersonated_service_account\"}}", "impersonated too" },
		{ "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\"}", "credential_source" },
		{ "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"credential_source\":{\"executable\":{}}}", "not supported" },
		{ "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"credential_source\":{\"file\":\"a/b\"}}", "absolute" },
		{ "{\"type\":\"external_account\",\"audience\":\"a\",\"subject_token_type\":\"t\",\"credential_source\":{\"file\":\"/token\"}}", "root folder" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *why = read_text(rows[i].json, &google);
		assert_non_null(why);
		if (strstr(why, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].json, why);
		credentials_free(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_service_account, forget),
		cmocka_unit_test_teardown(test_authorized_user, forget),
		cmocka_unit_test_teardown(test_impersonated, forget),
		cmocka_unit_test_teardown(test_external_file, forget),
		cmocka_unit_test_teardown(test_external_url, forget),
		cmocka_unit_test_teardown(test_metadata, forget),
		cmocka_unit_test_teardown(test_refused, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
