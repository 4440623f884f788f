/* actors/auth/tls_sign.c - private-key operations for the front's TLS handshakes.
 *
 * The front holds the certificate, this process the key: whoever takes the front over can
 * ask for signatures while he is there, and carries nothing away.
 *
 * Owns: the key.
 * Fails: over SIGNS_PER_S operations a second it refuses.
 * Licence: Apache-2.0. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>
#include <stdlib.h>

#include "actors/auth/auth.h"

enum { SCHEME_RSA_RAW = 1, SCHEME_RSA_PKCS1 = 2, SCHEME_ECDSA = 3 };
enum { SIGNS_PER_S = 500, PKCS1_OVERHEAD = 11, DIGEST_SHORTEST = 20, DIGEST_LONGEST = 64, TELL_MS = 1000 };

struct tls_signer {
	EVP_PKEY *key;
	int type;			/* EVP_PKEY_RSA or EVP_PKEY_EC */
	uint64_t second;		/* of the count */
	uint32_t count;
	uint64_t told_ms;		/* when refusals were logged last */
	uint32_t refused;		/* since then */
	unsigned last_err;		/* of the newest of them */
};

static void
give_up(const char *why)
{
	log_event(LOG_ERROR, NULL, "tls_key_unusable", "why", why);
	exit(EXIT_FIX_ME);
}

static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return 0;
}

struct tls_signer *
tls_signer_new(struct bytes pem)
{
	struct tls_signer *s = calloc(1, sizeof *s);
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	uint8_t digest[32] = { 1 }, out[1024];

	if (s == NULL || bio == NULL)
		give_up("out of memory");
	s->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	sodium_memzero((void *)(uintptr_t)pem.p, pem.n);
	if (s->key == NULL)
		give_up("TLS_KEY is no private key in PEM form, or it has a passphrase");
	s->type = EVP_PKEY_get_base_id(s->key);
	if (s->type != EVP_PKEY_RSA && s->type != EVP_PKEY_EC)
		give_up("TLS_KEY must be an EC or an RSA key");
	if ((size_t)EVP_PKEY_get_size(s->key) > sizeof out)
		give_up("TLS_KEY is too large");
	/* one operation now: what OpenSSL loads lazily it must load before confinement */
	if (tls_signer_sign(s, s->type == EVP_PKEY_EC ? SCHEME_ECDSA : SCHEME_RSA_PKCS1,
	    bytes_of(digest, sizeof digest), out, sizeof out) < 0)
		give_up("TLS_KEY does not sign");
	return s;
}

void
tls_signer_free(struct tls_signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->key);		/* wipes */
	free(s);
}

/* The RSA padding of a scheme, 0 for ECDSA; or -1 when key, scheme and input do not match. */
static int
padding_of(const struct tls_signer *s, unsigned scheme, size_t n)
{
	size_t size = (size_t)EVP_PKEY_get_size(s->key);

	if (scheme == SCHEME_RSA_RAW && s->type == EVP_PKEY_RSA && n == size)
		return RSA_NO_PADDING;
	if (scheme == SCHEME_RSA_PKCS1 && s->type == EVP_PKEY_RSA && n > 0 && n + PKCS1_OVERHEAD <= size)
		return RSA_PKCS1_PADDING;
	if (scheme == SCHEME_ECDSA && s->type == EVP_PKEY_EC && n >= DIGEST_SHORTEST && n <= DIGEST_LONGEST)
		return 0;
	return -1;
}

int
tls_signer_sign(struct tls_signer *s, unsigned scheme, struct bytes input, uint8_t *out, size_t room)
{
	int padding = padding_of(s, scheme, input.n), rc = -E_INTERNAL_ERROR;
	uint64_t second = now_ms() / 1000;
	EVP_PKEY_CTX *ctx;
	size_t n = room;

	if (padding < 0)
		return -E_VALIDATION_ERROR;
	if (second != s->second) {
		s->second = second;
		s->count = 0;
	}
	if (s->count++ >= SIGNS_PER_S)
		return -E_RATE_LIMITED;
	if ((ctx = EVP_PKEY_CTX_new(s->key, NULL)) == NULL)
		return rc;
	/* no digest is set: the input is the digest, or the padded block, itself */
	if (EVP_PKEY_sign_init(ctx) == 1 && (padding == 0 || EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1) &&
	    EVP_PKEY_sign(ctx, out, &n, (const uint8_t *)input.p, input.n) == 1)
		rc = (int)n;
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

void
tls_signer_tell(struct tls_signer *s)
{
	if (s == NULL || s->refused == 0)
		return;
	log_event(s->last_err == E_INTERNAL_ERROR ? LOG_ERROR : LOG_SECURITY, NULL, "tls_sign_refused",
	    "error", error_row(s->last_err)->name, "refused", log_u64(s->refused));
	s->told_ms = now_ms();
	s->refused = 0;
}

/* The first one is told at once, those that follow it once a second and together. */
static void
count_refusal(struct auth *au, unsigned err)
{
	struct tls_signer *s = au->signer;

	s->refused++;
	s->last_err = err;
	if (s->told_ms == 0 || now_ms() - s->told_ms >= TELL_MS)
		tls_signer_tell(s);
	else
		auth_tell_soon(au);
}

void
on_tls_sign(void *state, struct request *rq)
{
	struct auth *au = state;
	const struct msg_tls_sign *m = &rq->body.tls_sign;
	uint8_t out[1024];
	int n;

	if (au->signer == NULL) {
		request_fail(rq, E_NOT_FOUND, "auth was given no TLS key");
		return;
	}
	n = tls_signer_sign(au->signer, m->scheme, m->input, out, sizeof out);
	if (n < 0) {
		count_refusal(au, (unsigned)-n);
		request_fail(rq, (unsigned)-n, "");
		return;
	}
	request_answer(rq, &(struct msg_tls_signature){ .signature = bytes_of(out, (size_t)n) });
}
