/* actors/auth/hash_kinds.c - see hash_kinds.h.
 * Owns: nothing. Fails: closed.
 * Licence: Apache-2.0. */
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/hash_kinds.h"

enum hash_kind
hash_kind_of(const char *hash)
{
	if (strncmp(hash, "$argon2id$", 10) == 0)
		return HASH_KIND_argon2;
	return hash[0] == '$' && hash[1] == '2' && hash[2] != '\0' && strchr("aby", hash[2]) != NULL && hash[3] == '$' ?
	    HASH_KIND_bcrypt : HASH_KIND_other;
}

/* $2b$10$ and 53 characters of ./A-Za-z0-9; a cost that we will not pay is none. */
static bool
bcrypt_sound(const char *hash)
{
	enum { HEAD = 7, LENGTH = 60 };
	static const char letters[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	int cost;

	if (strlen(hash) != LENGTH || hash[6] != '$' || hash[4] < '0' || hash[4] > '3' || hash[5] < '0' || hash[5] > '9')
		return false;
	cost = (hash[4] - '0') * 10 + hash[5] - '0';
	return cost >= 4 && cost <= BCRYPT_COST_MOST && strspn(hash + HEAD, letters) == LENGTH - HEAD;
}

static bool
bcrypt_verify(const char *hash, const char *password)
{
	struct crypt_data *data = bcrypt_sound(hash) ? calloc(1, sizeof *data) : NULL;
	const char *got;
	bool ok;

	if (data == NULL)
		return false;
	got = crypt_rn(password, hash, data, sizeof *data);
	ok = got != NULL && strlen(got) == strlen(hash) && sodium_memcmp(got, hash, strlen(hash)) == 0;
	sodium_memzero(data, sizeof *data);
	free(data);
	return ok;
}

bool
hash_verify(const char *hash, const char *password, size_t n)
{
	return hash_kind_of(hash) == HASH_KIND_bcrypt ? bcrypt_verify(hash, password) :
	    crypto_pwhash_str_verify(hash, password, n) == 0;
}

bool
hash_make(char out[HASH_TEXT], const char *password, size_t n)
{
	return crypto_pwhash_str_alg(out, password, n, HASH_OPS, HASH_MEM, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool
hash_dated(const char *hash)
{
	return hash_kind_of(hash) != HASH_KIND_argon2 || crypto_pwhash_str_needs_rehash(hash, HASH_OPS, HASH_MEM) != 0;
}

void
hashing_dummy(char out[HASH_TEXT])
{
	const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
	uint8_t bytes[32];
	char salt[32], hash[64];

	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2base64(salt, sizeof salt, bytes, 16, variant);
	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2base64(hash, sizeof hash, bytes, 32, variant);
	snprintf(out, HASH_TEXT, "$argon2id$v=19$m=%zu,t=%llu,p=1$%s$%s", (size_t)HASH_MEM / 1024,
	    (unsigned long long)HASH_OPS, salt, hash);
}
