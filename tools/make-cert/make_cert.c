/* tools/make-cert/make_cert.c - writes a new EC P-256 key and a self-signed certificate for
 * this host to standard output, both as PEM. studiod runs it once, for the development
 * profile, so that no key parser is linked into the supervisor.
 * Sees:  the host's name. Never: files, network.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { VALID_DAYS = 825, SERIAL_BYTES = 16 };	/* 825: the longest that browsers and systems accept */

static int
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	int ok = e != NULL && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

/* localhost, the loopback addresses, and the host's own name where it is one. */
static void
alternative_names(char *out, size_t n)
{
	char host[256] = "";

	snprintf(out, n, "DNS:localhost,IP:127.0.0.1,IP:::1");
	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0' || strcmp(host, "localhost") == 0)
		return;
	if (strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != strlen(host))
		return;
	size_t k = strlen(out);
	snprintf(out + k, n - k, ",DNS:%s", host);
}

static int
set_serial(X509 *cert)
{
	unsigned char raw[SERIAL_BYTES];
	BIGNUM *bn = NULL;

	if (RAND_bytes(raw, sizeof raw) == 1) {
		raw[0] = (unsigned char)((raw[0] & 0x7f) | 0x40);	/* positive, of full length */
		bn = BN_bin2bn(raw, sizeof raw, NULL);
	}
	int ok = bn != NULL && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)) != NULL;
	BN_free(bn);
	return ok;
}

static int
fill(X509 *cert, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(cert);
	char names[512];

	alternative_names(names, sizeof names);
	return X509_set_version(cert, 2) == 1 && set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -300) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), VALID_DAYS, 0, NULL) != NULL &&
	    X509_set_pubkey(cert, key) == 1 &&
	    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"studiod development", -1, -1, 0) == 1 &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, name) == 1 &&
	    add_extension(cert, NID_subject_alt_name, names) &&
	    add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(cert, NID_ext_key_usage, "serverAuth") &&
	    X509_sign(cert, key, EVP_sha256()) > 0;
}

int
main(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int ok = key != NULL && cert != NULL && fill(cert, key) &&
	    PEM_write_PKCS8PrivateKey(stdout, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    PEM_write_X509(stdout, cert) == 1 && fflush(stdout) == 0;

	if (!ok)
		fputs("make-cert: OpenSSL could not make a key and a certificate\n", stderr);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok ? 0 : 1;
}
