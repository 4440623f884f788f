/* actors/auth/tokens.h - JSON Web Tokens: minted and read, HS256 only.
 *
 * An access token carries sub, email, role, sid; a refresh token sub and sid; both carry
 * typ, iss, aud, iat, exp, jti, and the key's id in the header. The two kinds have their
 * own secrets and their own typ: neither is ever taken for the other. Of the keys of a kind the
 * first one signs, the others verify what they signed before.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_TOKENS_H
#define STUDIOD_AUTH_TOKENS_H

#include "actors/common/keyring.h"

#define TOKEN_ISSUER "studiod"
#define TOKEN_AUDIENCE "studio-api"

enum { TOKEN_MAX = 2048, TOKEN_HASH = 32 };
enum token_kind { TOKEN_access, TOKEN_refresh };

struct token_key {
	struct bytes secret;		/* the caller's, in locked memory */
	char kid[KEY_NAME_MAX + 1];	/* its name; or what is told of one without */
	char digest[9];			/* 8 hex digits that name it and tell nothing about it */
};
struct token_keys {
	size_t n;
	struct token_key v[KEYRING_MAX];
};

struct token_claims {
	struct id user, session, jti;
	char email[255], role[9];	/* access tokens only */
	uint64_t issued_s, expires_s;	/* seconds since 1970 */
};

/* Sets up the keys; the secrets' bytes stay the caller's. */
void token_keys_init(struct token_keys *k, const struct keyring *ring);

/* Writes the token and its NUL to out (TOKEN_MAX + 1 bytes). 0; -E_INTERNAL_ERROR when
 * memory is out or it would be longer. */
int token_mint(enum token_kind kind, const struct token_keys *k, const struct token_claims *c, char *out);

/* 0 and *out; -E_TOKEN_EXPIRED for one of ours that is over at now_s; -E_UNAUTHORIZED for
 * everything else: not a token, another algorithm, key, kind, issuer or audience. */
int token_read(enum token_kind kind, const struct token_keys *k, struct bytes token, uint64_t now_s,
    struct token_claims *out);

/* What db keeps of a refresh token. */
void token_hash(struct bytes token, uint8_t out[TOKEN_HASH]);

/* The claims of the refresh token that follows the one with this hash. The same hash within
 * the same period gives the same token, so that an answer that was lost can be given
 * again without keeping it. It lives at most `lifetime_ms` from now, and less than a minute
 * (an eighth of a short lifetime) less than that. */
void token_next(struct token_claims *c, const struct token_keys *k, const uint8_t spent[TOKEN_HASH],
    uint64_t now_wall_ms, uint64_t lifetime_ms);

/* A random id; version 7, so that rows sort by time. */
struct id id_random(uint64_t now_wall_ms);

#endif
