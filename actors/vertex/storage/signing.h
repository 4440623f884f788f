/* actors/vertex/storage/signing.h - sign_urls: a signed URL for each grant of a request.
 *
 * An RSA signature takes about a millisecond and a page of history may ask for 400: the
 * work is done in slices of a few milliseconds per turn of the loop, the requests in
 * turns, so that one large page delays nobody. Where there is no key here, Google is asked
 * for each signature (remote_sign.h).
 *
 * Owns:  requests until they are answered, the cache of URLs.
 * Fails: UNAUTHORIZED or TOKEN_EXPIRED for a bad ticket or grant, FORBIDDEN (and a line
 *        in the security log) for a grant of another user, QUEUE_FULL over the bound,
 *        SERVICE_UNAVAILABLE where Google would sign and does not answer. What cannot be signed, an object or (with what
 *        the operator should do) all of them, costs nothing else its URL: it is "".
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_SIGNING_H
#define STUDIOD_VERTEX_SIGNING_H

#include "actors/vertex/google.h"
#include "actors/vertex/storage/remote_sign.h"

enum {
	SIGNING_JOBS_MAX = 1024,	/* requests that wait */
	SIGNING_SLICE_MS = 8,		/* per turn of the loop */
	SIGNING_TURN = 8		/* signatures for one request before it is the next one's turn */
};

struct signing_job;

struct signing {
	struct google *google;
	struct ev_loop *loop;
	struct bytes ticket_key, grant_key;
	uint32_t expires_s;
	struct url_cache *cache;
	ev_timer work;
	struct signing_job *first, *last;
	unsigned jobs;
	uint64_t signed_total, cached_total;
	struct remote_sign remote;	/* where there is no key here */
};

/* 0, or -1 when memory is out. Keys stay the caller's. */
int signing_init(struct signing *s, struct google *g, struct ev_loop *loop, struct bytes ticket_key,
    struct bytes grant_key, uint64_t expires_hours);
void signing_fini(struct signing *s);
/* Answers the request (MSG_sign_urls), now or later. */
void signing_take(struct signing *s, struct request *rq);

/* Signatures made since the start, here or by Google. */
uint64_t signing_total(const struct signing *s);

#endif
