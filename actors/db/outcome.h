/* actors/db/outcome.h - what PostgreSQL's errors mean to the one who asked.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_OUTCOME_H
#define STUDIOD_DB_OUTCOME_H

#include <stdbool.h>

enum outcome_kind {
	OUTCOME_TOLD,		/* code and detail are the answer */
	OUTCOME_AGAIN,		/* a conflict with another transaction: once more */
	OUTCOME_LOST,		/* the connection is going */
	OUTCOME_BUG		/* ours: logged, INTERNAL_ERROR */
};

struct outcome {
	enum outcome_kind kind;
	unsigned code;
	const char *detail;	/* a literal */
};

/* By SQLSTATE and, for a broken constraint, its name ("" where there is none). */
struct outcome outcome_of(const char *sqlstate, const char *constraint);

#endif
