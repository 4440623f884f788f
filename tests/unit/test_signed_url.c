/* tests/unit/test_signed_url.c - V4 signed URLs and JWTs, byte for byte against vectors
 * that Google's own client libraries made with the development key.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <jansson.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/signed_url.h"
#include "actors/vertex/signer.h"

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

static size_t
sign(void *arg, const void *p, size_t n, uint8_t out[SIGNED_URL_SIGNATURE_MAX])
{
	return signer_sign(arg, p, n, out);
}

static struct url_signing
begin(const char *method, const char *endpoint, const char *object, uint32_t expires_s)
{
	return (struct url_signing){ .method = method, .endpoint = endpoint, .bucket = BYTES("studio-test-media"),
		.object = bytes_str(object), .email = "emulator@studio-test.iam.gserviceaccount.com", .time_s = BEGIN_S,
		.expires_s = expires_s, .sign = sign, .arg = signer };
}

/* Makes the URL and compares all that the vector tells; `url_hash` may be NULL. */
static void
check(const struct url_signing *s, const char *canonical, const char *to_sign, const char *signature, const char *url_hash)
{
	struct buf url = { 0 }, c = { 0 }, t = { 0 };
	char hash[65];

	assert_int_equal(signed_url_make(&url, s, &c, &t), 0);
	assert_string_equal(buf_text(&c), canonical);
	assert_string_equal(buf_text(&t), to_sign);
	assert_non_null(buf_text(&url));
	const char *made = strstr(url.p, "&X-Goog-Signature=");
	assert_non_null(made);
	assert_string_equal(made + 18, signature);
	sha256_hex(url.p, url.n, hash);
	if (url_hash != NULL)
		assert_string_equal(hash, url_hash);
	buf_free(&url);
	buf_free(&c);
	buf_free(&t);
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
	s.virtual_hosted = true;
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

static void
expiry_has_bounds(void **state)
{
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", SIGNED_URL_SECONDS_MAX + 1);
	struct buf url = { 0 };

	(void)state;
	assert_int_equal(signed_url_make(&url, &s, NULL, NULL), -1);
	s.expires_s = 0;
	assert_int_equal(signed_url_make(&url, &s, NULL, NULL), -1);
	s.expires_s = SIGNED_URL_SECONDS_MAX;
	assert_int_equal(signed_url_make(&url, &s, NULL, NULL), 0);
	buf_free(&url);
}

static size_t
sign_not(void *arg, const void *p, size_t n, uint8_t out[SIGNED_URL_SIGNATURE_MAX])
{
	(void)arg;
	(void)p;
	(void)n;
	(void)out;
	return 0;
}

static void
no_signature_is_no_url(void **state)
{
	struct url_signing s = begin("GET", "https://storage.googleapis.com", "x", 60);
	struct buf url = { 0 };

	(void)state;
	s.sign = sign_not;
	assert_int_equal(signed_url_make(&url, &s, NULL, NULL), -1);
	buf_free(&url);
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
		cmocka_unit_test(no_signature_is_no_url),
		cmocka_unit_test(jwt_is_the_vector),
		cmocka_unit_test(other_keys_are_refused),
	};

	return cmocka_run_group_tests(tests, key_read, key_free);
}
