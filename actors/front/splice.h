/* actors/front/splice.h - puts signed URLs in the place of storage URIs. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_SPLICE_H
#define STUDIOD_FRONT_SPLICE_H

#include "proto/proto.h"

/* How many values of a JSON text stand for signed URLs (url_value). */
size_t splice_count(struct bytes json);
/* Appends json to out with the i-th such URI replaced by the i-th URL, or by null where that is "". 0; -1 when the
 * numbers differ, a string does not end, or memory is out. */
int splice_urls(struct buf *out, struct bytes json, const struct bytes_list *urls);

#endif
