/* account.c - the one service account: its key, its JWTs, its access tokens.
 * Owns:  the private key, and the secret that marks tokens as ours.
 * Fails: a bad key file is told in a sentence; a bad token is simply not valid. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "account.h"
#include "util.h"

#define TOKEN_PREFIX	"ya29.c."

static json_t		*file;
static EVP_PKEY		*key;
static unsigned char	 secret[32];
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t		 revoked_before_us;

/* What a token says, before its proof. */
struct token_claim {
	int64_t		issued_us;
	int64_t		expires_s;
	unsigned char	nonce[16];
};

static EVP_PKEY *
key_parse(const char *pem)
{
	BIO		*bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY	*k;

	if (bio == NULL)
		return NULL;
	k = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (k != NULL && EVP_PKEY_get_base_id(k) != EVP_PKEY_RSA) {
		EVP_PKEY_free(k);
		k = NULL;
	}
	return k;
}

int
account_load(const char *path, char *why, size_t size)
{
	static const char *needed[] = { "client_email", "private_key" };
	json_error_t	 e;
	const char	*pem;
	size_t		 i;

	file = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
	if (file == NULL) {
		snprintf(why, size, "%.200s: %s", path, e.text);
		return -1;
	}
	for (i = 0; i < COUNT(needed); i++) {
		if (json_text(file, needed[i]) == NULL) {
			snprintf(why, size, "%.200s has no \"%s\"; give a service "
			    "account key file", path, needed[i]);
			return -1;
		}
	}
	pem = json_text(file, "private_key");
	if ((key = key_parse(pem)) == NULL) {
		snprintf(why, size, "%.200s: private_key is no RSA key in PEM", path);
		return -1;
	}
	sha256(pem, strlen(pem), secret);
	return 0;
}

void
account_fini(void)
{
	EVP_PKEY_free(key);
	key = NULL;
	json_decref(file);
	file = NULL;
	OPENSSL_cleanse(secret, sizeof secret);
}

const char *
account_email(void)
{
	return json_text(file, "client_email");
}

const char *
account_project(void)
{
	const char *p = json_text(file, "project_id");

	return p != NULL ? p : "studio-test";
}

const char *
account_key_id(void)
{
	const char *p = json_text(file, "private_key_id");

	return p != NULL ? p : "";
}

int
account_sign(const void *p, size_t n, unsigned char **sig, size_t *len)
{
	EVP_MD_CTX	*md = EVP_MD_CTX_new();
	unsigned char	*out = NULL;
	size_t		 need = 0;
	int		 ok;

	ok = md != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(md, NULL, &need, p, n) == 1;
	if (ok) {
		out = xmalloc(need);
		ok = EVP_DigestSign(md, out, &need, p, n) == 1;
	}
	EVP_MD_CTX_free(md);
	if (!ok) {
		free(out);
		return -1;
	}
	*sig = out;
	*len = need;
	return 0;
}

bool
account_verify(const void *p, size_t n, const unsigned char *sig, size_t len)
{
	EVP_MD_CTX	*md = EVP_MD_CTX_new();
	bool		 ok;

	ok = md != NULL &&
	    EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestVerify(md, sig, len, p, n) == 1;
	EVP_MD_CTX_free(md);
	return ok;
}

/* One part of a JWT as a JSON object, or NULL. */
static json_t *
jwt_part(const char *s, size_t n)
{
	unsigned char	*b;
	size_t		 len;
	json_t		*j;

	if (base64_decode(s, n, &b, &len) < 0)
		return NULL;
	j = json_loadb((char *)b, len, JSON_REJECT_DUPLICATES, NULL);
	free(b);
	if (!json_is_object(j)) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static bool
jwt_signed(const char *jwt, const char *dot2)
{
	unsigned char	*sig;
	size_t		 len;
	bool		 ok;

	if (base64_decode(dot2 + 1, strlen(dot2 + 1), &sig, &len) < 0)
		return false;
	ok = account_verify(jwt, (size_t)(dot2 - jwt), sig, len);
	free(sig);
	return ok;
}

json_t *
account_jwt(const char *jwt, const char **why)
{
	const char	*dot1 = strchr(jwt, '.');
	const char	*dot2 = dot1 ? strchr(dot1 + 1, '.') : NULL;
	json_t		*head, *claims;
	const char	*alg;
	bool		 rs256;

	*why = "Invalid JWT: three parts separated by dots are needed.";
	if (dot2 == NULL || strchr(dot2 + 1, '.') != NULL)
		return NULL;
	head = jwt_part(jwt, (size_t)(dot1 - jwt));
	alg = json_text(head, "alg");
	rs256 = alg != NULL && strcmp(alg, "RS256") == 0;
	json_decref(head);
	*why = "Invalid JWT: the algorithm must be RS256.";
	if (!rs256)
		return NULL;
	*why = "Invalid JWT Signature.";
	if (!jwt_signed(jwt, dot2))
		return NULL;
	*why = "Invalid JWT: the claims are no JSON object.";
	claims = jwt_part(dot1 + 1, (size_t)(dot2 - dot1 - 1));
	return claims;
}

/* ---- opaque tokens ---- */

static void
token_proof(const struct token_claim *c, unsigned char out[32])
{
	unsigned int n = 32;

	HMAC(EVP_sha256(), secret, sizeof secret, (const unsigned char *)c,
	    sizeof *c, out, &n);
}

char *
token_issue(double seconds)
{
	struct token_claim	 c;
	unsigned char		 all[sizeof c + 32];
	char			*text, *token;

	memset(&c, 0, sizeof c);
	c.issued_us = clock_us_unique();
	c.expires_s = clock_s() + (int64_t)seconds;
	random_bytes(c.nonce, sizeof c.nonce);
	memcpy(all, &c, sizeof c);
	token_proof(&c, all + sizeof c);
	text = base64_encode_url(all, sizeof all);
	token = xasprintf("%s%s", TOKEN_PREFIX, text);
	free(text);
	return token;
}

bool
token_valid(const char *token)
{
	struct token_claim	 c;
	unsigned char		*all, proof[32];
	size_t			 len;
	bool			 ok;

	if (strncmp(token, TOKEN_PREFIX, strlen(TOKEN_PREFIX)) != 0)
		return false;
	token += strlen(TOKEN_PREFIX);
	if (base64_decode(token, strlen(token), &all, &len) < 0)
		return false;
	ok = len == sizeof c + 32;
	if (ok) {
		memcpy(&c, all, sizeof c);
		token_proof(&c, proof);
		ok = CRYPTO_memcmp(proof, all + sizeof c, 32) == 0 &&
		    c.expires_s > clock_s();
	}
	free(all);
	if (!ok)
		return false;
	pthread_mutex_lock(&lock);
	ok = c.issued_us > revoked_before_us;
	pthread_mutex_unlock(&lock);
	return ok;
}

void
token_revoke_all(void)
{
	pthread_mutex_lock(&lock);
	revoked_before_us = clock_us_unique();
	pthread_mutex_unlock(&lock);
}

/* ---- bearers ---- */

/* Self-signed JWT as bearer: iss = sub = the account, and scope or aud. */
static bool
self_signed_valid(const char *bearer)
{
	const char	*why, *iss, *sub;
	json_t		*claims = account_jwt(bearer, &why);
	json_int_t	 exp;
	bool		 ok;

	if (claims == NULL)
		return false;
	iss = json_text(claims, "iss");
	sub = json_text(claims, "sub");
	exp = json_integer_value(json_object_get(claims, "exp"));
	ok = iss != NULL && strcmp(iss, account_email()) == 0 &&
	    sub != NULL && strcmp(sub, iss) == 0 &&
	    (json_text(claims, "scope") != NULL || json_text(claims, "aud") != NULL) &&
	    exp > clock_s() && exp <= clock_s() + 3600 + 300;
	json_decref(claims);
	return ok;
}

bool
bearer_valid(const char *bearer)
{
	return token_valid(bearer) || self_signed_valid(bearer);
}
