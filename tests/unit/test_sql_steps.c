/* tests/unit/test_sql_steps.c - cancel, retry and delete of a generation, in every state of its job
 * and against a worker that is still at it.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

/* ---- words ---- */

/* The SQLSTATE and detail of a step that is refused, as "ST000 NOT_FOUND"; "" when it is not. */
static const char *
refused_with(enum query q, const char *const *values)
{
	static char out[64];
	PGresult *r = PQexecParams(app, statements[q].text, (int)statements[q].nparams, NULL, values, NULL, NULL, 0);
	bool ok = PQresultStatus(r) == PGRES_TUPLES_OK;

	snprintf(out, sizeof out, "%s %s", ok ? "" : PQresultErrorField(r, PG_DIAG_SQLSTATE),
	    ok ? "" : PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL));
	PQclear(r);
	return ok ? "" : out;
}
#define WITH(q, ...) refused_with(q, (const char *const[]){ __VA_ARGS__ })

static const char *
refused(enum query q, const char *who, const char *admin, const char *id)
{
	if (q == Q_generation_cancel)
		return WITH(q, who, admin, id, "gs://b/p", "192.0.2.7");
	return q == Q_generation_delete ? WITH(q, who, admin, id, "f", "gs://b/p", "192.0.2.7") : WITH(q, who, admin, id, "req-2", "\\x01", "", "", "192.0.2.7", NULL);
}
#define OWN(q, m) refused(q, user, "f", (m)->id)

static const char *
events_of(const struct made *m)
{
	return value("select string_agg(status::text || coalesce(':' || error_message, ''), ' ' order by seq) "
	    "from studio.events where generation_id = '%s'", m->id);
}

static const char *
of_job(const struct made *m, const char *column)
{
	return value("select %s from studio.jobs where id = '%s'", column, m->job);
}

/* A job that a worker brought as far as `state`, and may still have in hand. */
static struct lease
bring(const struct made *m, const char *state)
{
	struct lease l = claim("7", "4", "4", m->job);

	assert_int_equal(l.jobs, 1);
	if (strcmp(state, "ready") != 0)
		assert_true(yes(ASK(app, Q_job_begin, m->job, l.fence, NULL)));
	if (strcmp(state, "running") == 0)
		assert_true(yes(ASK(app, Q_job_running, m->job, l.fence, "op-1", "veo-9", "0")));
	if (strcmp(state, "unclear") == 0)
		assert_true(yes(ASK(app, Q_job_unclear, m->job, l.fence, "0", "lost")));
	if (strcmp(state, "running") == 0 || strcmp(state, "unclear") == 0)
		l = claim("7", "4", "4", m->job);
	assert_string_equal(job_is(m), state);
	return l;
}

/* All that a worker could still write. */
static void
writes_nothing(const struct made *m, const char *fence)
{
	assert_false(yes(ASK(app, Q_job_begin, m->job, fence, NULL)));
	assert_false(FINISH(m, fence, "1/late\""));
	assert_false(yes(ASK(app, Q_job_running, m->job, fence, "op-2", "veo-9", "0")));
	assert_false(yes(ASK(app, Q_job_retry, m->job, fence, "0", "t", "X", "y")));
	assert_false(yes(ASK(app, Q_job_unclear, m->job, fence, "0", "y")));
	assert_false(yes(ASK(app, Q_job_fail, m->job, fence, "X", "y", NULL)));
	assert_false(yes(ASK(app, Q_job_renew, m->job, fence, "1000")));
}

/* ---- cancel ---- */

static void
it_is_cancelled_in_any_state_and_its_worker_writes_nothing(void **unused)
{
	static const char *const states[] = { "ready", "started", "running", "unclear" };

	(void)unused;
	for (size_t i = 0; i < COUNT(states); i++) {
		struct made m = generate(user, "VIDEO", "", "\\x00", project);
		struct lease l = bring(&m, states[i]);
		assert_string_equal(OWN(Q_generation_cancel, &m), "");
		assert_string_equal(status_of(&m), "FAILED");
		assert_string_equal(of_job(&m, "concat_ws(' ', state, cancelled)"), "failed t");
		writes_nothing(&m, l.fence);
		assert_string_equal(events_of(&m), i == 0 ? "PENDING FAILED:Cancelled" : "PENDING PROCESSING FAILED:Cancelled");
		assert_int_equal(claim("8", "4", "4", m.job).jobs, 0);
		/* what Google writes all the same is of no use to anybody */
		assert_string_equal(value("select count(*) from studio.deletions where uri = 'gs://b/p/users/%s/projects/%s/%s/1/'",
		    user, project, m.id), i == 0 ? "0" : "1");
		run("delete from studio.deletions");
		if (i > 0)
			assert_string_equal(value("select outcome from studio.job_attempts where ended_at is not null order by id desc limit 1"),
			    strcmp(states[i], "started") == 0 ? "cancelled" : states[i]);
	}
}

static void
what_waits_in_the_queue_is_never_claimed(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);

	(void)unused;
	assert_string_equal(OWN(Q_generation_cancel, &m), "");
	assert_int_equal(claim("7", "4", "4", m.job).jobs, 0);
	assert_string_equal(value("select count(*) from studio.job_attempts"), "0");
}

static void
only_what_is_under_way_is_cancelled(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = bring(&m, "started");

	(void)unused;
	assert_true(FINISH(&m, l.fence, "1/a\""));
	assert_string_equal(OWN(Q_generation_cancel, &m), "ST000 RESOURCE_CONFLICT");
	assert_string_equal(status_of(&m), "SUCCEEDED");
	assert_string_equal(OWN(Q_generation_retry, &m), "ST000 RESOURCE_CONFLICT");
	m = generate(user, "IMAGE", "", "\\x00", project);
	assert_string_equal(OWN(Q_generation_cancel, &m), "");
	assert_string_equal(OWN(Q_generation_cancel, &m), "ST000 RESOURCE_CONFLICT");
	assert_string_equal(events_of(&m), "PENDING FAILED:Cancelled");
}

static void
the_worker_that_has_it_is_told(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = bring(&m, "started");
	char wanted[80];
	PGnotify *n;

	(void)unused;
	PQclear(sql(owner, "listen studio_cancelled"));
	assert_string_equal(OWN(Q_generation_cancel, &m), "");
	run("unlisten studio_cancelled");	/* a round trip: what was sent before is here */
	assert_non_null(n = PQnotifies(owner));
	snprintf(wanted, sizeof wanted, "%s %lld", m.job, atoll(l.fence) + 1);
	assert_string_equal(n->extra, wanted);
	PQfreemem(n);
}

static void
of_cancel_and_completion_one_wins(void **unused)
{
	PGconn *second = connect_as(Q_become_app);

	(void)unused;
	for (int i = 0; i < 2; i++) {
		struct made m = generate(user, "IMAGE", "", "\\x00", project);
		struct lease l = bring(&m, "started");
		char cancel[256], complete[256];
		snprintf(cancel, sizeof cancel, "select studio.generation_cancel('%s', false, '%s')", user, m.id);
		snprintf(complete, sizeof complete, "select studio.job_finish('%s', %s, '[]', 'gs://b/p')", m.job, l.fence);
		PQclear(sql(app, "begin"));
		PQclear(sql(app, i == 0 ? complete : cancel));
		/* the other waits for the row, and finds it over */
		assert_int_equal(PQsendQuery(second, i == 0 ? cancel : complete), 1);
		PQclear(sql(app, "commit"));
		PGresult *r = PQgetResult(second);
		if (i == 0)
			assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "ST000");
		else
			assert_string_equal(PQgetvalue(r, 0, 0), "f");
		PQclear(r);
		assert_null(PQgetResult(second));
		assert_string_equal(events_of(&m), i == 0 ? "PENDING PROCESSING SUCCEEDED" : "PENDING PROCESSING FAILED:Cancelled");
	}
	PQfinish(second);
}

/* ---- retry ---- */

static void
a_retry_is_a_new_attempt_with_as_many_tries(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);	/* two attempts at most */
	struct lease l, old;

	(void)unused;
	for (int i = 0; i < 2; i++) {
		old = bring(&m, "started");
		assert_true(yes(ASK(app, Q_job_retry, m.job, old.fence, "0", "t", "NOT_SENT", "away")));
	}
	assert_string_equal(status_of(&m), "FAILED");
	assert_string_equal(OWN(Q_generation_retry, &m), "");
	assert_string_equal(status_of(&m), "PENDING");
	assert_string_equal(of_job(&m, "concat_ws(' ', state, attempt, first_attempt, max_attempts, request_id)"), "ready 3 3 4 req-2");
	writes_nothing(&m, old.fence);
	assert_string_equal(OWN(Q_generation_retry, &m), "ST000 RESOURCE_CONFLICT");
	l = bring(&m, "started");
	assert_string_equal(l.attempt, "3");
	assert_string_equal(l.request, "{\"prompt\":\"a cat\"}");
	assert_true(yes(ASK(app, Q_job_retry, m.job, l.fence, "0", "t", "NOT_SENT", "away")));
	l = bring(&m, "started");
	assert_string_equal(l.attempt, "4");
	assert_true(FINISH(&m, l.fence, "4/a\""));
	assert_string_equal(events_of(&m), "PENDING PROCESSING PENDING PROCESSING FAILED:away PENDING PROCESSING PENDING PROCESSING SUCCEEDED");
}

static void
a_video_is_retried_from_its_start(void **unused)
{
	struct made m = generate(user, "VIDEO", "", "\\x00", project);
	struct lease l = bring(&m, "running");

	(void)unused;
	assert_string_equal(OWN(Q_generation_cancel, &m), "");
	assert_string_equal(OWN(Q_generation_retry, &m), "");
	writes_nothing(&m, l.fence);
	l = claim("7", "4", "4", m.job);
	assert_string_equal(l.state, "ready");
	assert_string_equal(l.operation, "");
	assert_string_equal(l.attempt, "2");
	assert_string_equal(value("select operation_id = id::text and error_message is null and error_code is null and finished_at is null "
	    "and progress = 0 from studio.media_generations"), "t");
}

/* ---- delete, and whose it is ---- */

static void
what_is_deleted_leaves_its_events(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = bring(&m, "started");

	(void)unused;
	assert_true(yes(ASK(app, Q_generation_delete, user, "f", m.id, "f", "gs://b/p", "192.0.2.7")));
	writes_nothing(&m, l.fence);
	assert_string_equal(value("select count(*) from studio.media_generations"), "0");
	assert_string_equal(value("select count(*) from studio.jobs"), "0");
	assert_string_equal(events_of(&m), "PENDING PROCESSING FAILED:Cancelled");
	assert_string_equal(OWN(Q_generation_delete, &m), "ST000 NOT_FOUND");
	assert_string_equal(value("select count(*) from studio.deletions where uri not like '%%/1/'"), "0");
	run("delete from studio.deletions");
}

static void
a_purge_dooms_all_that_its_attempts_left(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);

	(void)unused;
	assert_true(yes(ASK(app, Q_generation_delete, user, "f", m.id, "t", "gs://b/p", "192.0.2.7")));
	assert_string_equal(value("select uri = 'gs://b/p/users/%s/projects/%s/%s/' and again and user_id = '%s' from studio.deletions",
	    user, project, m.id, user), "t");
	run("delete from studio.deletions");
}

static void
other_users_find_nothing_and_an_admin_all(void **unused)
{
	static const enum query steps[] = { Q_generation_cancel, Q_generation_retry, Q_generation_delete };
	struct made m = generate(user, "IMAGE", "", "\\x00", project);

	(void)unused;
	for (size_t i = 0; i < COUNT(steps); i++) {
		assert_string_equal(refused(steps[i], other, "f", m.id), "ST000 NOT_FOUND");
		assert_string_equal(refused(steps[i], other, "t", "00000000-0000-7000-8000-000000000000"), "ST000 NOT_FOUND");
	}
	assert_string_equal(status_of(&m), "PENDING");
	run("delete from studio.audit");
	for (size_t i = 0; i < COUNT(steps); i++)
		assert_string_equal(refused(steps[i], other, "t", m.id), "");
	/* what an admin does to another's is written down */
	assert_string_equal(value("select string_agg(concat_ws(' ', event, address, detail->>'statusWas'), '|' order by id) from studio.audit "
	    "where user_id = '%s' and detail->>'user' = '%s' and detail->>'generation' = '%s'", other, user, m.id),
	    "generation_cancelled 192.0.2.7 PENDING|generation_retried 192.0.2.7 FAILED|generation_deleted 192.0.2.7 FAILED");
	m = generate(user, "IMAGE", "", "\\x00", project);
	run("delete from studio.audit");
	assert_string_equal(OWN(Q_generation_cancel, &m), "");
	assert_string_equal(value("select count(*) from studio.audit"), "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(it_is_cancelled_in_any_state_and_its_worker_writes_nothing),
		CASE(what_waits_in_the_queue_is_never_claimed),
		CASE(only_what_is_under_way_is_cancelled),
		CASE(the_worker_that_has_it_is_told),
		CASE(of_cancel_and_completion_one_wins),
		CASE(a_retry_is_a_new_attempt_with_as_many_tries),
		CASE(a_video_is_retried_from_its_start),
		CASE(what_is_deleted_leaves_its_events),
		CASE(a_purge_dooms_all_that_its_attempts_left),
		CASE(other_users_find_nothing_and_an_admin_all),
	};

	return sql_rig_run(tests);
}
