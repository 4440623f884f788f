/* supervisor/logline.h - one line of a process's log: taken apart, and written for a machine
 * or for a reader. Pure; studioctl uses it too.
 * Fails: a line that is not of our form is a message as it stands.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_LOGLINE_H
#define STUDIOD_LOGLINE_H

#include "proto/proto.h"

enum { LOGLINE_LONGEST = 8192, LOGLINE_PAIRS = 48 };

struct logpair {
	struct bytes key, value;	/* the value without quotes and escapes */
};
struct logline {
	char level;			/* D I W E S */
	bool structured;		/* `L event key=value` and not a raw text */
	struct bytes event;		/* of a raw line: all of it */
	struct logpair pairs[LOGLINE_PAIRS];
	size_t npairs;
	char room[LOGLINE_LONGEST];	/* where the unescaped values live */
};
/* Who wrote it, and when. */
struct logorigin {
	uint64_t wall_ms;
	const char *actor;
	uint32_t instance;
	int pid;
};

/* Takes n bytes (without the line end; at most LOGLINE_LONGEST are looked at) apart. The
 * result refers to `p` and to itself. */
void logline_parse(struct logline *l, const char *p, size_t n);

/* Appends one JSON object and a newline, in Cloud Logging's field names. `project` may be
 * empty; with it the trace is written as projects/P/traces/T. */
void logline_json(struct buf *out, const struct logline *l, const struct logorigin *o, const char *project);
/* Appends one aligned line of text and a newline, with colours where asked. Control
 * characters are shown, not sent to the terminal. */
void logline_text(struct buf *out, const struct logline *l, const struct logorigin *o, bool colour);

/* Replaces, in place, what could steer a terminal; line ends stay where `lines` says so. */
void text_clean(char *s, bool lines);

/* Order of the levels: D 0, I 1, W 2, E 3, S 4. */
int loglevel_rank(char level);

#endif
