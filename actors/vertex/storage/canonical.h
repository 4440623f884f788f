/* actors/vertex/storage/canonical.h - the sorted lists of a canonical request: header fields, parameters
 * of a query. Pure.
 *
 * Owns:  copies of the texts. Fails: with a sentence that says what is wrong.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_CANONICAL_H
#define STUDIOD_VERTEX_CANONICAL_H

#include "proto/proto.h"

enum {
	CANONICAL_LINES_MAX = 72,
	CANONICAL_NAME_MAX = 256,	/* bytes of a name, before it is encoded */
	CANONICAL_VALUE_MAX = 8192	/* and of a value */
};

/* In the order of the names, then of the values. Start from {0}. */
struct canonical {
	struct canonical_line { struct buf name, value; } v[CANONICAL_LINES_MAX];
	size_t n;
};
void canonical_free(struct canonical *c);

/* A parameter: both texts are percent-encoded. NULL, or what is wrong. */
const char *canonical_query(struct canonical *c, const char *name, const char *value);

/* A header field: lower-case name. One that is there already gets the value appended behind a
 * comma. NULL, or what is wrong: names and values with line ends among it. */
const char *canonical_header(struct canonical *c, const char *name, const char *value);
/* After the last one: values are trimmed, each run of blanks becomes one space. */
void canonical_fold(struct canonical *c);

/* The value of a field, NULL where there is none. */
const char *canonical_value(struct canonical *c, const char *name);

/* Appends name=value&name=value; name:value\n..; name;name. 0 or -1: memory is out. */
int canonical_join_query(struct buf *out, const struct canonical *c);
int canonical_join_headers(struct buf *out, const struct canonical *c);
int canonical_join_names(struct buf *out, const struct canonical *c);

#endif
