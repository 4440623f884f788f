/* tests/unit/test_actor_poller.c - the poller process itself, between a database and a
 * vertex that this test plays.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/actor_rig.h"

enum { MANY = 64 };

/* What is played and what was seen. */
struct stage {
	struct msg_job give[MANY];	/* jobs that the next claim may have */
	size_t ngive;
	bool hold_begin, hold_close, hold_generate, sleepy;
	struct request *held;
	bool holding;

	unsigned generate_err;		/* what vertex says: 0 done, else this code */
	bool running;			/* a generate starts an operation; it is not over at the first poll */
	bool nothing;			/* a look finds nothing */

	int claims, begins, generates, polls, looks, renewals, stops;
	bool stopped;
	char stopped_operation[128];
	unsigned most_begin, at_once, most_at_once;
	unsigned closed;		/* MSG_ of the last closing write */
	int closings;
	bool is_closed;
	uint64_t fence;
	uint32_t after_ms;
	bool counts;
	char code[65], message[1025], results[256], operation[513], reasons[256];
	struct ctx ctx;

	uint64_t doomed;		/* a deletion to give */
	int deletions, pages, delete_refusals;
	bool deleted, deleted_done;
	char deleted_why[64];
};
static struct stage st;
static struct rig rig;

static void
copy(char *to, size_t room, struct bytes b)
{
	snprintf(to, room, "%.*s", (int)b.n, b.n > 0 ? b.p : "");
}

static void
db_claim(void *state, struct request *rq)
{
	const struct msg_job_claim *m = &rq->body.job_claim;
	struct bytes list[MANY];
	struct buf frames[MANY] = { { 0 } };
	uint32_t n = 0, begin = m->begin, resume = m->resume;

	(void)state;
	st.claims++;
	assert_int_equal(m->worker, 7);
	if (begin > st.most_begin)
		st.most_begin = begin;
	for (size_t i = 0; i < st.ngive; i++) {
		bool ready = bytes_eq(st.give[i].state, "ready");
		uint32_t *room = ready ? &begin : &resume;
		if (*room == 0 || st.give[i].fence == 0)
			continue;
		assert_int_equal(msg_encode(&frames[n], MSG_job, &st.give[i]), 0);
		list[n] = bytes_of(frames[n].p, frames[n].n);
		n++;
		(*room)--;
		st.give[i].fence = 0;
	}
	request_answer(rq, &(struct msg_job_leases){ .jobs = { list, n } });
	for (uint32_t i = 0; i < n; i++)
		buf_free(&frames[i]);
}

static bool
hold(bool wanted, struct request *rq)
{
	if (wanted) {
		st.held = rq;
		st.holding = true;
	}
	return wanted;
}

static void
db_begin(void *state, struct request *rq)
{
	(void)state;
	st.begins++;
	if (!hold(st.hold_begin, rq))
		request_answer(rq, &(struct msg_done){ .changed = true });
}

static void
db_close(void *state, struct request *rq)
{
	(void)state;
	st.closings++;
	if (hold(st.hold_close, rq))
		return;
	st.closed = rq->msg;
	st.ctx = rq->ctx;
	switch (rq->msg) {
	case MSG_job_finish:
		copy(st.results, sizeof st.results, rq->body.job_finish.results_json);
		st.fence = rq->body.job_finish.fence;
		break;
	case MSG_job_running:
		copy(st.operation, sizeof st.operation, rq->body.job_running.operation);
		st.after_ms = rq->body.job_running.poll_in_ms;
		break;
	case MSG_job_retry:
		st.after_ms = rq->body.job_retry.after_ms;
		st.counts = rq->body.job_retry.counts;
		copy(st.code, sizeof st.code, rq->body.job_retry.code);
		break;
	case MSG_job_unclear:
		st.after_ms = rq->body.job_unclear.after_ms;
		break;
	default:
		copy(st.code, sizeof st.code, rq->body.job_fail.code);
		copy(st.message, sizeof st.message, rq->body.job_fail.message);
		copy(st.reasons, sizeof st.reasons, rq->body.job_fail.reasons_json);
		break;
	}
	st.is_closed = true;
	request_answer(rq, &(struct msg_done){ .changed = true });
}

static void
db_renew(void *state, struct request *rq)
{
	(void)state;
	st.renewals++;
	request_answer(rq, &(struct msg_done){ .changed = true });
}

static void
db_deletion_claim(void *state, struct request *rq)
{
	struct msg_deletion m = { .id = st.doomed, .grant = BYTES("sealed") };

	(void)state;
	st.doomed = 0;
	request_answer(rq, &m);
}

static void
db_deletion_end(void *state, struct request *rq)
{
	(void)state;
	assert_int_equal(rq->body.deletion_end.id, 42);
	st.deleted = true;
	st.deleted_done = rq->body.deletion_end.done;
	copy(st.deleted_why, sizeof st.deleted_why, rq->body.deletion_end.message);
	request_answer(rq, &(struct msg_done){ .changed = true });
}

static void
vertex_delete(void *state, struct request *rq)
{
	(void)state;
	assert_true(bytes_eq(rq->body.objects_delete.grant, "sealed"));
	st.deletions++;
	if (st.delete_refusals-- > 0)
		request_fail(rq, E_STORAGE_ERROR, "it is held");
	else
		request_answer(rq, &(struct msg_objects_deleted){ .objects = 1, .all = --st.pages <= 0 });
}

static const struct route db_routes[] = {
	{ MSG_deletion_claim, db_deletion_claim }, { MSG_deletion_end, db_deletion_end },
	{ MSG_job_claim, db_claim }, { MSG_job_begin, db_begin }, { MSG_job_finish, db_close },
	{ MSG_job_running, db_close }, { MSG_job_retry, db_close }, { MSG_job_unclear, db_close },
	{ MSG_job_fail, db_close }, { MSG_job_renew, db_renew },
};

static void
answer_done(struct request *rq)
{
	request_answer(rq, &(struct msg_generated){ .done = true, .model = BYTES("model-1"),
	    .results_json = BYTES("[{\"uri\":\"gs://b/o\"}]") });
}

static void
vertex_generate(void *state, struct request *rq)
{
	(void)state;
	st.generates++;
	if (++st.at_once > st.most_at_once)
		st.most_at_once = st.at_once;
	if (hold(st.hold_generate, rq))
		return;
	st.at_once--;
	if (st.generate_err != 0)
		request_fail(rq, st.generate_err, "because\n[{\"code\":\"OTHER\"}]");
	else if (st.running)
		request_answer(rq, &(struct msg_generated){ .operation = BYTES("op/1"), .model = BYTES("model-1") });
	else
		answer_done(rq);
}

static void
vertex_poll(void *state, struct request *rq)
{
	(void)state;
	st.polls++;
	assert_true(bytes_eq(rq->body.operation_poll.operation, "op/1"));
	assert_memory_equal(&rq->body.operation_poll.user, &st.give[0].user, sizeof(struct id));
	assert_memory_equal(&rq->body.operation_poll.project, &st.give[0].project, sizeof(struct id));
	assert_int_equal(rq->body.operation_poll.attempt, st.give[0].attempt);
	if (st.running)
		request_answer(rq, &(struct msg_generated){ .done = false });
	else
		answer_done(rq);
}

static void
vertex_find(void *state, struct request *rq)
{
	(void)state;
	st.looks++;
	if (st.nothing)
		request_answer(rq, &(struct msg_generated){ .done = false });
	else
		answer_done(rq);
}

static void
vertex_stop(void *state, struct request *rq)
{
	(void)state;
	st.stops++;
	st.stopped = true;
	snprintf(st.stopped_operation, sizeof st.stopped_operation, "%.*s", (int)rq->body.generate_stop.operation.n, rq->body.generate_stop.operation.p);
	if (st.stopped_operation[0] != '\0')
		return;
	assert_memory_equal(&rq->body.generate_stop.generation, &st.give[0].generation, sizeof(struct id));
	assert_int_equal(rq->body.generate_stop.attempt, st.give[0].attempt);
}

static const struct route vertex_routes[] = {
	{ MSG_objects_delete, vertex_delete }, { MSG_generate_stop, vertex_stop }, { MSG_generate, vertex_generate }, { MSG_operation_poll, vertex_poll }, { MSG_results_find, vertex_find },
};
static const struct rig_edge edges[] = {
	{ EDGE_poller_db, db_routes, COUNT(db_routes) }, { EDGE_poller_vertex, vertex_routes, COUNT(vertex_routes) },
};

static struct msg_job
job(const char *kind, const char *state)
{
	static uint8_t n;
	struct msg_job j = { .kind = bytes_str(kind), .state = bytes_str(state), .fence = 5, .attempt = 1,
		.user = { { 7 } }, .project = { { 8 } }, .max_attempts = 3,
		.model = BYTES("asked-1"), .request_json = BYTES("{\"prompt\":\"a cat\"}"), .request_id = BYTES("req-1") };

	j.job.b[0] = ++n;
	j.job.b[15] = 1;
	j.generation.b[0] = n;
	if (strcmp(state, "running") == 0)
		j.operation = BYTES("op/1");
	return j;
}

static int
start(void **unused)
{
	static const struct rig_setting settings[] = {
		{ "SANDBOX", "warn", 0, false }, { "POLL_INTERVAL", "5000", 0, false }, { "POLL_MAX_ATTEMPTS", "60", 0, false },
		{ "JOB_ATTEMPTS", "3", 0, false }, { "JOB_BACKOFF", "10000", 0, false }, { "JOB_CONCURRENCY", "4", 0, false },
		{ NULL, NULL, 0, false },
	};

	(void)unused;
	memset(&st, 0, sizeof st);
	rig_start(&rig, ROLE_poller, settings, edges, COUNT(edges), NULL);
	return 0;
}

static int
stop(void **unused)
{
	(void)unused;
	assert_int_equal(rig_stop(&rig), 0);
	return 0;
}

static void
give(struct msg_job j)
{
	st.give[st.ngive++] = j;
	st.is_closed = false;
	link_notice(rig_link(&rig, EDGE_poller_db), NULL, MSG_jobs_due, &(struct msg_jobs_due){ .all = false });
}

static void
an_image_goes_from_its_row_to_its_results(void **unused)
{
	(void)unused;
	give(job("IMAGE", "ready"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_finish);
	assert_string_equal(st.results, "[{\"uri\":\"gs://b/o\"}]");
	assert_int_equal(st.fence, 5);
	assert_int_equal(st.begins, 1);
	assert_int_equal(st.generates, 1);
	assert_string_equal(st.ctx.request_id, "req-1");
}

static void
a_video_is_polled_to_its_end(void **unused)
{
	(void)unused;
	st.running = true;
	give(job("VIDEO", "ready"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_running);
	assert_string_equal(st.operation, "op/1");
	assert_int_equal(st.after_ms, 5000);
	give(job("VIDEO", "running"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_running);
	st.running = false;
	give(job("VIDEO", "running"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_finish);
	assert_int_equal(st.generates, 1);
	assert_int_equal(st.polls, 2);
	struct msg_job last = job("VIDEO", "running");
	last.polls = 59;
	st.running = true;
	give(last);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_fail);
	assert_string_equal(st.code, "VEO_API_ERROR");
}

static void
a_lost_start_is_looked_for_and_never_sent_again(void **unused)
{
	(void)unused;
	st.hold_generate = true;
	give(job("MUSIC", "ready"));
	rig_until(&rig, &st.holding, 2000);
	rig_cut(&rig, EDGE_poller_vertex);	/* vertex dies with the call outstanding */
	request_fail(st.held, E_INTERNAL_ERROR, "");
	rig_join(&rig, EDGE_poller_vertex);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_unclear);
	assert_int_equal(st.after_ms, 2000);
	st.nothing = true;
	give(job("MUSIC", "unclear"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_unclear);
	struct msg_job last = job("MUSIC", "unclear");
	last.polls = 3;
	give(last);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_fail);
	assert_string_equal(st.code, "LYRIA_API_ERROR");
	assert_non_null(strstr(st.message, "unknown"));
	st.nothing = false;
	give(job("IMAGE", "unclear"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_finish);
	assert_int_equal(st.generates, 1);
	assert_int_equal(st.looks, 3);
}

/* Its poller died, on another host, and who was asked there may store results yet: the job is not given up as
 * long as that can take. (It was, after some 24 s.) */
static void
what_another_host_may_still_make_is_waited_for(void **unused)
{
	struct msg_job j = job("IMAGE", "unclear");

	(void)unused;
	st.nothing = true;
	j.polls = 3;
	j.maker = 99;
	j.age_ms = 24000;
	give(j);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_unclear);
	assert_int_equal(st.after_ms, 30000);
	j = job("IMAGE", "unclear");
	j.polls = 3;
	j.maker = 99;
	j.age_ms = 3600000;			/* no call lives so long */
	give(j);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_fail);
	j = job("IMAGE", "unclear");		/* who was asked is gone */
	j.polls = 3;
	j.age_ms = 24000;
	give(j);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_fail);
}

static void
what_was_not_started_is_retried(void **unused)
{
	(void)unused;
	st.generate_err = E_UPSTREAM_BUSY;
	give(job("IMAGE", "ready"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_retry);
	assert_false(st.counts);
	assert_in_range(st.after_ms, 1, 10000);
	st.generate_err = E_NOT_SENT;
	give(job("IMAGE", "ready"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_retry);
	assert_true(st.counts);
	assert_string_equal(st.code, "NOT_SENT");
	st.generate_err = E_CONTENT_FILTERED;
	give(job("IMAGE", "ready"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_fail);
	assert_string_equal(st.code, "CONTENT_FILTERED");
	assert_string_equal(st.message, "because");
	assert_string_equal(st.reasons, "[{\"code\":\"OTHER\"}]");
}

static void
a_retry_by_its_owner_waits_no_longer_than_a_first_attempt(void **unused)
{
	struct msg_job j = job("IMAGE", "ready"), last = job("IMAGE", "ready");

	(void)unused;
	st.generate_err = E_NOT_SENT;
	j.attempt = 9;
	j.earlier = 8;
	j.max_attempts = 11;
	give(j);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_retry);
	assert_in_range(st.after_ms, 1, 10000);		/* JOB_BACKOFF, not 256 times as long */
	last.attempt = 11;
	last.earlier = 8;
	last.max_attempts = 11;
	give(last);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_fail);
	assert_non_null(strstr(st.message, "in 3 attempts"));
}

static void
results_in_hand_survive_the_database(void **unused)
{
	(void)unused;
	st.hold_close = true;
	give(job("IMAGE", "ready"));
	rig_until(&rig, &st.holding, 2000);
	rig_cut(&rig, EDGE_poller_db);
	request_fail(st.held, E_INTERNAL_ERROR, "");
	st.holding = false;
	rig_join(&rig, EDGE_poller_db);		/* back, but PostgreSQL is not */
	rig_until(&rig, &st.holding, 2000);
	request_fail(st.held, E_DATABASE_AWAY, "");
	st.hold_close = false;
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_finish);
	assert_int_equal(st.generates, 1);
	assert_true(st.closings >= 3);
}

static void
no_more_start_at_once_than_allowed(void **unused)
{
	(void)unused;
	st.hold_generate = true;
	for (int i = 0; i < 20; i++)
		give(job("IMAGE", "ready"));
	rig_run(&rig, 300);
	assert_int_equal(st.most_at_once, 4);
	assert_int_equal(st.most_begin, 4);
	/* looks and polls have slots of their own */
	give(job("IMAGE", "unclear"));
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_finish);
}

static void
what_is_in_hand_stays_leased(void **unused)
{
	(void)unused;
	st.hold_generate = true;
	give(job("IMAGE", "ready"));
	rig_until(&rig, &st.holding, 2000);
	rig_run(&rig, 4500);
	assert_int_equal(st.renewals, 1);	/* to 30 s, within the first six */
}

static void
cancelled(const struct msg_job *j, uint64_t fence)
{
	link_notice(rig_link(&rig, EDGE_poller_db), NULL, MSG_job_cancelled, &(struct msg_job_cancelled){ .job = j->job,
	    .fence = fence });
}

static void
what_is_cancelled_is_put_down(void **unused)
{
	struct msg_job j = job("IMAGE", "ready"), other = job("IMAGE", "ready");

	(void)unused;
	st.hold_generate = true;
	give(j);
	rig_until(&rig, &st.holding, 2000);
	cancelled(&other, 9);		/* nobody's */
	cancelled(&j, 5);		/* of an earlier lease */
	rig_run(&rig, 50);
	assert_int_equal(st.stops, 0);
	cancelled(&j, 6);
	rig_until(&rig, &st.stopped, 2000);
	answer_done(st.held);		/* too late */
	rig_run(&rig, 50);
	assert_int_equal(st.closings, 0);
	st.hold_generate = false;
	give(other);			/* the slot is free */
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_finish);
	assert_int_equal(st.stops, 1);
}

/* Also where nobody has the job in hand. */
static void
an_operation_that_was_cancelled_is_told_to_vertex(void **unused)
{
	(void)unused;
	link_notice(rig_link(&rig, EDGE_poller_db), NULL, MSG_job_cancelled, &(struct msg_job_cancelled){ .job = job("VIDEO", "running").job,
	    .fence = 6, .operation = BYTES("projects/p/locations/global/interactions/1") });
	rig_until(&rig, &st.stopped, 2000);
	assert_string_equal(st.stopped_operation, "projects/p/locations/global/interactions/1");
}

static void
without_vertex_nothing_is_begun(void **unused)
{
	(void)unused;
	rig_cut(&rig, EDGE_poller_vertex);
	rig_run(&rig, 50);
	give(job("IMAGE", "ready"));
	rig_run(&rig, 200);
	assert_int_equal(st.begins, 0);
	rig_join(&rig, EDGE_poller_vertex);
	rig_until(&rig, &st.is_closed, 2000);
	assert_int_equal(st.closed, MSG_job_finish);
}

/* ---- deletions ---- */

static void
doom(void)
{
	st.doomed = 42;
	st.deleted = false;
	st.deletions = 0;
	link_notice(rig_link(&rig, EDGE_poller_db), NULL, MSG_deletions_due, NULL);
	rig_until(&rig, &st.deleted, 2000);
}

static void
objects_are_deleted_page_by_page(void **unused)
{
	(void)unused;
	st.pages = 3;
	doom();
	assert_true(st.deleted_done);
	assert_int_equal(st.deletions, 3);
	st.delete_refusals = 1;
	doom();
	assert_false(st.deleted_done);
	assert_string_equal(st.deleted_why, "it is held");
	assert_int_equal(st.deletions, 1);
	rig_cut(&rig, EDGE_poller_vertex);
	rig_run(&rig, 50);
	st.doomed = 42;
	link_notice(rig_link(&rig, EDGE_poller_db), NULL, MSG_deletions_due, NULL);
	rig_run(&rig, 100);
	assert_int_equal(st.doomed, 42);	/* not claimed while there is nobody to do it */
	st.deleted = false;
	rig_join(&rig, EDGE_poller_vertex);
	rig_until(&rig, &st.deleted, 2000);
	assert_true(st.deleted_done);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_image_goes_from_its_row_to_its_results, start, stop),
		cmocka_unit_test_setup_teardown(a_video_is_polled_to_its_end, start, stop),
		cmocka_unit_test_setup_teardown(a_lost_start_is_looked_for_and_never_sent_again, start, stop),
		cmocka_unit_test_setup_teardown(what_another_host_may_still_make_is_waited_for, start, stop),
		cmocka_unit_test_setup_teardown(what_was_not_started_is_retried, start, stop),
		cmocka_unit_test_setup_teardown(a_retry_by_its_owner_waits_no_longer_than_a_first_attempt, start, stop),
		cmocka_unit_test_setup_teardown(results_in_hand_survive_the_database, start, stop),
		cmocka_unit_test_setup_teardown(no_more_start_at_once_than_allowed, start, stop),
		cmocka_unit_test_setup_teardown(what_is_in_hand_stays_leased, start, stop),
		cmocka_unit_test_setup_teardown(what_is_cancelled_is_put_down, start, stop),
		cmocka_unit_test_setup_teardown(an_operation_that_was_cancelled_is_told_to_vertex, start, stop),
		cmocka_unit_test_setup_teardown(without_vertex_nothing_is_begun, start, stop),
		cmocka_unit_test_setup_teardown(objects_are_deleted_page_by_page, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
