/* tests/unit/test_sql_queue.c - who is next: fair between users, within limits over all workers, and nobody
 * while the queue is paused. On a real PostgreSQL.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

static int
fresh(void **unused)
{
	int rc = sql_rig_fresh(unused);

	run("delete from studio.queue_rules");
	run("delete from studio.queue_lanes");
	run("delete from studio.audit");
	limit_user = limit_model = "0";
	return rc;
}
#undef CASE
#define CASE(f) cmocka_unit_test_setup(f, fresh)

static void
many(const char *who, const char *kind, int n)
{
	for (int i = 0; i < n; i++)
		generate(who, kind, "", "\\x00", project);
}

static long
in_flight(const char *who)
{
	return atol(value("select count(*) from studio.jobs where user_id = '%s' and finished_at is null and (state <> 'ready' or worker is not null)", who));
}

/* What waits, and all that is in flight, begins, and runs as an operation. */
static void
begin_all(void)
{
	PQclear(sql(owner, "select studio.job_begin(id, fence, 9) from studio.jobs where state = 'ready' and worker is not null"));
}

static void
order(const char *what, const char *paused, const char *set, const char *concurrency)
{
	PQclear(ASK(app, Q_queue_order, what, paused, set, concurrency));
}

/* ---- fair ---- */

static void
a_greedy_user_starves_nobody(void **unused)
{
	(void)unused;
	many(user, "IMAGE", 40);
	many(other, "IMAGE", 2);		/* last in line */
	assert_int_equal(claim("7", "4", "0", NULL).jobs, 4);
	assert_int_equal(in_flight(other), 2);
	assert_int_equal(in_flight(user), 2);
	assert_int_equal(claim("8", "4", "0", NULL).jobs, 4);
	assert_int_equal(in_flight(user), 6);
	many(other, "IMAGE", 4);		/* who has less in hand comes first, also of what came later */
	assert_int_equal(claim("7", "4", "0", NULL).jobs, 4);
	assert_int_equal(in_flight(other), 6);
	assert_int_equal(in_flight(user), 6);
}

static void
one_user_gets_all_that_nobody_else_wants(void **unused)
{
	int got = 0;

	(void)unused;
	many(user, "IMAGE", 25);
	many(user, "MUSIC", 25);
	for (int n = 1; n > 0; got += n)
		n = claim("7", "32", "0", NULL).jobs;
	assert_int_equal(got, 50);
	assert_string_equal(value("select count(*) from studio.queue_lanes"), "0");
}

static void
of_one_user_who_waits_longest_is_first(void **unused)
{
	(void)unused;
	many(user, "IMAGE", 3);
	run("update studio.jobs set run_at = now() - interval '1 minute', model = 'old' where id = (select max(id::text)::uuid from studio.jobs)");
	claim("7", "1", "0", NULL);
	assert_string_equal(value("select model from studio.jobs where worker is not null"), "old");
}

/* ---- limits ---- */

static void
no_user_has_more_in_flight_than_allowed(void **unused)
{
	(void)unused;
	limit_user = "3";
	many(user, "VIDEO", 8);
	many(other, "IMAGE", 1);
	assert_int_equal(claim("7", "2", "4", NULL).jobs, 2);
	assert_int_equal(claim("8", "32", "4", NULL).jobs, 2);
	begin_all();
	run("select studio.job_running(id, fence, 'op', 'm', 60000) from studio.jobs where state = 'started'");
	struct lease l = claim("9", "32", "4", NULL);
	assert_int_equal(l.jobs, 0);		/* what runs at Google counts */
	assert_int_equal(in_flight(user), 3);
	assert_in_range(l.next_ms, 50000, 60000);	/* and is not waited for at each turn */
	run("update studio.jobs set worker = 7, fence = fence + 1 where id = (select id from studio.jobs where state = 'running' and user_id = '%s' limit 1)", user);
	run("select studio.job_fail(id, fence, 'X', 'y', null) from studio.jobs where worker is not null");
	assert_int_equal(claim("9", "32", "4", NULL).jobs, 1);
	assert_int_equal(in_flight(user), 3);
}

static void
no_model_has_more_in_flight_than_allowed(void **unused)
{
	(void)unused;
	limit_model = "2";
	many(user, "IMAGE", 3);
	many(other, "IMAGE", 3);
	assert_int_equal(claim("7", "32", "0", NULL).jobs, 2);
	assert_int_equal(in_flight(user), 1);
	assert_int_equal(claim("7", "32", "0", NULL).jobs, 0);
	order("model-1", NULL, "t", "5");	/* of its own */
	assert_int_equal(claim("7", "32", "0", NULL).jobs, 3);
	order("model-1", NULL, "t", "0");	/* none */
	assert_int_equal(claim("7", "32", "0", NULL).jobs, 1);
}

/* Many workers claim at the same moment, each on a connection of its own. */
static void
limits_hold_among_claims_at_once(void **unused)
{
	enum { WORKERS = 8 };
	PGconn *c[WORKERS];
	int rows = 0;

	(void)unused;
	many(user, "IMAGE", 30);
	many(other, "IMAGE", 30);
	for (int i = 0; i < WORKERS; i++)
		c[i] = connect_as(Q_become_app);
	for (int i = 0; i < WORKERS; i++) {
		char text[160];
		snprintf(text, sizeof text, "select * from studio.job_claim(%d, 4, 4, 30000, 7, 12)", i);
		assert_int_equal(PQsendQuery(c[i], text), 1);
	}
	for (int i = 0; i < WORKERS; i++) {
		PGresult *r = PQgetResult(c[i]);
		assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
		for (int k = 0; k < PQntuples(r); k++)
			rows += !PQgetisnull(r, k, 1);
		PQclear(r);
		PQfinish(c[i]);
	}
	assert_int_equal(rows, 12);		/* of 14 that both may have, and 12 of the model */
	assert_in_range(in_flight(user), 5, 7);
	assert_string_equal(value("select count(*) from studio.jobs where fence = 1"), "12");
}

/* ---- paused ---- */

static void
paused_nothing_begins_and_what_runs_goes_on(void **unused)
{
	static const char *const words[] = { "all", "video", "VIDEO", "model-1" };

	(void)unused;
	for (size_t i = 0; i < COUNT(words); i++) {
		fresh(unused);
		struct made running = generate(user, "VIDEO", "", "\\x00", project);
		claim("7", "4", "4", NULL);
		begin_all();
		run("select studio.job_running(id, fence, 'op', 'm', 0) from studio.jobs");
		struct made waiting = generate(user, "VIDEO", "", "\\x00", project);
		order(words[i], "t", "f", NULL);
		struct lease l = claim("7", "4", "4", running.job);
		assert_int_equal(l.jobs, 1);
		assert_string_equal(l.state, "running");
		assert_string_equal(job_is(&waiting), "ready");
		assert_int_equal(claim("7", "4", "0", NULL).next_ms, 0);
		order(words[i], "f", "f", NULL);
		assert_int_equal(claim("7", "4", "4", waiting.job).jobs, 1);
		assert_string_equal(value("select count(*) from studio.queue_rules"), "0");
	}
}

static void
a_kind_is_paused_and_others_are_not(void **unused)
{
	(void)unused;
	many(user, "VIDEO", 2);
	many(user, "IMAGE", 2);
	order("VIDEO", "t", "f", NULL);
	assert_int_equal(claim("7", "32", "0", NULL).jobs, 2);
	assert_string_equal(value("select count(*) from studio.jobs where kind = 'VIDEO' and worker is not null"), "0");
}

static void
orders_are_written_down_and_seen(void **unused)
{
	(void)unused;
	many(user, "VIDEO", 2);
	claim("7", "1", "0", NULL);
	PGresult *r = ASK(app, Q_queue_change, "VIDEO", NULL, "t", "f", NULL, user, "192.0.2.1");
	const char *json = PQgetvalue(r, 0, 0);
	assert_non_null(strstr(json, "\"paused\":false,\"waiting\":1,\"inFlight\":1,\"usersWaiting\":1,\"kinds\":["));
	assert_non_null(strstr(json, "{\"kind\":\"VIDEO\",\"paused\":true,\"waiting\":1,\"inFlight\":1}"));
	assert_non_null(strstr(json, "{\"model\":\"model-1\",\"paused\":false,\"concurrency\":null,\"waiting\":1,\"inFlight\":1}"));
	PQclear(r);
	PQclear(ASK(app, Q_queue_change, "VIDEO", NULL, "t", "f", NULL, user, "192.0.2.1"));	/* again: nothing new */
	has(ASK(app, Q_queue_change, NULL, "veo-9", NULL, "t", "3", user, "192.0.2.1"), "\"model\":\"veo-9\",\"paused\":false,\"concurrency\":3,");
	has(ASK(app, Q_queue_change, NULL, NULL, "t", "f", NULL, user, "192.0.2.1"), "\"paused\":true,\"waiting\"");
	assert_string_equal(value("select count(*) from studio.audit where event = 'queue_changed' and user_id = '%s' and address = '192.0.2.1'", user), "3");
	has(ASK(app, Q_queue_get, NULL), "\"model\":\"veo-9\"");
	MUST_REFUSE(app, "VALIDATION_ERROR", Q_queue_change, "VIDEO", "veo-9", "t", "f", NULL, user, "");
	MUST_REFUSE(app, "VALIDATION_ERROR", Q_queue_change, "VIDEO", NULL, NULL, "t", "3", user, "");
	MUST_REFUSE(app, "VALIDATION_ERROR", Q_queue_change, NULL, "No such", "t", "f", NULL, user, "");
}

/* ---- hints and leases ---- */

static void
a_hint_that_lies_is_put_right(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);

	(void)unused;
	PQclear(ASK(app, Q_generation_cancel, user, "f", m.id, "gs://b/p", ""));
	assert_string_equal(value("select count(*) from studio.queue_lanes"), "1");
	assert_int_equal(claim("7", "4", "0", NULL).jobs, 0);
	assert_string_equal(value("select count(*) from studio.queue_lanes"), "0");
	struct made later = generate(user, "IMAGE", "", "\\x00", project);
	run("update studio.jobs set run_at = now() + interval '1 minute' where id = '%s'", later.job);
	assert_in_range(claim("7", "4", "0", NULL).next_ms, 50000, 60000);
	run("update studio.jobs set run_at = now() where id = '%s'", later.job);
	assert_int_equal(claim("7", "4", "0", NULL).jobs, 1);
}

static void
what_a_dead_worker_had_waits_again(void **unused)
{
	(void)unused;
	many(user, "IMAGE", 3);
	assert_int_equal(claim("7", "4", "0", NULL).jobs, 3);
	assert_string_equal(value("select count(*) from studio.queue_lanes"), "0");
	PQclear(ASK(app, Q_worker_void, "7"));
	assert_int_equal(claim("8", "4", "0", NULL).jobs, 3);
	run("update studio.jobs set lease_until = now() - interval '1 second'");
	assert_int_equal(claim("9", "4", "0", NULL).jobs, 3);
}

static void
who_was_asked_is_known_until_it_is_gone(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, "99")));
	run("update studio.jobs set begun_at = now() - interval '8 seconds'");
	PQclear(ASK(app, Q_worker_void, "7"));
	PGresult *r = ASK(app, Q_job_claim, "8", "4", "4", "0", "0", "0");
	assert_string_equal(PQgetvalue(r, 0, 6), "unclear");
	assert_string_equal(PQgetvalue(r, 0, 18), "99");
	assert_in_range(atol(PQgetvalue(r, 0, 19)), 8000, 20000);
	PQclear(r);
	PQclear(ASK(app, Q_worker_void, "99"));
	r = ASK(app, Q_job_claim, "8", "4", "4", "0", "0", "0");
	assert_string_equal(PQgetvalue(r, 0, 18), "0");
	PQclear(r);
}

static void
what_was_asked_for_goes_once_it_is_made(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project), failed = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	begin_all();
	assert_true(FINISH(&m, l.fence, "1/1\""));
	assert_string_equal(value("select request::text from studio.jobs where id = '%s'", m.job), "null");
	run("select studio.job_fail(id, fence, 'X', 'y', null) from studio.jobs where worker is not null");
	assert_string_equal(value("select request::text from studio.jobs where id = '%s'", failed.job), "{\"prompt\":\"a cat\"}");
	run("update studio.jobs set request = 'null', request_kept = false where id = '%s'", failed.job);
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_generation_retry, user, "f", failed.id, "r", "\\x00", "", "\\x00", "", NULL);
	assert_string_equal(job_is(&failed), "failed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_greedy_user_starves_nobody),
		CASE(one_user_gets_all_that_nobody_else_wants),
		CASE(of_one_user_who_waits_longest_is_first),
		CASE(no_user_has_more_in_flight_than_allowed),
		CASE(no_model_has_more_in_flight_than_allowed),
		CASE(limits_hold_among_claims_at_once),
		CASE(paused_nothing_begins_and_what_runs_goes_on),
		CASE(a_kind_is_paused_and_others_are_not),
		CASE(orders_are_written_down_and_seen),
		CASE(a_hint_that_lies_is_put_right),
		CASE(what_a_dead_worker_had_waits_again),
		CASE(who_was_asked_is_known_until_it_is_gone),
		CASE(what_was_asked_for_goes_once_it_is_made),
	};

	return sql_rig_run(tests);
}
