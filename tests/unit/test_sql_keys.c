/* tests/unit/test_sql_keys.c - the same key gets the first answer again: of what was waited for and
 * what was not, before and after its end, when it was retried or deleted since.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

/* What a request under a key is answered with. */
struct answer {
	char id[37], json[2048], code[64];
	bool final, replayed, under_way;
};

static struct answer
create(const char *kind, const char *key, const char *wait_ms)
{
	struct answer a = { .id = "" };
	PGresult *r = ASK(app, Q_generation_create, user, project, kind, "a cat", "m", "{}", "{}", key, "\\x01", "2", "req-1", "\\x00", wait_ms, "[]", NULL);

	snprintf(a.json, sizeof a.json, "%s", PQgetvalue(r, 0, 0));
	snprintf(a.id, sizeof a.id, "%s", PQgetvalue(r, 0, 1));
	snprintf(a.code, sizeof a.code, "%s", PQgetvalue(r, 0, 6));
	a.final = strcmp(PQgetvalue(r, 0, 2), "t") == 0;
	a.replayed = strcmp(PQgetvalue(r, 0, 3), "t") == 0;
	a.under_way = strcmp(PQgetvalue(r, 0, 9), "t") == 0;
	PQclear(r);
	return a;
}

static struct made
made_of(const struct answer *a)
{
	struct made m = { .replayed = false };

	snprintf(m.id, sizeof m.id, "%s", a->id);
	snprintf(m.job, sizeof m.job, "%s", value("select id from studio.jobs where generation_id = '%s'", a->id));
	return m;
}

/* Brings it to its end, as a worker does. */
static void
end(const struct answer *a, bool well)
{
	struct made m = made_of(a);
	struct lease l = claim("7", "4", "4", m.job);

	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	if (well)
		assert_true(FINISH(&m, l.fence, "1/a\""));
	else
		assert_true(yes(ASK(app, Q_job_fail, m.job, l.fence, "IMAGEN_API_ERROR", "broken", NULL)));
}

/* As if so much time had passed since everything that happened. */
static void
later(const char *interval)
{
	run("update studio.media_generations set created_at = created_at - interval '%s', started_at = started_at - interval '%s', "
	    "finished_at = finished_at - interval '%s'", interval, interval, interval);
	run("update studio.idempotency_keys set created_at = created_at - interval '%s', answer_by = answer_by - interval '%s'",
	    interval, interval);
}

#define HAS(a, text) do { if (strstr((a).json, text) == NULL) fail_msg("%s lacks %s", (a).json, text); } while (0)

static void
what_was_not_waited_for_is_told_as_it_was(void **unused)
{
	struct answer first = create("VIDEO", "k", "0"), again;

	(void)unused;
	end(&first, true);
	later("1 second");
	again = create("VIDEO", "k", "0");
	assert_true(again.replayed && again.under_way && !again.final);
	assert_string_equal(again.id, first.id);
	HAS(again, "\"status\":\"PENDING\",\"errorMessage\":null,");
	HAS(again, "\"progress\":0,\"results\":[],");
	HAS(again, "\"startedAt\":null,\"finishedAt\":null}");
	/* but where it is asked for, it is as it is */
	assert_non_null(strstr(first_of(ASK(app, Q_generation_get, user, "f", first.id)), "\"status\":\"SUCCEEDED\""));
	/* the very words of the first answer, but for the times, which were moved here */
	const char *p = strstr(first.json, "\"createdAt\""), *q = strstr(again.json, "\"createdAt\"");
	assert_int_equal(p - first.json, q - again.json);
	assert_memory_equal(first.json, again.json, (size_t)(p - first.json));
}

static void
what_came_within_the_wait_is_told_at_its_end(void **unused)
{
	struct answer first = create("IMAGE", "k", "60000"), again = create("IMAGE", "k", "60000");

	(void)unused;
	assert_true(again.replayed && !again.final && !again.under_way);	/* the first one waits still: so does this */
	end(&first, true);
	later("2 hours");
	again = create("IMAGE", "k", "60000");
	assert_true(again.replayed && again.final && !again.under_way);
	HAS(again, "\"status\":\"SUCCEEDED\"");
}

static void
what_came_after_the_wait_is_told_as_under_way(void **unused)
{
	struct answer first = create("IMAGE", "k", "60000"), again;
	struct made m = made_of(&first);
	struct lease l = claim("7", "4", "4", m.job);

	(void)unused;
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	later("2 minutes");
	again = create("IMAGE", "k", "60000");
	assert_true(again.under_way && !again.final);
	HAS(again, "\"status\":\"PROCESSING\"");
	assert_true(FINISH(&m, l.fence, "1/a\""));
	again = create("IMAGE", "k", "60000");
	assert_true(again.under_way && !again.final);
	HAS(again, "\"status\":\"PROCESSING\",\"errorMessage\":null,\"operationId\":null,\"progress\":0,\"results\":[],");
}

static void
an_error_stays_the_answer_after_a_retry(void **unused)
{
	struct answer first = create("IMAGE", "k", "60000"), again;

	(void)unused;
	end(&first, false);
	assert_string_equal(create("IMAGE", "k", "60000").code, "IMAGEN_API_ERROR");
	PQclear(ASK(app, Q_generation_retry, user, "f", first.id, "req-2", "\\x01", "", "", "192.0.2.7", NULL));
	again = create("IMAGE", "k", "60000");
	assert_true(again.replayed && again.final);
	assert_string_equal(again.code, "IMAGEN_API_ERROR");
	end(&first, true);
	assert_string_equal(create("IMAGE", "k", "60000").code, "IMAGEN_API_ERROR");
	assert_string_equal(value("select count(*) from studio.media_generations"), "1");
}

static void
a_retry_under_a_key_is_begun_once(void **unused)
{
	struct answer first = create("IMAGE", "", "60000");
	char json[2048];
	PGresult *r;

	(void)unused;
	end(&first, false);
	r = ASK(app, Q_generation_retry, user, "f", first.id, "req-2", "\\x01", "again", "\\x05", "192.0.2.7", NULL);
	snprintf(json, sizeof json, "%s", PQgetvalue(r, 0, 0));
	assert_string_equal(PQgetvalue(r, 0, 6), "f");
	PQclear(r);
	end(&first, false);
	r = ASK(app, Q_generation_retry, user, "f", first.id, "req-3", "\\x01", "again", "\\x05", "192.0.2.7", NULL);
	assert_string_equal(PQgetvalue(r, 0, 0), json);
	assert_string_equal(PQgetvalue(r, 0, 6), "t");
	PQclear(r);
	assert_string_equal(value("select attempt from studio.jobs"), "2");
	MUST_REFUSE(app, "IDEMPOTENCY_KEY_REUSED", Q_generation_retry, user, "f", first.id, "req-3", "\\x01", "again", "\\x06", "192.0.2.7", NULL);
	MUST_REFUSE(app, "NOT_FOUND", Q_generation_retry, other, "f", first.id, "req-3", "\\x01", "again", "\\x05", "192.0.2.7", NULL);
	/* a key that was refused with its request is free */
	first = create("IMAGE", "", "60000");
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_generation_retry, user, "f", first.id, "req-4", "\\x01", "early", "\\x07", "192.0.2.7", NULL);
	end(&first, false);
	assert_true(strcmp(first_of(ASK(app, Q_generation_retry, user, "f", first.id, "req-4", "\\x01", "early", "\\x07", "192.0.2.7", NULL)), "(no row)") != 0);
}

static void
what_was_deleted_is_not_paid_for_again(void **unused)
{
	struct answer first = create("IMAGE", "k", "60000");

	(void)unused;
	assert_true(yes(ASK(app, Q_generation_delete, user, "f", first.id, "f", "gs://b/p", "192.0.2.7")));
	MUST_REFUSE(app, "NOT_FOUND", Q_generation_create, user, project, "IMAGE", "a cat", "m", "{}", "{}", "k", "\\x01", "2", "req-1", "\\x00", "0", "[]", NULL);
	assert_string_equal(value("select count(*) from studio.media_generations"), "0");
	run("update studio.idempotency_keys set created_at = now() - interval '25 hours'");
	assert_false(create("IMAGE", "k", "60000").replayed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_not_waited_for_is_told_as_it_was),
		CASE(what_came_within_the_wait_is_told_at_its_end),
		CASE(what_came_after_the_wait_is_told_as_under_way),
		CASE(an_error_stays_the_answer_after_a_retry),
		CASE(a_retry_under_a_key_is_begun_once),
		CASE(what_was_deleted_is_not_paid_for_again),
	};

	return sql_rig_run(tests);
}
