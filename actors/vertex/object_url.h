/* actors/vertex/object_url.h - the signed URL by which an object is read.
 *
 * Its key is what a grant names: gs://bucket/object, and perhaps a newline and the name under
 * which a browser is to save it. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_OBJECT_URL_H
#define STUDIOD_VERTEX_OBJECT_URL_H

#include "actors/vertex/google.h"
#include "actors/vertex/signed_url.h"

/* Prepares the URL as the credentials' account, from now on by Google's clock. NULL, or why not. */
const char *object_url_prepare(struct signed_url *u, struct bytes key, const struct google *g, uint32_t expires_s);

/* Is it such a key? */
bool object_url_is_key(struct bytes key);

#endif
