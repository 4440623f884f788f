/* actors/vertex/gs_uri.h - names of objects in Cloud Storage. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_GS_URI_H
#define STUDIOD_VERTEX_GS_URI_H

#include "proto/proto.h"

enum { GS_URI_MAX = 1300 };

/* gs://bucket/object as views; false for anything else (an empty object included). */
bool gs_uri_parse(struct bytes uri, struct bytes *bucket, struct bytes *object);

/* Does uri begin with the first n bytes of `prefix`, go on, and never step out of it? These
 * bytes must end in a slash. */
bool gs_uri_below(const char *uri, const char *prefix, size_t n);

#endif
