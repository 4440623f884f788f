/* proto/media_type.h - what a file is, by its first bytes. Front asks before anything is stored,
 * vertex again before it stores: nobody needs to trust the other, nor the client's word. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_MEDIA_TYPE_H
#define STUDIOD_PROTO_MEDIA_TYPE_H

#include "proto/proto.h"

enum { MEDIA_SNIFF_BYTES = 4096 };	/* more of a file is not looked at */

struct media_type {
	const char *name, *mime, *extension;
};

/* The type of a file that begins with these bytes; NULL: none of those that are taken. */
const struct media_type *media_sniff(const void *p, size_t n);
/* By its MIME type; NULL for one that is not taken. */
const struct media_type *media_type_of(struct bytes mime);
/* The usual ending of a MIME type's files, of those that models make too; "" for others. */
const char *media_extension(struct bytes mime);

#endif
