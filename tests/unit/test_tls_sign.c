/* tests/unit/test_tls_sign.c - handshake signatures verify with the public key; what is not a
 * digest or a block of the right size is refused.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "actors/auth/auth.h"

/* What tls_sign.c takes from the rest of the process. */
static uint64_t clock_now = 1000;

uint64_t
now_ms(void)
{
	return clock_now;
}

static bool told_soon;

void
auth_tell_soon(struct auth *au)
{
	(void)au;
	told_soon = true;
}

static struct tls_signer *
signer_of(EVP_PKEY *key)
{
	static char pem[8192];
	BIO *bio = BIO_new(BIO_s_mem());
	struct tls_signer *s;
	int n;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	n = BIO_read(bio, pem, sizeof pem);
	assert_true(n > 0);
	s = tls_signer_new(bytes_of(pem, (size_t)n));
	BIO_free(bio);
	for (int i = 0; i < n; i++)	/* the text is gone */
		assert_int_equal(pem[i], 0);
	return s;
}

static bool
verifies(EVP_PKEY *key, int padding, const uint8_t *sig, int sig_n, const uint8_t *in, size_t in_n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool ok = sig_n > 0 && EVP_PKEY_verify_init(ctx) == 1 &&
	    (padding == 0 || EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1) &&
	    EVP_PKEY_verify(ctx, sig, (size_t)sig_n, in, in_n) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static void
ecdsa(void **unused)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct tls_signer *s = signer_of(key);
	uint8_t digest[256] = { 7 }, out[1024];
	int n;

	(void)unused;
	clock_now += 1000;
	for (size_t size = 20; size <= 64; size += 4) {
		n = tls_signer_sign(s, 3, bytes_of(digest, size), out, sizeof out);
		assert_true(verifies(key, 0, out, n, digest, size));
	}
	assert_int_equal(tls_signer_sign(s, 3, bytes_of(digest, 0), out, sizeof out), -E_VALIDATION_ERROR);
	assert_int_equal(tls_signer_sign(s, 3, bytes_of(digest, 65), out, sizeof out), -E_VALIDATION_ERROR);
	for (unsigned scheme = 0; scheme < 10; scheme++)
		if (scheme != 3)
			assert_int_equal(tls_signer_sign(s, scheme, bytes_of(digest, 32), out, sizeof out), -E_VALIDATION_ERROR);
	tls_signer_free(s);
	EVP_PKEY_free(key);
}

static void
rsa(void **unused)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	struct tls_signer *s = signer_of(key);
	uint8_t block[256] = { 0, 7 }, out[1024];
	int n;

	(void)unused;
	clock_now += 1000;
	n = tls_signer_sign(s, 1, bytes_of(block, sizeof block), out, sizeof out);
	assert_int_equal(n, 256);
	assert_true(verifies(key, RSA_NO_PADDING, out, n, block, sizeof block));
	n = tls_signer_sign(s, 2, bytes_of(block, 51), out, sizeof out);
	assert_true(verifies(key, RSA_PKCS1_PADDING, out, n, block, 51));
	assert_int_equal(tls_signer_sign(s, 1, bytes_of(block, 255), out, sizeof out), -E_VALIDATION_ERROR);
	assert_int_equal(tls_signer_sign(s, 2, bytes_of(block, 246), out, sizeof out), -E_VALIDATION_ERROR);
	assert_int_equal(tls_signer_sign(s, 3, bytes_of(block, 32), out, sizeof out), -E_VALIDATION_ERROR);
	tls_signer_free(s);
	EVP_PKEY_free(key);
}

static void
the_rate_is_bounded(void **unused)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct tls_signer *s = signer_of(key);
	uint8_t digest[32] = { 7 }, out[1024];
	int n = 0;

	(void)unused;
	clock_now += 1000;
	for (int i = 0; i < 510 && n >= 0; i++)
		n = tls_signer_sign(s, 3, bytes_of(digest, sizeof digest), out, sizeof out);
	assert_int_equal(n, -E_RATE_LIMITED);
	clock_now += 1000;
	assert_true(tls_signer_sign(s, 3, bytes_of(digest, sizeof digest), out, sizeof out) > 0);
	tls_signer_free(s);
	EVP_PKEY_free(key);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecdsa),
		cmocka_unit_test(rsa),
		cmocka_unit_test(the_rate_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
