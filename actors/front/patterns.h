/* actors/front/patterns.h - the shapes of texts that rows of proto/bodies.tbl.h name, and
 * the reading of bytes into trees. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_PATTERNS_H
#define STUDIOD_FRONT_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

/* Does the text have the named pattern? If not, *what completes "x must be ..". */
bool pattern_named(const char *pattern, const char *s, size_t n, const char **what);
/* What it looks like as a regular expression of ECMAScript, for schemas; also of "password" and
 * "not_blank". NULL for one that has none. It may let pass what the function refuses (the 30th
 * of February), never the other way round. */
const char *pattern_regex(const char *pattern);
bool pattern_email(const char *s, size_t n);
/* An upper-case letter, a lower-case letter, and a digit or symbol. */
bool pattern_password(const char *s, size_t n);

#endif
