/* actors/vertex/storage/signed_url.h - V4 signed URLs of Cloud Storage (GOOG4-RSA-SHA256). Pure: the time
 * is an argument, and who signs is not known here: a key of our own, or Google (sign_blob.h).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_SIGNED_URL_H
#define STUDIOD_VERTEX_SIGNED_URL_H

#include "actors/vertex/storage/signer.h"

enum {
	SIGNED_URL_SECONDS_MAX = 604800,
	SIGNED_URL_PAIRS = 64,		/* header fields beside host; parameters beside X-Goog-* */
	SIGNED_URL_MAX = 16384		/* bytes of a URL: Google takes no longer ones */
};

struct url_pair {
	const char *name, *value;	/* plain, not encoded; UTF-8 without control characters (in headers: but tabs) */
};
enum url_style {
	URL_PATH,			/* https://host/bucket/object */
	URL_VIRTUAL,			/* https://bucket.host/object */
	URL_BUCKET_BOUND		/* https://host/object: the host stands for the bucket */
};
struct url_signing {
	const char *method;		/* "GET", "HEAD", "PUT", "POST" or "DELETE" */
	const char *endpoint;		/* scheme://host[:port], no slash at its end; the port is not signed */
	enum url_style style;
	struct bytes bucket, object;	/* an object of no bytes: the bucket itself */
	const char *email;		/* the account that signs */
	uint64_t time_s;		/* when it begins, seconds since 1970 */
	uint32_t expires_s;		/* 1 to SIGNED_URL_SECONDS_MAX */
	struct url_pair headers[SIGNED_URL_PAIRS];	/* beside host; one name may come several times */
	size_t nheaders;
	struct url_pair query[SIGNED_URL_PAIRS];	/* beside X-Goog-* */
	size_t nquery;
};

/* A URL that lacks its signature. Start from {0}; signed_url_free whatever came of it. */
struct signed_url {
	struct buf url, canonical, to_sign;	/* `to_sign` is what the signature is over */
};

/* NULL, or a sentence that says what cannot be signed for. */
const char *signed_url_prepare(struct signed_url *u, const struct url_signing *s);
/* The whole URL, owned by u. NULL when memory is out or the signature is of no key's size. */
const char *signed_url_finish(struct signed_url *u, const uint8_t *signature, size_t n);
void signed_url_free(struct signed_url *u);

/* Both, with a key of our own. */
const char *signed_url_make(struct signed_url *u, const struct url_signing *s, const struct signer *key);

#endif
