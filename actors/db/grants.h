/* actors/db/grants.h - a grant for every object that a JSON text names for its reader.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_GRANTS_H
#define STUDIOD_DB_GRANTS_H

#include "proto/proto.h"

enum { GRANTS_MAX = 400 };

/* The next value that stands for a signed URL (url_value) at or after *at: 1, what it says (a URI, and
 * perhaps a newline and a name for the download) unescaped in out (cap bytes, 5 at least) and *n, *at behind it. A name
 * that does not fit is cut, anywhere; of a URI that does not only gs:// is left, for which nothing is signed. 0: no more. -1: one
 * that is no JSON string. */
int grants_next(struct bytes json, size_t *at, char *out, size_t cap, size_t *n);

/* Seals one grant per occurrence, in order, into the arena. 0, -E_INTERNAL_ERROR when
 * there are more than GRANTS_MAX, one is not sealable, or memory is out. */
int grants_make(struct bytes json, const struct id *user, uint64_t expires_ms, struct bytes key,
    struct arena *a, struct bytes_list *out);

/* Does a JSON text that comes from outside name an object where db would grant it? Such a text must
 * not get among the rows that are answered. */
bool grants_any(struct bytes json);

#endif
