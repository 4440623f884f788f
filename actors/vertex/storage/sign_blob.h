/* actors/vertex/storage/sign_blob.h - IAM credentials' :signBlob: Google signs with a key of the account's that
 * it holds. The request and the answer; pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_SIGN_BLOB_H
#define STUDIOD_VERTEX_SIGN_BLOB_H

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/http.h"

/* Such a key is certain to verify for so long: a URL must not promise more. */
enum { SIGN_BLOB_LIFE_S = 12 * 3600 };

/* NULL, or why nobody will sign for these credentials, and what is to be done. With `metadata` the
 * account is known after the first token only. */
const char *sign_blob_cannot(const struct credentials *c);

/* Appends where to ask and what. `iam`: scheme://host of IAM credentials. 0 or -1: memory is out. */
int sign_blob_request(struct buf *url, struct buf *body, const struct credentials *c, const char *iam, const void *p, size_t n);

/* Reads a 200: the bytes of the signature; 0 where there is none of a key's size. */
size_t sign_blob_read(struct bytes body, uint8_t out[SIGNATURE_MAX]);

/* What any other end means: a code for the asker and *why in words that a client may read. Where the
 * code is E_SERVICE_UNAVAILABLE another try may go well. */
unsigned sign_blob_failed(const struct http_answer *a, const char **why);

#endif
