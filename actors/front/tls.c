/* actors/front/tls.c - see tls.h.
 *
 * The key that OpenSSL is given has only its public half, and methods whose private
 * operation asks auth. Those methods are OpenSSL's older interface: its newer one
 * (providers) has no place yet for a key that is somewhere else. Session tickets are
 * sealed with keys that live in this process only and are replaced every half hour.
 * Licence: Apache-2.0. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <string.h>

#include <h2o.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "actors/common/actor.h"
#include "actors/front/mint.h"
#include "actors/front/tls.h"
#include "actors/front/tls_sign.h"

enum { TICKET_KEY_MS = 1800 * 1000, TICKET_LIFE_S = 3600 };

/* ---- a key that is elsewhere ---- */

static int
ec_sign(int type, const unsigned char *digest, int n, unsigned char *sig, unsigned *sig_n,
    const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
	uint8_t out[SIGNATURE_MAX];

	(void)type;
	(void)kinv;
	(void)r;
	int got = signer_sign(SIGN_ECDSA, digest, (size_t)n, out);
	if (got <= 0 || got > ECDSA_size(key))
		return 0;
	memcpy(sig, out, (size_t)got);
	*sig_n = (unsigned)got;
	return 1;
}

static int
rsa_private(int n, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	uint8_t out[SIGNATURE_MAX];

	if (padding != RSA_NO_PADDING && padding != RSA_PKCS1_PADDING)
		return -1;
	int got = signer_sign(padding == RSA_NO_PADDING ? SIGN_RSA_RAW : SIGN_RSA_PKCS1, from, (size_t)n, out);
	if (got <= 0 || got > RSA_size(rsa))
		return -1;
	memcpy(to, out, (size_t)got);
	return got;
}

static EVP_PKEY *
ec_key(EVP_PKEY *public)
{
	EVP_PKEY *key = EVP_PKEY_new();
	EC_KEY *from = EVP_PKEY_get1_EC_KEY(public), *ec = EC_KEY_dup(from);
	EC_KEY_METHOD *method = EC_KEY_METHOD_new(EC_KEY_OpenSSL());	/* lives as long as the process */

	EC_KEY_METHOD_set_sign(method, ec_sign, NULL, NULL);
	EC_KEY_set_method(ec, method);
	EVP_PKEY_set1_EC_KEY(key, ec);
	EC_KEY_free(ec);
	EC_KEY_free(from);
	return key;
}

static EVP_PKEY *
rsa_key(EVP_PKEY *public)
{
	EVP_PKEY *key = EVP_PKEY_new();
	RSA *from = EVP_PKEY_get1_RSA(public), *rsa = RSA_new();
	RSA_METHOD *method = RSA_meth_dup(RSA_get_default_method());
	const BIGNUM *n, *e;

	RSA_meth_set1_name(method, "the key is in auth");
	RSA_meth_set_priv_enc(method, rsa_private);
	RSA_get0_key(from, &n, &e, NULL);
	RSA_set0_key(rsa, BN_dup(n), BN_dup(e), NULL);
	RSA_set_method(rsa, method);
	EVP_PKEY_set1_RSA(key, rsa);
	RSA_free(rsa);
	RSA_free(from);
	return key;
}

/* ---- tickets ---- */

struct ticket_key {
	uint8_t name[16], cipher[32], mac[32];
	uint64_t born_ms;
};
static struct ticket_key ticket_keys[2];	/* the one in use, and the one before */

static void
ticket_keys_turn(void)
{
	uint64_t now = now_ms();
	struct ticket_key *k = &ticket_keys[0];

	if (k->born_ms != 0 && now - k->born_ms < TICKET_KEY_MS)
		return;
	ticket_keys[1] = *k;
	mint_random(k->name, sizeof k->name);
	mint_random(k->cipher, sizeof k->cipher);
	mint_random(k->mac, sizeof k->mac);
	k->born_ms = now;
}

static int
ticket_use(const struct ticket_key *k, const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)(uintptr_t)k->mac, sizeof k->mac),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)"SHA256", 0),
		OSSL_PARAM_END,
	};

	return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->cipher, iv, encrypt) && EVP_MAC_CTX_set_params(mac, params);
}

static int
on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	if (SSL_version(ssl) < TLS1_3_VERSION)
		return 0;	/* there, our ticket keys would open what was recorded */
	ticket_keys_turn();
	if (encrypt) {
		mint_random(iv, 16);
		memcpy(name, ticket_keys[0].name, 16);
		return ticket_use(&ticket_keys[0], iv, cipher, mac, 1) ? 1 : -1;
	}
	for (int i = 0; i < 2; i++)
		if (ticket_keys[i].born_ms != 0 && memcmp(name, ticket_keys[i].name, 16) == 0)
			return !ticket_use(&ticket_keys[i], iv, cipher, mac, 0) ? -1 : i == 0 ? 1 : 2;
	return 0;		/* a full handshake */
}

/* ---- the context ---- */

static int
use_chain(SSL_CTX *ctx, const char *pem, EVP_PKEY **public)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL), *more;
	int ok = cert != NULL && SSL_CTX_use_certificate(ctx, cert);

	while (ok && (more = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		ok = SSL_CTX_add0_chain_cert(ctx, more);
	ERR_clear_error();	/* the end of the chain is an error to the reader */
	*public = ok ? X509_get_pubkey(cert) : NULL;
	X509_free(cert);
	BIO_free(bio);
	return ok && *public != NULL;
}

static void
set_options(SSL_CTX *ctx)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
	    SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"studiod", 7);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);	/* tickets carry the sessions */
	SSL_CTX_set_timeout(ctx, TICKET_LIFE_S);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
	h2o_ssl_register_alpn_protocols(ctx, h2o_alpn_protocols);
}

SSL_CTX *
tls_new(const char *pem, const char **why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *public = NULL, *key = NULL;

	*why = "out of memory";
	if (ctx == NULL)
		return NULL;
	set_options(ctx);
	*why = "TLS_CERT holds no certificate in PEM";
	if (!use_chain(ctx, pem, &public))
		goto fail;
	*why = "the key of TLS_CERT is neither RSA nor EC";
	if (EVP_PKEY_get_base_id(public) == EVP_PKEY_EC)
		key = ec_key(public);
	else if (EVP_PKEY_get_base_id(public) == EVP_PKEY_RSA)
		key = rsa_key(public);
	if (key == NULL || EVP_PKEY_get_size(key) > SIGNATURE_MAX || !SSL_CTX_use_PrivateKey(ctx, key))
		goto fail;
	EVP_PKEY_free(key);
	EVP_PKEY_free(public);
	return ctx;
fail:
	EVP_PKEY_free(key);
	EVP_PKEY_free(public);
	SSL_CTX_free(ctx);
	return NULL;
}
