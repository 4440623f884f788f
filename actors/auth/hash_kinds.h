/* actors/auth/hash_kinds.h - the kinds of password hashes: argon2id, which is made, and bcrypt of
 * imported databases ($2a$, $2b$, $2y$), which is verified. For the threads of hashing.c.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_HASH_KINDS_H
#define STUDIOD_AUTH_HASH_KINDS_H

#include "actors/auth/hashing.h"

enum hash_kind { HASH_KIND_other, HASH_KIND_argon2, HASH_KIND_bcrypt, HASH_KIND_COUNT };

enum { BCRYPT_COST_MOST = 14 };		/* about a second; a dearer hash is not verified */

enum hash_kind hash_kind_of(const char *hash);
/* Is it the hash of this password? Of n bytes without NUL, and one behind them; bcrypt looks at
 * the first 72. */
bool hash_verify(const char *hash, const char *password, size_t n);
/* Today's hash; false when memory is out. */
bool hash_make(char out[HASH_TEXT], const char *password, size_t n);
/* Would hash_make make another? */
bool hash_dated(const char *hash);

#endif
