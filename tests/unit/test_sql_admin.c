/* tests/unit/test_sql_admin.c - jobs, figures and the audit log, as admins see them and step in, on a
 * real PostgreSQL.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

static char admin[37];

static int
fresh(void **unused)
{
	int rc = sql_rig_fresh(unused);

	run("delete from studio.users where email like '%%@admin.test'");
	run("delete from studio.audit");
	user_add(admin, "a@admin.test", "Ada", "One", "ADMIN");
	return rc;
}
#undef CASE
#define CASE(f) cmocka_unit_test_setup(f, fresh)

static void
jobs_are_filtered_and_shown_with_their_attempts(void **unused)
{
	struct made a = generate(user, "IMAGE", "", "\\x00", project), b = generate(other, "VIDEO", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", b.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, b.job, l.fence, NULL)));
	assert_true(yes(ASK(app, Q_job_running, b.job, l.fence, "op-1", "veo-9", "0")));
	has(ASK(app, Q_admin_jobs, "0", "0", NULL, NULL, NULL), "\"totalItems\":2,");
	has(ASK(app, Q_admin_jobs, "0", "0", "running", NULL, NULL), b.job);
	has(ASK(app, Q_admin_jobs, "0", "0", "running", "IMAGE", NULL), "\"totalItems\":0,");
	has(ASK(app, Q_admin_jobs, "0", "0", NULL, "IMAGE", NULL), a.job);
	has(ASK(app, Q_admin_jobs, "0", "0", NULL, NULL, other), "\"totalItems\":1,");
	has(ASK(app, Q_admin_jobs, "1", "1", NULL, NULL, NULL), "\"state\":\"running\",\"model\":\"model-1\",\"servedModel\":\"veo-9\",\"operation\":\"op-1\"");
	has(ASK(app, Q_admin_jobs, "2", "1", NULL, NULL, NULL), "\"attempts\":null}]");
	has(ASK(app, Q_admin_job, b.job), "\"attempts\":[{\"attempt\":1,\"beganAt\":\"");
	has(ASK(app, Q_admin_job, b.job), "\"outcome\":\"running\",\"code\":null,\"message\":null}]}");
	assert_null(strstr(first_of(ASK(app, Q_admin_job, a.job)), "a cat"));	/* what was asked for is its owner's */
	has(ASK(app, Q_admin_job, a.job), "\"attempts\":[]}");
	assert_string_equal(first_of(ASK(app, Q_admin_job, b.id)), "(no row)");
}

/* In the words of the list, the filter and the figures; and it is no guess: one may fail with the same words. */
static void
a_cancelled_job_is_told_as_such_until_it_is_retried(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project), f = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", f.job);
	static const char *const words[] = { "queued", "starting", "running", "unclear", "succeeded", "failed", "cancelled" };

	(void)unused;
	assert_true(yes(ASK(app, Q_job_fail, f.job, l.fence, "RESOURCE_CONFLICT", "Cancelled", NULL)));
	has(ASK(app, Q_admin_job_cancel, m.job, admin, "", "gs://b/p"), "\"state\":\"cancelled\"");
	has(ASK(app, Q_admin_job, f.job), "\"state\":\"failed\"");
	has(ASK(app, Q_admin_jobs, "0", "0", "cancelled", NULL, NULL), m.job);
	has(ASK(app, Q_admin_jobs, "0", "0", "failed", NULL, NULL), f.job);
	for (size_t i = 0; i < COUNT(words); i++)
		has(ASK(app, Q_admin_jobs, "0", "0", words[i], NULL, NULL), i >= 5 ? "\"totalItems\":1," : "\"totalItems\":0,");
	has(ASK(app, Q_admin_jobs, "0", "0", "ready", NULL, NULL), "\"totalItems\":0,");	/* no word of ours */
	has(ASK(app, Q_admin_stats, NULL), "\"created\":2,\"succeeded\":0,\"failed\":1,\"cancelled\":1}");
	has(ASK(app, Q_admin_job_retry, m.job, admin, "", "req-2", "\\x00"), "\"state\":\"queued\"");
	l = claim("7", "4", "4", m.job);
	assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "X", "y", NULL)));
	has(ASK(app, Q_admin_job, m.job), "\"state\":\"failed\"");
	assert_string_equal(value("select string_agg(studio.job_state_word(s, c), ' ' order by s, c) "
	    "from unnest(enum_range(null::studio.job_state)) s, unnest('{f,t}'::boolean[]) c where s = 'failed' or not c"),
	    "queued starting running unclear succeeded failed cancelled");
}

static void
an_admin_steps_in_and_it_is_written_down(void **unused)
{
	struct made m = generate(user, "IMAGE", "", "\\x00", project);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_admin_job_retry, m.job, admin, "", "req-2", "\\x00");
	has(ASK(app, Q_admin_job_cancel, m.job, admin, "1.2.3.4", "gs://b/p"), "\"outcome\":\"cancelled\"");
	/* as when its owner cancels: what Google writes all the same goes */
	assert_string_equal(value("select count(*) from studio.deletions where uri = 'gs://b/p/users/%s/projects/%s/%s/1/'", user, project, m.id), "1");
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_admin_job_cancel, m.job, admin, "", "gs://b/p");
	assert_false(yes(ASK(app, Q_job_finish, m.job, l.fence, "[]", "gs://b/p")));
	has(ASK(app, Q_admin_job_retry, m.job, admin, "", "req-2", "\\x00"), "\"state\":\"queued\"");
	assert_string_equal(first_of(ASK(app, Q_admin_job_cancel, m.id, admin, "", "gs://b/p")), "(no row)");
	assert_string_equal(value("select string_agg(event || ' ' || (detail->>'stateWas'), ' ' order by id) from studio.audit where user_id = '%s'", admin),
	    "job_cancelled starting job_retried cancelled");
}

static void
figures_count_the_open_and_the_last_day(void **unused)
{
	(void)unused;
	for (int i = 0; i < 21; i++)
		generate(user, "IMAGE", "", "\\x00", project);
	generate(user, "VIDEO", "", "\\x00", project);
	/* 20 images done in 1..20 s: 15 within the hour, 4 yesterday, the last one the day before */
	run("with n as (select id, row_number() over (order by id) as i from studio.jobs where kind = 'IMAGE' order by id limit 20) "
	    "update studio.jobs j set state = 'done', finished_at = t.at, created_at = t.at - n.i * interval '1 second' from n, "
	    "lateral (select now() - case when n.i <= 15 then interval '10 minutes' when n.i < 20 then interval '20 hours' else interval '2 days' end as at) t "
	    "where j.id = n.id");
	run("update studio.jobs set state = 'failed', finished_at = now() where kind = 'VIDEO'");
	PGresult *r = ASK(app, Q_admin_stats, NULL);
	has(r, "{\"kind\":\"IMAGE\",\"queue\":{\"queued\":1,\"starting\":0,\"running\":0,\"unclear\":0,\"oldestQueuedAt\":\"");
	r = ASK(app, Q_admin_stats, NULL);
	has(r, "\"lastHour\":{\"created\":16,\"succeeded\":15,\"failed\":0,\"cancelled\":0},\"lastDay\":{\"created\":20,\"succeeded\":19,\"failed\":0,\"cancelled\":0},"
	    "\"latency\":{\"jobs\":19,\"p50Ms\":10000,\"p95Ms\":18100}}");
	r = ASK(app, Q_admin_stats, NULL);
	has(r, "{\"kind\":\"VIDEO\",\"queue\":{\"queued\":0,\"starting\":0,\"running\":0,\"unclear\":0,\"oldestQueuedAt\":null},"
	    "\"lastHour\":{\"created\":1,\"succeeded\":0,\"failed\":1,\"cancelled\":0},\"lastDay\":{\"created\":1,\"succeeded\":0,\"failed\":1,\"cancelled\":0},"
	    "\"latency\":{\"jobs\":0,\"p50Ms\":null,\"p95Ms\":null}}");
}

static void
the_log_is_filtered(void **unused)
{
	(void)unused;
	run("insert into studio.audit (event, user_id, address, at, detail) values ('login', '%s', '1.1.1.1', '2020-01-01T10:00:00Z', '{\"x\":1}'), "
	    "('login_failed', null, '1.1.1.2', '2020-01-02T10:00:00.123Z', null)", user);
	has(ASK(app, Q_admin_audit, "0", "0", NULL, NULL, NULL, NULL), "\"totalItems\":2,");
	has(ASK(app, Q_admin_audit, "0", "0", "login", NULL, NULL, NULL),
	    "\"at\":\"2020-01-01T10:00:00.000Z\",\"event\":\"login\",\"userId\":\"");
	has(ASK(app, Q_admin_audit, "0", "0", "login", NULL, NULL, NULL), "\"address\":\"1.1.1.1\",\"detail\":{\"x\":1}}],");
	has(ASK(app, Q_admin_audit, "0", "0", NULL, user, NULL, NULL), "\"totalItems\":1,");
	has(ASK(app, Q_admin_audit, "0", "0", NULL, other, NULL, NULL), "\"totalItems\":0,");
	has(ASK(app, Q_admin_audit, "0", "0", NULL, NULL, "2020-01-01T10:00:00.001Z", NULL), "\"event\":\"login_failed\",\"userId\":null");
	has(ASK(app, Q_admin_audit, "0", "0", NULL, NULL, NULL, "2020-01-01T10:00:00.000Z"), "\"totalItems\":1,");
	has(ASK(app, Q_admin_audit, "2", "1", NULL, NULL, NULL, NULL), "\"event\":\"login\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(jobs_are_filtered_and_shown_with_their_attempts),
		CASE(a_cancelled_job_is_told_as_such_until_it_is_retried),
		CASE(an_admin_steps_in_and_it_is_written_down),
		CASE(figures_count_the_open_and_the_last_day),
		CASE(the_log_is_filtered),
	};

	return sql_rig_run(tests);
}
