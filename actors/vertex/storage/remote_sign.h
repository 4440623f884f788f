/* actors/vertex/storage/remote_sign.h - signed URLs where there is no key here: Google signs each (sign_blob.h).
 *
 * One call serves all who wait for the same URL. A few run at once, the rest wait in order. What
 * Google refuses, it refuses all: then nobody is sent after it for a moment.
 *
 * Owns:  what is being signed, its copies of the keys. The waiters are their owners'.
 * Fails: E_SERVICE_UNAVAILABLE (try again), E_STORAGE_ERROR (refused: words say what to do).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_REMOTE_SIGN_H
#define STUDIOD_VERTEX_REMOTE_SIGN_H

#include "actors/vertex/google.h"
#include "actors/vertex/storage/url_cache.h"

enum {
	REMOTE_CALLS_MAX = 32,		/* to Google at once */
	REMOTE_WISHES_MAX = 4096,	/* URLs that are being signed or wait for it */
	REMOTE_SLOTS = 1024,
	REMOTE_TRIES = 3,
	REMOTE_BACKOFF_MS = 300,
	REMOTE_CALL_MS = 10000,
	REMOTE_PAUSE_MS = 2000		/* after a failure nothing is asked for so long */
};

struct wish;

/* Told exactly once; then it is its owner's again. `url` is NULL unless err is 0; "" where there is no URL of this key. */
struct remote_waiter {
	struct remote_waiter *next;
	void (*told)(struct remote_waiter *w, const char *url, unsigned err, const char *detail);
};

struct remote_sign {
	struct google *google;
	struct ev_loop *loop;
	struct url_cache *cache;
	uint32_t expires_s;
	struct wish *slots[REMOTE_SLOTS];
	struct wish *first, *last;	/* those that wait for their turn */
	unsigned wishes, calls;
	bool pumping;
	uint64_t refused_until_ms, signed_total;
	unsigned refused;
	char refused_why[256];
};

void remote_sign_init(struct remote_sign *r, struct google *g, struct ev_loop *loop, struct url_cache *cache, uint32_t expires_s);
void remote_sign_fini(struct remote_sign *r);

/* Wants the URL of a key of the cache; `w` is told, perhaps at once. */
void remote_sign_want(struct remote_sign *r, const struct ctx *ctx, struct bytes key, struct remote_waiter *w);

#endif
