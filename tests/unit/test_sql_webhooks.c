/* tests/unit/test_sql_webhooks.c - webhooks on a real PostgreSQL: what an event makes, who may have a
 * delivery in hand, what a failure does to it and to its lane.
 * Licence: Apache-2.0. */
#include "sql_rig.h"

enum { HOOKS = 12 };
static char hook[HOOKS][37];

static void
hook_add(int i, const char *who, const char *final_only)
{
	snprintf(hook[i], sizeof hook[i], "%s", value("select studio.uuid_v7()"));
	has(ASK(app, Q_webhook_create, hook[i], who, "https://hooks.test/", "", final_only, "\\x0102", "::1"), hook[i]);
}

static int
fresh(void **unused)
{
	if (sql_rig_fresh(unused) != 0)
		return -1;
	run("delete from studio.webhooks");
	run("delete from studio.audit");
	return 0;
}

/* An event of this user, without a generation of it. */
static void
event(const char *who, const char *status)
{
	run("with n as (insert into studio.event_counters (user_id, seq) values ('%s', 1) on conflict (user_id) do update set seq = event_counters.seq + 1 returning seq) "
	    "insert into studio.events (user_id, seq, generation_id, status, progress) select '%s', seq, gen_random_uuid(), '%s', 0 from n", who, who, status);
}

static void
events(const char *who, int n)
{
	while (n-- > 0)
		event(who, "PENDING");
}

/* What one claim gave. */
static struct {
	int n;
	long next_ms;
	char id[16][37], webhook[16][37], fence[16][24], failures[16][12];
} got;

static int
claim_for(const char *worker, const char *want)
{
	PGresult *r = ASK(app, Q_delivery_claim, worker, want, "60000");

	got.n = 0;
	got.next_ms = strtol(PQgetvalue(r, 0, 0), NULL, 10);
	for (int i = 0; i < PQntuples(r) && !PQgetisnull(r, i, 1); i++, got.n++) {
		snprintf(got.id[i], 37, "%s", PQgetvalue(r, i, 1));
		snprintf(got.webhook[i], 37, "%s", PQgetvalue(r, i, 2));
		snprintf(got.fence[i], 24, "%s", PQgetvalue(r, i, 3));
		snprintf(got.failures[i], 12, "%s", PQgetvalue(r, i, 5));
	}
	PQclear(r);
	return got.n;
}

/* How the attempt at the i-th of them ended; with five tries at most, and an hour of patience. */
static bool
end(int i, const char *ok, const char *gone, const char *after_ms, const char *hold_ms)
{
	return yes(ASK(app, Q_delivery_end, got.id[i], got.fence[i], ok, gone, *ok == 't' ? "200" : "500", *ok == 't' ? "" : "The answer was 500",
	    after_ms, hold_ms, "5", "3600000"));
}

static const char *
states(int i)
{
	return value("select coalesce(string_agg(state || ':' || n, ',' order by state), '') from (select state, count(*) as n from studio.webhook_deliveries "
	    "where webhook_id = '%s' group by state) t", hook[i]);
}

static void
an_event_makes_a_delivery_for_each_webhook(void **unused)
{
	(void)unused;
	hook_add(0, user, "f");
	hook_add(1, user, "t");
	hook_add(2, other, "f");
	event(user, "PENDING");
	event(user, "SUCCEEDED");
	assert_string_equal(states(0), "waiting:2");
	assert_string_equal(states(1), "waiting:1");
	assert_string_equal(states(2), "");
	assert_int_equal(claim_for("7", "16"), 3);
	const char *body = value("select body from studio.webhook_deliveries where webhook_id = '%s'", hook[1]);
	assert_memory_equal(body, "{\"type\":\"media-generation-update\",\"timestamp\":\"20", 47);
	assert_non_null(strstr(body, "\"status\":\"SUCCEEDED\",\"progress\":0,\"eventId\":2,\"results\":[]}}"));
	has(ASK(app, Q_webhook_change, user, hook[0], NULL, NULL, NULL, "f", "::1"), "\"disabledReason\":\"owner\"");
	event(user, "FAILED");
	assert_string_equal(states(0), "dead:2");
	assert_string_equal(states(1), "waiting:2");
}

static void
results_are_named_without_their_places(void **unused)
{
	struct made m;
	struct lease l;

	(void)unused;
	hook_add(0, user, "t");
	m = generate(user, "IMAGE", "", "\\x00", project);
	l = claim("7", "4", "4", m.job);
	assert_true(yes(ASK(app, Q_job_begin, m.job, l.fence, NULL)));
	assert_true(FINISH(&m, l.fence, "1/a.png\",\"metadata\":{\"mimeType\":\"image/png\",\"size\":77}"));
	const char *body = value("select body from studio.webhook_deliveries");
	assert_null(strstr(body, "gs:"));
	assert_non_null(strstr(body, "\"mediaType\":\"IMAGE\",\"index\":0,\"mimeType\":\"image/png\",\"path\":\"/api/media/"));
	assert_non_null(strstr(body, m.id));
}

static void
a_delivery_is_in_one_hand(void **unused)
{
	char id[37], fence[24];

	(void)unused;
	hook_add(0, user, "f");
	events(user, 3);
	assert_int_equal(claim_for("7", "2"), 2);
	snprintf(id, sizeof id, "%s", got.id[0]);
	snprintf(fence, sizeof fence, "%s", got.fence[0]);
	assert_int_equal(claim_for("8", "16"), 1);
	assert_int_equal(claim_for("8", "16"), 0);
	assert_true(got.next_ms > 50000 && got.next_ms <= 60000);		/* when the leases are over */
	run("update studio.webhook_deliveries set lease_until = now() - interval '1 second' where id = '%s'", id);
	run("update studio.webhook_lanes set due_at = now()");
	assert_int_equal(claim_for("8", "16"), 1);			/* it lapsed */
	assert_string_equal(got.id[0], id);
	assert_false(yes(ASK(app, Q_delivery_end, id, fence, "t", "f", "200", "", "1", "1", "5", "3600000")));
	assert_true(end(0, "t", "f", "1", "1"));
	assert_true(end(0, "t", "f", "1", "1"));			/* said twice */
	assert_string_equal(states(0), "waiting:2,delivered:1");
	assert_false(yes(ASK(app, Q_delivery_end, "00000000-0000-7000-8000-000000000000", "1", "t", "f", "200", "", "1", "1", "5", "1")));
}

static void
what_a_dead_worker_had_is_free_at_once(void **unused)
{
	(void)unused;
	hook_add(0, user, "f");
	hook_add(1, other, "f");
	events(user, 2);
	events(other, 1);
	assert_int_equal(claim_for("7", "2"), 2);
	assert_int_equal(claim_for("8", "16"), 1);
	assert_string_equal(first_of(ASK(app, Q_delivery_void, "7")), "2");
	assert_string_equal(first_of(ASK(app, Q_delivery_void, "7")), "0");
	assert_int_equal(claim_for("9", "16"), 2);
}

/* One user's long queue, and one that fails, keep no other waiting. */
static void
lanes_take_turns(void **unused)
{
	int mine = 0;

	(void)unused;
	hook_add(0, user, "f");
	hook_add(1, other, "f");
	events(user, 40);
	events(other, 1);
	assert_int_equal(claim_for("7", "16"), 5);		/* four at once to one endpoint */
	for (int i = 0; i < got.n; i++)
		mine += strcmp(got.webhook[i], hook[1]) == 0;
	assert_int_equal(mine, 1);
	assert_int_equal(claim_for("7", "16"), 0);
	run("update studio.webhook_deliveries set worker = null, lease_until = null");
	run("update studio.webhook_lanes set due_at = now()");
	assert_int_equal(claim_for("7", "3"), 3);		/* no more than it wants */
	assert_int_equal(claim_for("7", "3"), 2);		/* and the next in turn is the other */
	assert_true(strcmp(got.webhook[0], hook[1]) == 0 || strcmp(got.webhook[1], hook[1]) == 0);
}

static void
a_failing_endpoint_is_held_and_tried_one_at_a_time(void **unused)
{
	(void)unused;
	hook_add(0, user, "f");
	events(user, 6);
	assert_int_equal(claim_for("7", "16"), 4);
	for (int i = 0; i < 4; i++)
		assert_true(end(i, "f", "f", "100000", "5000"));
	assert_string_equal(value("select failures from studio.webhook_lanes"), "4");
	assert_int_equal(claim_for("7", "16"), 0);
	assert_true(got.next_ms > 4000 && got.next_ms <= 5000);
	events(user, 1);
	assert_int_equal(claim_for("7", "16"), 0);		/* a new event does not end the hold */
	run("update studio.webhook_lanes set hold_until = now(), due_at = now()");
	assert_int_equal(claim_for("7", "16"), 1);
	assert_string_equal(got.failures[0], "4");
	assert_int_equal(claim_for("7", "16"), 0);
	run("update studio.webhook_lanes set due_at = now()");
	assert_int_equal(claim_for("7", "16"), 0);
	run("update studio.webhook_deliveries set lease_until = now() - interval '1 second', fence = fence + 1 where lease_until is not null");
	run("update studio.webhook_lanes set due_at = now()");
	assert_int_equal(claim_for("7", "16"), 1);
	assert_true(end(0, "t", "f", "1", "1"));
	assert_string_equal(value("select concat_ws(' ', failures, failing_since is null, hold_until) from studio.webhook_lanes"), "0 t -infinity");
	assert_int_equal(claim_for("7", "16"), 2);		/* and the lane is open again */
}

static void
tries_and_patience_have_an_end(void **unused)
{
	(void)unused;
	hook_add(0, user, "f");
	events(user, 1);
	for (int i = 0; i < 5; i++) {
		run("update studio.webhook_lanes set due_at = now(), hold_until = '-infinity'");
		run("update studio.webhook_deliveries set run_at = now()");
		assert_int_equal(claim_for("7", "16"), 1);
		assert_true(end(0, "f", "f", "1", "1"));
	}
	assert_string_equal(states(0), "dead:1");
	has(ASK(app, Q_delivery_get, user, hook[0], got.id[0]), "\"state\":\"dead\",\"attempts\":5,\"status\":500,\"error\":\"The answer was 500\"");
	has(ASK(app, Q_delivery_again, user, hook[0], got.id[0]), "\"state\":\"waiting\",\"attempts\":5");
	assert_string_equal(first_of(ASK(app, Q_delivery_again, other, hook[0], got.id[0])), "(no row)");
	assert_int_equal(claim_for("7", "16"), 1);
	run("update studio.webhook_lanes set failing_since = now() - interval '61 minutes'");
	assert_true(end(0, "f", "f", "1", "1"));
	has(ASK(app, Q_webhook_get, user, hook[0]), "\"enabled\":false,\"disabledReason\":\"failing\"");
	assert_string_equal(states(0), "dead:1");
	assert_string_equal(value("select event || ' ' || (detail->>'reason') || ' ' || (user_id = '%s') from studio.audit where event = 'webhook_disabled'", user),
	    "webhook_disabled failing true");
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_delivery_again, user, hook[0], got.id[0]);
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_webhook_test, user, hook[0]);
	has(ASK(app, Q_webhook_change, user, hook[0], NULL, NULL, NULL, "t", "::1"), "\"enabled\":true,\"disabledReason\":null,\"failures\":0,\"failingSince\":null");
	has(ASK(app, Q_webhook_test, user, hook[0]), "\"type\":\"webhook-test\"");
	assert_int_equal(claim_for("7", "16"), 1);
	assert_true(end(0, "f", "t", "1", "1"));
	has(ASK(app, Q_webhook_get, user, hook[0]), "\"disabledReason\":\"gone\"");
}

static void
a_rotated_secret_signs_for_a_day(void **unused)
{
	(void)unused;
	hook_add(0, user, "f");
	assert_string_equal(first_of(ASK(app, Q_webhook_rotate, other, hook[0], "\\x0506", "::1")), "(no row)");
	has(ASK(app, Q_webhook_rotate, user, hook[0], "\\x0304", "::1"), "\"oldSecretUntil\":\"");
	events(user, 2);
	PGresult *r = ASK(app, Q_delivery_claim, "7", "1", "1000");
	assert_string_equal(PQgetvalue(r, 0, 8), "\\x0304");
	assert_string_equal(PQgetvalue(r, 0, 9), "\\x0102");
	PQclear(r);
	run("update studio.webhooks set old_until = now() - interval '1 second'");
	run("update studio.webhook_lanes set due_at = now()");
	r = ASK(app, Q_delivery_claim, "7", "1", "1000");
	assert_true(PQgetisnull(r, 0, 9));
	PQclear(r);
	has(ASK(app, Q_webhook_get, user, hook[0]), "\"oldSecretUntil\":null");
}

static void
everything_is_bounded(void **unused)
{
	char id[37];

	(void)unused;
	for (int i = 0; i < 10; i++)
		hook_add(i, user, "t");
	snprintf(id, sizeof id, "%s", value("select studio.uuid_v7()"));
	MUST_REFUSE(app, "RESOURCE_CONFLICT", Q_webhook_create, id, user, "https://hooks.test/", "", "f", "\\x01", "::1");
	MUST_REFUSE(app, "UNAUTHORIZED", Q_webhook_create, id, id, "https://hooks.test/", "", "f", "\\x01", "::1");
	hook_add(10, other, "f");
	run("insert into studio.webhook_deliveries (webhook_id, type, body) select '%s', 'x', '{}' from generate_series(1, 4999)", hook[10]);
	events(other, 2);
	assert_string_equal(states(10), "waiting:5000,dead:1");
	run("update studio.webhook_deliveries set created_at = now() - interval '31 days' where state = 'waiting'");
	PQclear(ASK(app, Q_prune_deliveries, "2592000000", "20000"));
	assert_string_equal(states(10), "dead:1");
	assert_true(yes(ASK(app, Q_webhook_delete, user, hook[0], "::1")));
	assert_false(yes(ASK(app, Q_webhook_delete, user, hook[0], "::1")));
	assert_false(yes(ASK(app, Q_webhook_delete, user, hook[10], "::1")));
	assert_string_equal(value("select count(*) from studio.webhook_lanes"), "10");
}

static void
they_go_with_their_user(void **unused)
{
	char who[37];

	(void)unused;
	user_add(who, "hooked@studio.test", "H", "K", "USER");
	hook_add(0, who, "f");
	events(who, 2);
	assert_true(yes(ASK(app, Q_user_delete, who, user, "::1", "gs://b/p")));
	assert_string_equal(value("select (select count(*) from studio.webhooks) + (select count(*) from studio.webhook_lanes) + (select count(*) from studio.webhook_deliveries)"), "0");
}

int
main(void)
{
#define HOOK_CASE(f) cmocka_unit_test_setup(f, fresh)
	const struct CMUnitTest tests[] = {
		HOOK_CASE(an_event_makes_a_delivery_for_each_webhook), HOOK_CASE(results_are_named_without_their_places), HOOK_CASE(a_delivery_is_in_one_hand),
		HOOK_CASE(what_a_dead_worker_had_is_free_at_once), HOOK_CASE(lanes_take_turns), HOOK_CASE(a_failing_endpoint_is_held_and_tried_one_at_a_time),
		HOOK_CASE(tries_and_patience_have_an_end), HOOK_CASE(a_rotated_secret_signs_for_a_day), HOOK_CASE(everything_is_bounded),
		HOOK_CASE(they_go_with_their_user),
	};
	return sql_rig_run(tests);
}
