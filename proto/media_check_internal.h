/* proto/media_check_internal.h - what the files of the check share: nobody else includes it.
 *     media_check.c   all kinds but images; whose pictures
 *     image_check.c   images
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_MEDIA_CHECK_INTERNAL_H
#define STUDIOD_PROTO_MEDIA_CHECK_INTERNAL_H

#include "proto/media_check.h"

/* One request under the eye of the rules. */
struct check {
	const struct model *model;
	const json_t *request;
	struct media_refusal *why;
};

/* Says what is wrong with a field: cut to whole characters. Returns false. */
bool check_refused(struct media_refusal *why, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A field's text, "" where there is none. */
const char *check_text(const json_t *request, const char *name);
/* Is it there, not null, and no empty text? */
bool check_given(const json_t *request, const char *name);

/* A referenceType without Google's prefix, if it has that: a view into it. */
const char *reference_word(const char *text);

bool image_fits(const struct check *c);

#endif
