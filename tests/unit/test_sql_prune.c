/* tests/unit/test_sql_prune.c - what is old goes, in slices, by one host at a time, and what goes leaves no
 * lie behind. On a real PostgreSQL.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

#define DAY "86400000"

static int
fresh(void **unused)
{
	int rc = sql_rig_fresh(unused);

	run("delete from studio.events; delete from studio.audit; delete from studio.deletions; update studio.event_counters set seq = 0");
	return rc;
}
#undef CASE
#define CASE(f) cmocka_unit_test_setup(f, fresh)

static long
pruned(enum query q, const char *age_ms, const char *most)
{
	return atol(first_of(ASK(app, q, age_ms, most)));
}

/* "lines missed" after a number, for a session that lives. */
static const char *
after(const char *seq)
{
	static char out[4096];
	char session[37];

	snprintf(session, sizeof session, "%s", value("insert into studio_auth.sessions (id, user_id, refresh_hash, address, device, expires_at) "
	    "values (gen_random_uuid(), '%s', '\\x01', '', '', now() + interval '1 hour') returning id", user));
	PGresult *r = ASK(app, Q_events_after, user, session, seq, "64");
	int lines = 0;
	for (const char *p = PQgetvalue(r, 0, 0); *p != '\0'; p++)
		lines += *p == '\n';
	snprintf(out, sizeof out, "%d lines of %s%s", lines, PQgetvalue(r, 0, 1), strcmp(PQgetvalue(r, 0, 2), "t") == 0 ? ", missed" : "");
	PQclear(r);
	return out;
}

static void
events_go_from_the_beginning_and_are_missed_then(void **unused)
{
	(void)unused;
	for (int i = 0; i < 6; i++)
		generate(user, "IMAGE", "", "\\x00", project);
	generate(other, "IMAGE", "", "\\x00", project);
	assert_string_equal(after("0"), "6 lines of 6");
	run("update studio.events set created_at = now() - interval '2 days' where seq in (1, 3) and user_id = '%s'", user);
	assert_int_equal(pruned(Q_prune_events, DAY, "1000"), 3);	/* 2 began later and was committed before 3 */
	assert_string_equal(value("select min(seq) || ' ' || max(seq) from studio.events where user_id = '%s'", user), "4 6");
	assert_string_equal(after("2"), "0 lines of 6, missed");
	assert_string_equal(after("3"), "3 lines of 6");
	assert_string_equal(after("6"), "0 lines of 6");
	run("update studio.events set created_at = now() - interval '2 days' where user_id = '%s'", user);
	assert_int_equal(pruned(Q_prune_events, DAY, "2"), 2);		/* a slice */
	assert_int_equal(pruned(Q_prune_events, DAY, "2"), 1);
	assert_int_equal(pruned(Q_prune_events, DAY, "2"), 0);
	assert_string_equal(after("5"), "0 lines of 6, missed");
	assert_string_equal(after("6"), "0 lines of 6");		/* who has all has missed nothing */
	generate(user, "IMAGE", "", "\\x00", project);
	assert_string_equal(after("6"), "1 lines of 7");
	assert_string_equal(value("select count(*) from studio.events where user_id = '%s'", other), "1");
}

static void
requests_and_attempts_of_old_jobs_go(void **unused)
{
	struct made old = generate(user, "IMAGE", "", "\\x00", project), young = generate(user, "IMAGE", "", "\\x00", project),
	    open = generate(user, "IMAGE", "", "\\x00", project);

	(void)unused;
	claim("7", "8", "0", NULL);
	run("select studio.job_begin(id, fence, 9) from studio.jobs");
	run("select studio.job_fail(id, fence, 'X', 'y', null) from studio.jobs where id <> '%s'", open.job);
	run("update studio.job_attempts set began_at = now() - interval '3 days'");
	run("update studio.jobs set finished_at = now() - interval '2 days' where id = '%s'", old.job);
	assert_int_equal(pruned(Q_prune_requests, DAY, "1000"), 1);
	assert_int_equal(pruned(Q_prune_requests, DAY, "1000"), 0);
	assert_int_equal(pruned(Q_prune_attempts, DAY, "1000"), 1);
	assert_string_equal(value("select count(*) from studio.job_attempts where job_id = '%s'", open.job), "1");
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_generation_retry, user, "f", old.id, "r", "\\x00", "", "\\x00", "", NULL);
	PQclear(ASK(app, Q_generation_retry, user, "f", young.id, "r", "\\x00", "", "\\x00", "", NULL));
	assert_string_equal(job_is(&young), "ready");
	assert_string_equal(job_is(&old), "failed");
}

static void
the_audit_log_is_only_pruned(void **unused)
{
	(void)unused;
	run("insert into studio.audit (event, address, at) select 'e', '', now() - i * interval '1 day' from generate_series(0, 9) i");
	PGresult *r = PQexec(app, "delete from studio.audit");
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
	assert_int_equal(pruned(Q_prune_audit, "432000000", "1000"), 5);
	assert_int_equal(pruned(Q_prune_audit, "0", "2"), 2);
	assert_int_equal(pruned(Q_prune_audit, "0", "1000"), 2);
	assert_string_equal(value("select count(*) from studio.audit"), "1");		/* of the last day none goes */
}

static void
what_cannot_be_deleted_is_given_up(void **unused)
{
	(void)unused;
	run("insert into studio.deletions (user_id, uri, again, tries, created_at, message) values ('%s', 'gs://b/old', false, 9, now() - interval '2 days', 'no'), "
	    "('%s', 'gs://b/untried', false, 0, now() - interval '2 days', null), ('%s', 'gs://b/young', false, 9, now(), null)", user, user, user);
	assert_int_equal(pruned(Q_prune_deletions, DAY, "1000"), 1);
	assert_string_equal(value("select count(*) from studio.deletions"), "2");
	assert_string_equal(value("select detail->>'uri' from studio.audit where event = 'deletion_given_up'"), "gs://b/old");
}

static void
keys_go_after_a_day(void **unused)
{
	(void)unused;
	generate(user, "IMAGE", "k", "\\x01", project);
	generate(user, "IMAGE", "l", "\\x01", project);
	run("update studio.idempotency_keys set created_at = now() - interval '25 hours' where key = 'k'");
	assert_int_equal(pruned(Q_prune_keys, DAY, "1000"), 1);
	assert_string_equal(value("select key from studio.idempotency_keys"), "l");
}

static void
one_host_prunes_at_a_time(void **unused)
{
	PGconn *second = connect_as(Q_become_app);

	(void)unused;
	run("insert into studio.audit (event, address, at) select 'e', '', now() - interval '9 days' from generate_series(1, 3)");
	PQclear(sql(second, "begin"));
	assert_string_equal(first_of(ASK(second, Q_prune_audit, DAY, "1")), "1");
	assert_int_equal(pruned(Q_prune_audit, DAY, "1"), -1);
	assert_string_equal(first_of(ASK(auth, Q_prune_sessions, DAY, "1")), "-1");
	PQclear(sql(second, "commit"));
	assert_int_equal(pruned(Q_prune_audit, DAY, "1000"), 2);
	PQfinish(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(events_go_from_the_beginning_and_are_missed_then),
		CASE(requests_and_attempts_of_old_jobs_go),
		CASE(the_audit_log_is_only_pruned),
		CASE(what_cannot_be_deleted_is_given_up),
		CASE(keys_go_after_a_day),
		CASE(one_host_prunes_at_a_time),
	};

	return sql_rig_run(tests);
}
