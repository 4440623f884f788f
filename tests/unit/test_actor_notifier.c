/* tests/unit/test_actor_notifier.c - the notifier process itself, between a front and a
 * database that this test plays.
 * Licence: Apache-2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>
#include <sodium.h>

#include "tests/unit/actor_rig.h"
#include "actors/common/seal.h"

#define KEY "33333333333333333333333333333333"

static struct rig rig;
static struct { char status[17]; unsigned err; int asks; bool silent; struct id owner; } db;

struct got {
	bool done;
	unsigned err;
	char status[17];
};

static void
db_state(void *state, struct request *rq)
{
	const struct msg_generation_state *m = &rq->body.generation_state;

	(void)state;
	db.asks++;
	if (db.err != 0)
		request_fail(rq, db.err, "");
	else if (!m->any_owner && !id_eq(&m->user, &db.owner))
		request_fail(rq, E_NOT_FOUND, "");
	else
		request_answer(rq, &(struct msg_generation_status){ .status = bytes_str(db.status) });
}

static const struct route db_routes[] = {
	{ MSG_generation_state, db_state },
};

/* What a front that listens is told. */
static struct { unsigned hints, ends, agains; uint64_t seq; struct id user, session; } heard;

static void
on_user_events(void *state, struct request *rq)
{
	(void)state;
	heard.hints++;
	heard.seq = rq->body.user_events.seq;
	heard.user = rq->body.user_events.user;
}

static void
on_session_over(void *state, struct request *rq)
{
	(void)state;
	heard.ends++;
	heard.session = rq->body.session_over.session;
}

static void
on_listen_again(void *state, struct request *rq)
{
	(void)state;
	(void)rq;
	heard.agains++;
}

/* What a front is passed for another. */
static struct { struct request *rq; unsigned n; uint32_t error; char sid[33], token[33], payload[65]; bool post; } taken;

static void
on_take(void *state, struct request *rq)
{
	const struct msg_socket_take *m = &rq->body.socket_take;

	(void)state;
	taken.n++;
	taken.rq = rq;
	taken.post = m->post;
	snprintf(taken.sid, sizeof taken.sid, "%.*s", (int)m->sid.n, m->sid.p);
	snprintf(taken.token, sizeof taken.token, "%.*s", (int)m->token.n, m->token.p);
	snprintf(taken.payload, sizeof taken.payload, "%.*s", (int)m->payload.n, m->payload.p);
}

static const struct route front_routes[] = {
	{ MSG_socket_take, on_take }, { MSG_user_events, on_user_events }, { MSG_session_over, on_session_over }, { MSG_listen_again, on_listen_again },
};
static const struct rig_edge edges[] = {
	{ EDGE_front_notifier, front_routes, COUNT(front_routes) }, { EDGE_notifier_db, db_routes, COUNT(db_routes) },
	{ EDGE_front_notifier, front_routes, COUNT(front_routes) },
};
enum { SECOND_FRONT = 2 };		/* of edges[] */

static const struct id ann = { { 1 } }, bob = { { 2 } }, generation = { { 9 } };

static int
start(void **unused)
{
	static const struct rig_setting settings[] = {
		{ "SANDBOX", "warn", 0, false }, { "SEAL_KEY_NOTIFIER", KEY, 0, true }, { NULL, NULL, 0, false },
	};

	(void)unused;
	memset(&db, 0, sizeof db);
	memset(&heard, 0, sizeof heard);
	memset(&taken, 0, sizeof taken);
	snprintf(db.status, sizeof db.status, "PENDING");
	db.owner = ann;
	rig_start(&rig, ROLE_notifier, settings, edges, COUNT(edges), NULL);
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
on_watched(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	(void)detail;
	g->done = true;
	g->err = err;
	if (err == 0)
		snprintf(g->status, sizeof g->status, "%.*s", (int)body->watched.status.n, body->watched.status.p);
}

static void
watch(struct got *g, const struct id *user, bool admin, uint32_t within_ms)
{
	uint8_t sealed[SEAL_MAX];
	struct ticket t = { .user = *user, .admin = admin, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };
	struct ctx ctx = { .deadline_ms = rig_now_ms() + within_ms };
	size_t n = ticket_seal(&t, ROLE_notifier, BYTES(KEY), sealed);

	memset(g, 0, sizeof *g);
	assert_true(link_call(rig_link(&rig, EDGE_front_notifier), &ctx, MSG_watch,
	    &(struct msg_watch){ .ticket = bytes_of(sealed, n), .generation = generation }, CALL_AGAIN, on_watched, g) > 0);
}

static void
tell(const struct id *user, uint64_t seq, const char *status)
{
	assert_int_equal(link_notice(rig_link(&rig, EDGE_notifier_db), NULL, MSG_event,
	    &(struct msg_event){ .generation = generation, .user = *user, .seq = seq, .status = bytes_str(status) }), 0);
}

static void
an_event_ends_the_wait(void **unused)
{
	static struct got a, b;

	(void)unused;
	watch(&a, &ann, false, 5000);
	watch(&b, &ann, false, 5000);
	rig_run(&rig, 50);
	assert_false(a.done);
	tell(&ann, 1, "PROCESSING");
	rig_run(&rig, 50);
	assert_false(a.done);
	tell(&ann, 2, "SUCCEEDED");
	rig_until(&rig, &a.done, 1000);
	rig_until(&rig, &b.done, 1000);
	assert_string_equal(a.status, "SUCCEEDED");
	assert_string_equal(b.status, "SUCCEEDED");
	/* who comes later gets the answer from memory */
	int asks = db.asks;
	watch(&a, &ann, false, 5000);
	rig_until(&rig, &a.done, 1000);
	assert_string_equal(a.status, "SUCCEEDED");
	assert_int_equal(db.asks, asks);
}

static void
what_is_over_is_answered_at_once(void **unused)
{
	static struct got a;

	(void)unused;
	snprintf(db.status, sizeof db.status, "FAILED");
	watch(&a, &ann, false, 5000);
	rig_until(&rig, &a.done, 1000);
	assert_int_equal(a.err, 0);
	assert_string_equal(a.status, "FAILED");
}

static void
others_generations_do_not_exist(void **unused)
{
	static struct got a, b;

	(void)unused;
	watch(&a, &bob, false, 5000);
	rig_until(&rig, &a.done, 1000);
	assert_int_equal(a.err, E_NOT_FOUND);
	tell(&ann, 3, "SUCCEEDED");
	rig_run(&rig, 50);
	watch(&a, &bob, false, 5000);
	rig_until(&rig, &a.done, 1000);
	assert_int_equal(a.err, E_NOT_FOUND);
	watch(&b, &bob, true, 5000);		/* an admin sees all */
	rig_until(&rig, &b.done, 1000);
	assert_string_equal(b.status, "SUCCEEDED");
}

static void
the_deadline_gets_the_present_state(void **unused)
{
	static struct got a;

	(void)unused;
	for (int tries = 0; tries < 3; tries++) {	/* a stalled machine may miss the moment */
		watch(&a, &ann, false, 800);
		rig_until(&rig, &a.done, 2000);
		if (a.err == 0)
			break;
	}
	assert_int_equal(a.err, 0);
	assert_string_equal(a.status, "PENDING");
	db.err = E_DATABASE_AWAY;
	watch(&a, &ann, false, 600);
	rig_until(&rig, &a.done, 2000);
	assert_int_equal(a.err, E_TIMEOUT);
}

static void
a_state_that_changed_while_db_was_away_is_found(void **unused)
{
	static struct got a;

	(void)unused;
	watch(&a, &ann, false, 5000);
	rig_run(&rig, 50);
	assert_int_equal(db.asks, 1);
	rig_cut(&rig, EDGE_notifier_db);
	rig_run(&rig, 50);
	snprintf(db.status, sizeof db.status, "SUCCEEDED");	/* its event was told to nobody */
	rig_join(&rig, EDGE_notifier_db);
	rig_until(&rig, &a.done, 1000);
	assert_string_equal(a.status, "SUCCEEDED");
}

static void
a_front_that_leaves_takes_its_watchers_along(void **unused)
{
	static struct got g[100];

	(void)unused;
	for (int i = 0; i < 100; i++)
		watch(&g[i], &ann, false, 5000);
	rig_run(&rig, 100);
	rig_cut(&rig, EDGE_front_notifier);
	rig_run(&rig, 100);
	tell(&ann, 1, "SUCCEEDED");
	rig_run(&rig, 50);
	rig_join(&rig, EDGE_front_notifier);	/* the link asks again by itself */
	for (int i = 0; i < 100; i++) {
		rig_until(&rig, &g[i].done, 1000);
		assert_string_equal(g[i].status, "SUCCEEDED");
	}
}

static void
only_a_ticket_opens(void **unused)
{
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 1000 };
	uint8_t sealed[SEAL_MAX];
	struct ticket t = { .user = ann, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };
	static struct got a;
	size_t n = ticket_seal(&t, ROLE_db, BYTES(KEY), sealed);

	(void)unused;
	assert_true(link_call(rig_link(&rig, EDGE_front_notifier), &ctx, MSG_watch,
	    &(struct msg_watch){ .ticket = bytes_of(sealed, n), .generation = generation }, 0, on_watched, &a) > 0);
	rig_until(&rig, &a.done, 1000);
	assert_int_equal(a.err, E_UNAUTHORIZED);
	assert_int_equal(db.asks, 0);
}

/* ---- listening ---- */

static struct { bool done, changed; unsigned err; } listened;

static void
on_listened(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)arg;
	(void)detail;
	listened.done = true;
	listened.err = err;
	listened.changed = err == 0 && body->done.changed;
}

static unsigned
listen_with(struct bytes ticket)
{
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 2000 };

	memset(&listened, 0, sizeof listened);
	assert_true(link_call(rig_link(&rig, EDGE_front_notifier), &ctx, MSG_listen, &(struct msg_listen){ .ticket = ticket },
	    CALL_AGAIN, on_listened, NULL) > 0);
	rig_until(&rig, &listened.done, 3000);
	return listened.err;
}

static unsigned
listen_as(const struct id *user, const struct id *session, enum ticket_scope scope)
{
	uint8_t sealed[SEAL_MAX];
	struct ticket t = { .user = *user, .session = *session, .scope = scope, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };

	return listen_with(bytes_of(sealed, ticket_seal(&t, ROLE_notifier, BYTES(KEY), sealed)));
}

static void
db_says(unsigned msg, const void *body)
{
	assert_int_equal(link_notice(rig_link(&rig, EDGE_notifier_db), NULL, msg, body), 0);
}

/* Until it is so, or the machine is given up; the assertion after it tells. */
#define UNTIL(what) for (int i_ = 0; i_ < 300 && !(what); i_++) rig_run(&rig, 10)

static void
who_listens_is_told(void **unused)
{
	static const struct id phone = { { 21 } }, desk = { { 22 } };

	(void)unused;
	assert_int_equal(listen_as(&ann, &phone, TICKET_ALL), 0);
	assert_true(listened.changed);
	assert_int_equal(listen_as(&ann, &phone, TICKET_LISTEN), 0);
	assert_false(listened.changed);
	assert_int_equal(listen_as(&ann, &desk, TICKET_LISTEN), 0);
	tell(&ann, 2, "PROCESSING");
	tell(&bob, 9, "PROCESSING");
	tell(&ann, 3, "SUCCEEDED");
	UNTIL(heard.hints > 0 && heard.seq == 3);
	assert_true(heard.hints <= 2 && heard.seq == 3 && id_eq(&heard.user, &ann));

	db_says(MSG_session_ended, &(struct msg_session_ended){ .session = phone, .user = ann });
	UNTIL(heard.ends > 0);
	assert_true(heard.ends == 1 && id_eq(&heard.session, &phone));
	assert_int_equal(listen_as(&ann, &phone, TICKET_LISTEN), E_UNAUTHORIZED);	/* with a ticket that lives yet */
	db_says(MSG_notices_lost, NULL);
	UNTIL(heard.agains > 0);
	assert_int_equal(heard.agains, 1);
	assert_int_equal(link_notice(rig_link(&rig, EDGE_front_notifier), NULL, MSG_unlisten, &(struct msg_unlisten){ .session = desk }), 0);
	assert_int_equal(listen_with(BYTES("")), E_UNAUTHORIZED);	/* it has read so far */
	unsigned hints = heard.hints;
	tell(&ann, 4, "PENDING");
	db_says(MSG_notices_lost, NULL);
	rig_run(&rig, 100);
	assert_int_equal(heard.hints, hints);
	assert_int_equal(heard.agains, 1);
}

static void
a_front_that_leaves_does_not_listen(void **unused)
{
	static const struct id phone = { { 21 } }, desk = { { 22 } };

	(void)unused;
	assert_int_equal(listen_as(&ann, &phone, TICKET_LISTEN), 0);
	rig_cut(&rig, EDGE_front_notifier);
	rig_run(&rig, 100);
	rig_join(&rig, EDGE_front_notifier);
	rig_run(&rig, 100);
	tell(&ann, 2, "PROCESSING");
	db_says(MSG_session_ended, &(struct msg_session_ended){ .session = phone, .user = ann });
	rig_run(&rig, 100);
	assert_int_equal(heard.hints + heard.ends, 0);
	assert_int_equal(listen_as(&ann, &desk, TICKET_LISTEN), 0);
	assert_true(listened.changed);
	tell(&ann, 3, "SUCCEEDED");
	UNTIL(heard.hints > 0);
	assert_int_equal(heard.seq, 3);
}

static void
listening_needs_a_ticket_and_is_all_that_some_allow(void **unused)
{
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 2000 };
	struct ticket t = { .user = ann, .scope = TICKET_LISTEN, .expires_ms = (uint64_t)(time(NULL) + 60) * 1000 };
	uint8_t sealed[SEAL_MAX];
	static struct got a;
	size_t n = ticket_seal(&t, ROLE_db, BYTES(KEY), sealed);

	(void)unused;
	assert_int_equal(listen_with(bytes_of(sealed, n)), E_UNAUTHORIZED);
	assert_int_equal(listen_with(BYTES("")), E_UNAUTHORIZED);
	n = ticket_seal(&t, ROLE_notifier, BYTES(KEY), sealed);
	memset(&a, 0, sizeof a);
	assert_true(link_call(rig_link(&rig, EDGE_front_notifier), &ctx, MSG_watch,
	    &(struct msg_watch){ .ticket = bytes_of(sealed, n), .generation = generation }, 0, on_watched, &a) > 0);
	rig_until(&rig, &a.done, 1000);
	assert_int_equal(a.err, E_UNAUTHORIZED);
	assert_int_equal(db.asks, 0);
	t.expires_ms = 1;
	n = ticket_seal(&t, ROLE_notifier, BYTES(KEY), sealed);
	assert_int_equal(listen_with(bytes_of(sealed, n)), E_TOKEN_EXPIRED);
}

/* ---- from one front to another ---- */

static struct { bool done; unsigned err; uint32_t error; char payload[65]; } passed;

static void
on_passed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)arg;
	(void)detail;
	passed.done = true;
	passed.err = err;
	if (err != 0)
		return;
	passed.error = body->socket_passed.error;
	snprintf(passed.payload, sizeof passed.payload, "%.*s", (int)body->socket_passed.payload.n, body->socket_passed.payload.p);
}

static void
pass(uint32_t owner)
{
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 2000 };

	memset(&passed, 0, sizeof passed);
	taken.rq = NULL;
	assert_true(link_call(rig_link(&rig, EDGE_front_notifier), &ctx, MSG_socket_pass, &(struct msg_socket_pass){ .owner = owner,
	    .sid = BYTES("01abc"), .post = true, .token = BYTES("token"), .payload = BYTES("40\x1e" "3") }, 0, on_passed, NULL) > 0);
}

static void
a_request_goes_to_the_front_that_has_its_session(void **unused)
{
	(void)unused;
	pass(1);
	UNTIL(taken.rq != NULL);
	assert_ptr_equal(taken.rq->link, &rig.links[SECOND_FRONT]);
	assert_true(taken.post);
	assert_string_equal(taken.sid, "01abc");
	assert_string_equal(taken.token, "token");
	assert_string_equal(taken.payload, "40\x1e" "3");
	assert_false(passed.done);
	request_answer(taken.rq, &(struct msg_socket_taken){ .error = 6, .payload = BYTES("ok") });
	UNTIL(passed.done);
	assert_int_equal(passed.err, 0);
	assert_int_equal(passed.error, 6);
	assert_string_equal(passed.payload, "ok");
}

static void
a_front_that_is_not_there_has_no_session(void **unused)
{
	static const uint32_t owners[] = { 0, 2, 255, UINT32_MAX };	/* 0: the one that asks */

	(void)unused;
	for (size_t i = 0; i < COUNT(owners); i++) {
		pass(owners[i]);
		UNTIL(passed.done);
		assert_int_equal(passed.err, 0);
		assert_int_equal(passed.error, 1);
	}
	conn_close(&rig.conns[SECOND_FRONT], NULL);
	rig_run(&rig, 100);
	pass(1);
	UNTIL(passed.done);
	assert_int_equal(passed.error, 1);
	assert_int_equal(taken.n, 0);
}

static void
a_front_that_goes_meanwhile_fails_the_request(void **unused)
{
	(void)unused;
	pass(1);
	UNTIL(taken.rq != NULL);
	conn_close(&rig.conns[SECOND_FRONT], NULL);
	request_fail(taken.rq, E_INTERNAL_ERROR, "");	/* to nobody */
	UNTIL(passed.done);
	assert_int_equal(passed.err, E_PEER_LOST);
	/* and who asked may be gone as well */
	rig_run(&rig, 50);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_event_ends_the_wait, start, stop),
		cmocka_unit_test_setup_teardown(what_is_over_is_answered_at_once, start, stop),
		cmocka_unit_test_setup_teardown(others_generations_do_not_exist, start, stop),
		cmocka_unit_test_setup_teardown(the_deadline_gets_the_present_state, start, stop),
		cmocka_unit_test_setup_teardown(a_state_that_changed_while_db_was_away_is_found, start, stop),
		cmocka_unit_test_setup_teardown(a_front_that_leaves_takes_its_watchers_along, start, stop),
		cmocka_unit_test_setup_teardown(only_a_ticket_opens, start, stop),
		cmocka_unit_test_setup_teardown(who_listens_is_told, start, stop),
		cmocka_unit_test_setup_teardown(a_front_that_leaves_does_not_listen, start, stop),
		cmocka_unit_test_setup_teardown(listening_needs_a_ticket_and_is_all_that_some_allow, start, stop),
		cmocka_unit_test_setup_teardown(a_request_goes_to_the_front_that_has_its_session, start, stop),
		cmocka_unit_test_setup_teardown(a_front_that_is_not_there_has_no_session, start, stop),
		cmocka_unit_test_setup_teardown(a_front_that_goes_meanwhile_fails_the_request, start, stop),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
