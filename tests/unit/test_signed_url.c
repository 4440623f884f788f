/* tests/unit/test_signed_url.c - V4 signed URLs and JWTs, byte for byte against vectors
 * that Google's own client libraries made with the development key.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <jansson.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/storage/signed_url.h"
#include "actors/vertex/storage/signer.h"

static const char canonical_a[] =
	"GET\n"
	"/studio-test-media/users/u1/projects/p1/a%20b%2Bc%C3%A9%20%281%29.png\n"
	"X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=emulator%40studio-test.iam.gserviceaccount.com%2"
	"F20300101%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20300101T000000Z&X-Goog-Expires=86400&X-Goog-"
	"SignedHeaders=host\n"
	"host:storage.googleapis.com\n"
	"\n"
	"host\n"
	"UNSIGNED-PAYLOAD";
static const char to_sign_a[] =
	"GOOG4-RSA-SHA256\n"
	"20300101T000000Z\n"
	"20300101/auto/storage/goog4_request\n"
	"c623613ea9901d8768795920e3978f3d8805890cc01635c06ad72a14c55393ba";
static const char signature_a[] =
	"21210a697e303f13c6cbf86c850b249132895d3d53f8fa7ebad645c71b070f68a227463b6ed6d73a6f1fd5c1cc2215981ab1"
	"17cfaadf141422ec476f00abd77701aa373c80913f70afeed41e3c8601d878c26c1fef6dfce16c7f820db9959b5bc553dc61"
	"fee355234d58c84a77b877c2b3448f9f6479a20741df6a8897d1628e556b41d35d4638c48564f8a9c751aa722e17b6214ad8"
	"926ca10e5f2729078945198ca4c95b37ee40999e5878c2cef92e37d46f45547ef2da633ccdba98b5f86847d680c8acc140b2"
	"2c021bd7e33dd9cf85b3b8d48e2366089951d281fd4b10723597b6e0767dfca3568b3b615c355b5fddd3dee90d114d31b22f"
	"f462137582a2";

static const char canonical_b[] =
	"GET\n"
	"/out/clip.mp4\n"
	"X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=emulator%40studio-test.iam.gserviceaccount.com%2"
	"F20300101%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20300101T000000Z&X-Goog-Expires=3600&X-Goog-S"
	"ignedHeaders=host&response-content-disposition=attachment%3B%20filename%3D%22my%20clip.mp4%22&respon"
	"se-content-type=video%2Fmp4\n"
	"host:studio-test-media.storage.googleapis.com\n"
	"\n"
	"host\n"
	"UNSIGNED-PAYLOAD";
static const char to_sign_b[] =
	"GOOG4-RSA-SHA256\n"
	"20300101T000000Z\n"
	"20300101/auto/storage/goog4_request\n"
	"39d32040274c1ef324983491886b5d83f9c890c81cc6a2fd133648d2e9afaec7";
static const char signature_b[] =
	"21b4e5e45216a2207faed17bd31432050e92cefc768570c90146f4ae2933586fa01b351e40ee365beea9936bc8320c7fead4"
	"91ab4c5d5bde5bcd436db9c71b4fee69647893228dfe7d096c9b427830780fb6303cf17d1ec7c59915a745cedb365764be3a"
	"896fa5177913919de9598a191a180cea4936a2a836bd3972f3ecd3f1ce19c986dde84e4de2187e8e17ebec75e53ce9f3e1de"
	"156adb5d9856a205faab69e1c931880e3cd1331fbaf0ce56e31d8c4591741c3269ae9716b24f3522c41d838212e902ab9d89"
	"b5af66f1d63eedf389bda4062f50b03e9e6a42a592fa6d9b1f700a493c6f0e373f94ba1fe66165848d59d31f0c7814d3abf4"
	"458c902b9747";

static const char canonical_c[] =
	"PUT\n"
	"/studio-test-media/in/img.png\n"
	"X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=emulator%40studio-test.iam.gserviceaccount.com%2"
	"F20300101%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20300101T000000Z&X-Goog-Expires=604800&X-Goog"
	"-SignedHeaders=content-type%3Bhost%3Bx-goog-meta-owner\n"
	"content-type:image/png\n"
	"host:127.0.0.1\n"
	"x-goog-meta-owner:u1 x\n"
	"\n"
	"content-type;host;x-goog-meta-owner\n"
	"UNSIGNED-PAYLOAD";
static const char to_sign_c[] =
	"GOOG4-RSA-SHA256\n"
	"20300101T000000Z\n"
	"20300101/auto/storage/goog4_request\n"
	"69d35d63cf0f70323f2c36f8266b76f49d724230a3dce0c8a5b4571faa8770e9";
static const char signature_c[] =
	"9161be42e44ba06abf4b8e2f2026be8b68388527b1332329eb860df9f7024e253743c8634822c7b85d12a7f758fc830888a3"
	"0d9e6d0ca831d2b9f6045fecf63f97bfdfce6470835f3f3d944dac2a5225238e508b12c5e02c9ef559b52fe4a8032b20a813"
	"632ccd9a851154924cdf2b1b3c8fc4f550fb2d68743459c3fc460bfec87451693fbfbe5c47d07e9677847f3385cb92456a74"
	"c0e225ead75ef3b48c7f187d77d557e67ccc8311e7095d30b6681958e0ddfdc5ef94c16b2a0e16e0fec9e6c91f6d76dd8ad3"
	"39034651446f23c20486af509df4d1e21e37f530edbdca67be2fb5e5cf1ccea09fce5f875f9c98139c3dd53b11522cab5053"
	"3c7f69687e08";

static const char jwt_claims[] =
	"{\"iss\":\"emulator@studio-test.iam.gserviceaccount.com\",\"scope\":\"https://www.googleapis.com/auth/cloud"
	"-platform\",\"aud\":\"https://oauth2.googleapis.com/token\",\"exp\":1893459600,\"iat\":1893456000}";
static const char jwt_text[] =
	"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJlbXVsYXRvckBzdHVkaW8tdGVzdC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSIsInNjb3B"
	"lIjoiaHR0cHM6Ly93d3cuZ29vZ2xlYXBpcy5jb20vYXV0aC9jbG91ZC1wbGF0Zm9ybSIsImF1ZCI6Imh0dHBzOi8vb2F1dGgyLmd"
	"vb2dsZWFwaXMuY29tL3Rva2VuIiwiZXhwIjoxODkzNDU5NjAwLCJpYXQiOjE4OTM0NTYwMDB9.Q-70RWbVPuEWw7orZ6VVjir9b-"
	"k5Dd9KqDbcRwywc-2uaFICklx8dGDVGixmd-FdyTzmAbJe3gnwPM63DiPT0Nz7iw9uc3rdBhP7ugvM5cxLbgsaEkjOnkF_fAqAfX"
	"ogfsk-0AeObjDLhoPqPsKSfdY739_Cqv-TPQ0iuTfsK60MZCtWyVI--xElxm3_KgCvJKDZ6oYpw47CsvAWBe_uxK_ZpJ1pqPH3M0"
	"qN8deEbrjtAoFMAn5HWKgLh4ilG-81D2L70zRxSUdsa7GTVHTo2inxLxe9e0R12yVjWqYb67kOrmXu2dDIvMASuqAb-hbG7xJGnu"
	"jqoZRmmMmuO6Ws0A";

enum { BEGIN_S = 1893456000 };		/* 2030-01-01T00:00:00Z */

static struct signer *signer;

static int
key_read(void **state)
{
	json_t *json = json_load_file("etc/dev/service-account.json", 0, NULL);
	const json_t *pem = json_object_get(json, "private_key");

	(void)state;
	signer = signer_new(json_string_value(pem), json_string_length(pem));
	json_decref(json);
	return signer != NULL ? 0 : -1;
}

static int
key_free(void **state)
{
	(void)state;
	signer_free(signer);
	return 0;
}

static struct url_signing
begin(const char *method, const char *endpoint, const char *object, uint32_t expires_s)
{
	return (struct url_signing){ .method = method, .endpoint = endpoint, .bucket = BYTES("studio-test-media"),
		.object = bytes_str(object), .email = "emulator@studio-test.iam.gserviceaccount.com", .time_s = BEGIN_S,
		.expires_s = expires_s };
}

/* Makes the URL and compares all that the vector tells; `url_hash` may be NULL. */
static void
check(const struct url_signing *s, const char *canonical, const char *to_sign, const char *signature, const char *url_hash)
{
	struct signed_url u = { 0 };
	char hash[65];

	assert_null(signed_url_make(&u, s, signer));
	assert_string_equal(buf_text(&u.canonical), canonical);
	assert_string_equal(buf_text(&u.to_sign), to_sign);
	const char *made = strstr(u.url.p, "&X-Goog-Signature=");
	assert_non_null(made);
	assert_string_equal(made + 18, signature);
	sha256_hex(u.url.p, u.url.n, hash);
	if (url_hash != NULL)
		assert_string_equal(hash, url_hash);
	signed_url_free(&u);
}

static void
vector_a_path_style(void **state)
{
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "users/u1/projects/p1/a b+c\xc3\xa9 (1).png", 86400);

	(void)state;
	check(&s, canonical_a, to_sign_a, signature_a, "f52f56bc64f252811530a7f1ee1465034c276287735a0d223583e36aad5aca6b");
}

static void
vector_b_virtual_hosted_with_overrides(void **state)
{
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "out/clip.mp4", 3600);

	(void)state;
	s.style = URL_VIRTUAL;
	s.query[s.nquery++] = (struct url_pair){ "response-content-type", "video/mp4" };
	s.query[s.nquery++] = (struct url_pair){ "response-content-disposition", "attachment; filename=\"my clip.mp4\"" };
	check(&s, canonical_b, to_sign_b, signature_b, NULL);
}

static void
vector_c_port_and_headers(void **state)
{
	struct url_signing s = begin("PUT", "http://127.0.0.1:9000", "in/img.png", 604800);

	(void)state;
	s.headers[s.nheaders++] = (struct url_pair){ "X-Goog-Meta-Owner", "  u1   x " };
	s.headers[s.nheaders++] = (struct url_pair){ "content-type", "image/png" };
	check(&s, canonical_c, to_sign_c, signature_c, "7178cac736500608847554c1d3a7101cd8ec7b1ea68dff894464eff8c686b66b");
}

/* The sentence that says why not; "" for what is signed. */
static const char *
refusal(const struct url_signing *s)
{
	struct signed_url u = { 0 };
	const char *why = signed_url_make(&u, s, signer);

	signed_url_free(&u);
	return why != NULL ? why : "";
}

static void
must_say(const struct url_signing *s, const char *word)
{
	if (strstr(refusal(s), word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", refusal(s), word);
}

static void
expiry_has_bounds(void **state)
{
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", SIGNED_URL_SECONDS_MAX + 1);

	(void)state;
	must_say(&s, "604800");
	s.expires_s = 0;
	must_say(&s, "604800");
	s.expires_s = SIGNED_URL_SECONDS_MAX;
	assert_string_equal(refusal(&s), "");
	s.expires_s = 1;
	assert_string_equal(refusal(&s), "");
	s.time_s = UINT64_MAX;
	must_say(&s, "9999");
}

/* The canonical request of one header field, or what follows its name there. */
static void
folds_to(const char *const *values, size_t n, const char *line)
{
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", 60);
	struct signed_url u = { 0 };

	for (size_t i = 0; i < n; i++)
		s.headers[s.nheaders++] = (struct url_pair){ i % 2 == 0 ? "X-A" : "x-a", values[i] };
	assert_null(signed_url_prepare(&u, &s));
	if (strstr(buf_text(&u.canonical), line) == NULL)
		fail_msg("\"%s\" is not in %s", line, u.canonical.p);
	signed_url_free(&u);
}

static void
header_values_are_folded(void **state)
{
	(void)state;
	folds_to((const char *[]){ "\t abc \t\t def \t" }, 1, "\nx-a:abc def\n\nhost;x-a\n");
	folds_to((const char *[]){ " xyz ,  abc, def  , xyz   " }, 1, "\nx-a:xyz , abc, def , xyz\n");
	folds_to((const char *[]){ " 1 ", " 2", "3" }, 3, "\nx-a:1 , 2,3\n\nhost;x-a\n");
	folds_to((const char *[]){ "" }, 1, "\nx-a:\n");
	folds_to((const char *[]){ "2023-02-10T02:00:00Z" }, 1, "\nx-a:2023-02-10T02:00:00Z\n");
}

static void
headers_that_cannot_be(void **state)
{
	static const struct url_pair wrong[] = { { "", "x" }, { "a b", "x" }, { "a:b", "x" }, { "a;b", "x" }, { "a\r\nb", "x" },
		{ "\xc3\xa9", "x" }, { "a", "x\r\ny: z" }, { "a", "x\ny" }, { "a", "\x7f" }, { "a", "\xff" }, { "HOST", "x" } };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", 60);
		s.headers[s.nheaders++] = wrong[i];
		must_say(&s, "header");
	}
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", 60);
	s.headers[s.nheaders++] = (struct url_pair){ "X-Goog-Content-SHA256", "UNSIGNED" };
	must_say(&s, "hexadecimal");
}

static void
parameters_that_cannot_be(void **state)
{
	static const struct url_pair wrong[] = { { "", "x" }, { "a\nb", "x" }, { "a", "b\r\n" }, { "\xc3", "x" },
		{ "X-Goog-Signature", "00" }, { "x-goog-expires", "9999999" } };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", 60);
		s.query[s.nquery++] = wrong[i];
		must_say(&s, "query parameter");
	}
}

/* As many as there may be; and a URL that would be too long. */
static void
the_lists_have_bounds(void **state)
{
	static char names[SIGNED_URL_PAIRS][16], large[2000];
	struct url_signing s = begin("PUT", "https://storage.googleapis.com", "x", 60);

	(void)state;
	for (size_t i = 0; i < SIGNED_URL_PAIRS; i++) {
		snprintf(names[i], sizeof names[i], "x-meta-%02zu", i);
		s.headers[s.nheaders++] = s.query[s.nquery++] = (struct url_pair){ names[i], "v" };
	}
	assert_string_equal(refusal(&s), "");
	memset(large, 'x', sizeof large - 1);
	for (size_t i = 0; i < 10; i++)
		s.query[i].value = large;
	must_say(&s, "16384");
}

static void
hosts_and_names(void **state)
{
	static const struct { const char *endpoint, *object; enum url_style style; const char *begins; } good[] = {
		{ "https://storage.googleapis.com", "", URL_PATH, "https://storage.googleapis.com/studio-test-media?X-Goog-" },
		{ "https://storage.googleapis.com", "", URL_VIRTUAL, "https://studio-test-media.storage.googleapis.com/?X-Goog-" },
		{ "http://my.tld", "", URL_BUCKET_BOUND, "http://my.tld/?X-Goog-" },
		{ "https://my.tld", "//a b/\xc3\xa9", URL_BUCKET_BOUND, "https://my.tld///a%20b/%C3%A9?X-Goog-" },
		{ "http://[::1]:80", "a", URL_PATH, "http://[::1]:80/studio-test-media/a?X-Goog-" },
		{ "https://storage.googleapis.com:443", "a", URL_PATH, "https://storage.googleapis.com:443/studio-test-media/a?X-Goog-" },
	};
	static const char *const bad[] = { "storage.googleapis.com", "ftp://x", "https://", "https://x/y", "https://x:0", "https://x:99999",
		"https://x:", "https://x:1a", "https://u@x", "https://[::1", "https://[", "https://x y", "https://.x", "https://x\r\n" };
	struct url_signing s;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct signed_url u = { 0 };
		s = begin("GET", good[i].endpoint, good[i].object, 60);
		s.style = good[i].style;
		assert_null(signed_url_make(&u, &s, signer));
		u.url.p[strlen(good[i].begins)] = '\0';
		assert_string_equal(u.url.p, good[i].begins);
		signed_url_free(&u);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		s = begin("GET", bad[i], "a", 60);
		assert_string_not_equal(refusal(&s), "");
	}
	s = begin("GET", "http://127.0.0.1:9000", "a", 60);
	s.style = URL_VIRTUAL;
	must_say(&s, "virtual");
	s = begin("get", "https://x", "a", 60);
	must_say(&s, "method");
	s = begin("GET", "https://x", "a\nb", 60);
	must_say(&s, "object");
	s.object = BYTES("a");
	s.bucket = BYTES("a/b");
	must_say(&s, "bucket");
}

static void
no_signature_is_no_url(void **state)
{
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", 60);
	struct signed_url u = { 0 };
	static uint8_t large[SIGNATURE_MAX + 1];

	(void)state;
	assert_null(signed_url_prepare(&u, &s));
	assert_null(signed_url_finish(&u, large, 0));
	assert_null(signed_url_finish(&u, large, sizeof large));
	assert_non_null(signed_url_finish(&u, large, 256));
	signed_url_free(&u);
}

static void
jwt_is_the_vector(void **state)
{
	struct buf jwt = { 0 };

	(void)state;
	assert_int_equal(jwt_make(&jwt, "{\"alg\":\"RS256\"}", jwt_claims, signer), 0);
	assert_string_equal(buf_text(&jwt), jwt_text);
	buf_free(&jwt);
}

static void
other_keys_are_refused(void **state)
{
	static const char ec[] = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\n-----END PRIVATE KEY-----\n";

	(void)state;
	assert_null(signer_new(ec, sizeof ec - 1));
	assert_null(signer_new("", 0));
	assert_null(signer_new(NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vector_a_path_style),
		cmocka_unit_test(vector_b_virtual_hosted_with_overrides),
		cmocka_unit_test(vector_c_port_and_headers),
		cmocka_unit_test(expiry_has_bounds),
		cmocka_unit_test(header_values_are_folded),
		cmocka_unit_test(headers_that_cannot_be),
		cmocka_unit_test(parameters_that_cannot_be),
		cmocka_unit_test(the_lists_have_bounds),
		cmocka_unit_test(hosts_and_names),
		cmocka_unit_test(no_signature_is_no_url),
		cmocka_unit_test(jwt_is_the_vector),
		cmocka_unit_test(other_keys_are_refused),
	};

	return cmocka_run_group_tests(tests, key_read, key_free);
}
