/* supervisor/logs.h - the log sink: reads the pipes of all processes, stamps their lines,
 * writes them to standard output, and remembers the latest of each for studioctl.
 * Owns: the read ends, the ring of each source, the buffer before standard output.
 * Fails: a process that writes too much loses lines and is told so; a reader of standard
 * output that sleeps costs lines, never the supervisor.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_LOGS_H
#define STUDIOD_LOGS_H

#include <ev.h>

#include "actors/common/log.h"
#include "supervisor/logline.h"

enum {
	LOG_RING_LINES = 512,		/* per source */
	LOG_RING_BYTES = 96 << 10,
	LOG_RATE = 2000,		/* lines a second and source; twice that at once */
	LOG_OUT_MAX = 1 << 20		/* bytes waiting for standard output */
};

struct log_entry {
	uint64_t seq, wall_ms;
	int pid;
	uint32_t n;
	char text[];
};

/* Somebody who follows: called for each line as it comes. */
struct log_follower {
	void (*on_line)(struct log_follower *, const char *actor, uint32_t instance, const struct log_entry *);
	struct log_follower *next;
};

struct logs {
	struct ev_loop *loop;		/* NULL before the loop: written at once */
	bool json, colour;
	int rank;			/* lines below are dropped */
	char project[80];
	uint64_t seq;
	struct buf out;
	size_t out_at;
	uint64_t out_dropped;
	ev_prepare prepare;
	ev_timer retry;
	struct log_follower *followers;
	struct log_source *own;		/* the supervisor's lines */
};

struct log_source {
	struct logs *logs;
	const char *actor;
	uint32_t instance;
	int pid;
	ev_io io;
	int fd;				/* -1: closed */
	char *line;			/* LOGLINE_LONGEST bytes while fd is open */
	size_t n;
	bool skipping;			/* the rest of a line that was too long */
	double tokens, refilled;
	uint64_t dropped;
	struct log_entry *ring[LOG_RING_LINES];
	size_t first, count, bytes;
	char last_words[512];		/* the latest warning or error: why it may have died */
};

/* `own` is the source of the supervisor's own lines. */
void logs_init(struct logs *g, bool json, bool colour, struct log_source *own);
void logs_loop(struct logs *g, struct ev_loop *loop);
/* Writes what is left, for at most wait_ms. */
void logs_flush(struct logs *g, int wait_ms);

void log_source_init(struct log_source *s, struct logs *g, const char *actor, uint32_t instance);
/* A pipe for a new process; what the old one left is read first. Returns its write end,
 * which is the caller's, or -1. */
int log_source_open(struct log_source *s);
/* Reads what is there now; at the death of a process. */
void log_source_drain(struct log_source *s);
/* A line as if the source had written it. */
void log_source_line(struct log_source *s, const char *p, size_t n);

/* The supervisor's own line: event, then pairs of key and value; a NULL value is left out. */
#define slog(g, level, ...) slog_pairs(g, level, __VA_ARGS__, (const char *)NULL)
void slog_pairs(struct logs *g, enum log_level level, const char *event, ...) __attribute__((sentinel));

/* Writes text for the person at the terminal as it is. */
void logs_print(struct logs *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
