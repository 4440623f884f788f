/* actors/vertex/credentials/oauth.h - who we are at Google: the credentials, and access tokens for
 * them, cached and shared.
 *
 * A token is renewed when less than five minutes are left; while it still works it is
 * used meanwhile. One renewal serves all who wait.
 *
 * Where our clock and Google's differ, so that it refuses what we signed, Google's is taken
 * (the Date of its answer) and it is asked once more.
 *
 * Owns:  the credentials, the token (locked memory), the list of waiters.
 * Fails: a waiter gets NOT_SENT (not reached), UPSTREAM_BUSY (come back) or
 *        INTERNAL_ERROR (refused: the credentials are wrong).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OAUTH_H
#define STUDIOD_VERTEX_OAUTH_H

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/http.h"

enum {
	TOKEN_MAX = 4096,
	TOKEN_RENEW_MS = 300000,	/* left when it is renewed */
	TOKEN_LEAST_MS = 30000,		/* left when it is no longer used */
	TOKEN_WAITERS_MAX = 1024,
	TOKEN_PAUSE_MS = 1000		/* after a failure: no second try for so long */
};

/* Exactly one call. token is NULL unless err is 0; it lives until the function returns. */
typedef void token_fn(void *arg, const char *token, unsigned err, const char *detail);

struct oauth {
	struct http *http;
	struct credentials credentials;
	struct signer *signer;		/* NULL: these credentials cannot sign here */
	const char *email;		/* whose tokens they are; "" where it is not known (the metadata server's: not yet) */
	char project_header[96];	/* "x-goog-user-project: ..." on every call, or "" */
	char *token;			/* TOKEN_MAX bytes, locked; "" while there is none */
	char *proof;			/* CRED_PROOF_MAX bytes, locked: what the last step obtained */
	size_t step;			/* the one that is under way, or failed */
	int64_t skew_s;			/* Google's clock minus ours, where that was needed */
	uint64_t until_ms, failed_ms;
	unsigned failed;
	bool asking, again;
	struct ctx ctx;			/* of the one who made us ask */
	struct waiter { token_fn *fn; void *arg; } *waiters;
	size_t nwaiters;
};

/* Reads the credentials' text. NULL, or what is wrong with it. */
const char *oauth_init(struct oauth *o, struct http *http, struct bytes json, const struct cred_hosts *hosts);
void oauth_fini(struct oauth *o);

/* Gives a token, perhaps at once. */
void oauth_get(struct oauth *o, const struct ctx *ctx, token_fn *fn, void *arg);
/* Seconds since 1970 by Google's clock, as far as it is known to differ from ours. */
uint64_t oauth_now_s(const struct oauth *o);
/* Google refused this token: forget it, if it is still the one we have. */
void oauth_drop(struct oauth *o, const char *token);

#endif
