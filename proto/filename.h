/* proto/filename.h - names of files, made harmless: as clients send them, and as they are
 * told to clients. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FILENAME_H
#define STUDIOD_FILENAME_H

#include "proto/proto.h"

enum { FILENAME_CHARS = 120, FILENAME_BYTES = 4 * FILENAME_CHARS + 8 };

/* What a client calls a file (the value of a form's filename, escapes and all) as a name that no
 * system minds: the last step of a path, UTF-8 without control characters, marks of direction,
 * wildcards and leading or trailing dots and spaces, FILENAME_CHARS characters at most, with
 * an ending that fits its type. "file" where nothing is left. */
void filename_clean(char out[FILENAME_BYTES], struct bytes given, const char *extension);

/* Appends `attachment; filename="..."`, and filename* (RFC 6266, RFC 8187) where the name is not
 * plain ASCII. 0, or -1 when memory is out. */
int filename_disposition(struct buf *b, const char *kind, const char *name);

#endif
