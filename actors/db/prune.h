/* actors/db/prune.h - old rows go, a slice at a time, by one host at a time.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_PRUNE_H
#define STUDIOD_DB_PRUNE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PRUNE_SLICE = 1000,		/* rows of one statement */
	PRUNE_PAUSE_MS = 50,		/* between two: others want the database too */
	PRUNE_FIRST_MS = 60000,		/* after the start, or PRUNE_INTERVAL if that is shorter */
	PRUNE_KINDS_MAX = 16
};

struct db;
struct prune {
	struct db *db;
	ev_timer timer;
	uint64_t interval_ms, age_ms[PRUNE_KINDS_MAX];	/* by row of prune.tbl.h; 0: kept for ever */
	size_t at;			/* the row whose turn it is */
	uint64_t rows;			/* that went from it in this round */
};

/* Reads the settings. */
void prune_init(struct prune *p, struct db *db);
void prune_start(struct prune *p, struct ev_loop *loop);
void prune_stop(struct prune *p);

#endif
