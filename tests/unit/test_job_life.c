/* tests/unit/test_job_life.c - the matrix of a job's life, and the promise behind it: a
 * start is repeated only when it surely did not happen.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "actors/poller/job_life.h"
#include "actors/poller/usual.h"

static const struct life_rules rules = { .poll_interval_ms = 5000, .poll_max = 60, .backoff_ms = 10000 };
static const struct bytes nothing = { "", 0 };

static struct life_job
job(const char *kind)
{
	return (struct life_job){ .kind = kind, .attempt = 1, .max_attempts = 3 };
}

static struct life_verdict
told(const struct life_job *j, enum life_state state, unsigned err)
{
	return life_decide(&rules, j, state, life_news_of(err, false, false), err, nothing, UINT32_MAX);
}

static void
a_start_is_repeated_only_when_it_surely_did_not_happen(void **unused)
{
	static const unsigned harmless[] = { E_NOT_SENT, E_UPSTREAM_BUSY, E_QUOTA_EXCEEDED, E_RATE_LIMITED, E_QUEUE_FULL,
		E_DRAINING, E_SERVICE_UNAVAILABLE };
	struct life_job j = job("VIDEO");

	(void)unused;
	for (unsigned err = 1; err < E_LIMIT; err++) {
		bool expected = false;
		for (size_t i = 0; i < COUNT(harmless); i++)
			expected |= harmless[i] == err;
		assert_int_equal(told(&j, LIFE_starting, err).act == ACT_retry, expected);
		assert_int_not_equal(told(&j, LIFE_polling, err).act, ACT_retry);
		assert_int_not_equal(told(&j, LIFE_finding, err).act, ACT_retry);
	}
}

static void
lost_starts_are_looked_for(void **unused)
{
	static const unsigned lost[] = { E_UNCLEAR, E_PEER_LOST, E_TIMEOUT, E_INTERNAL_ERROR };
	struct life_job j = job("IMAGE");

	(void)unused;
	for (size_t i = 0; i < COUNT(lost); i++) {
		struct life_verdict v = told(&j, LIFE_starting, lost[i]);
		assert_int_equal(v.act, ACT_look);
		assert_int_equal(v.after_ms, 2000);
	}
	assert_int_equal(life_decide(&rules, &j, LIFE_starting, NEWS_nothing, 0, nothing, 0).act, ACT_look);
}

static void
results_finish_in_every_state(void **unused)
{
	struct life_job j = job("MUSIC");

	(void)unused;
	for (unsigned s = 0; s < LIFE_STATES; s++)
		assert_int_equal(life_decide(&rules, &j, s, life_news_of(0, true, false), 0, nothing, 0).act, ACT_finish);
}

static void
retries_back_off_and_end(void **unused)
{
	struct life_job j = job("IMAGE");
	struct life_verdict v = told(&j, LIFE_starting, E_NOT_SENT);

	(void)unused;
	assert_int_equal(v.act, ACT_retry);
	assert_true(v.counts);
	assert_int_equal(v.after_ms, 10000);
	j.attempt = 2;
	assert_int_equal(told(&j, LIFE_starting, E_NOT_SENT).after_ms, 20000);
	j.attempt = 3;
	v = told(&j, LIFE_starting, E_NOT_SENT);
	assert_int_equal(v.act, ACT_fail);
	assert_int_equal(v.code, E_IMAGEN_API_ERROR);
	assert_string_equal(v.message, "Google could not be reached in 3 attempts");
}

static void
busy_counts_every_second_time(void **unused)
{
	struct life_job j = job("IMAGE");

	(void)unused;
	for (j.busy = 1; j.busy <= 8; j.busy++) {
		struct life_verdict v = told(&j, LIFE_starting, E_UPSTREAM_BUSY);
		assert_int_equal(v.act, ACT_retry);
		assert_int_equal(v.counts, j.busy % 2 == 0);
		assert_int_equal(v.after_ms, j.busy < 6 ? 10000 << (j.busy - 1) : 300000);
	}
	j.attempt = j.max_attempts;
	j.busy = 5;
	assert_int_equal(told(&j, LIFE_starting, E_UPSTREAM_BUSY).act, ACT_retry);
	j.busy = 6;
	assert_int_equal(told(&j, LIFE_starting, E_UPSTREAM_BUSY).act, ACT_fail);
	assert_int_equal(told(&j, LIFE_starting, E_UPSTREAM_BUSY).code, E_QUOTA_EXCEEDED);
}

static void
polls_survive_trouble_and_end(void **unused)
{
	static const unsigned passing[] = { E_NOT_SENT, E_UPSTREAM_BUSY, E_PEER_LOST, E_TIMEOUT, E_UNCLEAR, E_STORAGE_ERROR };
	struct life_job j = job("VIDEO");

	(void)unused;
	for (size_t i = 0; i < COUNT(passing); i++) {
		struct life_verdict v = told(&j, LIFE_polling, passing[i]);
		assert_int_equal(v.act, ACT_run);
		assert_int_equal(v.after_ms, 5000);
	}
	j.polls = 58;
	assert_int_equal(life_decide(&rules, &j, LIFE_polling, NEWS_running, 0, nothing, 0).act, ACT_run);
	j.polls = 59;
	struct life_verdict v = life_decide(&rules, &j, LIFE_polling, NEWS_running, 0, nothing, 0);
	assert_int_equal(v.act, ACT_fail);
	assert_int_equal(v.code, E_VEO_API_ERROR);
}

static void
looking_ends_where_nothing_can_appear(void **unused)
{
	struct life_job j = job("AUDIO");
	struct life_verdict v = life_decide(&rules, &j, LIFE_finding, NEWS_nothing, 0, nothing, 0);

	(void)unused;
	assert_int_equal(v.act, ACT_look);
	assert_int_equal(v.after_ms, 2000);
	j.polls = 3;
	v = life_decide(&rules, &j, LIFE_finding, NEWS_nothing, 0, nothing, 0);
	assert_int_equal(v.act, ACT_fail);
	assert_int_equal(v.code, E_CHIRP_API_ERROR);
	/* a look that failed is no proof */
	assert_int_equal(told(&j, LIFE_finding, E_NOT_SENT).act, ACT_look);
	j.google_stores = true;
	j.polls = 5;
	assert_int_equal(life_decide(&rules, &j, LIFE_finding, NEWS_nothing, 0, nothing, 0).act, ACT_look);
	j.polls = 100;
	assert_int_equal(life_decide(&rules, &j, LIFE_finding, NEWS_nothing, 0, nothing, 0).act, ACT_fail);
	assert_int_equal(told(&j, LIFE_finding, E_NOT_SENT).act, ACT_fail);
}

static void
the_first_look_comes_when_something_may_be_ready(void **unused)
{
	static const struct { uint64_t usual, age; uint32_t after; } rows[] = {
		{ 0, 0, 5000 }, { 40000, 0, 28000 }, { 40000, 20000, 8000 }, { 40000, 27000, 5000 }, { 40000, 90000, 5000 },
		{ 5000, 0, 5000 }, { 3600000, 0, 150000 },	/* half of the time in which it may be polled */
	};
	struct life_job j = job("VIDEO");

	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		j.usual_ms = rows[i].usual;
		j.age_ms = rows[i].age;
		assert_int_equal(life_decide(&rules, &j, LIFE_starting, NEWS_running, 0, nothing, 0).after_ms, rows[i].after);
		assert_int_equal(life_decide(&rules, &j, LIFE_polling, NEWS_running, 0, nothing, 0).after_ms, rows[i].after);
	}
}

static void
what_is_usual_is_learnt(void **unused)
{
	static struct usual u;
	static char longer[USUAL_MODEL_MAX + 2];

	(void)unused;
	assert_int_equal(usual_ms(&u, "veo"), 0);
	usual_note(&u, "veo", 40000);
	assert_int_equal(usual_ms(&u, "veo"), 40000);
	usual_note(&u, "veo", 20000);
	assert_int_equal(usual_ms(&u, "veo"), 35000);
	assert_int_equal(usual_ms(&u, "omni"), 0);
	usual_note(&u, "omni", UINT64_MAX);
	assert_int_equal(usual_ms(&u, "omni"), USUAL_MS_MAX);
	memset(longer, 'x', sizeof longer - 1);
	usual_note(&u, longer, 5);
	assert_int_equal(usual_ms(&u, longer), 0);
}

/* Another host's process may still be making it: what is not there yet says nothing. */
static void
a_call_that_may_live_is_waited_for(void **unused)
{
	struct life_job j = job("IMAGE");
	uint64_t left = 300000;

	(void)unused;
	for (j.polls = 0; left > 0; j.polls++) {
		j.call_left_ms = left;
		struct life_verdict v = life_decide(&rules, &j, LIFE_finding, NEWS_nothing, 0, nothing, 0);
		assert_int_equal(v.act, ACT_look);
		assert_in_range(v.after_ms, 1, 30000);
		left -= v.after_ms;
	}
	assert_in_range(j.polls, 10, 15);
	j.call_left_ms = 0;		/* the look behind its end: nothing can appear any more */
	assert_int_equal(life_decide(&rules, &j, LIFE_finding, NEWS_nothing, 0, nothing, 0).act, ACT_fail);
	j.call_left_ms = 1;
	assert_int_equal(life_decide(&rules, &j, LIFE_finding, life_news_of(0, true, false), 0, nothing, 0).act, ACT_finish);
}

static void
a_no_is_told_as_it_was_said(void **unused)
{
	struct life_job j = job("IMAGE");
	struct life_verdict v = life_decide(&rules, &j, LIFE_starting, NEWS_refused, E_CONTENT_FILTERED,
	    BYTES("violence"), 0);

	(void)unused;
	assert_int_equal(v.act, ACT_fail);
	assert_int_equal(v.code, E_CONTENT_FILTERED);
	assert_string_equal(v.message, "violence");
	v = told(&j, LIFE_starting, E_IMAGEN_API_ERROR);
	assert_int_equal(v.code, E_IMAGEN_API_ERROR);
	assert_string_equal(v.message, "The image model refused or failed");
	/* an internal code is told as the model's failure */
	assert_int_equal(told(&j, LIFE_starting, E_BAD_MESSAGE).code, E_IMAGEN_API_ERROR);
	assert_int_equal(life_kind_error("OPERA"), E_INTERNAL_ERROR);
}

static void
a_clients_mistake_stays_one(void **unused)
{
	struct life_job j = job("IMAGE");

	(void)unused;
	for (int i = 0; i < 2; i++) {
		unsigned err = i == 0 ? E_VALIDATION_ERROR : E_NOT_FOUND;
		struct life_verdict v = life_decide(&rules, &j, LIFE_starting, life_news_of(err, false, false), err,
		    BYTES("seed cannot be used"), 0);
		assert_int_equal(v.act, ACT_fail);
		assert_int_equal(v.code, err);
		assert_string_equal(v.message, "seed cannot be used");
	}
}

static void
a_long_detail_is_cut_at_a_character(void **unused)
{
	static char text[2001];
	struct life_job j = job("IMAGE");

	(void)unused;
	text[0] = 'x';
	for (size_t i = 1; i + 2 <= sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	for (uint32_t skip = 0; skip < 2; skip++) {	/* the cut meets both halves of a character */
		struct life_verdict v = life_decide(&rules, &j, LIFE_starting, NEWS_refused, E_IMAGEN_API_ERROR,
		    bytes_of(text + skip, sizeof text - skip), 0);
		assert_true(strlen(v.message) > 500);
		assert_true(utf8_valid(v.message, strlen(v.message)));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_is_repeated_only_when_it_surely_did_not_happen),
		cmocka_unit_test(lost_starts_are_looked_for),
		cmocka_unit_test(results_finish_in_every_state),
		cmocka_unit_test(retries_back_off_and_end),
		cmocka_unit_test(busy_counts_every_second_time),
		cmocka_unit_test(polls_survive_trouble_and_end),
		cmocka_unit_test(looking_ends_where_nothing_can_appear),
		cmocka_unit_test(the_first_look_comes_when_something_may_be_ready),
		cmocka_unit_test(what_is_usual_is_learnt),
		cmocka_unit_test(a_call_that_may_live_is_waited_for),
		cmocka_unit_test(a_no_is_told_as_it_was_said),
		cmocka_unit_test(a_clients_mistake_stays_one),
		cmocka_unit_test(a_long_detail_is_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
