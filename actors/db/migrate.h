/* actors/db/migrate.h - brings the schema to what this program was built with.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_MIGRATE_H
#define STUDIOD_DB_MIGRATE_H

#include "actors/db/conninfo.h"

enum migrated {
	MIGRATE_DONE,
	MIGRATE_AWAY,		/* the database does not answer: try again */
	MIGRATE_REFUSED		/* somebody must look: logged with what to do */
};

/* Blocks. Applies what lacks, each migration in a transaction, all under an advisory lock,
 * so that several hosts may start at once. Refuses a database whose migrations are not a
 * prefix of ours with the same checksums. `tell`: log it when the database is away. */
enum migrated migrate(const struct conninfo *ci, bool tell);

#endif
