/* actors/vertex/storage/signer.c - see signer.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/storage/signer.h"

struct signer {
	EVP_PKEY *key;
	EVP_MD *sha256;		/* fetched once: a fetch per signature costs as much as the hash */
};

enum { SECURE_HEAP = 1 << 18, SECURE_LEAST = 32 };	/* locked; a key takes some KiB, a handshake of TLS some bytes */

struct signer *
signer_new(const char *pem, size_t n)
{
	struct signer *s = calloc(1, sizeof *s);
	BIO *bio = n <= 16384 ? BIO_new_mem_buf(pem, (int)n) : NULL;

	/* the secret numbers of a key go there; where locking is refused they still stay out of cores */
	if (!CRYPTO_secure_malloc_initialized())
		CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_LEAST);
	if (s != NULL && bio != NULL) {
		/* an encrypted key must not make OpenSSL ask the terminal for its password */
		s->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t)"");
		s->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	}
	BIO_free(bio);
	if (s == NULL || s->key == NULL || s->sha256 == NULL || EVP_PKEY_get_base_id(s->key) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(s->key) < 2048 || EVP_PKEY_get_bits(s->key) > 8 * SIGNATURE_MAX) {
		signer_free(s);
		return NULL;
	}
	return s;
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->key);
	EVP_MD_free(s->sha256);
	free(s);
}

size_t
signer_sign(const struct signer *s, const void *p, size_t n, uint8_t out[SIGNATURE_MAX])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t got = SIGNATURE_MAX;
	bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, s->sha256, NULL, s->key) == 1 &&
	    EVP_DigestSign(ctx, out, &got, p, n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok ? got : 0;
}

int
jwt_make(struct buf *out, const char *header_json, const char *claims_json, const struct signer *s)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t from = out->n, n;

	if (base64_encode(out, header_json, strlen(header_json), true) != 0 || buf_add(out, ".", 1) != 0 ||
	    base64_encode(out, claims_json, strlen(claims_json), true) != 0)
		return -1;
	n = signer_sign(s, out->p + from, out->n - from, signature);
	if (n == 0 || buf_add(out, ".", 1) != 0)
		return -1;
	return base64_encode(out, signature, n, true);
}
