/* actors/db/migrate.c - see migrate.h.
 * Owns: a connection of its own, of the role that logs in, for as long as it runs.
 * Fails: with one line that says what to do; nothing is half applied.
 * Licence: Apache-2.0. */
#include <libpq-fe.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/common/log.h"
#include "actors/db/migrate.h"
#include "actors/db/statements.h"

enum { CHECKSUM_HEX = 2 * crypto_hash_sha256_BYTES + 1 };

static const struct migration {
	int version;
	const char *name, *text;
} migrations[] = {
#define MIGRATION(version, name, text) { version, name, text },
#include "sql_migrations.h"
};

static void
checksum(const char *text, char hex[CHECKSUM_HEX])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
	sodium_bin2hex(hex, CHECKSUM_HEX, hash, sizeof hash);
}

/* A copy of libpq's text without its last line break, good until the next one. */
static const char *
one_line(const char *s)
{
	static char line[512];

	snprintf(line, sizeof line, "%s", s);
	for (char *p = line; *p != '\0'; p++)
		if (*p < ' ' && *p > 0)
			*p = p[1] == '\0' ? '\0' : ' ';
	return line;
}

static enum migrated
failed(PGconn *c, const PGresult *r, const char *what)
{
	const char *hint = PQresultErrorField(r, PG_DIAG_MESSAGE_HINT);
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (PQstatus(c) == CONNECTION_BAD || (state != NULL && strncmp(state, "57P0", 4) == 0)) {
		log_event(LOG_WARNING, NULL, "database_away", "during", what, "why", one_line(PQerrorMessage(c)));
		return MIGRATE_AWAY;
	}
	log_event(LOG_ERROR, NULL, "migration_failed", "migration", what, "sqlstate", state,
	    "why", one_line(PQresultErrorMessage(r)),
	    "what_to_do", hint != NULL ? hint : "nothing of this migration was applied: mend the cause and start again");
	return MIGRATE_REFUSED;
}

/* Runs one named statement with text parameters. */
static enum migrated
run(PGconn *c, enum query q, const char *const *values, PGresult **out)
{
	const struct statement *s = &statements[q];
	PGresult *r = PQexecParams(c, s->text, (int)s->nparams, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(r);
	enum migrated rc = MIGRATE_DONE;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		rc = failed(c, r, s->name);
	if (rc == MIGRATE_DONE && out != NULL)
		*out = r;
	else
		PQclear(r);
	return rc;
}

/* What the database has must be what we start with. */
static bool
known_matches(const PGresult *known)
{
	int n = PQntuples(known);

	for (int i = 0; i < n; i++) {
		char hex[CHECKSUM_HEX];
		const char *version = PQgetvalue(known, i, 0), *name = PQgetvalue(known, i, 1);
		if ((size_t)i >= COUNT(migrations)) {
			log_event(LOG_ERROR, NULL, "migration_unknown", "version", version, "name", name,
			    "what_to_do", "the database was migrated by a newer studiod: start that one");
			return false;
		}
		checksum(migrations[i].text, hex);
		if (atoi(version) != migrations[i].version || strcmp(PQgetvalue(known, i, 2), hex) != 0) {
			log_event(LOG_ERROR, NULL, "migration_changed", "version", version, "name", name,
			    "what_to_do", "this migration was applied with another text: never edit one that was released, add a new one");
			return false;
		}
	}
	return true;
}

static enum migrated
apply(PGconn *c, const struct migration *m)
{
	char version[16], hex[CHECKSUM_HEX];
	const char *values[] = { version, m->name, hex };
	enum migrated rc = run(c, Q_migrate_begin, NULL, NULL);

	if (rc != MIGRATE_DONE)
		return rc;
	snprintf(version, sizeof version, "%d", m->version);
	checksum(m->text, hex);
	PGresult *r = PQexec(c, m->text);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		rc = failed(c, r, m->name);
	PQclear(r);
	if (rc == MIGRATE_DONE)
		rc = run(c, Q_migrate_note, values, NULL);
	if (rc == MIGRATE_DONE)
		rc = run(c, Q_migrate_commit, NULL, NULL);
	if (rc == MIGRATE_DONE)
		log_event(LOG_INFO, NULL, "migrated", "version", version, "name", m->name);
	return rc;		/* a failed one is rolled back with its connection */
}

static enum migrated
apply_all(PGconn *c)
{
	PGresult *known = NULL;
	enum migrated rc = run(c, Q_migrate_schema, NULL, NULL);

	if (rc == MIGRATE_DONE)
		rc = run(c, Q_migrate_table, NULL, NULL);
	if (rc == MIGRATE_DONE)
		rc = run(c, Q_migrate_known, NULL, &known);
	if (rc != MIGRATE_DONE)
		return rc;
	if (!known_matches(known))
		rc = MIGRATE_REFUSED;
	for (size_t i = (size_t)PQntuples(known); i < COUNT(migrations) && rc == MIGRATE_DONE; i++)
		rc = apply(c, &migrations[i]);
	PQclear(known);
	return rc;
}

/* "schema exists already, skipping" is no news. */
static void
quiet(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

enum migrated
migrate(const struct conninfo *ci, bool tell)
{
	PGconn *c = PQconnectdbParams(ci->keys, ci->values, 0);
	enum migrated rc;

	if (PQstatus(c) != CONNECTION_OK) {
		if (tell)
			log_event(LOG_WARNING, NULL, "database_away", "why", one_line(PQerrorMessage(c)),
			    "what_to_do", "check that PostgreSQL runs and that DATABASE_URL is right; trying again");
		PQfinish(c);
		return MIGRATE_AWAY;
	}
	PQsetNoticeReceiver(c, quiet, NULL);
	rc = run(c, Q_migrate_lock, NULL, NULL);
	if (rc == MIGRATE_DONE)
		rc = apply_all(c);
	PQfinish(c);		/* the lock ends with its connection */
	return rc;
}
