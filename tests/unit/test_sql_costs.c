/* tests/unit/test_sql_costs.c - what generations cost: reserved, settled, released, each exactly once, whatever
 * ends them; and the limits of a day.
 * Licence: Apache-2.0. */
#include <poll.h>

#include "sql_rig.h"

/* Of a plain request a model of 100 for which one of 130 may answer; films; speech of 3 for 2 characters. */
#define PICTURES "{\"model\":\"fair\",\"unit\":\"image\",\"micros\":100,\"per\":1,\"lengths\":[]}," \
	"{\"model\":\"dear\",\"unit\":\"image\",\"micros\":130,\"per\":1,\"lengths\":[]}"
#define LARGE "{\"model\":\"large\",\"unit\":\"image\",\"micros\":900,\"per\":1,\"lengths\":[]}"
#define IMAGES "[[" PICTURES "],[" PICTURES "],[" LARGE "],[]]"
#define FILMS "[[{\"model\":\"film\",\"unit\":\"second\",\"micros\":10,\"per\":1,\"lengths\":[4,6,8]}]]"
#define SPEECH "[[{\"model\":\"voice\",\"unit\":\"character\",\"micros\":3,\"per\":2,\"lengths\":[]}]]"
#define LIMITS(micros, n) "{\"userMicros\":" #micros ",\"userGenerations\":" #n "}"
#define MADE_BY(name, model) name "\",\"metadata\":{\"model\":\"" model "\"}"

static int
fresh(void **unused)
{
	int rc = sql_rig_fresh(unused);

	run("alter table studio.ledger disable trigger ledger_grows");
	run("truncate studio.ledger, studio.usage_days, studio.prices, studio.quotas");
	run("alter table studio.ledger enable trigger ledger_grows");
	return rc;
}
#undef CASE
#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, adds_up)

static const char *
disagreement(void)
{
	return value("select coalesce(string_agg(concat_ws(': ', problem, what, detail), '; '), '') from studio.ledger_check()");
}

static int
adds_up(void **unused)
{
	(void)unused;
	assert_string_equal(disagreement(), "");
	return 0;
}

/* generations/results/reserved/spent of the user. */
static const char *
usage(void)
{
	return value("select concat_ws('/', sum(generations), sum(results), sum(reserved), sum(spent)) from studio.usage_days where user_id = '%s'", user);
}

static PGresult *
request_on(PGconn *c, const char *kind, const char *request, const char *models, const char *key, const char *limits)
{
	const char *values[] = { user, project, kind, "p", "m", "{}", request, key, "\\x01", "2", "r", "\\x00", "0", models, limits };

	return PQexecParams(c, statements[Q_generation_create].text, 15, NULL, values, NULL, NULL, 0);
}

static struct made
reserve(const char *kind, const char *request, const char *models, const char *key, const char *limits)
{
	struct made m = { .id = "" };
	PGresult *r = request_on(app, kind, request, models, key, limits);

	if (PQresultStatus(r) == PGRES_TUPLES_OK) {
		snprintf(m.id, sizeof m.id, "%s", PQgetvalue(r, 0, 1));
		snprintf(m.job, sizeof m.job, "%s", value("select id from studio.jobs where generation_id = '%s'", m.id));
	} else {
		assert_string_equal(PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL), "QUOTA_EXCEEDED");
		assert_non_null(strstr(PQresultErrorMessage(r), " seconds, at 20"));
	}
	PQclear(r);
	return m;
}

static struct lease
begin(const struct made *m)
{
	struct lease l = claim("7", "64", "64", m->job);

	assert_true(yes(ASK(app, Q_job_begin, m->job, l.fence, NULL)));
	return l;
}

static void
the_most_is_reserved_and_what_was_made_is_settled(void **unused)
{
	struct made m = reserve("IMAGE", "{\"sampleCount\":4}", IMAGES, "", NULL);
	struct lease l;

	(void)unused;
	assert_string_equal(usage(), "1/0/520/0");	/* as if the dear one made all */
	l = begin(&m);
	assert_string_equal(usage(), "1/0/520/0");
	assert_true(FINISH(&m, l.fence, MADE_BY("1/a", "fair"), MADE_BY("1/b", "dear"), MADE_BY("1/c", "another")));
	assert_string_equal(usage(), "1/3/0/330");
	assert_true(FINISH(&m, l.fence, MADE_BY("1/a", "fair")));	/* said again */
	assert_string_equal(usage(), "1/3/0/330");
	assert_string_equal(value("select string_agg(concat_ws(' ', model, results, spent), ', ' order by model) from studio.usage_days"),
	    "dear 1 130, fair 2 200");
	m = reserve("IMAGE", "{\"sampleImageSize\":\"2k\"}", IMAGES, "", NULL);
	assert_string_equal(usage(), "2/3/900/330");
	assert_string_equal(value("select reserved from studio.ledger order by id desc limit 1"), "900");
}

static void
films_cost_by_the_second_and_speech_by_the_character(void **unused)
{
	struct made m = reserve("VIDEO", "{\"sampleCount\":2,\"durationSeconds\":5}", FILMS, "", NULL);
	struct lease l = begin(&m);

	(void)unused;
	assert_string_equal(usage(), "1/0/120/0");	/* raised to 6 */
	assert_true(FINISH(&m, l.fence, "1/a\",\"metadata\":{\"seconds\":4.2}", "1/b\",\"metadata\":{\"seconds\":99}"));
	assert_string_equal(usage(), "1/2/0/110");	/* 5, and 6: no more than was asked for */
	m = reserve("VIDEO", "{\"durationSeconds\":4,\"resolution\":\"1080p\"}", FILMS, "", NULL);
	l = begin(&m);
	assert_true(FINISH(&m, l.fence, "1/a\",\"metadata\":{\"seconds\":\"many\"}"));	/* nobody knows */
	assert_string_equal(usage(), "2/3/0/190");
	m = reserve("AUDIO", "{\"prompt\":\"gr\xc3\xbc\xc3\x9f\",\"durationSeconds\":2.5}", SPEECH, "", NULL);
	assert_string_equal(usage(), "3/3/6/190");
	m = reserve("AUDIO", "{\"prompt\":\"odd\"}", SPEECH, "", NULL);
	assert_string_equal(usage(), "4/3/11/190");	/* 4.5, rounded up */
}

static void
whatever_ends_it_without_results_releases_it(void **unused)
{
	static const char *const ends[] = { "fail", "cancel", "cancel begun", "delete", "delete begun", "no results", "gone" };

	(void)unused;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct made m = reserve("IMAGE", "{}", IMAGES, "", NULL);
		struct lease l = { .jobs = 0 };
		if (i != 1 && i != 3 && i != 6)
			l = begin(&m);
		assert_string_equal(usage(), "1/0/130/0");
		if (i == 0)
			assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "CONTENT_FILTERED", "no", NULL)));
		else if (i < 3)
			PQclear(ASK(app, Q_generation_cancel, user, "f", m.id, "gs://b/p", "192.0.2.7"));
		else if (i < 5)
			PQclear(ASK(app, Q_generation_delete, user, "f", m.id, "f", "gs://b/p", "192.0.2.7"));
		else if (i < 6)
			PQclear(ASK(app, Q_job_finish, m.job, l.fence, "[]", "gs://b/p"));
		else
			run("delete from studio.media_generations");
		assert_string_equal(usage(), "0/0/0/0");
		if (i > 0 && l.jobs > 0)
			FINISH(&m, l.fence, "1/a\"");	/* its worker comes too late, or says it again */
		assert_string_equal(usage(), "0/0/0/0");
		adds_up(NULL);
	}
}

static void
it_stays_reserved_while_nobody_knows(void **unused)
{
	struct made m = reserve("IMAGE", "{}", IMAGES, "", NULL);
	struct lease l = begin(&m);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_unclear, m.job, l.fence, "0", "lost")));
	assert_string_equal(usage(), "1/0/130/0");
	l = claim("8", "64", "64", m.job);
	assert_true(yes(ASK(app, Q_job_retry, m.job, l.fence, "0", "t", "X", "again")) == false);
	assert_true(FINISH(&m, l.fence, MADE_BY("1/a", "fair")));
	assert_string_equal(usage(), "1/1/0/100");
}

static void
a_retry_reserves_anew_and_a_replay_nothing(void **unused)
{
	struct made m = reserve("IMAGE", "{}", IMAGES, "key", LIMITS(130, 1)), again = reserve("IMAGE", "{}", IMAGES, "key", LIMITS(130, 1));
	struct lease l = begin(&m);

	(void)unused;
	assert_string_equal(again.id, m.id);
	assert_string_equal(usage(), "1/0/130/0");
	assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "X", "no", NULL)));
	run("insert into studio.prices (model, micros) values ('dear', 140)");
	MUST_REFUSE(app, "QUOTA_EXCEEDED", Q_generation_retry, user, "f", m.id, "r", "\\x01", "k2", "\\x02", "", LIMITS(139, 0));
	assert_string_equal(usage(), "0/0/0/0");
	for (int i = 0; i < 2; i++)
		PQclear(ASK(app, Q_generation_retry, user, "f", m.id, "r", "\\x01", "k2", "\\x02", "", LIMITS(140, 1)));
	assert_string_equal(usage(), "1/0/140/0");
	l = begin(&m);
	assert_true(FINISH(&m, l.fence, MADE_BY("2/a", "dear")));
	assert_string_equal(usage(), "1/1/0/140");
	assert_string_equal(value("select string_agg(concat(round, kind), ' ' order by id) from studio.ledger"),
	    "1reserve 1release 2reserve 2settle 2settle");
}

static void
an_admin_retries_for_others_without_limits(void **unused)
{
	struct made m = reserve("IMAGE", "{}", IMAGES, "", NULL);

	(void)unused;
	PQclear(ASK(app, Q_generation_cancel, user, "f", m.id, "gs://b/p", ""));
	PQclear(ASK(app, Q_generation_retry, other, "t", m.id, "r", "\\x01", "", "", "", LIMITS(1, 0)));
	assert_string_equal(usage(), "1/0/130/0");
}

static void
what_does_not_fit_is_refused(void **unused)
{
	(void)unused;
	reserve("IMAGE", "{}", IMAGES, "", LIMITS(261, 0));
	reserve("IMAGE", "{}", IMAGES, "", LIMITS(261, 0));
	assert_string_equal(reserve("IMAGE", "{}", IMAGES, "unspent", LIMITS(261, 0)).id, "");
	assert_string_equal(reserve("IMAGE", "{}", IMAGES, "", LIMITS(0, 2)).id, "");
	assert_string_equal(value("select count(*) from studio.idempotency_keys where key = 'unspent'"), "0");
	assert_string_equal(usage(), "2/0/260/0");
	run("insert into studio.quotas (user_id, day_micros) values ('%s', 400)", user);	/* above the settings */
	assert_string_not_equal(reserve("IMAGE", "{}", IMAGES, "unspent", LIMITS(1, 0)).id, "");
	assert_string_equal(reserve("IMAGE", "{}", IMAGES, "", LIMITS(1, 0)).id, "");
	run("insert into studio.quotas (project_id, day_generations) values ('%s', 3)", project);
	run("update studio.quotas set day_micros = 9000 where user_id is not null");
	assert_string_equal(reserve("IMAGE", "{}", IMAGES, "", "{}").id, "");
	run("update studio.quotas set day_generations = 4 where project_id is not null");
	assert_string_not_equal(reserve("IMAGE", "{}", IMAGES, "", "{}").id, "");
	assert_string_equal(usage(), "4/0/520/0");
}

/* Who comes while another has not committed waits, and then sees what that one took. */
static void
of_two_at_once_one_fits(void **unused)
{
	PGconn *second = connect_as(Q_become_app);
	const char *values[] = { user, project, "IMAGE", "p", "m", "{}", "{}", "", "\\x01", "2", "r", "\\x00", "0", IMAGES, LIMITS(150, 0) };
	PGresult *r, *last;

	(void)unused;
	PQclear(sql(app, "begin"));
	reserve("IMAGE", "{}", IMAGES, "", LIMITS(150, 0));
	assert_int_equal(PQsendQueryParams(second, statements[Q_generation_create].text, 15, NULL, values, NULL, NULL, 0), 1);
	PQflush(second);
	for (int i = 0; i < 500 && strcmp(value("select wait_event_type from pg_stat_activity where pid = %d", PQbackendPID(second)), "Lock") != 0; i++)
		poll(NULL, 0, 10);
	PQclear(sql(app, "commit"));
	r = PQgetResult(second);
	assert_string_equal(PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL), "QUOTA_EXCEEDED");
	PQclear(r);
	while ((last = PQgetResult(second)) != NULL)
		PQclear(last);
	PQfinish(second);
	assert_string_equal(usage(), "1/0/130/0");
}

static void
a_new_day_has_its_own_limit(void **unused)
{
	struct made m = reserve("IMAGE", "{}", IMAGES, "", LIMITS(130, 0));
	struct lease l = begin(&m);

	(void)unused;
	assert_string_equal(reserve("IMAGE", "{}", IMAGES, "", LIMITS(130, 0)).id, "");
	run("create or replace function studio.today() returns date language sql stable as $$ select (now() at time zone 'UTC')::date + 1 $$");
	assert_string_not_equal(reserve("IMAGE", "{}", IMAGES, "", LIMITS(130, 0)).id, "");
	assert_true(FINISH(&m, l.fence, MADE_BY("1/a", "fair")));	/* belongs to the day it was asked for on */
	run("create or replace function studio.today() returns date language sql stable as $$ select (now() at time zone 'UTC')::date $$");
	assert_string_equal(value("select string_agg(concat_ws('/', results, reserved, spent), ' ' order by day, model) from studio.usage_days"),
	    "1/0/100 0/130/0");
}

static void
what_does_not_add_up_is_found(void **unused)
{
	struct made m = reserve("IMAGE", "{}", IMAGES, "", NULL);
	struct lease l = begin(&m);
	PGresult *r = PQexec(app, "update studio.ledger set spent = 0");

	(void)unused;
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
	r = PQexec(app, "update studio.usage_days set spent = 0");	/* counters follow from the ledger alone */
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
	r = PQexec(owner, "delete from studio.ledger");
	assert_string_equal(PQresultErrorField(r, PG_DIAG_SQLSTATE), "42501");
	PQclear(r);
	run("update studio.usage_days set reserved = reserved + 1");
	assert_non_null(strstr(disagreement(), "counters differ"));
	run("update studio.usage_days set reserved = reserved - 1");
	run("update studio.jobs set reserved = null");
	assert_non_null(strstr(disagreement(), "is not over and does not"));
	run("update studio.jobs set reserved = 130");
	assert_true(FINISH(&m, l.fence, "1/a\"", "1/b\""));
	run("delete from studio.media_results where index = 1");
	assert_non_null(strstr(disagreement(), "not what was made"));
	run("delete from studio.media_generations");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_most_is_reserved_and_what_was_made_is_settled),
		CASE(films_cost_by_the_second_and_speech_by_the_character),
		CASE(whatever_ends_it_without_results_releases_it),
		CASE(it_stays_reserved_while_nobody_knows),
		CASE(a_retry_reserves_anew_and_a_replay_nothing),
		CASE(an_admin_retries_for_others_without_limits),
		CASE(what_does_not_fit_is_refused),
		CASE(of_two_at_once_one_fits),
		CASE(a_new_day_has_its_own_limit),
		CASE(what_does_not_add_up_is_found),
	};

	return sql_rig_run(tests);
}
