/* supervisor/logstream.h - log lines for one asker: the latest, and those to come.
 * Owns: the stream until its end. Fails: a reader who is too slow loses the oldest lines and
 * is told how many.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_LOGSTREAM_H
#define STUDIOD_LOGSTREAM_H

#include "supervisor/tree.h"

/* Answers a ctl_logs request. */
void logstream_begin(struct tree *t, struct request *rq);

#endif
