/* tools/make-cert/main.c - writes a new P-256 key and a self-signed certificate for this
 * host to standard output, as PEM, the key first. The supervisor runs it once, for the
 * development profile, as a user of its own; so the supervisor itself links no crypto.
 * Never: reads anything, writes a file.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

enum { DAYS = 825 };		/* the longest that browsers accept of a leaf */

static int
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	int ok = ext != NULL && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

/* A name that OpenSSL's value syntax could misread is left out. */
static int
is_plain_host(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '.'))
			return 0;
	return *name != '\0';
}

static int
add_names(X509 *cert)
{
	char host[65] = "", names[256];
	X509_NAME *name = X509_get_subject_name(cert);

	if (gethostname(host, sizeof host - 1) != 0 || !is_plain_host(host))
		snprintf(host, sizeof host, "localhost");
	snprintf(names, sizeof names, "DNS:localhost,IP:127.0.0.1,IP:::1,DNS:%s", host);
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0) &&
	    X509_set_issuer_name(cert, name) &&
	    add_extension(cert, NID_subject_alt_name, names) &&
	    add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(cert, NID_ext_key_usage, "serverAuth");
}

static int
add_serial(X509 *cert)
{
	unsigned char bytes[16];

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		return 0;
	bytes[0] &= 0x7f;
	BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
	int ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok;
}

int
main(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int ok = key != NULL && cert != NULL && X509_set_version(cert, X509_VERSION_3) && add_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), DAYS * 86400L) != NULL &&
	    X509_set_pubkey(cert, key) && add_names(cert) && X509_sign(cert, key, EVP_sha256()) > 0 &&
	    PEM_write_PrivateKey(stdout, key, NULL, NULL, 0, NULL, NULL) &&
	    PEM_write_X509(stdout, cert) && fflush(stdout) == 0;

	X509_free(cert);
	EVP_PKEY_free(key);
	if (!ok)
		fputs("make-cert: OpenSSL could not make a key and a certificate\n", stderr);
	return ok ? 0 : 1;
}
