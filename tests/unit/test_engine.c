/* tests/unit/test_engine.c - sessions of Engine.IO and the namespace in them, between transports, an
 * auth and a feed that the test plays, with a clock of its own.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/realtime/engine.h"
#include "actors/front/mint.h"

static uint64_t now;
static struct front front;

/* ---- what is played ---- */

uint64_t now_ms(void) { return now; }

void
mint_random(void *out, size_t n)
{
	static uint8_t next;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = next++ % 61;
	next = (uint8_t)(next * 7 + 3);
}

/* auth */
static answer_fn *asked;
static void *asked_arg;
static char asked_token[64];
static bool forgotten, auth_down;

struct link *
actor_link(struct actor *a, unsigned edge)
{
	static struct link l;

	(void)a;
	assert_int_equal(edge, EDGE_front_auth);
	return &l;
}

int64_t
link_call(struct link *l, const struct ctx *ctx, unsigned msg, const void *body, unsigned flags, answer_fn *done, void *arg)
{
	const struct msg_token_check *m = body;

	(void)l;
	assert_int_equal(msg, MSG_token_check);
	assert_int_equal(flags, CALL_AGAIN);
	assert_true(ctx->deadline_ms > now);
	if (auth_down)
		return -E_QUEUE_FULL;
	snprintf(asked_token, sizeof asked_token, "%.*s", (int)m->token.n, m->token.p);
	asked = done;
	asked_arg = arg;
	forgotten = false;
	return 7;
}

void
link_forget(struct link *l, int64_t id)
{
	(void)l;
	assert_int_equal(id, 7);
	forgotten = true;
}

const struct identity *
identity_find(struct bytes token, uint64_t at)
{
	static struct identity known = { .user = { { 1 } } };

	(void)at;
	return bytes_eq(token, "known") ? &known : NULL;
}

void
identity_take(struct identity *out, struct bytes token, const struct msg_identity *m, uint64_t at)
{
	(void)at;
	assert_true(token.n > 0);
	*out = (struct identity){ .user = m->user };
}

/* the feed */
static struct listener *joined;
static const struct listener_calls *calls;
static bool joined_has_after;
static uint64_t joined_after;
static unsigned join_code;

unsigned
feed_join(struct front *f, struct listener *l, const struct listener_calls *c, const struct identity *who, bool has_after, uint64_t after)
{
	assert_ptr_equal(f, &front);
	assert_true(who->user.b[0] != 0);
	if (join_code != 0)
		return join_code;
	joined = l;
	calls = c;
	joined_has_after = has_after;
	joined_after = after;
	l->feed = (struct feed *)(void *)&joined;
	return 0;
}

static uint32_t user_has;

uint32_t
feed_count(const struct front *f, const struct id *user, const struct listener_calls *c)
{
	assert_ptr_equal(f, &front);
	assert_true(user->b[0] != 0 && c->begin != NULL);
	return user_has;
}

void
feed_leave(struct listener *l)
{
	if (l->feed != NULL)
		joined = NULL;
	l->feed = NULL;
}

static unsigned resumed_n;

void
feed_resume(struct listener *l)
{
	assert_true(l->full);
	l->full = false;
	resumed_n++;
}

/* a GET */
struct get {
	struct poll super;
	bool answered;
	enum engineio_error error;
	char text[4096];
};

static void
on_answer(struct poll *p, enum engineio_error error, struct bytes payload)
{
	struct get *g = (struct get *)(void *)p;

	assert_false(g->answered);
	g->answered = true;
	g->error = error;
	snprintf(g->text, sizeof g->text, "%.*s", (int)payload.n, payload.p);
}

static struct get
get_new(void)
{
	return (struct get){ .super = { .answer = on_answer } };
}

/* a WebSocket */
struct socket {
	struct channel super;
	size_t backlog;			/* what it says that it still has */
	unsigned code;			/* of its end; 0: open */
	char text[4096];		/* what was sent over it, each with a newline */
};

static void
on_send(struct channel *c, struct bytes packet)
{
	struct socket *s = (struct socket *)(void *)c;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof s->text - n, "%.*s\n", (int)packet.n, packet.p);
}

static size_t
on_queued(const struct channel *c)
{
	return ((const struct socket *)(const void *)c)->backlog;
}

static void
on_close(struct channel *c, unsigned code, const char *why)
{
	assert_null(c->engine);
	assert_true(strlen(why) < 100);
	((struct socket *)(void *)c)->code = code;
}

static struct socket
socket_new(void)
{
	return (struct socket){ .super = { .send = on_send, .queued = on_queued, .close = on_close } };
}

/* ---- helpers ---- */

static void
later(uint64_t ms)
{
	for (uint64_t end = now + ms; now < end;) {
		now += end - now > 1000 ? 1000 : end - now;
		engines_look(now);
	}
}

static struct engine *
open_one(struct socket *s)
{
	static const struct ctx ctx = { .request_id = "r" };
	struct engine *e = engine_open(&ctx, 5, s != NULL ? &s->super : NULL, now);

	assert_non_null(e);
	engines_look(now);
	return e;
}

static struct engine *
open_polling(void)
{
	struct engine *e = open_one(NULL);
	struct get g = get_new();

	engine_poll(e, &g.super);
	assert_true(g.answered && g.text[0] == '0');
	return e;
}

static const char *
take_poll(struct engine *e)
{
	static struct get g;

	g = get_new();
	engine_poll(e, &g.super);
	engines_look(now);
	if (!g.answered) {		/* as if there had been none */
		e->poll = NULL;
		return "";
	}
	return g.error == ENGINEIO_FINE ? g.text : "error";
}

#define POST(e, literal) engine_post(e, BYTES(literal))
#define TEXT(s, literal) engine_text(&(s)->super, BYTES(literal))

static void
say_identity(unsigned err, uint8_t user)
{
	union msg_any m = { .identity = { .user = { { user } } } };
	answer_fn *done = asked;

	asked = NULL;
	done(asked_arg, err, (struct bytes){ "", 0 }, err == 0 ? &m : NULL);
}

/* Connected over a WebSocket, from the present on, which is 10. */
static struct engine *
connected(struct socket *s)
{
	struct engine *e = open_one(s);

	TEXT(s, "40{\"token\":\"known\"}");
	calls->begin(joined, 10, false);
	engines_look(now);
	assert_non_null(strstr(s->text, "\n40{\"sid\":\""));
	s->text[0] = '\0';
	return e;
}

static int
begin(void **state)
{
	(void)state;
	now += 1000000;
	asked = NULL;
	joined = NULL;
	join_code = 0;
	auth_down = false;
	memset(&engine_counts.ended, 0, sizeof engine_counts.ended);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	later(120000);		/* whoever is left pings in vain */
	assert_int_equal(engine_counts.polling, 0);
	assert_int_equal(engine_counts.websocket, 0);
	assert_int_equal(engine_counts.connected, 0);
	assert_int_equal(engine_counts.queued, 0);
	assert_int_equal(engine_counts.full, 0);
	assert_null(joined);
	return 0;
}

/* ---- Engine.IO ---- */

static void
packets_wait_for_a_get_and_a_get_for_packets(void **state)
{
	struct engine *e = open_polling();
	struct get g = get_new();

	(void)state;
	engine_poll(e, &g.super);
	engines_look(now);
	assert_false(g.answered);
	engine_send(e, BYTES("4a"));
	engine_send(e, BYTES("4b"));
	assert_false(g.answered);		/* what a turn says goes together */
	engines_look(now);
	assert_string_equal(g.text, "4a\x1e" "4b");
	engine_send(e, BYTES("4c"));
	engines_look(now);
	assert_string_equal(take_poll(e), "4c");
	assert_string_equal(take_poll(e), "");
	assert_ptr_equal(engine_find(bytes_str(e->sid)), e);
	assert_int_equal(POST(e, "1"), ENGINEIO_FINE);
	assert_int_equal(engine_counts.ended[END_CLIENT], 1);
}

static void
a_second_get_ends_it(void **state)
{
	struct engine *e = open_polling();
	struct get one = get_new(), two = get_new();
	char sid[ENGINEIO_SID_MAX];

	(void)state;
	strcpy(sid, e->sid);
	engine_poll(e, &one.super);
	engine_poll(e, &two.super);
	assert_string_equal(one.text, "1");
	assert_int_equal(two.error, ENGINEIO_BAD_REQUEST);
	assert_null(engine_find(bytes_str(sid)));
}

static void
a_client_that_leaves_while_it_waits_is_gone(void **state)
{
	struct engine *e = open_polling();
	struct get g = get_new();

	(void)state;
	engine_poll(e, &g.super);
	engine_poll_gone(&g.super);
	assert_int_equal(engine_counts.ended[END_GONE], 1);
	engine_poll_gone(&g.super);
	e = open_polling();
	g = get_new();
	engine_poll(e, &g.super);
	engine_send(e, BYTES("4a"));
	engines_look(now);
	engine_poll_gone(&g.super);		/* it was answered: that is nothing */
	assert_int_equal(e->state, ENGINE_POLLING);
}

static void
it_pings_and_ends_when_nobody_answers(void **state)
{
	struct engine *e = open_polling();
	struct socket s = socket_new();
	char sid[ENGINEIO_SID_MAX];

	(void)state;
	strcpy(sid, e->sid);
	engine_known(e);
	for (int i = 0; i < 3; i++) {
		later(PING_INTERVAL_MS - 1);
		assert_string_equal(take_poll(e), "");
		later(1);
		assert_string_equal(take_poll(e), "2");
		later(PING_TIMEOUT_MS - 1);
		assert_int_equal(POST(e, "3"), ENGINEIO_FINE);
	}
	later(PING_INTERVAL_MS + PING_TIMEOUT_MS - 1);
	assert_non_null(engine_find(bytes_str(sid)));
	later(1);
	assert_int_equal(engine_counts.ended[END_GONE], 1);
	assert_string_equal(take_poll(engine_find(bytes_str(sid))), "2");	/* who comes late hears so */
	assert_string_equal(take_poll(engine_find(bytes_str(sid))), "1");
	assert_null(engine_find(bytes_str(sid)));
	open_one(&s);
	engine_known(s.super.engine);
	later(PING_INTERVAL_MS);
	assert_non_null(strstr(s.text, "\n2\n"));
	later(PING_TIMEOUT_MS);
	assert_int_equal(s.code, 1000);
}

static void
who_does_not_say_who_it_is_goes(void **state)
{
	struct engine *e = open_polling();
	struct socket s = socket_new();

	(void)state;
	open_one(&s);
	later(PING_INTERVAL_MS);
	POST(e, "3");
	TEXT(&s, "3");
	later(ENGINE_CONNECT_MS - PING_INTERVAL_MS - 1);
	assert_int_equal(engine_counts.ended[END_UNKNOWN], 0);
	later(1);
	assert_int_equal(engine_counts.ended[END_UNKNOWN], 2);
	assert_int_equal(s.code, 1008);
	/* and of one address only so many may be about it */
	for (int i = 0; i < ENGINES_UNKNOWN_MAX; i++)
		assert_non_null(engine_open(&(struct ctx){ 0 }, 77, NULL, now));
	assert_null(engine_open(&(struct ctx){ 0 }, 77, NULL, now));
	assert_non_null(engine_open(&(struct ctx){ 0 }, 78, NULL, now));
	later(ENGINE_CONNECT_MS + ENGINE_FAREWELL_MS + 1000);
	assert_non_null(engine_open(&(struct ctx){ 0 }, 77, NULL, now));
}

static void
an_upgrade_loses_nothing(void **state)
{
	struct engine *e = open_polling();
	struct socket s = socket_new(), other = socket_new();
	struct get g = get_new();

	(void)state;
	engine_poll(e, &g.super);
	engine_probe(e, &s.super);
	engine_probe(e, &other.super);
	assert_int_equal(other.code, 1002);
	TEXT(&s, "2probe");
	assert_string_equal(s.text, "3probe\n");
	assert_string_equal(g.text, "6");
	engine_send(e, BYTES("4one"));
	assert_string_equal(take_poll(e), "4one");	/* still by the old way */
	assert_string_equal(take_poll(e), "6");
	engine_send(e, BYTES("4two"));
	TEXT(&s, "5");
	engine_send(e, BYTES("4three"));
	engines_look(now);
	assert_string_equal(s.text, "3probe\n4two\n4three\n");
	assert_string_equal(take_poll(e), "error");
	assert_int_equal(POST(e, "3"), ENGINEIO_BAD_REQUEST);
	engine_channel_gone(&s.super);
	assert_int_equal(engine_counts.ended[END_GONE], 1);
}

static void
a_probe_that_fails_changes_nothing(void **state)
{
	static const char *const words[][2] = { { "5", NULL }, { "2", NULL }, { "2probe", "2probe" }, { "2probe", "4x" }, { "abc", NULL } };
	struct engine *e = open_polling();

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct socket s = socket_new();
		engine_probe(e, &s.super);
		engine_text(&s.super, bytes_str(words[i][0]));
		if (words[i][1] != NULL)
			engine_text(&s.super, bytes_str(words[i][1]));
		assert_int_equal(s.code, 1002);
		assert_string_equal(take_poll(e), "");
	}
	struct socket slow = socket_new(), gone = socket_new(), bytes = socket_new();
	engine_probe(e, &slow.super);
	TEXT(&slow, "2probe");
	later(ENGINE_UPGRADE_MS);
	assert_int_equal(slow.code, 1008);
	engine_probe(e, &gone.super);
	TEXT(&gone, "2probe");
	engine_channel_gone(&gone.super);
	engine_probe(e, &bytes.super);
	engine_bytes(&bytes.super);
	assert_int_equal(bytes.code, 1003);
	assert_string_equal(take_poll(e), "");
}

static void
last_words_wait_for_a_get_but_not_for_ever(void **state)
{
	struct engine *e = open_polling();
	char sid[ENGINEIO_SID_MAX];

	(void)state;
	strcpy(sid, e->sid);
	engine_send(e, BYTES("41"));
	engine_close(e, END_SESSION);
	assert_int_equal(POST(e, "3"), ENGINEIO_BAD_REQUEST);
	assert_string_equal(take_poll(engine_find(bytes_str(sid))), "41");
	assert_null(engine_find(bytes_str(sid)));
	e = open_polling();
	strcpy(sid, e->sid);
	engine_send(e, BYTES("4a"));
	engine_close(e, END_SLOW);
	assert_string_equal(take_poll(engine_find(bytes_str(sid))), "4a");
	assert_string_equal(take_poll(engine_find(bytes_str(sid))), "1");
	assert_null(engine_find(bytes_str(sid)));
	e = open_polling();
	strcpy(sid, e->sid);
	engine_close(e, END_AWAY);
	later(ENGINE_FAREWELL_MS);
	assert_null(engine_find(bytes_str(sid)));
}

/* A client that was told "3probe" polls no more: it changes over first. */
static void
last_words_come_the_new_way_too(void **state)
{
	struct engine *e = open_polling();
	struct socket s = socket_new(), late = socket_new();

	(void)state;
	engine_probe(e, &s.super);
	TEXT(&s, "2probe");
	engine_send(e, BYTES("41"));
	engine_close(e, END_SESSION);
	assert_int_equal(s.code, 0);
	TEXT(&s, "5");
	assert_string_equal(s.text, "3probe\n41\n");
	assert_int_equal(s.code, 1000);
	e = open_polling();
	engine_probe(e, &late.super);
	TEXT(&late, "2probe");
	engine_send(e, BYTES("41"));
	engine_close(e, END_SESSION);
	later(ENGINE_FAREWELL_MS);
	assert_int_equal(late.code, 1000);
}

static void
events_wait_for_who_does_not_read(void **state)
{
	struct socket s = socket_new(), slow = socket_new();
	static char json[4000];

	(void)state;
	connected(&s);
	resumed_n = 0;
	s.backlog = ENGINE_QUEUE_FULL + 1;
	calls->event(joined, 11, BYTES("{}"));
	assert_true(joined->full);
	later(1000);
	assert_true(joined->full);
	s.backlog = ENGINE_QUEUE_SMALL;		/* it took them */
	later(ENGINE_CHECK_MS + 1000);
	assert_int_equal(resumed_n, 1);
	calls->event(joined, 12, BYTES("{}"));
	assert_false(joined->full);
	later(10000);
	assert_int_equal(s.code, 0);
	engine_close(s.super.engine, END_CLIENT);
	connected(&slow);
	slow.backlog = ENGINE_QUEUE_FULL + 1;
	calls->event(joined, 11, BYTES("{}"));
	later(ENGINE_SLOW_MS);
	assert_int_equal(slow.code, 1013);
	assert_int_equal(engine_counts.ended[END_SLOW], 1);
	assert_int_equal(resumed_n, 1);
	/* one that polls, and then comes for all of it */
	struct engine *e = open_polling();
	POST(e, "40{\"token\":\"known\"}");
	calls->begin(joined, 10, false);
	memset(json, '1', sizeof json);
	for (uint64_t seq = 11; !joined->full; seq++) {
		assert_true(seq < 100);
		calls->event(joined, seq, bytes_of(json, sizeof json));
	}
	take_poll(e);
	later(10);
	assert_int_equal(resumed_n, 2);
	assert_false(joined->full);
	POST(e, "1");
}

static void
a_client_that_does_not_read_answers_is_let_go(void **state)
{
	struct socket s = socket_new();
	struct engine *e = open_one(&s);
	char *much = malloc(ENGINE_QUEUE_MAX);

	(void)state;
	s.backlog = ENGINE_QUEUE_MAX + 1;
	engine_send(e, BYTES("4b"));
	assert_int_equal(s.code, 1013);
	e = open_polling();
	memset(much, '4', ENGINE_QUEUE_MAX);
	for (int i = 0; i < 5; i++)
		engine_send(e, bytes_of(much, ENGINE_QUEUE_MAX / 3));
	assert_int_equal(e->state, ENGINE_OVER);
	assert_int_equal(engine_counts.ended[END_SLOW], 2);
	free(much);
}

static void
a_sid_names_its_process(void **state)
{
	struct engine *e = open_polling();
	uint32_t instance;

	(void)state;
	assert_true(engine_owner(bytes_str(e->sid), &instance));
	assert_int_equal(instance, 0xa3);
	assert_false(engine_owner(BYTES("0gAAAAAAAAAAAAAAAAAAAA"), &instance));
	assert_false(engine_owner(BYTES("00"), &instance));
	assert_false(engine_owner(BYTES(""), &instance));
	assert_null(engine_find(BYTES("")));
	assert_null(engine_find(BYTES("00AAAAAAAAAAAAAAAAAAAA")));
}

/* ---- the namespace ---- */

static void
a_token_opens_the_namespace(void **state)
{
	struct engine *e = open_polling();

	(void)state;
	assert_int_equal(POST(e, "40{\"token\":\"secret\"}"), ENGINEIO_FINE);
	assert_string_equal(asked_token, "secret");
	assert_string_equal(take_poll(e), "");
	say_identity(0, 9);
	assert_false(joined_has_after);
	assert_int_equal(e->ns.token.cap, 0);
	assert_string_equal(take_poll(e), "");		/* not before it is known where it begins */
	calls->begin(joined, 41, false);
	const char *text = take_poll(e);
	assert_non_null(strstr(text, "40{\"sid\":\""));
	assert_non_null(strstr(text, ".41\"}"));
	calls->event(joined, 42, BYTES("{\"eventId\":42}"));
	calls->event(joined, 43, BYTES("{\"eventId\":43}"));
	assert_string_equal(take_poll(e), "42[\"media-generation-update\",{\"eventId\":42},\"42\"]\x1e"
	    "42[\"media-generation-update\",{\"eventId\":43},\"43\"]");
	later(ENGINE_CONNECT_MS - 1000);
	assert_int_equal(POST(e, "3"), ENGINEIO_FINE);
	later(2000);
	assert_int_equal(e->state, ENGINE_POLLING);	/* no deadline any more */
	POST(e, "41");
	assert_null(joined);
}

static void
refusals_leave_it_open_for_another_try(void **state)
{
	struct socket s = socket_new();
	struct engine *e = open_one(&s);

	(void)state;
	s.text[0] = '\0';
	TEXT(&s, "40");
	TEXT(&s, "40{\"token\":\"old\"}");
	TEXT(&s, "40{\"token\":\"twice\"}");	/* while the first is being looked at */
	assert_string_equal(asked_token, "old");
	say_identity(E_TOKEN_EXPIRED, 0);
	engines_look(now);
	assert_non_null(strstr(s.text, "\"code\":\"UNAUTHORIZED\""));
	assert_non_null(strstr(s.text, "\"code\":\"TOKEN_EXPIRED\""));
	TEXT(&s, "40{\"token\":\"Bearer new\"}");
	assert_string_equal(asked_token, "new");
	say_identity(0, 1);
	calls->begin(joined, 1, false);
	engines_look(now);
	assert_non_null(strstr(s.text, "\n40{"));
	engine_close(e, END_CLIENT);
}

static void
the_token_of_the_head_will_do(void **state)
{
	struct socket s = socket_new();
	struct engine *e = open_one(&s);

	(void)state;
	namespace_token(e, BYTES("head"));
	TEXT(&s, "40");
	assert_string_equal(asked_token, "head");
	say_identity(0, 1);
	assert_int_equal(e->ns.token.cap, 0);
	engine_channel_gone(&s.super);
	struct socket two = socket_new();
	e = open_one(&two);
	namespace_token(e, BYTES("head"));
	TEXT(&two, "40{\"token\":\"own\"}");
	assert_string_equal(asked_token, "own");
	engine_channel_gone(&two.super);	/* the question is forgotten */
	assert_true(forgotten);
}

static void
who_cannot_be_asked_now_is_to_come_again(void **state)
{
	struct socket s[4] = { socket_new(), socket_new(), socket_new(), socket_new() };

	(void)state;
	auth_down = true;
	open_one(&s[0]);
	TEXT(&s[0], "40{\"token\":\"t\"}");
	assert_int_equal(s[0].code, 1013);
	auth_down = false;
	open_one(&s[1]);
	TEXT(&s[1], "40{\"token\":\"t\"}");
	say_identity(E_PEER_LOST, 0);
	assert_int_equal(s[1].code, 1013);
	open_one(&s[2]);
	join_code = E_QUEUE_FULL;
	TEXT(&s[2], "40{\"token\":\"known\"}");
	assert_int_equal(s[2].code, 1013);
	join_code = 0;
	connected(&s[3]);
	calls->end(joined, FEED_AWAY);
	assert_int_equal(s[3].code, 1013);
}

static void
a_session_that_is_over_is_told_so(void **state)
{
	struct socket s = socket_new(), two = socket_new();

	(void)state;
	connected(&s);
	joined->feed = NULL;
	calls->end(joined, FEED_SESSION_OVER);
	joined = NULL;
	assert_string_equal(s.text, "41\n");
	assert_int_equal(s.code, 1000);
	connected(&two);
	joined->feed = NULL;
	calls->end(joined, FEED_DRAINING);
	joined = NULL;
	assert_string_equal(two.text, "");
	assert_int_equal(two.code, 1001);
}

/* It was known when it came, and over before db was asked: it never was connected. */
static void
a_session_that_ends_while_it_joins_is_refused(void **state)
{
	struct socket s = socket_new();

	(void)state;
	open_one(&s);
	s.text[0] = '\0';
	TEXT(&s, "40{\"token\":\"known\"}");
	joined->feed = NULL;
	calls->end(joined, FEED_SESSION_OVER);
	joined = NULL;
	engines_look(now);
	assert_string_equal(s.text, "44{\"message\":\"The session has ended\",\"data\":{\"code\":\"UNAUTHORIZED\"}}\n");
	assert_int_equal(s.code, 0);
	TEXT(&s, "40{\"token\":\"known\"}");
	assert_non_null(joined);
	engine_close(s.super.engine, END_CLIENT);
}

/* What does not answer is ours, not the client's: it comes again. */
static void
who_waits_for_us_too_long_may_come_again(void **state)
{
	struct socket s = socket_new();

	(void)state;
	open_one(&s);
	TEXT(&s, "40{\"token\":\"known\"}");
	assert_non_null(joined);
	for (uint64_t end = now + ENGINE_CONNECT_MS + 500; now < end && s.code == 0; now += 100) {
		TEXT(&s, "3");
		engines_look(now);
	}
	assert_int_equal(s.code, 1013);
	assert_null(joined);
}

static void
a_user_does_not_take_all_the_room(void **state)
{
	struct socket s = socket_new();

	(void)state;
	open_one(&s);
	s.text[0] = '\0';
	user_has = 128;
	TEXT(&s, "40{\"token\":\"known\"}");
	user_has = 0;
	assert_string_equal(s.text, "");
	assert_int_equal(s.code, 1013);
	assert_null(joined);
}

/* Connects with what `text` says and tells where the feed begins; what the client is told. */
static const char *
resumed(struct socket *s, const char *text, uint64_t seq, bool missed)
{
	char message[512];

	*s = socket_new();
	open_one(s);
	s->text[0] = '\0';
	int n = snprintf(message, sizeof message, "40{\"token\":\"known\",%s}", text);
	engine_text(&s->super, bytes_of(message, (size_t)n));
	calls->begin(joined, seq, missed);
	engines_look(now);
	return s->text;
}

static void
who_comes_back_goes_on_where_it_was(void **state)
{
	struct socket s;
	char pid[PID_MAX], text[256], same[128];

	(void)state;
	sscanf(strstr(resumed(&s, "\"x\":1", 10, false), "\"pid\":\"") + 7, "%63[^\"]", pid);
	engine_close(s.super.engine, END_CLIENT);
	/* the same pid is what makes a client say that it recovered */
	snprintf(text, sizeof text, "\"pid\":\"%s\",\"offset\":\"12\"", pid);
	snprintf(same, sizeof same, "40{\"sid\":\"%.20s\",\"pid\":\"%s\"}\n", pid, pid);
	assert_string_equal(resumed(&s, text, 12, false), same);
	assert_true(joined_has_after && joined_after == 12);
	engine_close(s.super.engine, END_CLIENT);
	/* without an event since: from where it had connected */
	snprintf(text, sizeof text, "\"pid\":\"%s\"", pid);
	assert_string_equal(resumed(&s, text, 10, false), same);
	assert_true(joined_has_after && joined_after == 10);
	engine_close(s.super.engine, END_CLIENT);
	/* an offset that is older than its pid is of another life */
	snprintf(text, sizeof text, "\"pid\":\"%s\",\"offset\":\"3\"", pid);
	assert_string_equal(resumed(&s, text, 10, false), same);
	assert_int_equal(joined_after, 10);
	engine_close(s.super.engine, END_CLIENT);
	/* pruned, or never reached: another pid, and it is told */
	snprintf(text, sizeof text, "\"pid\":\"%s\",\"offset\":\"900\"", pid);
	const char *told = resumed(&s, text, 77, true);
	assert_null(strstr(told, pid));
	assert_non_null(strstr(told, ".77\"}\n42[\"resync\",{\"eventId\":77},\"77\"]\n"));
	calls->begin(joined, 99, true);		/* once more, much later */
	engines_look(now);
	assert_non_null(strstr(s.text, "42[\"resync\",{\"eventId\":99},\"99\"]\n"));
	engine_close(s.super.engine, END_CLIENT);
}

static void
a_position_of_ones_own_works_without_a_pid(void **state)
{
	struct socket s;

	(void)state;
	assert_null(strstr(resumed(&s, "\"lastEventId\":5", 5, false), "resync"));
	assert_true(joined_has_after && joined_after == 5);
	engine_close(s.super.engine, END_CLIENT);
	resumed(&s, "\"lastEventId\":\"6\"", 6, false);
	assert_true(joined_has_after && joined_after == 6);
	engine_close(s.super.engine, END_CLIENT);
	assert_non_null(strstr(resumed(&s, "\"lastEventId\":600", 7, true), "42[\"resync\",{\"eventId\":7},\"7\"]"));
	engine_close(s.super.engine, END_CLIENT);
	static const char *const none[] = { "\"lastEventId\":null", "\"lastEventId\":\"\"", "\"offset\":null", "\"pid\":null", "\"pid\":\"\"" };
	for (size_t i = 0; i < COUNT(none); i++) {
		assert_null(strstr(resumed(&s, none[i], 7, false), "resync"));
		assert_false(joined_has_after);
		engine_close(s.super.engine, END_CLIENT);
	}
}

static void
what_is_no_position_was_never_reached(void **state)
{
	static const char *const bad[] = { "\"lastEventId\":-1", "\"lastEventId\":\"x\"", "\"offset\":[1]", "\"lastEventId\":1.5",
		"\"lastEventId\":\"99999999999999999999\"", "\"offset\":\"9223372036854775808\"", "\"pid\":7", "\"lastEventId\":3,\"offset\":\" 3\"" };
	struct socket s;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_non_null(strstr(resumed(&s, bad[i], 7, false), ".7\"}\n42[\"resync\",{\"eventId\":7},\"7\"]"));
		assert_false(joined_has_after);
		engine_close(s.super.engine, END_CLIENT);
	}
}

static void
a_pid_of_somebody_else_is_none(void **state)
{
	static const char *const foreign[] = { "\"pid\":\"AAAAAAAAAAAAAAAAAAAA.00000000.5\",\"offset\":\"6\"", "\"pid\":\"x\"",
		"\"pid\":\"AAAAAAAAAAAAAAAAAAAA.00000000.\"", "\"pid\":\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\".00000000.5\"",
		"\"pid\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"" };
	struct socket s;

	(void)state;
	for (size_t i = 0; i < COUNT(foreign); i++) {
		assert_non_null(strstr(resumed(&s, foreign[i], 7, false), ".7\"}\n42[\"resync\",{\"eventId\":7},\"7\"]"));
		assert_false(joined_has_after);
		engine_close(s.super.engine, END_CLIENT);
	}
}

static void
clients_events_are_answered_by_nobody(void **state)
{
	static const char *const bad[] = { "42", "42{}", "42[]", "42[1]", "42[\"a\"", "44{}", "4", "4x", "42/x,[\"a\"]" };
	struct socket s = socket_new();

	(void)state;
	connected(&s);
	TEXT(&s, "42[\"a\",1,{\"b\":[]}]");
	TEXT(&s, "43[\"an answer to nothing\"]");
	TEXT(&s, "4212[\"a\"]");
	engines_look(now);
	assert_string_equal(s.text, "4312[{\"error\":\"Nobody listens to this event\"}]\n");
	TEXT(&s, "41");
	assert_int_equal(s.code, 1000);
	for (size_t i = 0; i < COUNT(bad); i++) {
		s = socket_new();
		connected(&s);
		engine_text(&s.super, bytes_str(bad[i]));
		assert_int_equal(s.code, 1002);
	}
	s = socket_new();
	connected(&s);
	TEXT(&s, "451-[\"a\",{\"_placeholder\":true,\"num\":0}]");
	assert_int_equal(s.code, 1003);
	s = socket_new();
	open_one(&s);
	TEXT(&s, "42[\"a\"]");		/* before it connected */
	assert_int_equal(s.code, 1002);
}

/* Last: nothing is opened after it. */
static void
a_process_that_leaves_says_so_to_all(void **state)
{
	struct socket s = socket_new(), probe = socket_new();
	struct get g = get_new();
	struct engine *e = open_polling();

	(void)state;
	connected(&s);
	engine_poll(e, &g.super);
	engine_probe(e, &probe.super);
	engines_drain();
	assert_int_equal(s.code, 1001);
	assert_int_equal(probe.code, 1001);
	assert_string_equal(g.text, "1");
	assert_null(engine_open(&(struct ctx){ 0 }, 1, NULL, now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
		T(packets_wait_for_a_get_and_a_get_for_packets),
		T(a_second_get_ends_it),
		T(a_client_that_leaves_while_it_waits_is_gone),
		T(it_pings_and_ends_when_nobody_answers),
		T(who_does_not_say_who_it_is_goes),
		T(an_upgrade_loses_nothing),
		T(a_probe_that_fails_changes_nothing),
		T(last_words_wait_for_a_get_but_not_for_ever),
		T(last_words_come_the_new_way_too),
		T(events_wait_for_who_does_not_read),
		T(a_client_that_does_not_read_answers_is_let_go),
		T(a_sid_names_its_process),
		T(a_token_opens_the_namespace),
		T(refusals_leave_it_open_for_another_try),
		T(the_token_of_the_head_will_do),
		T(who_cannot_be_asked_now_is_to_come_again),
		T(a_session_that_is_over_is_told_so),
		T(a_session_that_ends_while_it_joins_is_refused),
		T(who_waits_for_us_too_long_may_come_again),
		T(a_user_does_not_take_all_the_room),
		T(who_comes_back_goes_on_where_it_was),
		T(a_position_of_ones_own_works_without_a_pid),
		T(what_is_no_position_was_never_reached),
		T(a_pid_of_somebody_else_is_none),
		T(clients_events_are_answered_by_nobody),
		T(a_process_that_leaves_says_so_to_all),
	};
	now = 5000;
	engines_init(&front, 0xa3);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
