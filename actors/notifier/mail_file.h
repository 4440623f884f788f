/* actors/notifier/mail_file.h - a mail as a file, where there is no server.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_NOTIFIER_MAIL_FILE_H
#define STUDIOD_NOTIFIER_MAIL_FILE_H

#include "proto/proto.h"

enum { MAIL_FILE_NAME = 80 };

/* Writes a mail below the directory: TIME-ID.eml, which it puts into `name`. at_ms is the wall
 * clock. 0, or a negative errno, and no file is left. */
int mail_file_write(int dir, const struct id *id, uint64_t at_ms, const struct buf *mail, char name[MAIL_FILE_NAME]);

#endif
