/* tests/unit/pg_rig.h - a PostgreSQL of the test's own: a fresh cluster in a temporary
 * directory, on a Unix socket only, as user postgres when the test is root.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PG_RIG_H
#define STUDIOD_PG_RIG_H

#include <stdbool.h>
#include <sys/types.h>

struct pg_rig {
	char dir[64];		/* data/ and sock/ are below it */
	char url[160];		/* of the database `studio` as its owner `studio` */
	pid_t pid;
};

/* Makes and starts it. False, and a word to standard error, when PostgreSQL is not
 * installed; aborts when it does not work. */
bool pg_rig_start(struct pg_rig *r);
/* Ends the server at once, as a crash would; and starts it again on the same data. */
void pg_rig_kill(struct pg_rig *r);
void pg_rig_again(struct pg_rig *r);
/* Ends it and removes its directory. */
void pg_rig_stop(struct pg_rig *r);

#endif
