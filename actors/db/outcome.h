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

/* The SQLSTATE of studio.refuse (sql/migrations/): our own functions say no. The error's
 * DETAIL names a row of proto/errors.tbl.h, its message is for the client. */
#define OUTCOME_REFUSED "ST000"

/* By SQLSTATE and, for a broken constraint, its name; `detail` is the error's DETAIL ("" where
 * there is none). */
struct outcome outcome_of(const char *sqlstate, const char *constraint, const char *detail);

#endif
