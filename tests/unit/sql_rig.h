/* tests/unit/sql_rig.h - a migrated PostgreSQL of the test's own, and how the tests of sql/
 * speak to it: as each role, by named statement. A failure ends the test.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_SQL_RIG_H
#define STUDIOD_SQL_RIG_H

#include "unit.h"

#include <libpq-fe.h>

#include "actors/db/conninfo.h"
#include "actors/db/statements.h"
#include "proto/proto.h"

extern struct conninfo ci;
extern PGconn *app, *auth, *owner;		/* one per role, and the owner of it all */
extern char user[37], other[37], project[37];	/* two users and a project */

/* Runs the tests on a database that was just migrated: for main() to return. Each one is
 * skipped where PostgreSQL is not installed, and finds no generations (CASE). */
#define sql_rig_run(tests) (sql_rig_init() != 0 ? 1 : cmocka_run_group_tests(tests, sql_rig_start, sql_rig_stop))
#define CASE(f) cmocka_unit_test_setup(f, sql_rig_fresh)
int sql_rig_init(void);
int sql_rig_start(void **unused);
int sql_rig_stop(void **unused);
int sql_rig_fresh(void **unused);

/* A further connection; the caller's to PQfinish. */
PGconn *connect_as(enum query become);

/* Any text; the caller clears the result. */
PGresult *sql(PGconn *c, const char *text);
/* As the owner; and the first value of its answer, good until the next call. */
__attribute__((format(printf, 1, 2))) void run(const char *format, ...);
__attribute__((format(printf, 1, 2))) const char *value(const char *format, ...);

/* A named statement; NULL is null. The caller clears the result. */
PGresult *ask(PGconn *c, enum query q, const char *const *values);
#define ASK(c, q, ...) ask(c, q, (const char *const[]){ __VA_ARGS__ })
/* Is its only value true? Clears it. */
bool yes(PGresult *r);
/* Its first value, good until the next call; "(no row)". Clears it. */
const char *first_of(PGresult *r);
/* Its first value must have this part. Clears it. */
void has(PGresult *r, const char *part);
/* The statement must be refused with this code (studio.refuse) or SQLSTATE. */
void must_refuse(PGconn *c, enum query q, const char *const *values, const char *code);
#define MUST_REFUSE(c, code, q, ...) must_refuse(c, q, (const char *const[]){ __VA_ARGS__ }, code)

/* A further user, as the owner; its id. */
void user_add(char id[37], const char *email, const char *first, const char *last, const char *role);

/* ---- a generation and its job ---- */

struct made {
	char id[37], job[37];
	bool replayed, reused, missing;
};
struct made generate(const char *who, const char *kind, const char *key, const char *hash, const char *in);

/* Finishes with objects in the generation's place: NAME becomes it. */
bool finish(const struct made *m, const char *fence, const char *const *names, int n);
#define FINISH(m, fence, ...) finish(m, fence, (const char *const[]){ __VA_ARGS__ }, \
	(int)(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)))

/* Claims; the number of jobs, and of the wanted one its state and fence. */
struct lease {
	int jobs;
	char state[16], fence[24], attempt[12], polls[12], operation[64], request[64];
	long next_ms;
};
extern const char *limit_user, *limit_model;	/* USER_CONCURRENCY and MODEL_CONCURRENCY; "0": none */
struct lease claim(const char *worker, const char *begin, const char *resume, const char *job);

/* The states that the rows have; good until the next call. */
const char *job_is(const struct made *m);
const char *status_of(const struct made *m);

#endif
