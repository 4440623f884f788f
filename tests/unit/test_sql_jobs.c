/* tests/unit/test_sql_jobs.c - the life of generations and jobs, step by step, on a real PostgreSQL.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

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
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));	/* said twice is said once */
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
	assert_non_null(strstr(json, "/1/\\\"1\\\"\\nimage-"));
	assert_non_null(strstr(json, "-1\",\"metadata\":{\"index\":0,\"originalGcsUri\":\"gs://b/p/users/"));
	assert_non_null(strstr(json, "/1/\\\"1\\\"\",\"mimeType\":\"image/png\"}"));
	assert_non_null(strstr(json, "/1/2\\nimage-"));
	assert_non_null(strstr(json, "-2\",\"metadata\":{\"index\":1,\"originalGcsUri\":\"gs://b/p/users/"));
	PQclear(r);
	assert_int_equal(claim("7", "4", "4", m.job).jobs, 0);
}

static void
a_video_is_polled_to_its_end(void **unused)
{
	struct made m = generate(user, "VIDEO", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
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
	assert_false(yes(ASK(app, Q_job_begin, m.job, old.fence, NULL)));
	assert_true(yes(ASK(app, Q_job_begin, m.job, now.fence, NULL)));
	assert_false(yes(ASK(app, Q_job_finish, m.job, old.fence, "[]", "gs://b/p")));
	assert_false(yes(ASK(app, Q_job_fail, m.job, old.fence, "X", "y", NULL)));
	assert_false(yes(ASK(app, Q_job_retry, m.job, old.fence, "0", "t", "X", "y")));
	assert_false(yes(ASK(app, Q_job_unclear, m.job, old.fence, "0", "y")));
	assert_false(yes(ASK(app, Q_job_running, m.job, old.fence, "op", "m", "0")));
	assert_false(yes(ASK(app, Q_job_renew, m.job, old.fence, "1000")));
	assert_true(yes(ASK(app, Q_job_renew, m.job, now.fence, "1000")));
	assert_string_equal(job_is(&m), "started");
	assert_false(yes(ASK(app, Q_job_begin, m.job, "0", NULL)));
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
	assert_false(yes(ASK(app, Q_job_begin, m.job, first.fence, NULL)));
	assert_true(yes(ASK(app, Q_job_begin, m.job, again.fence, NULL)));
	run("update studio.jobs set updated_at = now() - interval '3 seconds'");
	assert_int_equal(claim("7", "4", "4", m.job).jobs, 0);	/* begun: no more */
}

static void
a_worker_that_dies_leaves_its_start_unclear(void **unused)
{
	struct made leased = generate(user, "IMAGE", "", "\\x00", project), begun = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("-5", "4", "4", begun.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, begun.job, l.fence, NULL)));
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
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
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
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	assert_true(yes(ASK(app, Q_job_retry, m.job, l.fence, "0", "f", "UPSTREAM_BUSY", "later")));
	assert_string_equal(status_of(&m), "PENDING");
	for (int attempt = 1; attempt <= 2; attempt++) {
		char text[12];
		l = claim("7", "4", "4", m.job);
		snprintf(text, sizeof text, "%d", attempt);
		assert_string_equal(l.attempt, text);
		assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
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
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "CONTENT_FILTERED", "no", "[\"blood\"]")));
	assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "CONTENT_FILTERED", "no", "[\"blood\"]")));
	PGresult *r = ASK(app, Q_generation_get, user, "f", m.id);
	assert_string_equal(PQgetvalue(r, 0, 5), "[\"blood\"]");
	PQclear(r);
}

static void
when_there_will_be_work_is_told(void **unused)
{
	struct made m = generate(user, "VIDEO", "", "\\x00", project);

	(void)unused;
	generate(user, "IMAGE", "", "\\x00", project);
	run("update studio.jobs set run_at = now() + interval '60 seconds'");
	assert_in_range(claim("7", "4", "4", NULL).next_ms, 50000, 60000);
	assert_int_equal(claim("7", "0", "4", NULL).next_ms, 0);	/* none is to be resumed */
	run("update studio.jobs set run_at = now() where id = '%s'", m.job);
	struct lease l = claim("7", "4", "4", m.job);
	assert_in_range(claim("8", "4", "4", NULL).next_ms, 20000, 30000);	/* its lease may lapse */
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	assert_in_range(claim("8", "0", "4", NULL).next_ms, 20000, 30000);
	assert_true(yes(ASK(app, Q_job_running, m.job, l.fence, "op-1", "veo-9", "10000")));
	assert_in_range(claim("8", "0", "4", NULL).next_ms, 5000, 10000);
	assert_in_range(claim("8", "4", "0", NULL).next_ms, 50000, 60000);
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
		assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
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
		    rows[i].from, rows[i].to, NULL);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_job_runs_from_ready_to_done),
		CASE(a_video_is_polled_to_its_end),
		CASE(an_old_fence_writes_nothing),
		CASE(a_claim_whose_answer_was_lost_is_given_again),
		CASE(a_worker_that_dies_leaves_its_start_unclear),
		CASE(a_lease_that_lapses_after_the_start_is_unclear_too),
		CASE(retries_count_until_the_attempts_are_used_up),
		CASE(a_failure_carries_its_reasons),
		CASE(a_result_outside_of_its_place_is_none),
		CASE(when_there_will_be_work_is_told),
		CASE(one_answer_carries_only_so_many_bytes),
		CASE(a_key_is_answered_again_or_refused),
		CASE(a_project_that_is_none_makes_nothing),
		CASE(only_the_owner_and_an_admin_see_it),
		CASE(history_is_filtered_and_paged),
		CASE(events_have_no_gap_within_a_user),
	};

	return sql_rig_run(tests);
}
