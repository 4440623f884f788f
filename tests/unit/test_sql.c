/* tests/unit/test_sql.c - the migrations and the named statements, on a real PostgreSQL:
 * the life of accounts, sessions, generations and jobs, step by step.
 * Licence: Apache-2.0. */
#include "unit.h"

#include <libpq-fe.h>
#include <sodium.h>

#include "actors/db/migrate.h"
#include "actors/db/statements.h"
#include "pg_rig.h"
#include "proto/proto.h"

static struct pg_rig pg;
static bool there;
static struct conninfo ci;
static PGconn *app, *auth, *owner;

/* ---- asking ---- */

static PGresult *
sql(PGconn *c, const char *text)
{
	PGresult *r = PQexec(c, text);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(c));
	return r;
}

static void
run(const char *text)
{
	PQclear(sql(owner, text));
}

/* The first value of a query of the owner; good until the next call. */
static const char *
value(const char *text)
{
	static char out[4096];
	PGresult *r = sql(owner, text);

	snprintf(out, sizeof out, "%s", PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "(no row)");
	PQclear(r);
	return out;
}

/* A named statement; NULL is null. The caller clears the result. */
static PGresult *
ask(PGconn *c, enum query q, const char *const *values)
{
	PGresult *r = PQexecParams(c, statements[q].text, (int)statements[q].nparams, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", statements[q].name, PQresultErrorMessage(r));
	return r;
}
#define ASK(c, q, ...) ask(c, q, (const char *const[]){ __VA_ARGS__ })

static bool
yes(PGresult *r)
{
	bool v = PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "t") == 0;

	PQclear(r);
	return v;
}

/* ---- a generation and its job ---- */

static char user[37], project[37], other[37];

struct made {
	char id[37], job[37];
	bool replayed, reused, missing;
};

static struct made
generate(const char *who, const char *kind, const char *key, const char *hash, const char *in)
{
	struct made m = { .id = "" };
	PGresult *r = ASK(app, Q_generation_create, who, in, kind, "a cat", "model-1", "{\"seed\":1}", "{\"prompt\":\"a cat\"}", key, hash,
	    "2", "req-1", "\\x00");

	snprintf(m.id, sizeof m.id, "%s", PQgetvalue(r, 0, 1));
	m.replayed = strcmp(PQgetvalue(r, 0, 3), "t") == 0;
	m.reused = strcmp(PQgetvalue(r, 0, 4), "t") == 0;
	m.missing = strcmp(PQgetvalue(r, 0, 5), "t") == 0;
	PQclear(r);
	if (m.id[0] != '\0') {
		char text[128];
		snprintf(text, sizeof text, "select id from studio.jobs where generation_id = '%s'", m.id);
		snprintf(m.job, sizeof m.job, "%s", value(text));
	}
	return m;
}

/* Finishes with objects in the generation's place: NAME becomes it. */
static bool
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
#define FINISH(m, fence, ...) finish(m, fence, (const char *const[]){ __VA_ARGS__ }, \
	(int)(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)))

/* Claims; the number of jobs, and of the wanted one its state and fence. */
struct lease {
	int jobs;
	char state[16], fence[24], attempt[12], polls[12], operation[64], request[64];
	long next_ms;
};

static struct lease
claim(const char *worker, const char *begin, const char *resume, const char *job)
{
	struct lease l = { .jobs = 0 };
	PGresult *r = ASK(app, Q_job_claim, worker, begin, resume, "30000");

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

static const char *
job_is(const struct made *m)
{
	char text[128];

	snprintf(text, sizeof text, "select state from studio.jobs where id = '%s'", m->job);
	return value(text);
}

static const char *
status_of(const struct made *m)
{
	char text[128];

	snprintf(text, sizeof text, "select status from studio.media_generations where id = '%s'", m->id);
	return value(text);
}

/* ---- set-up ---- */

static PGconn *
connect_as(enum query become)
{
	PGconn *c = PQconnectdb(pg.url);

	assert_int_equal(PQstatus(c), CONNECTION_OK);
	PQclear(sql(c, statements[become].text));
	return c;
}

static int
start(void **unused)
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

static int
stop(void **unused)
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

static int
fresh(void **unused)
{
	(void)unused;
	if (!there)
		skip();
	run("delete from studio.media_generations");
	run("delete from studio.idempotency_keys");
	return 0;
}

/* ---- migrations ---- */

static void
migrations_run_once_and_refuse_a_changed_one(void **unused)
{
	(void)unused;
	assert_int_equal(migrate(&ci, true), MIGRATE_DONE);
	run("update studio.schema_migrations set checksum = 'x' || checksum where version = 2");
	assert_int_equal(migrate(&ci, true), MIGRATE_REFUSED);
	run("update studio.schema_migrations set checksum = substr(checksum, 2) where version = 2");
	run("insert into studio.schema_migrations (version, name, checksum) values (9999, 'of_tomorrow', 'x')");
	assert_int_equal(migrate(&ci, true), MIGRATE_REFUSED);
	run("delete from studio.schema_migrations where version = 9999");
	assert_int_equal(migrate(&ci, true), MIGRATE_DONE);
}

static void
all_statements_can_be_prepared_by_their_role(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < Q_COUNT; i++) {
		PGconn *c = statements[i].on == ON_auth ? auth : app;
		if (statements[i].on == ON_setup || statements[i].on == ON_migrate)
			continue;
		PGresult *r = PQprepare(c, statements[i].name, statements[i].text, (int)statements[i].nparams, NULL);
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			fail_msg("%s: %s", statements[i].name, PQresultErrorMessage(r));
		PQclear(r);
	}
}

static void
the_app_role_sees_no_hash_and_no_session(void **unused)
{
	static const char *const texts[] = { "select * from studio_auth.credentials", "select * from studio_auth.sessions",
		"select studio_auth.admin_seed('a', 'b', 'c', 'd')" };

	(void)unused;
	for (size_t i = 0; i < COUNT(texts); i++) {
		PGresult *r = PQexec(app, texts[i]);
		assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
		PQclear(r);
	}
	PGresult *r = PQexec(auth, "select * from studio.media_generations");
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
}

static void
ids_are_uuids_of_version_7_in_order(void **unused)
{
	(void)unused;
	assert_string_equal(value("select bool_and(id::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]') from "
	    "(select studio.uuid_v7() as id from generate_series(1, 200)) t"), "t");
	assert_string_equal(value("select a < b from (select studio.uuid_v7() as a, pg_sleep(0.003), studio.uuid_v7() as b) t"), "t");
}

/* ---- accounts and sessions ---- */

static void
an_address_is_taken_in_any_case(void **unused)
{
	(void)unused;
	PGresult *r = ASK(auth, Q_account_create, "New@x.org", "A", "B", "hash", "USER");
	assert_int_equal(PQntuples(r), 1);
	assert_non_null(strstr(PQgetvalue(r, 0, 3), "\"email\":\"New@x.org\",\"firstName\":\"A\",\"lastName\":\"B\",\"role\":\"USER\"}"));
	PQclear(r);
	r = ASK(auth, Q_account_create, "nEW@X.org", "A", "B", "hash", "USER");
	assert_int_equal(PQntuples(r), 0);
	PQclear(r);
	r = ASK(auth, Q_credential_get, "NEW@x.ORG");
	assert_string_equal(PQgetvalue(r, 0, 1), "hash");
	PQclear(r);
}

static void
the_first_admin_is_made_once(void **unused)
{
	(void)unused;
	PGresult *r = ASK(auth, Q_admin_seed, "adm@x.org", "A", "B", "");
	assert_string_equal(PQgetvalue(r, 0, 0), "f");
	assert_string_equal(PQgetvalue(r, 0, 1), "f");
	PQclear(r);
	r = ASK(auth, Q_admin_seed, "adm@x.org", "A", "B", "hash");
	assert_string_equal(PQgetvalue(r, 0, 1), "t");
	PQclear(r);
	r = ASK(auth, Q_admin_seed, "adm2@x.org", "A", "B", "hash");
	assert_string_equal(PQgetvalue(r, 0, 0), "t");
	assert_string_equal(PQgetvalue(r, 0, 1), "f");
	PQclear(r);
}

static int
rotate(const char *session, const char *old, const char *fresh_hash, const char *device)
{
	PGresult *r = ASK(auth, Q_session_rotate, session, old, fresh_hash, "99999999999999", "1.2.3.4", device);
	int outcome = atoi(PQgetvalue(r, 0, 0));

	PQclear(r);
	return outcome;
}

static bool
alive(const char *session)
{
	PGresult *r = ASK(auth, Q_session_get, session);
	bool there_is = PQntuples(r) == 1;

	PQclear(r);
	return there_is;
}

static void
a_spent_refresh_token_ends_its_family(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-000000000001";

	(void)unused;
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone")));
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone")));
	assert_true(alive(s));
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 0);
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 1);	/* the answer was lost */
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 1);	/* the same question again changes nothing */
	assert_int_equal(rotate(s, "\\x02", "\\x03", "phone"), 0);
	run("update studio_auth.sessions set rotated_at = now() - interval '11 seconds'");
	assert_int_equal(rotate(s, "\\x02", "\\x04", "phone"), 2);	/* too late */
	assert_false(alive(s));
	assert_int_equal(rotate(s, "\\x03", "\\x05", "phone"), 3);
}

static void
another_client_gets_no_second_answer(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-000000000002";

	(void)unused;
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone")));
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 0);
	assert_int_equal(rotate(s, "\\x01", "\\x03", "thief"), 2);
	assert_false(alive(s));
}

static void
the_second_answer_of_the_grace_period_is_good_too(void **unused)
{
	static const char s[] = "00000000-0000-7000-8000-000000000003";

	(void)unused;
	assert_true(yes(ASK(auth, Q_session_create, s, user, "\\x01", "99999999999999", "1.2.3.4", "phone")));
	assert_int_equal(rotate(s, "\\x01", "\\x02", "phone"), 0);
	assert_int_equal(rotate(s, "\\x01", "\\x12", "phone"), 1);
	assert_int_equal(rotate(s, "\\x12", "\\x03", "phone"), 0);
	assert_int_equal(rotate(s, "\\x02", "\\x04", "phone"), 2);
}

/* ---- the life of a job ---- */

static void
a_job_runs_from_ready_to_done(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_int_equal(l.jobs, 1);
	assert_string_equal(l.state, "ready");
	assert_string_equal(l.request, "{\"prompt\":\"a cat\"}");
	assert_int_equal(claim("8", "4", "4", m.job).jobs, 0);		/* it is leased */
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));	/* said twice is said once */
	assert_string_equal(status_of(&m), "PROCESSING");
	assert_true(FINISH(&m, l.fence, "1/\\\"1\\\"\",\"metadata\":{\"mimeType\":\"image/png\"}", "1/2\""));
	assert_true(yes(ASK(app, Q_job_finish, m.job, l.fence, "[]", "gs://b/p")));
	assert_string_equal(status_of(&m), "SUCCEEDED");
	assert_string_equal(value("select string_agg(e.status::text, ' ' order by e.seq) from studio.events e "
	    "join studio.media_generations g on g.id = e.generation_id"), "PENDING PROCESSING SUCCEEDED");
	PGresult *r = ASK(app, Q_generation_get, user, "f", m.id);
	const char *json = PQgetvalue(r, 0, 0);
	assert_non_null(strstr(json, "\"mediaType\":\"IMAGE\",\"prompt\":\"a cat\",\"parameters\":{\"seed\":1},\"status\":\"SUCCEEDED\",\"errorMessage\":null,"
	    "\"operationId\":null,\"progress\":100,\"results\":[{\"id\":"));
	assert_non_null(strstr(json, "/1/\\\"1\\\"\",\"metadata\":{\"index\":0,\"originalGcsUri\":\"gs://b/p/users/"));
	assert_non_null(strstr(json, "/1/\\\"1\\\"\",\"mimeType\":\"image/png\"}"));
	assert_non_null(strstr(json, "/1/2\",\"metadata\":{\"index\":1,\"originalGcsUri\":\"gs://b/p/users/"));
	PQclear(r);
	assert_int_equal(claim("7", "4", "4", m.job).jobs, 0);
}

static void
a_video_is_polled_to_its_end(void **unused)
{
	struct made m = generate(user, "VIDEO", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));
	assert_true(yes(ASK(app, Q_job_running, m.job, l.fence, "op-1", "veo-9", "60000")));
	assert_true(yes(ASK(app, Q_job_running, m.job, l.fence, "op-1", "veo-9", "60000")));
	l = claim("7", "4", "4", m.job);
	assert_int_equal(l.jobs, 0);
	assert_in_range(l.next_ms, 50000, 60000);
	run("update studio.jobs set run_at = now()");
	assert_int_equal(claim("7", "4", "0", m.job).jobs, 0);
	l = claim("7", "0", "4", m.job);
	assert_string_equal(l.state, "running");
	assert_string_equal(l.operation, "op-1");
	assert_string_equal(l.polls, "0");
	assert_string_equal(l.request, "");
	assert_true(yes(ASK(app, Q_job_running, m.job, l.fence, "", "", "0")));
	l = claim("7", "0", "4", m.job);
	assert_string_equal(l.polls, "1");
	assert_true(FINISH(&m, l.fence, "1/v\""));
	assert_string_equal(status_of(&m), "SUCCEEDED");
}

static void
an_old_fence_writes_nothing(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease old = claim("7", "4", "4", m.job), now;

	(void)unused;
	run("update studio.jobs set lease_until = now() - interval '1 second'");
	now = claim("8", "4", "4", m.job);
	assert_int_equal(now.jobs, 1);
	assert_false(yes(ASK(app, Q_job_begin, m.job, old.fence)));
	assert_true(yes(ASK(app, Q_job_begin, m.job, now.fence)));
	assert_false(yes(ASK(app, Q_job_finish, m.job, old.fence, "[]", "gs://b/p")));
	assert_false(yes(ASK(app, Q_job_fail, m.job, old.fence, "X", "y", NULL)));
	assert_false(yes(ASK(app, Q_job_retry, m.job, old.fence, "0", "t", "X", "y")));
	assert_false(yes(ASK(app, Q_job_unclear, m.job, old.fence, "0", "y")));
	assert_false(yes(ASK(app, Q_job_running, m.job, old.fence, "op", "m", "0")));
	assert_false(yes(ASK(app, Q_job_renew, m.job, old.fence, "1000")));
	assert_true(yes(ASK(app, Q_job_renew, m.job, now.fence, "1000")));
	assert_string_equal(job_is(&m), "started");
	assert_false(yes(ASK(app, Q_job_begin, m.job, "0")));
}

static void
a_claim_whose_answer_was_lost_is_given_again(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease first = claim("7", "4", "4", m.job), again;

	(void)unused;
	assert_int_equal(claim("7", "4", "4", m.job).jobs, 0);
	run("update studio.jobs set updated_at = now() - interval '3 seconds'");
	assert_int_equal(claim("8", "4", "4", m.job).jobs, 0);	/* to nobody else */
	again = claim("7", "4", "4", m.job);
	assert_int_equal(again.jobs, 1);
	assert_false(yes(ASK(app, Q_job_begin, m.job, first.fence)));
	assert_true(yes(ASK(app, Q_job_begin, m.job, again.fence)));
	run("update studio.jobs set updated_at = now() - interval '3 seconds'");
	assert_int_equal(claim("7", "4", "4", m.job).jobs, 0);	/* begun: no more */
}

static void
a_worker_that_dies_leaves_its_start_unclear(void **unused)
{
	struct made leased = generate(user, "IMAGE", "", "\\x00", project), begun = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("-5", "4", "4", begun.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, begun.job, l.fence)));
	PGresult *r = ASK(app, Q_worker_void, "-5");
	assert_string_equal(PQgetvalue(r, 0, 0), "2");
	PQclear(r);
	assert_string_equal(job_is(&leased), "ready");
	assert_string_equal(job_is(&begun), "unclear");
	assert_false(yes(ASK(app, Q_job_finish, begun.job, l.fence, "[]", "gs://b/p")));
	assert_int_equal(claim("8", "4", "0", leased.job).jobs, 1);	/* never the unclear one as a start */
	l = claim("8", "4", "4", begun.job);
	assert_string_equal(l.state, "unclear");
	assert_string_equal(l.request, "{\"prompt\":\"a cat\"}");
	assert_true(yes(ASK(app, Q_job_unclear, begun.job, l.fence, "0", "looking")));
	l = claim("8", "4", "4", begun.job);
	assert_string_equal(l.polls, "1");
	assert_true(FINISH(&begun, l.fence, "1/found\""));
	assert_string_equal(status_of(&begun), "SUCCEEDED");
}

static void
a_lease_that_lapses_after_the_start_is_unclear_too(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));
	run("update studio.jobs set lease_until = now() - interval '1 second'");
	l = claim("8", "4", "4", m.job);
	assert_string_equal(l.state, "unclear");
	assert_string_equal(value("select outcome from studio.job_attempts order by id desc limit 1"), "lost");
}

static void
retries_count_until_the_attempts_are_used_up(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));
	assert_true(yes(ASK(app, Q_job_retry, m.job, l.fence, "0", "f", "UPSTREAM_BUSY", "later")));
	assert_string_equal(status_of(&m), "PENDING");
	for (int attempt = 1; attempt <= 2; attempt++) {
		char text[12];
		l = claim("7", "4", "4", m.job);
		snprintf(text, sizeof text, "%d", attempt);
		assert_string_equal(l.attempt, text);
		assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));
		assert_true(yes(ASK(app, Q_job_retry, m.job, l.fence, "0", "t", "IMAGEN_API_ERROR", "not reached")));
	}
	assert_string_equal(job_is(&m), "failed");
	PGresult *r = ASK(app, Q_generation_get, user, "f", m.id);
	assert_string_equal(PQgetvalue(r, 0, 3), "IMAGEN_API_ERROR");
	assert_string_equal(PQgetvalue(r, 0, 4), "not reached");
	PQclear(r);
}

static void
a_failure_carries_its_reasons(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));
	assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "CONTENT_FILTERED", "no", "[\"blood\"]")));
	assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "CONTENT_FILTERED", "no", "[\"blood\"]")));
	PGresult *r = ASK(app, Q_generation_get, user, "f", m.id);
	assert_string_equal(PQgetvalue(r, 0, 5), "[\"blood\"]");
	PQclear(r);
}

static void
one_answer_carries_only_so_many_bytes(void **unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++)
		generate(user, "IMAGE", "", "\\x00", project);
	run("update studio.jobs set request = to_json(repeat('x', 2000000))");
	assert_int_equal(claim("7", "8", "8", NULL).jobs, 1);
	assert_int_equal(claim("7", "8", "8", NULL).jobs, 1);
	assert_int_equal(claim("7", "8", "8", NULL).jobs, 1);
	assert_int_equal(claim("7", "8", "8", NULL).jobs, 0);
}

static void
a_result_outside_of_its_place_is_none(void **unused)
{
	static const char *const bad[] = { "[{\"uri\":\"gs://b/p/users/x/secret.png\"}]", "[{\"uri\":null}]", "[{}]", "[\"gs://b/p\"]" };

	(void)unused;
	for (size_t i = 0; i < COUNT(bad) + 1; i++) {
		struct made m = generate(user, "IMAGE", "", "\\x00", project);
		struct lease l = claim("7", "4", "4", m.job);
		assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence)));
		if (i < COUNT(bad))
			assert_true(yes(ASK(app, Q_job_finish, m.job, l.fence, bad[i], "gs://b/p")));
		else
			assert_true(FINISH(&m, l.fence, "../../other/1.png\""));
		assert_string_equal(status_of(&m), "FAILED");
	}
	assert_string_equal(value("select count(*) from studio.media_results"), "0");
}

/* ---- what a client sees ---- */

static void
a_key_is_answered_again_or_refused(void **unused)
{
	struct made first = generate(user, "IMAGE", "k", "\\x01", project), again = generate(user, "IMAGE", "k", "\\x01", project);

	(void)unused;
	assert_false(first.replayed);
	assert_true(again.replayed);
	assert_string_equal(first.id, again.id);
	assert_true(generate(user, "IMAGE", "k", "\\x02", project).reused);
	assert_false(generate(other, "IMAGE", "k", "\\x02", project).reused);	/* keys are each user's own */
	run("update studio.idempotency_keys set created_at = now() - interval '25 hours'");
	again = generate(user, "IMAGE", "k", "\\x02", project);
	assert_false(again.replayed || again.reused);
	assert_string_not_equal(first.id, again.id);
}

static void
a_project_that_is_none_makes_nothing(void **unused)
{
	(void)unused;
	assert_true(generate(user, "IMAGE", "k", "\\x01", "00000000-0000-7000-8000-00000000000f").missing);
	assert_string_equal(value("select count(*) from studio.media_generations"), "0");
	assert_string_equal(value("select count(*) from studio.idempotency_keys"), "0");
}

static void
only_the_owner_and_an_admin_see_it(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	static const struct { const char *who, *admin; int rows; } rows[] = { { user, "f", 1 }, { other, "f", 0 }, { other, "t", 1 } };

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		PGresult *r = ASK(app, Q_generation_get, rows[i].who, rows[i].admin, m.id);
		assert_int_equal(PQntuples(r), rows[i].rows);
		PQclear(r);
		r = ASK(app, Q_generation_state, rows[i].who, rows[i].admin, m.id);
		assert_int_equal(PQntuples(r), rows[i].rows);
		PQclear(r);
	}
}

static void
history_is_filtered_and_paged(void **unused)
{
	static const struct { const char *size, *kind, *status, *search, *from, *to, *wants; } rows[] = {
		{ "10", NULL, NULL, NULL, NULL, NULL, "\"totalItems\":5,\"itemCount\":5,\"itemsPerPage\":10,\"totalPages\":1,\"currentPage\":1}" },
		{ "2", NULL, NULL, NULL, NULL, NULL, "\"totalItems\":5,\"itemCount\":2,\"itemsPerPage\":2,\"totalPages\":3,\"currentPage\":1}" },
		{ "10", "VIDEO", NULL, NULL, NULL, NULL, "\"totalItems\":1," },
		{ "10", NULL, "FAILED", NULL, NULL, NULL, "{\"data\":[],\"meta\":{\"totalItems\":0,\"itemCount\":0,\"itemsPerPage\":10,\"totalPages\":0,\"currentPage\":1}}" },
		{ "10", NULL, NULL, "%A CAT%", NULL, NULL, "\"totalItems\":5," },
		{ "10", NULL, NULL, "%\\%%", NULL, NULL, "\"totalItems\":0," },
		{ "10", NULL, NULL, NULL, "2020-01-01T00:00:00Z", "2020-01-02T23:59:59.999Z", "\"totalItems\":0," },
		{ "10", NULL, NULL, NULL, "2020-01-01T00:00:00Z", NULL, "\"totalItems\":5," },
	};

	(void)unused;
	for (int i = 0; i < 4; i++)
		generate(user, "IMAGE", "", "\\x00", project);
	generate(user, "VIDEO", "", "\\x00", project);
	generate(other, "IMAGE", "", "\\x00", project);
	for (size_t i = 0; i < COUNT(rows); i++) {
		PGresult *r = ASK(app, Q_generation_page, user, "1", rows[i].size, rows[i].kind, rows[i].status, NULL, rows[i].search,
		    rows[i].from, rows[i].to);
		if (strstr(PQgetvalue(r, 0, 0), rows[i].wants) == NULL)
			fail_msg("row %zu: %s", i, PQgetvalue(r, 0, 0));
		PQclear(r);
	}
}

static void
events_have_no_gap_within_a_user(void **unused)
{
	(void)unused;
	for (int i = 0; i < 5; i++)
		generate(i % 2 ? user : other, "IMAGE", "", "\\x00", project);
	assert_string_equal(value("select bool_and(n = last and n = count) from (select max(e.seq) as last, count(*) as count, "
	    "max(c.seq) as n from studio.events e join studio.event_counters c using (user_id) group by e.user_id) t"), "t");
}

#define CASE(f) cmocka_unit_test_setup(f, fresh)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(migrations_run_once_and_refuse_a_changed_one),
		CASE(all_statements_can_be_prepared_by_their_role),
		CASE(the_app_role_sees_no_hash_and_no_session),
		CASE(ids_are_uuids_of_version_7_in_order),
		CASE(an_address_is_taken_in_any_case),
		CASE(the_first_admin_is_made_once),
		CASE(a_spent_refresh_token_ends_its_family),
		CASE(another_client_gets_no_second_answer),
		CASE(the_second_answer_of_the_grace_period_is_good_too),
		CASE(a_job_runs_from_ready_to_done),
		CASE(a_video_is_polled_to_its_end),
		CASE(an_old_fence_writes_nothing),
		CASE(a_claim_whose_answer_was_lost_is_given_again),
		CASE(a_worker_that_dies_leaves_its_start_unclear),
		CASE(a_lease_that_lapses_after_the_start_is_unclear_too),
		CASE(retries_count_until_the_attempts_are_used_up),
		CASE(a_failure_carries_its_reasons),
		CASE(a_result_outside_of_its_place_is_none),
		CASE(one_answer_carries_only_so_many_bytes),
		CASE(a_key_is_answered_again_or_refused),
		CASE(a_project_that_is_none_makes_nothing),
		CASE(only_the_owner_and_an_admin_see_it),
		CASE(history_is_filtered_and_paged),
		CASE(events_have_no_gap_within_a_user),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, start, stop);
}
