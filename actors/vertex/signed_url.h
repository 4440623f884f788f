/* actors/vertex/signed_url.h - V4 signed URLs of Cloud Storage (GOOG4-RSA-SHA256). Pure:
 * the key is a callback, the time an argument.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_SIGNED_URL_H
#define STUDIOD_VERTEX_SIGNED_URL_H

#include "proto/proto.h"

enum { SIGNED_URL_SECONDS_MAX = 604800, SIGNED_URL_PAIRS = 8, SIGNED_URL_SIGNATURE_MAX = 512 };

struct url_pair {
	const char *name, *value;	/* plain, not encoded */
};
struct url_signing {
	const char *method;		/* "GET" */
	const char *endpoint;		/* scheme://host[:port], no slash at its end; the port is not signed */
	bool virtual_hosted;		/* the bucket is part of the host, which must be a name then */
	struct bytes bucket, object;
	const char *email;		/* the account that signs */
	uint64_t time_s;		/* when it begins, seconds since 1970 */
	uint32_t expires_s;		/* 1 to SIGNED_URL_SECONDS_MAX */
	struct url_pair headers[SIGNED_URL_PAIRS];	/* beside host */
	size_t nheaders;
	struct url_pair query[SIGNED_URL_PAIRS];	/* beside X-Goog-* */
	size_t nquery;
	/* Writes the RSA-SHA256 signature, returns its length; 0 when it failed. */
	size_t (*sign)(void *arg, const void *p, size_t n, uint8_t out[SIGNED_URL_SIGNATURE_MAX]);
	void *arg;
};

/* Appends the URL to out. `canonical` and `to_sign`, if not NULL, get these intermediate
 * texts appended. 0 or -1: memory, an argument out of range, or no signature. */
int signed_url_make(struct buf *out, const struct url_signing *s, struct buf *canonical, struct buf *to_sign);

#endif
