/* tests/unit/sql_rig.c - see sql_rig.h.
 * Owns: the server and the three connections, for as long as the tests run.
 * Licence: Apache-2.0. */
#include <sodium.h>
#include <stdarg.h>

#include "actors/db/migrate.h"
#include "pg_rig.h"
#include "sql_rig.h"

static struct pg_rig pg;
static bool there;
struct conninfo ci;
PGconn *app, *auth, *owner;
char user[37], project[37], other[37];

/* ---- asking ---- */

PGresult *
sql(PGconn *c, const char *text)
{
	PGresult *r = PQexec(c, text);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(c));
	return r;
}

static PGresult *
as_owner(const char *format, va_list ap)
{
	char text[8192];

	vsnprintf(text, sizeof text, format, ap);
	return sql(owner, text);
}

void
run(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	PQclear(as_owner(format, ap));
	va_end(ap);
}

const char *
first_of(PGresult *r)
{
	static char out[65536];

	snprintf(out, sizeof out, "%s", PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "(no row)");
	PQclear(r);
	return out;
}

const char *
value(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	PGresult *r = as_owner(format, ap);
	va_end(ap);
	return first_of(r);
}

PGresult *
ask(PGconn *c, enum query q, const char *const *values)
{
	PGresult *r = PQexecParams(c, statements[q].text, (int)statements[q].nparams, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", statements[q].name, PQresultErrorMessage(r));
	return r;
}

bool
yes(PGresult *r)
{
	bool v = PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "t") == 0;

	PQclear(r);
	return v;
}

void
must_refuse(PGconn *c, enum query q, const char *const *values, const char *code)
{
	PGresult *r = PQexecParams(c, statements[q].text, (int)statements[q].nparams, NULL, values, NULL, NULL, 0);
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (state != NULL && strcmp(state, "ST000") == 0)
		state = PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL);
	if (state == NULL || strcmp(state, code) != 0)
		fail_msg("%s: not %s but %s", statements[q].name, code, state != NULL ? PQresultErrorMessage(r) : "done");
	PQclear(r);
}

void
has(PGresult *r, const char *part)
{
	const char *all = first_of(r);

	if (strstr(all, part) == NULL)
		fail_msg("no %s in %s", part, all);
}

void
user_add(char id[37], const char *email, const char *first, const char *last, const char *role)
{
	snprintf(id, 37, "%s", value("insert into studio.users (email, first_name, last_name, role) values ('%s', '%s', '%s', '%s') returning id",
	    email, first, last, role));
}

/* ---- a generation and its job ---- */

struct made
generate(const char *who, const char *kind, const char *key, const char *hash, const char *in)
{
	struct made m = { .id = "" };
	PGresult *r = ASK(app, Q_generation_create, who, in, kind, "a cat", "model-1", "{\"seed\":1}", "{\"prompt\":\"a cat\"}", key, hash,
	    "2", "req-1", "\\x00", "60000", "[]", NULL);

	snprintf(m.id, sizeof m.id, "%s", PQgetvalue(r, 0, 1));
	m.replayed = strcmp(PQgetvalue(r, 0, 3), "t") == 0;
	m.reused = strcmp(PQgetvalue(r, 0, 4), "t") == 0;
	m.missing = strcmp(PQgetvalue(r, 0, 5), "t") == 0;
	PQclear(r);
	if (m.id[0] != '\0')
		snprintf(m.job, sizeof m.job, "%s", value("select id from studio.jobs where generation_id = '%s'", m.id));
	return m;
}

bool
finish(const struct made *m, const char *fence, const char *const *names, int n)
{
	char results[2048] = "[";
	PGresult *r;

	for (int i = 0; i < n; i++)
		snprintf(results + strlen(results), sizeof results - strlen(results), "%s{\"uri\":\"gs://b/p/users/%s/projects/%s/%s/%s}",
		    i > 0 ? "," : "", user, project, m->id, names[i]);
	strcat(results, "]");
	r = ASK(app, Q_job_finish, m->job, fence, results, "gs://b/p");
	return yes(r);
}

const char *limit_user = "0", *limit_model = "0";

struct lease
claim(const char *worker, const char *begin, const char *resume, const char *job)
{
	struct lease l = { .jobs = 0 };
	PGresult *r = ASK(app, Q_job_claim, worker, begin, resume, "30000", limit_user, limit_model);

	l.next_ms = atol(PQgetvalue(r, 0, 0));
	for (int i = 0; i < PQntuples(r); i++) {
		if (PQgetisnull(r, i, 1))
			continue;
		l.jobs++;
		if (job == NULL || strcmp(PQgetvalue(r, i, 1), job) != 0)
			continue;
		snprintf(l.state, sizeof l.state, "%s", PQgetvalue(r, i, 6));
		snprintf(l.fence, sizeof l.fence, "%s", PQgetvalue(r, i, 7));
		snprintf(l.attempt, sizeof l.attempt, "%s", PQgetvalue(r, i, 8));
		snprintf(l.polls, sizeof l.polls, "%s", PQgetvalue(r, i, 10));
		snprintf(l.operation, sizeof l.operation, "%s", PQgetvalue(r, i, 12));
		snprintf(l.request, sizeof l.request, "%s", PQgetvalue(r, i, 14));
	}
	PQclear(r);
	return l;
}

const char *
job_is(const struct made *m)
{
	return value("select state from studio.jobs where id = '%s'", m->job);
}

const char *
status_of(const struct made *m)
{
	return value("select status from studio.media_generations where id = '%s'", m->id);
}
/* ---- set-up ---- */

PGconn *
connect_as(enum query become)
{
	PGconn *c = PQconnectdb(pg.url);

	assert_int_equal(PQstatus(c), CONNECTION_OK);
	PQclear(sql(c, statements[become].text));
	return c;
}

int
sql_rig_init(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

int
sql_rig_start(void **unused)
{
	const char *why = "";

	(void)unused;
	if (!(there = pg_rig_start(&pg)))
		return 0;
	if (conninfo_init(&ci, pg.url, -1, &why) != 0 || migrate(&ci, true) != MIGRATE_DONE)
		return -1;
	owner = PQconnectdb(pg.url);
	app = connect_as(Q_become_app);
	auth = connect_as(Q_become_auth);
	snprintf(user, sizeof user, "%s", value("insert into studio.users (email, first_name, last_name) values ('u@x.org', 'U', 'X') returning id"));
	snprintf(other, sizeof other, "%s", value("insert into studio.users (email, first_name, last_name) values ('o@x.org', 'O', 'X') returning id"));
	snprintf(project, sizeof project, "%s", value("insert into studio.projects (name) values ('P') returning id"));
	return 0;
}

int
sql_rig_stop(void **unused)
{
	(void)unused;
	if (!there)
		return 0;
	PQfinish(app);
	PQfinish(auth);
	PQfinish(owner);
	conninfo_fini(&ci);
	pg_rig_stop(&pg);
	return 0;
}

int
sql_rig_fresh(void **unused)
{
	(void)unused;
	if (!there)
		skip();
	run("delete from studio.media_generations");
	run("delete from studio.idempotency_keys");
	return 0;
}
