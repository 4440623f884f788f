/* actors/vertex/storage/object_url.h - the signed URL by which an object is read.
 *
 * Its key is what a grant names: gs://bucket/object, and perhaps a newline and the name under
 * which a browser is to save it (response-content-disposition: inline). Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OBJECT_URL_H
#define STUDIOD_VERTEX_OBJECT_URL_H

#include "actors/vertex/google.h"
#include "actors/vertex/storage/signed_url.h"

enum { OBJECT_URL_MAX = 4096 };		/* bytes, as signed_urls carries them */

/* Prepares the URL as the credentials' account, from now on by Google's clock. A name that would make it too long is
 * shortened. NULL, or why this object cannot be signed for. */
const char *object_url_prepare(struct signed_url *u, struct bytes key, const struct google *g, uint32_t expires_s);

#endif
