/* actors/vertex/oauth.h - who we are at Google: the credentials, and access tokens for
 * them, cached and shared.
 *
 * A token is renewed when less than five minutes are left; while it still works it is
 * used meanwhile. One renewal serves all who wait.
 *
 * Owns:  the parsed private key, the token (locked memory), the list of waiters.
 * Fails: a waiter gets NOT_SENT (not reached), UPSTREAM_BUSY (come back) or
 *        INTERNAL_ERROR (refused: the credentials are wrong).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OAUTH_H
#define STUDIOD_VERTEX_OAUTH_H

#include <jansson.h>

#include "actors/vertex/http.h"
#include "actors/vertex/signer.h"

enum {
	TOKEN_MAX = 4096,
	TOKEN_RENEW_MS = 300000,	/* left when it is renewed */
	TOKEN_LEAST_MS = 30000,		/* left when it is no longer used */
	TOKEN_WAITERS_MAX = 1024,
	TOKEN_PAUSE_MS = 1000		/* after a failure: no second try for so long */
};

struct oauth;

/* A kind of credentials, by the `type` of the JSON text. */
struct credentials {
	const char *type;
	/* Takes what it needs from the JSON; NULL or why not. */
	const char *(*load)(struct oauth *o, const json_t *json);
	/* Writes the form of a token request that starts now. 0 or -1. */
	int (*ask)(const struct oauth *o, uint64_t wall_s, struct buf *form);
};

/* Exactly one call. token is NULL unless err is 0; it lives until the function returns. */
typedef void token_fn(void *arg, const char *token, unsigned err, const char *detail);

struct oauth {
	struct http *http;
	const struct credentials *credentials;
	struct signer *signer;		/* NULL: these credentials cannot sign */
	char email[256], key_id[128], audience[256], project[64];
	char url[512];			/* of the token endpoint */
	char *token;			/* TOKEN_MAX bytes, locked; "" while there is none */
	uint64_t until_ms, failed_ms;
	unsigned failed;
	bool asking;
	struct waiter { token_fn *fn; void *arg; } *waiters;
	size_t nwaiters;
};

/* Reads the credentials file's text; `endpoint` replaces scheme and host of its token
 * endpoint unless it is "". NULL, or what is wrong with it. */
const char *oauth_init(struct oauth *o, struct http *http, struct bytes json, const char *endpoint);
void oauth_fini(struct oauth *o);

/* Gives a token, perhaps at once. */
void oauth_get(struct oauth *o, const struct ctx *ctx, token_fn *fn, void *arg);
/* Google refused this token: forget it, if it is still the one we have. */
void oauth_drop(struct oauth *o, const char *token);

#endif
