/* actors/common/log.h - one line per event to descriptor 2, which the supervisor reads,
 * stamps with time, actor and pid, and writes out.
 *
 *     L event request_id=.. trace=.. key=value key="value with \"quotes\" and \n"
 *
 * L is one of D I W E S. Values are quoted and escaped here, so whatever a remote peer
 * wrote stays one value of one line. Secrets are never given to it.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_LOG_H
#define STUDIOD_LOG_H

#include "proto/link.h"

enum log_level {
	LOG_DEBUG = 'D',	/* for developers */
	LOG_INFO = 'I',		/* the normal course */
	LOG_WARNING = 'W',	/* odd, and handled */
	LOG_ERROR = 'E',	/* a request or a job suffered */
	LOG_SECURITY = 'S'	/* somebody did what the rules do not allow */
};

/* log_event(level, ctx or NULL, "event", "key", value, "key", value, ...): values are
 * NUL-terminated strings; a NULL value leaves its pair out. */
#define log_event(level, ctx, ...) log_pairs(level, ctx, __VA_ARGS__, (const char *)NULL)
void log_pairs(enum log_level level, const struct ctx *ctx, const char *event, ...) __attribute__((sentinel));

/* Lines below this level are not written: debug, info (the start), warning or error.
 * Security events always are. An unknown name changes nothing. */
void log_level_set(const char *name);

/* Text of a number in one of eight rotating buffers: good for one log line. */
const char *log_u64(uint64_t v);
/* Text of an id, likewise. */
const char *log_id(const struct id *id);
/* A bounded copy of bytes as a string, likewise (127 bytes). */
const char *log_bytes(struct bytes b);

#endif
