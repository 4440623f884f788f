/* tests/unit/test_actor_hooks.c - the notifier process and its webhooks, between a database and a
 * receiver that this test plays.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <sodium.h>

#include "actors/common/encode.h"
#include "actors/common/hook_secret.h"
#include "actors/notifier/hook_sign.h"
#include "actors/notifier/hooks.h"
#include "tests/unit/actor_rig.h"
#include "tests/unit/hook_server.h"

#define KEY "33333333333333333333333333333333"
#define HOOK_KEY "a-key-of-webhooks-of-32-bytes-00"

static struct rig rig;
static const uint8_t secret[HOOK_SECRET_BYTES] = { 1, 2, 3 }, old_secret[HOOK_SECRET_BYTES] = { 4, 5, 6 };

/* What db has, and what it was told. */
static struct {
	size_t waiting;			/* deliveries that are due */
	const char *url;
	bool has_old, bad_secret;
	unsigned claim_err, end_err;	/* once each */
	size_t claims, ends, oks;
	uint32_t want, lease_ms, most;
	uint64_t next_ms;
	struct msg_delivery_end end;
	char message[300];
} db;

static void
sealed(const uint8_t *what, uint8_t out[HOOK_SEALED_BYTES])
{
	static struct keyring k;
	const char *why;

	assert_int_equal(keyring_parse(BYTES(HOOK_KEY), &k, &why), 0);
	hook_secret_seal(&k, &(struct id){ { 7 } }, what, out);
}

static void
db_claim(void *state, struct request *rq)
{
	const struct msg_delivery_claim *m = &rq->body.delivery_claim;
	uint8_t now[HOOK_SEALED_BYTES], before[HOOK_SEALED_BYTES];
	struct buf packed[HOOKS_CLAIM] = { { 0 } };
	struct bytes list[HOOKS_CLAIM];
	uint32_t n = 0;

	(void)state;
	db.claims++;
	db.want = m->want;
	db.lease_ms = m->lease_ms;
	if (db.claim_err != 0) {
		unsigned err = db.claim_err;
		db.claim_err = 0;
		request_fail(rq, err, "");
		return;
	}
	sealed(secret, now);
	sealed(old_secret, before);
	now[20] ^= db.bad_secret;
	for (; n < m->want && n < HOOKS_CLAIM && db.waiting > 0; n++, db.waiting--) {
		struct msg_delivery d = { .delivery = { { (uint8_t)db.waiting, 1 } }, .webhook = { { 7 } }, .fence = 9, .tries = 2, .failures = 1,
			.url = bytes_str(db.url), .body = BYTES("{\"type\":\"x\"}"), .secret = bytes_of(now, sizeof now),
			.old_secret = bytes_of(before, db.has_old ? sizeof before : 0) };
		assert_int_equal(msg_encode(&packed[n], MSG_delivery, &d), 0);
		list[n] = bytes_of(packed[n].p, packed[n].n);
	}
	request_answer(rq, &(struct msg_delivery_leases){ .deliveries = { list, n }, .next_ms = db.next_ms });
	for (uint32_t i = 0; i < n; i++)
		buf_free(&packed[i]);
}

static void
db_end(void *state, struct request *rq)
{
	(void)state;
	if (db.end_err != 0) {
		unsigned err = db.end_err;
		db.end_err = 0;
		request_fail(rq, err, "");
		return;
	}
	db.end = rq->body.delivery_end;
	snprintf(db.message, sizeof db.message, "%.*s", (int)db.end.message.n, db.end.message.p);
	db.ends++;
	db.oks += db.end.ok;
	request_answer(rq, &(struct msg_done){ .changed = true });
}

static const struct route db_routes[] = { { MSG_delivery_claim, db_claim }, { MSG_delivery_end, db_end } };
static const struct rig_edge edges[] = { { EDGE_notifier_db, db_routes, COUNT(db_routes) } };

static const char *const fine[] = { "HTTP/1.1 204 No Content\r\n\r\n" }, *const bad[] = { "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" };
static char url[100];

/* The process, with a receiver that answers so, and so many deliveries that are due. */
static void
start(const char *const *answers, const char *allow, size_t waiting)
{
	char ports[32];

	hook_server_start(answers, 1);
	snprintf(ports, sizeof ports, "443,%u", hook_server.port);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/hook", hook_server.port);
	memset(&db, 0, sizeof db);
	db.waiting = waiting;
	db.url = url;
	const struct rig_setting settings[] = {
		{ "SANDBOX", "warn", 0, false }, { "SEAL_KEY_NOTIFIER", KEY, 0, true }, { "WEBHOOKS", "1", 0, false }, { "WEBHOOK_KEY", HOOK_KEY, 0, true },
		{ "WEBHOOK_PORTS", ports, 0, false }, { "WEBHOOK_ALLOW", allow, 0, false }, { "WEBHOOK_TIMEOUT", "2000", 0, false },
		{ "WEBHOOK_BACKOFF", "1000", 0, false }, { "WEBHOOK_PATIENCE", "432000000", 0, false }, { NULL, NULL, 0, false },
	};
	rig_start(&rig, ROLE_notifier, settings, edges, COUNT(edges), NULL);
}

static void
until(const size_t *what, size_t n)
{
	uint64_t end = rig_now_ms() + 20000;

	while (*what < n) {
		if (rig_now_ms() > end)
			fail_msg("%zu of %zu", *what, n);
		rig_run(&rig, 10);
	}
}

static void
due(void)
{
	assert_int_equal(link_notice(rig_link(&rig, EDGE_notifier_db), NULL, MSG_deliveries_due, NULL), 0);
}

static void
stop(void)
{
	assert_int_equal(rig_stop(&rig), 0);
}

/* The signature header is what these secrets make of it. */
static void
must_be_signed(const uint8_t *one, const uint8_t *two)
{
	struct buf want = { 0 };
	char id[HOOK_ID_TEXT];
	uint64_t at = strtoull(hook_server_field("webhook-timestamp"), NULL, 10);

	snprintf(id, sizeof id, "%s", hook_server_field("webhook-id"));
	assert_int_equal(hook_sign(&want, one, HOOK_SECRET_BYTES, id, at, BYTES("{\"type\":\"x\"}")), 0);
	if (two != NULL)
		assert_int_equal(hook_sign(&want, two, HOOK_SECRET_BYTES, id, at, BYTES("{\"type\":\"x\"}")), 0);
	assert_string_equal(hook_server_field("webhook-signature"), buf_text(&want));
	buf_free(&want);
}

static void
what_is_due_is_sent_and_told(void **state)
{
	(void)state;
	start(fine, "loopback", 1);		/* found when the link came up: nobody need say anything */
	until(&db.ends, 1);
	assert_true(db.end.ok && !db.end.gone && db.end.status == 204 && db.end.fence == 9);
	assert_int_equal(db.end.most, HOOK_TRIES);
	assert_int_equal(db.end.patience_ms, 432000000);
	assert_true(db.lease_ms > 2000 && db.lease_ms < 60000);
	assert_string_equal(hook_server_field("webhook-id"), "msg_01010000000000000000000000000000");
	must_be_signed(secret, NULL);
	db.has_old = true;
	db.waiting = 1;
	due();
	until(&db.ends, 2);
	must_be_signed(secret, old_secret);
	stop();
}

static void
a_failure_says_when_to_come_again(void **state)
{
	(void)state;
	start(bad, "loopback", 1);
	until(&db.ends, 1);
	assert_true(!db.end.ok && db.end.status == 500);
	assert_string_equal(db.message, "The answer was 500");
	assert_true(db.end.after_ms >= 48000 && db.end.after_ms <= 72000);	/* after the third */
	assert_true(db.end.hold_ms >= 1600 && db.end.hold_ms <= 2400);		/* the second in a row */
	size_t claims = db.claims;
	until(&db.claims, claims + 1);		/* and it looks again then, unasked */
	stop();
}

/* More than a claim's worth, and more than there is room for. */
static void
many_are_sent_a_few_at_a_time(void **state)
{
	(void)state;
	start(fine, "loopback", 200);
	until(&db.ends, 200);
	assert_int_equal(db.oks, 200);
	assert_int_equal(hook_server.requests, 200);
	assert_true(db.want <= HOOKS_CLAIM);
	stop();
}

static void
silent_ones_fill_no_more_than_their_room(void **state)
{
	static const char *const silence[] = { "" };

	(void)state;
	start(silence, "loopback", 250);
	until(&hook_server.requests, HOOKS_AT_ONCE);
	rig_run(&rig, 200);
	assert_int_equal(hook_server.requests, HOOKS_AT_ONCE);
	until(&db.ends, HOOKS_AT_ONCE);
	until(&hook_server.requests, HOOKS_AT_ONCE + 1);
	assert_string_equal(db.message, "There was no answer within 2000 ms");
	(void)rig_stop(&rig);
}

static void
where_it_may_not_go_it_does_not(void **state)
{
	static const char *const wrong[] = { "http://127.0.0.1:443/", "https://127.0.0.1/", "https://10.0.0.1/", "file:///etc/passwd", "https://localhost/", "" };

	(void)state;
	start(fine, "public", 1);
	until(&db.ends, 1);
	assert_false(db.end.ok);
	assert_string_equal(db.message, "url must begin with https://");
	for (size_t i = 0; i < COUNT(wrong); i++) {
		db.waiting = 1;
		db.url = wrong[i];
		due();
		until(&db.ends, i + 2);
		assert_false(db.end.ok);
		assert_memory_equal(db.message, "url must ", 9);
	}
	assert_int_equal(hook_server.connections, 0);
	stop();
}

static void
a_secret_of_another_key_signs_nothing(void **state)
{
	(void)state;
	start(fine, "loopback", 0);
	db.bad_secret = true;
	db.waiting = 1;
	due();
	until(&db.ends, 1);
	assert_false(db.end.ok);
	assert_non_null(strstr(db.message, "no key"));
	assert_int_equal(hook_server.connections, 0);
	stop();
}

static void
a_database_that_is_away_is_asked_again(void **state)
{
	(void)state;
	start(fine, "loopback", 0);
	db.claim_err = E_DATABASE_AWAY;
	db.end_err = E_DATABASE_AWAY;
	db.waiting = 1;
	due();
	until(&db.ends, 1);
	assert_true(db.end.ok);
	assert_int_equal(hook_server.requests, 1);	/* told again, not sent again */
	db.end_err = E_FENCED;				/* somebody else has it */
	db.waiting = 1;
	due();
	until(&hook_server.requests, 2);
	db.waiting = 1;
	due();
	until(&db.ends, 2);
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_due_is_sent_and_told), cmocka_unit_test(a_failure_says_when_to_come_again), cmocka_unit_test(many_are_sent_a_few_at_a_time),
		cmocka_unit_test(silent_ones_fill_no_more_than_their_room), cmocka_unit_test(where_it_may_not_go_it_does_not),
		cmocka_unit_test(a_secret_of_another_key_signs_nothing), cmocka_unit_test(a_database_that_is_away_is_asked_again),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
