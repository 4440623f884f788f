/* tests/fuzz/fuzz_credentials.c - files of Google credentials, what is answered on the way to a token, and
 * what goes into a signed URL. The first byte of the input chooses the reader.
 * Licence: Apache-2.0. */
#include <openssl/rand.h>
#include <stdlib.h>

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/storage/sign_blob.h"
#include "actors/vertex/storage/signed_url.h"
#include "proto/rfc3339.h"
#include "tests/fuzz/fuzz.h"

enum { NOW_S = 1893456000 };

#define USER "{\"type\":\"authorized_user\",\"client_id\":\"i\",\"client_secret\":\"s\",\"refresh_token\":\"r\"}"
#define EXTERNAL "\"type\":\"external_account\",\"audience\":\"a\",\"token_url\":\"https://sts.googleapis.com/v1/token\"," \
	"\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\"credential_source\":{\"url\":\"https://127.0.0.1/t\""
#define IMPERSONATE "\"service_account_impersonation_url\":" \
	"\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken\""

static const struct cred_hosts hosts = { "", "", "" };

/* OpenSSL's random numbers live in its secure heap if that is there before them, where the leak
 * checker does not look. */
__attribute__((constructor)) static void
random_first(void)
{
	unsigned char byte;

	RAND_bytes(&byte, 1);
	RAND_priv_bytes(&byte, 1);
}

/* The requests of credentials that were taken; those that only read a file ask nobody. */
static void
ask_all(struct credentials *c)
{
	static char proof[CRED_PROOF_MAX];

	if (c->source_file[0] != '\0')
		return;
	for (size_t i = 0; i < c->nsteps; i++) {
		struct cred_call call = { 0 };

		snprintf(proof, sizeof proof, "token");
		if (c->steps[i]->ask(c, NOW_S, proof, &call) == CRED_CALL && (call.url.n == 0 ||
		    memchr(call.url.p, '\n', call.url.n) != NULL || !utf8_valid((const char *)call.url.p, call.url.n)))
			abort();
		buf_free(&call.url);
		buf_free(&call.body);
	}
}

static void
read_file(const char *p, size_t n)
{
	struct credentials c;

	if (credentials_read(&c, bytes_of(p, n), &hosts) == NULL)
		ask_all(&c);
	credentials_free(&c);
}

/* Every step of every kind reads the body. */
static void
read_answer(const char *p, size_t n)
{
	static const char *const files[] = {
		"{\"type\":\"metadata\"}", USER, "{" EXTERNAL ",\"format\":{\"type\":\"json\",\"subject_token_field_name\":\"t\"}}}",
		"{" IMPERSONATE "," EXTERNAL "}}",
	};
	static char proof[CRED_PROOF_MAX];
	struct credentials c;

	for (size_t k = 0; k < COUNT(files); k++) {
		if (credentials_read(&c, bytes_str(files[k]), &hosts) != NULL)
			abort();
		for (size_t i = 0; i < c.nsteps; i++) {
			uint64_t life = 0;
			if (c.steps[i]->take(&c, bytes_of(p, n), NOW_S, proof, &life) &&
			    strcspn(proof, " \r\n") != strlen(proof))
				abort();
		}
		credentials_free(&c);
	}
}

static void
read_signature(const char *p, size_t n)
{
	uint8_t out[SIGNATURE_MAX];
	char *text = malloc(n + 1);
	uint64_t ms;

	if (sign_blob_read(bytes_of(p, n), out) > sizeof out || text == NULL)
		abort();
	memcpy(text, p, n);
	text[n] = '\0';
	if (rfc3339_ms(text, &ms) && n < 20)
		abort();
	free(text);
}

/* The next text, up to a NUL byte or the end; `end` is NUL. */
static const char *
next_text(const char **at, const char *end)
{
	const char *text = *at;

	*at += strlen(text);
	if (*at < end)
		++*at;
	return text;
}

/* bucket NUL object NUL (header name NUL value NUL query name NUL value NUL)... */
static void
prepare_url(unsigned style, const char *p, size_t n)
{
	static const uint8_t signature[SIGNATURE_MAX / 2] = { 1 };
	char *text = malloc(n + 1);
	const char *at = text, *end = text + n, *url;
	struct url_signing s = { .method = "GET", .endpoint = "https://storage.googleapis.com", .style = style % 3,
		.email = "a@b.c", .time_s = NOW_S, .expires_s = 60 };
	struct signed_url u = { 0 };

	if (text == NULL)
		abort();
	memcpy(text, p, n);
	text[n] = '\0';
	s.bucket = bytes_str(next_text(&at, end));
	s.object = bytes_str(next_text(&at, end));
	while (at < end && s.nheaders < SIGNED_URL_PAIRS) {
		s.headers[s.nheaders].name = next_text(&at, end);
		s.headers[s.nheaders++].value = next_text(&at, end);
		s.query[s.nquery].name = next_text(&at, end);
		s.query[s.nquery++].value = next_text(&at, end);
	}
	if (signed_url_prepare(&u, &s) == NULL && (url = signed_url_finish(&u, signature, sizeof signature)) != NULL)
		for (; *url != '\0'; url++)
			if (*url <= ' ' || *url >= 0x7f || *url == '"')
				abort();
	signed_url_free(&u);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;

	if (n == 0)
		return 0;
	n--;
	switch (data[0] % 6) {
	case 0: read_file(p, n); break;
	case 1: read_answer(p, n); break;
	case 2: read_signature(p, n); break;
	default: prepare_url(data[0] % 6, p, n); break;
	}
	return 0;
}
