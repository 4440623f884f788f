/* actors/auth/tokens.c - see tokens.h.
 * Owns: nothing; libjwt wipes its copy of a key when a token is freed.
 * Fails: closed.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <jwt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/tokens.h"

static const char *const kind_names[] = { [TOKEN_access] = "access", [TOKEN_refresh] = "refresh" };

static void
key_init(struct token_key *k, struct bytes name, struct bytes secret)
{
	static const char purpose[] = "studiod token key id";
	uint8_t h[crypto_generichash_BYTES];
	crypto_generichash_state st;

	crypto_generichash_init(&st, NULL, 0, sizeof h);
	crypto_generichash_update(&st, (const uint8_t *)purpose, sizeof purpose);
	crypto_generichash_update(&st, (const uint8_t *)secret.p, secret.n);
	crypto_generichash_final(&st, h, sizeof h);
	k->secret = secret;
	snprintf(k->digest, sizeof k->digest, "%02x%02x%02x%02x", h[0], h[1], h[2], h[3]);
	snprintf(k->kid, sizeof k->kid, "%.*s", (int)name.n, name.p);
	if (name.n == 0)
		memcpy(k->kid, k->digest, sizeof k->digest);
	sodium_memzero(&st, sizeof st);
}

void
token_keys_init(struct token_keys *k, const struct keyring *ring)
{
	k->n = ring->n;
	for (size_t i = 0; i < ring->n; i++)
		key_init(&k->v[i], ring->v[i].name, ring->v[i].secret);
}

int
token_mint(enum token_kind kind, const struct token_keys *keys, const struct token_claims *c, char *out)
{
	const struct token_key *k = &keys->v[0];
	char sub[37], sid[37], jti[37], *text = NULL;
	jwt_t *jwt = NULL;
	int rc = -E_INTERNAL_ERROR;

	id_text(&c->user, sub);
	id_text(&c->session, sid);
	id_text(&c->jti, jti);
	if (jwt_new(&jwt) != 0)
		return rc;
	int bad = jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)k->secret.p, (int)k->secret.n);
	bad |= jwt_add_header(jwt, "kid", k->kid);
	bad |= jwt_add_grant(jwt, "typ", kind_names[kind]);
	bad |= jwt_add_grant(jwt, "iss", TOKEN_ISSUER) | jwt_add_grant(jwt, "aud", TOKEN_AUDIENCE);
	bad |= jwt_add_grant(jwt, "sub", sub) | jwt_add_grant(jwt, "sid", sid) | jwt_add_grant(jwt, "jti", jti);
	bad |= jwt_add_grant_int(jwt, "iat", (long)c->issued_s) | jwt_add_grant_int(jwt, "exp", (long)c->expires_s);
	if (kind == TOKEN_access)
		bad |= jwt_add_grant(jwt, "email", c->email) | jwt_add_grant(jwt, "role", c->role);
	if (bad == 0 && (text = jwt_encode_str(jwt)) != NULL && strlen(text) <= TOKEN_MAX) {
		memcpy(out, text, strlen(text) + 1);
		rc = 0;
	}
	if (text != NULL) {
		sodium_memzero(text, strlen(text));
		free(text);
	}
	jwt_free(jwt);
	return rc;
}

/* The key that a token says it was signed with: by name, or as one that had none then. */
static const struct token_key *
key_named(const struct token_keys *keys, const char *kid)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(kid, keys->v[i].kid) == 0)
			return &keys->v[i];
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(kid, keys->v[i].digest) == 0)
			return &keys->v[i];
	return NULL;
}

/* The algorithm and the key's id, before anything is verified with the key. NULL: not ours. */
static const struct token_key *
key_of_header(const char *token, const struct token_keys *keys)
{
	const struct token_key *k = NULL;
	jwt_t *jwt = NULL;
	const char *alg, *kid;

	if (jwt_decode(&jwt, token, NULL, 0) != 0)
		return NULL;
	alg = jwt_get_header(jwt, "alg");	/* jwt_get_alg says "none" as long as there is no key */
	kid = jwt_get_header(jwt, "kid");
	if (alg != NULL && strcmp(alg, "HS256") == 0 && kid != NULL)
		k = key_named(keys, kid);
	jwt_free(jwt);
	return k;
}

static bool
grant_is(jwt_t *jwt, const char *name, const char *want)
{
	const char *v = jwt_get_grant(jwt, name);
	return v != NULL && strcmp(v, want) == 0;
}

static bool
grant_id(jwt_t *jwt, const char *name, struct id *out)
{
	const char *v = jwt_get_grant(jwt, name);
	return v != NULL && id_parse(v, strlen(v), out);
}

static bool
grant_text(jwt_t *jwt, const char *name, char *out, size_t room)
{
	const char *v = jwt_get_grant(jwt, name);

	if (v == NULL || strlen(v) >= room)
		return false;
	memcpy(out, v, strlen(v) + 1);
	return true;
}

static bool
grant_time(jwt_t *jwt, const char *name, uint64_t *out)
{
	long v;

	errno = 0;
	v = jwt_get_grant_int(jwt, name);
	*out = v > 0 ? (uint64_t)v : 0;
	return errno == 0 && v > 0;
}

static int
claims_read(jwt_t *jwt, enum token_kind kind, uint64_t now_s, struct token_claims *out)
{
	if (jwt_get_alg(jwt) != JWT_ALG_HS256 || !grant_is(jwt, "typ", kind_names[kind]) ||
	    !grant_is(jwt, "iss", TOKEN_ISSUER) || !grant_is(jwt, "aud", TOKEN_AUDIENCE) ||
	    !grant_id(jwt, "sub", &out->user) || !grant_id(jwt, "sid", &out->session) ||
	    !grant_id(jwt, "jti", &out->jti) || !grant_time(jwt, "iat", &out->issued_s) ||
	    !grant_time(jwt, "exp", &out->expires_s))
		return -E_UNAUTHORIZED;
	if (kind == TOKEN_access && (!grant_text(jwt, "email", out->email, sizeof out->email) ||
	    !grant_text(jwt, "role", out->role, sizeof out->role)))
		return -E_UNAUTHORIZED;
	return out->expires_s <= now_s ? -E_TOKEN_EXPIRED : 0;
}

int
token_read(enum token_kind kind, const struct token_keys *keys, struct bytes token, uint64_t now_s,
    struct token_claims *out)
{
	struct token_claims c = { .expires_s = 0 };
	char text[TOKEN_MAX + 1];
	const struct token_key *k;
	jwt_t *jwt = NULL;
	int rc = -E_UNAUTHORIZED;

	if (token.n == 0 || token.n > TOKEN_MAX || memchr(token.p, '\0', token.n) != NULL)
		return rc;
	memcpy(text, token.p, token.n);
	text[token.n] = '\0';
	if ((k = key_of_header(text, keys)) != NULL &&
	    jwt_decode(&jwt, text, (const unsigned char *)k->secret.p, (int)k->secret.n) == 0) {
		rc = claims_read(jwt, kind, now_s, &c);
		jwt_free(jwt);
	}
	sodium_memzero(text, sizeof text);
	if (rc == 0)
		*out = c;
	return rc;
}

void
token_hash(struct bytes token, uint8_t out[TOKEN_HASH])
{
	crypto_generichash(out, TOKEN_HASH, (const uint8_t *)token.p, token.n, NULL, 0);
}

void
token_next(struct token_claims *c, const struct token_keys *keys, const uint8_t spent[TOKEN_HASH],
    uint64_t now_wall_ms, uint64_t lifetime_ms)
{
	static const char purpose[] = "studiod next refresh token";
	const struct token_key *k = &keys->v[0];
	enum { LONGEST_S = 60 };
	uint64_t lifetime = lifetime_ms / 1000, period = lifetime / 8;
	uint8_t h[crypto_auth_hmacsha512256_BYTES];
	crypto_auth_hmacsha512256_state st;

	period = period < 1 ? 1 : period > LONGEST_S ? LONGEST_S : period;
	c->issued_s = now_wall_ms / 1000 / period * period;
	c->expires_s = c->issued_s + lifetime;
	crypto_auth_hmacsha512256_init(&st, (const uint8_t *)k->secret.p, k->secret.n);
	crypto_auth_hmacsha512256_update(&st, (const uint8_t *)purpose, sizeof purpose);
	crypto_auth_hmacsha512256_update(&st, spent, TOKEN_HASH);
	crypto_auth_hmacsha512256_final(&st, h);
	memcpy(c->jti.b, h, sizeof c->jti.b);
	c->jti.b[6] = (uint8_t)(0x80 | (c->jti.b[6] & 0x0f));	/* version 8: ours to define */
	c->jti.b[8] = (uint8_t)(0x80 | (c->jti.b[8] & 0x3f));
	sodium_memzero(&st, sizeof st);
}

struct id
id_random(uint64_t now_wall_ms)
{
	struct id id;

	randombytes_buf(id.b, sizeof id.b);
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(now_wall_ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f));
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
	return id;
}
