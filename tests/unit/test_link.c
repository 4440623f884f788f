/* tests/unit/test_link.c - two ends and the bytes between them, with a clock of our own:
 * answers, errors, deadlines, restarts of the other end, streams, and peers that break
 * the rules.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/link.h"

static uint64_t clock_now;

static uint64_t
test_clock(void)
{
	return clock_now;
}

/* What the answering side should do next, and what the asking side got. */
static struct scene {
	enum { ANSWER, FAIL, KEEP, STREAM } plan;
	struct request *kept;
	unsigned requests, notices;
	unsigned answers, err;
	char detail[64];
	uint64_t seq;
	size_t streamed, chunks;
	bool last;
	unsigned stream_err;
	const char *logged;
} scene;

static void
on_health(void *state, struct request *rq)
{
	(void)state;
	scene.requests++;
	if (scene.plan == FAIL)
		request_fail(rq, E_DATABASE_AWAY, "gone fishing");
	else if (scene.plan == KEEP)
		scene.kept = rq;
	else
		request_answer(rq, &(struct msg_healthy){ .ok = true, .why = rq->body.health.deep ? BYTES("deep") : BYTES("") });
}

static void
on_watch(void *state, struct request *rq)
{
	(void)state;
	scene.requests++;
	request_answer(rq, &(struct msg_watched){ .status = BYTES("SUCCEEDED") });
}

static struct bytes big_row;

static void
on_profile_get(void *state, struct request *rq)
{
	(void)state;
	request_answer(rq, &(struct msg_row){ .json = big_row });
}

static const struct route auth_routes[] = { { MSG_health, on_health } };
static const struct route notifier_routes[] = { { MSG_watch, on_watch } };

static void
on_log(struct link *l, const char *event, const char *what)
{
	(void)l;
	(void)event;
	scene.logged = what;
}

static const struct link_hooks hooks = { NULL, on_log, test_clock };

static void
on_answer(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)arg;
	scene.answers++;
	scene.err = err;
	snprintf(scene.detail, sizeof scene.detail, "%.*s", (int)detail.n, detail.p);
	if (err == 0)
		assert_non_null(body);
}

struct pair {
	struct link front, auth;
};

static void
pair_init(struct pair *p)
{
	memset(&scene, 0, sizeof scene);
	clock_now = 1000;
	assert_int_equal(link_init(&p->front, EDGE_front_auth, ROLE_front, ROLE_auth, NULL, 0, NULL, &hooks), 0);
	assert_int_equal(link_init(&p->auth, EDGE_front_auth, ROLE_auth, ROLE_front, auth_routes, COUNT(auth_routes), NULL, &hooks), 0);
}

static void
pair_up(struct pair *p)
{
	link_up(&p->front, 0, 1);
	link_up(&p->auth, 0, 1);
}

static void
pair_fini(struct pair *p)
{
	link_fini(&p->front);
	link_fini(&p->auth);
}

/* Moves what one end wrote to the other, in pieces of `step` bytes. */
static int
carry(struct link *from, struct link *to, size_t step)
{
	const char *why = NULL;

	while (link_write_next(from).n > 0) {
		struct bytes b = link_write_next(from);
		size_t n = b.n < step ? b.n : step;
		memcpy(link_read_room(to, n), b.p, n);
		link_write_done(from, n);
		if (link_read_done(to, n, &why) != 0)
			return -1;
	}
	return 0;
}

static int64_t
ask(struct pair *p, unsigned flags)
{
	struct ctx ctx = { .deadline_ms = clock_now + 500, .request_id = "r-1" };
	return link_call(&p->front, &ctx, MSG_health, &(struct msg_health){ .deep = true }, flags, on_answer, NULL);
}

static void
answers_come_back_byte_by_byte(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p);
	pair_up(&p);
	assert_true(ask(&p, 0) > 0);
	assert_int_equal(carry(&p.front, &p.auth, 1), 0);
	assert_int_equal(carry(&p.auth, &p.front, 1), 0);
	assert_int_equal(scene.requests, 1);
	assert_int_equal(scene.answers, 1);
	assert_int_equal(scene.err, 0);
	assert_int_equal(p.front.ncalls, 0);
	assert_int_equal(p.auth.nrequests, 0);
	pair_fini(&p);
}

static void
errors_carry_code_and_detail(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p);
	pair_up(&p);
	scene.plan = FAIL;
	ask(&p, 0);
	carry(&p.front, &p.auth, 100);
	carry(&p.auth, &p.front, 100);
	assert_int_equal(scene.err, E_DATABASE_AWAY);
	assert_string_equal(scene.detail, "gone fishing");
	pair_fini(&p);
}

static void
deadlines_end_calls(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p);
	pair_up(&p);
	scene.plan = KEEP;
	ask(&p, 0);
	carry(&p.front, &p.auth, 100);
	clock_now += 499;
	link_tick(&p.front);
	assert_int_equal(scene.answers, 0);
	clock_now += 1;
	link_tick(&p.front);
	assert_int_equal(scene.answers, 1);
	assert_int_equal(scene.err, E_TIMEOUT);
	request_answer(scene.kept, &(struct msg_healthy){ .ok = true, .why = BYTES("") });
	assert_int_equal(carry(&p.auth, &p.front, 100), 0);	/* the late answer is dropped */
	assert_int_equal(scene.answers, 1);
	pair_fini(&p);
}

/* A call made while the other end is away waits for it; one that was sent is lost with
 * it, unless it may be sent again. */
static void
calls_survive_a_restart(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p);
	assert_true(ask(&p, 0) > 0);
	assert_int_equal(link_write_next(&p.front).n, 0);
	pair_up(&p);
	carry(&p.front, &p.auth, 7);
	carry(&p.auth, &p.front, 7);
	assert_int_equal(scene.answers, 1);
	assert_int_equal(scene.err, 0);

	scene.plan = KEEP;
	ask(&p, 0);
	carry(&p.front, &p.auth, 100);
	link_down(&p.front);
	assert_int_equal(scene.answers, 2);
	assert_int_equal(scene.err, E_PEER_LOST);
	link_down(&p.auth);
	request_fail(scene.kept, E_INTERNAL_ERROR, "");	/* answers nobody */

	pair_up(&p);
	scene.plan = KEEP;
	ask(&p, CALL_AGAIN);
	carry(&p.front, &p.auth, 100);
	link_down(&p.front);
	link_down(&p.auth);
	request_fail(scene.kept, E_INTERNAL_ERROR, "");
	assert_int_equal(scene.answers, 2);
	scene.plan = ANSWER;
	pair_up(&p);
	carry(&p.front, &p.auth, 100);
	carry(&p.auth, &p.front, 100);
	assert_int_equal(scene.answers, 3);
	assert_int_equal(scene.err, 0);
	assert_int_equal(p.front.stats.resent, 1);
	pair_fini(&p);
}

static void
queues_are_bounded(void **state)
{
	struct pair p;
	int64_t rc;
	unsigned taken = 0;

	(void)state;
	pair_init(&p);
	pair_up(&p);
	while ((rc = ask(&p, 0)) > 0)
		assert_true(++taken <= LINK_CALLS);
	assert_int_equal(rc, -E_QUEUE_FULL);
	assert_true(p.front.stats.refused > 0);
	link_down(&p.front);
	assert_int_equal(scene.answers, taken);		/* each ended, none twice */
	pair_fini(&p);
}

static void
forgotten_calls_stay_silent(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p);
	pair_up(&p);
	int64_t id = ask(&p, 0);
	link_forget(&p.front, id);
	carry(&p.front, &p.auth, 100);
	carry(&p.auth, &p.front, 100);
	assert_int_equal(scene.answers, 0);
	assert_int_equal(p.front.ncalls, 0);
	pair_fini(&p);
}

/* ---- streams, on the control socket's one streaming message ---- */

static char pattern[1 << 20];

static void
stream_more(struct request *rq, void *arg)
{
	(void)arg;
	if (!request_alive(rq)) {
		request_stream_end(rq, 0);
		scene.kept = NULL;
		return;
	}
	scene.seq += request_stream_write(rq, pattern + scene.seq, sizeof pattern - scene.seq);
	if (scene.seq == sizeof pattern) {
		request_stream_end(rq, 0);
		scene.kept = NULL;
	}
}

static void
on_logs(void *state, struct request *rq)
{
	(void)state;
	scene.kept = rq;
	rq->on_credit = stream_more;
	request_answer(rq, &(struct msg_ctl_report){ .json = BYTES("{}") });
	stream_more(rq, NULL);
}

static const struct route supervisor_routes[] = { { MSG_ctl_logs, on_logs } };

static void
on_chunk(void *arg, struct bytes chunk, bool last, unsigned err)
{
	(void)arg;
	assert_memory_equal(chunk.p, pattern + scene.streamed, chunk.n);
	scene.streamed += chunk.n;
	scene.chunks++;
	if (last) {
		scene.last = true;
		scene.stream_err = err;
	}
}

static void
streams_init(struct link *ctl, struct link *sup)
{
	memset(&scene, 0, sizeof scene);
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (char)(i * 7 >> 3);
	link_init(ctl, EDGE_control, ROLE_ctl, ROLE_supervisor, NULL, 0, NULL, &hooks);
	link_init(sup, EDGE_control, ROLE_supervisor, ROLE_ctl, supervisor_routes, COUNT(supervisor_routes), NULL, &hooks);
	link_up(ctl, 0, 1);
	link_up(sup, 0, 1);
	struct ctx ctx = { 0 };
	assert_true(link_call_stream(ctl, &ctx, MSG_ctl_logs, &(struct msg_ctl_logs){ .service = BYTES("db") },
	    0, on_answer, on_chunk, NULL) > 0);
}

static void
streams_flow_by_credit(void **state)
{
	struct link ctl, sup;

	(void)state;
	streams_init(&ctl, &sup);
	assert_int_equal(carry(&ctl, &sup, 4096), 0);
	assert_int_equal(scene.seq, LINK_WINDOW);	/* no more than its credit, however large the stream */
	while (!scene.last) {
		assert_int_equal(carry(&sup, &ctl, 4096), 0);
		assert_int_equal(carry(&ctl, &sup, 4096), 0);
	}
	assert_int_equal(scene.streamed, sizeof pattern);
	assert_int_equal(scene.stream_err, 0);
	assert_int_equal(sup.nrequests, 0);
	assert_int_equal(ctl.ncalls, 0);
	link_fini(&ctl);
	link_fini(&sup);
}

static void
streams_break_with_the_connection(void **state)
{
	struct link ctl, sup;

	(void)state;
	streams_init(&ctl, &sup);
	carry(&ctl, &sup, 4096);
	carry(&sup, &ctl, 4096);
	link_down(&sup);
	link_down(&ctl);
	assert_null(scene.kept);
	assert_true(scene.last);
	assert_int_equal(scene.stream_err, E_PEER_LOST);
	assert_int_equal(sup.nrequests, 0);
	link_fini(&ctl);
	link_fini(&sup);
}

/* ---- streams from the asker, and giving one up ---- */

static struct uploading {
	enum { TAKE, HOLD, REFUSE } plan;
	struct request *rq;
	size_t sent, got, held;
	bool over;
	unsigned err;
	int64_t id;
	struct link front, vertex;
} up;

static void
on_up(struct request *rq, struct bytes chunk, bool last, unsigned err)
{
	assert_ptr_equal(rq, up.rq);
	assert_memory_equal(chunk.p, pattern + up.got, chunk.n);
	up.got += chunk.n;
	if (last) {
		up.over = true;
		up.err = err;
		if (err != 0)
			request_fail(rq, err, "");
		else
			request_answer(rq, &(struct msg_object_written){ .size = up.got });
	} else if (up.plan == REFUSE) {
		request_fail(rq, E_STORAGE_ERROR, "full");
	} else if (up.plan == TAKE) {
		request_up_credit(rq, chunk.n);
	} else {
		up.held += chunk.n;
	}
}

static void
on_object_write(void *state, struct request *rq)
{
	(void)state;
	up.rq = rq;
	rq->on_up = on_up;
}

static void
on_room(void *arg)
{
	(void)arg;
	up.sent += link_up_write(&up.front, up.id, pattern + up.sent, sizeof pattern - up.sent);
	if (up.sent == sizeof pattern)
		link_up_end(&up.front, up.id, 0);
}

static void
down_credit(struct request *rq, void *arg)
{
	(void)arg;
	if (!request_alive(rq)) {
		up.over = true;
		request_stream_end(rq, 0);
		return;
	}
	scene.seq += request_stream_write(rq, pattern + scene.seq, sizeof pattern - scene.seq);
}

static void
on_object_read(void *state, struct request *rq)
{
	(void)state;
	rq->on_credit = down_credit;
	request_answer(rq, &(struct msg_object_opened){ .total = sizeof pattern });
	down_credit(rq, NULL);
}

static const struct route storage_routes[] = { { MSG_object_write, on_object_write }, { MSG_object_read, on_object_read } };

static void
uploading_init(int plan)
{
	memset(&scene, 0, sizeof scene);
	memset(&up, 0, sizeof up);
	up.plan = plan;
	clock_now = 1000;
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = (char)(i * 7 >> 3);
	link_init(&up.front, EDGE_front_vertex, ROLE_front, ROLE_vertex, NULL, 0, NULL, &hooks);
	link_init(&up.vertex, EDGE_front_vertex, ROLE_vertex, ROLE_front, storage_routes, COUNT(storage_routes), NULL, &hooks);
}

static void
uploading_up(void)
{
	link_up(&up.front, 0, 1);
	link_up(&up.vertex, 0, 1);
}

static void
uploading_fini(void)
{
	link_fini(&up.front);
	link_fini(&up.vertex);
}

static void
upload(void)
{
	struct ctx ctx = { .deadline_ms = clock_now + 500 };

	up.id = link_call_up(&up.front, &ctx, MSG_object_write, &(struct msg_object_write){ .size = sizeof pattern }, on_answer, on_room, NULL);
	assert_true(up.id > 0);
	on_room(NULL);
}

static void
exchange(void)
{
	for (int i = 0; i < 100; i++) {
		assert_int_equal(carry(&up.front, &up.vertex, 5000), 0);
		assert_int_equal(carry(&up.vertex, &up.front, 5000), 0);
	}
}

static void
requests_bring_streams(void **state)
{
	(void)state;
	uploading_init(TAKE);
	upload();
	assert_int_equal(up.sent, 0);			/* nobody is there: nothing is queued */
	uploading_up();
	assert_int_equal(up.sent, LINK_WINDOW);
	exchange();
	assert_int_equal(up.got, sizeof pattern);
	assert_int_equal(scene.answers, 1);
	assert_int_equal(scene.err, 0);
	assert_int_equal(up.vertex.nrequests, 0);
	assert_int_equal(up.front.ncalls, 0);
	uploading_fini();
}

static void
who_gives_no_credit_gets_no_more(void **state)
{
	(void)state;
	uploading_init(HOLD);
	uploading_up();
	upload();
	exchange();
	assert_int_equal(up.got, LINK_WINDOW);
	assert_int_equal(up.sent, LINK_WINDOW);
	up.plan = TAKE;
	request_up_credit(up.rq, (uint32_t)up.held);
	request_up_credit(up.rq, 1);			/* over the window: not sent */
	exchange();
	assert_int_equal(up.got, sizeof pattern);
	assert_int_equal(scene.answers, 1);
	uploading_fini();
}

static void
an_answer_ends_a_stream_early(void **state)
{
	(void)state;
	uploading_init(REFUSE);
	uploading_up();
	upload();
	exchange();					/* chunks behind the refusal are dropped */
	assert_int_equal(scene.answers, 1);
	assert_int_equal(scene.err, E_STORAGE_ERROR);
	assert_int_equal(link_up_write(&up.front, up.id, pattern, 10), 0);
	assert_int_equal(up.vertex.nrequests, 0);
	uploading_fini();
}

static void
streams_from_the_asker_break(void **state)
{
	(void)state;
	uploading_init(TAKE);
	uploading_up();
	upload();
	link_up_end(&up.front, up.id, E_SERVICE_UNAVAILABLE);
	assert_int_equal(link_up_write(&up.front, up.id, pattern, 10), 0);
	exchange();
	assert_true(up.over);
	assert_int_equal(up.err, E_SERVICE_UNAVAILABLE);
	assert_int_equal(scene.err, E_SERVICE_UNAVAILABLE);

	up.over = false;
	up.sent = up.got = 0;
	upload();
	carry(&up.front, &up.vertex, 5000);
	link_down(&up.vertex);				/* the front died */
	assert_true(up.over);
	assert_int_equal(up.err, E_PEER_LOST);
	assert_int_equal(up.vertex.nrequests, 0);
	link_down(&up.front);
	assert_int_equal(scene.answers, 2);
	assert_int_equal(scene.err, E_PEER_LOST);
	uploading_fini();
}

static void
what_is_given_up_ends_at_the_other_end(void **state)
{
	struct ctx ctx = { .deadline_ms = 1500 };

	(void)state;
	uploading_init(TAKE);
	uploading_up();
	upload();
	carry(&up.front, &up.vertex, 5000);
	link_forget(&up.front, up.id);
	assert_int_equal(up.front.ncalls, 0);
	exchange();
	assert_true(up.over);
	assert_int_equal(up.err, E_PEER_LOST);
	assert_int_equal(up.vertex.nrequests, 0);
	assert_int_equal(scene.answers, 0);

	up.over = false;
	int64_t id = link_call_stream(&up.front, &ctx, MSG_object_read, &(struct msg_object_read){ .head = false },
	    CALL_HOLD, on_answer, on_chunk, NULL);
	exchange();
	assert_int_equal(scene.streamed, LINK_WINDOW);	/* held: no credit comes by itself */
	link_credit(&up.front, id, 1000);
	exchange();
	assert_int_equal(scene.streamed, LINK_WINDOW + 1000);
	link_forget(&up.front, id);
	exchange();
	assert_true(up.over);
	assert_int_equal(up.vertex.nrequests, 0);
	assert_false(scene.last);

	up.over = false;				/* and what is too late */
	upload();
	carry(&up.front, &up.vertex, 5000);
	clock_now += 500;
	link_tick(&up.front);
	assert_int_equal(scene.err, E_TIMEOUT);
	exchange();
	assert_true(up.over);
	assert_int_equal(up.vertex.nrequests, 0);
	uploading_fini();
}

/* Who gave up before the other end was there wants nothing of it any more. */
static void
forgotten_calls_are_not_sent(void **state)
{
	struct ctx ctx = { .deadline_ms = 1500 };
	struct pair p;

	(void)state;
	pair_init(&p);
	link_forget(&p.front, ask(&p, 0));
	assert_int_equal(p.front.ncalls, 0);
	pair_up(&p);
	int64_t again = ask(&p, CALL_AGAIN);
	link_down(&p.front);				/* sent, and to be sent again */
	link_forget(&p.front, again);
	assert_int_equal(p.front.ncalls, 0);
	link_down(&p.auth);
	pair_up(&p);
	assert_int_equal(link_write_next(&p.front).n, 0);
	assert_int_equal(scene.answers, 0);
	pair_fini(&p);

	uploading_init(TAKE);
	upload();
	link_forget(&up.front, up.id);
	link_call_stream(&up.front, &ctx, MSG_object_read, &(struct msg_object_read){ .head = false }, CALL_HOLD, on_answer, on_chunk, NULL);
	uploading_up();
	exchange();
	assert_int_equal(up.vertex.nrequests, 1);	/* the read: of the upload nothing came */
	assert_int_equal(up.sent, 0);
	uploading_fini();
}

/* While the other end was away more was asked than the queue holds: the rest follows. */
static void
all_that_waited_is_sent(void **state)
{
	enum { ASKED = 40, BYTES_EACH = 1 << 20 };
	static char text[BYTES_EACH];
	struct ctx ctx = { .deadline_ms = 9000 };
	struct msg_generation_create m = { .request_json = { text, sizeof text } };
	struct link front;
	size_t sent = 0;

	(void)state;
	memset(&scene, 0, sizeof scene);
	clock_now = 1000;
	assert_int_equal(link_init(&front, EDGE_front_db, ROLE_front, ROLE_db, NULL, 0, NULL, &hooks), 0);
	for (int i = 0; i < ASKED; i++)
		assert_true(link_call(&front, &ctx, MSG_generation_create, &m, i % 2 ? CALL_AGAIN : 0, on_answer, NULL) > 0);
	for (int round = 1; round <= 2; round++, sent = 0) {
		link_up(&front, 0, 1);
		for (struct bytes b = link_write_next(&front); b.n > 0; b = link_write_next(&front)) {
			assert_true(b.n <= LINK_OUT_MAX);
			sent += b.n;
			link_write_done(&front, b.n);
		}
		assert_true(sent > (size_t)ASKED / (size_t)round * BYTES_EACH);
		assert_int_equal(front.nwaiting, 0);
		link_down(&front);	/* now only those that may be sent again are left */
		assert_int_equal(scene.answers, ASKED / 2);
	}
	link_fini(&front);
	assert_int_equal(scene.answers, ASKED);
}

/* ---- peers that break the rules ---- */

static void
feed_frame(struct link *to, const char *bytes, size_t n, const char *expect)
{
	const char *why = NULL;
	char *room = link_read_room(to, n + 4);

	room[0] = (char)(n >> 24);
	room[1] = (char)(n >> 16);
	room[2] = (char)(n >> 8);
	room[3] = (char)n;
	memcpy(room + 4, bytes, n);
	scene.logged = NULL;
	assert_int_equal(link_read_done(to, n + 4, &why), -1);
	assert_string_equal(why, expect);
	assert_string_equal(scene.logged, expect);
	link_down(to);
	link_up(to, 0, 1);
}

#define CTX "\x93\x00\xc4\x18" "012345678901234567890123" "\xa0"

static void
violations_close_the_link(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p);
	pair_up(&p);
#define FEED(text, expect) feed_frame(&p.auth, text, sizeof(text) - 1, expect)
	FEED("\x81\x01\x02", "malformed or foreign msgpack");
	FEED("\x91\x91\x91\x91\x91\x91\x01", "nested too deep");
	FEED("\x93\x00\x01\x02", "a frame of the wrong size");
	FEED("\x95\x00\x00\x18\x91\xc3" CTX, "id 0");
	FEED("\x95\x00\x01\xcc\xf9\x90" CTX, "no such message");
	FEED("\x95\x00\x01\x40\x91\xc4\x00" CTX, "not allowed on this edge");	/* profile_get is for db */
	FEED("\x95\x00\x01\x18\x91\x05" CTX, "deep");				/* the wrong type */
	FEED("\x95\x00\x01\x18\x91\xc3" "\x93\x00\xc4\x01x\xa0", "trace of the wrong size");
	FEED("\x94\x02\x18\x91\xc3" CTX, "a request sent as a notice");
	assert_int_equal(scene.requests, 0);
	pair_fini(&p);
}

/* The wire's [type, id, ..] frames of streams, from peers that ignore its rules. */
static void
streams_have_rules(void **state)
{
	static char chunk[9 + LINK_CHUNK] = "\x94\x05\x01\x00\xc6\x00\x01\x00\x00";
	struct ctx ctx = { .deadline_ms = 1500 };
	struct pair p;

	(void)state;
#define BAD(end, text, expect) feed_frame(end, text, sizeof(text) - 1, expect)
	uploading_init(HOLD);
	uploading_up();
	upload();					/* id 1: the window is used up */
	carry(&up.front, &up.vertex, 5000);
	feed_frame(&up.vertex, chunk, sizeof chunk, "more than its credit");
	BAD(&up.vertex, "\x94\x05\x01\x04\xc4\x00", "an integer out of range");
	uploading_fini();

	uploading_init(HOLD);
	uploading_up();
	link_call_up(&up.front, &ctx, MSG_object_write, &(struct msg_object_write){ .size = 1 }, on_answer, NULL, NULL);
	BAD(&up.front, "\x93\x06\x01\x01", "more credit than was used");
	uploading_fini();

	uploading_init(HOLD);
	uploading_up();
	link_call_up(&up.front, &ctx, MSG_object_write, &(struct msg_object_write){ .size = 1 }, on_answer, NULL, NULL);
	BAD(&up.front, "\x94\x03\x01\x00\xc4\x00", "a chunk before its answer");
	uploading_fini();

	uploading_init(HOLD);
	uploading_up();
	link_call_stream(&up.front, &ctx, MSG_object_read, &(struct msg_object_read){ .head = false }, 0, on_answer, on_chunk, NULL);
	carry(&up.front, &up.vertex, 5000);
	BAD(&up.vertex, "\x94\x05\x01\x00\xc4\x00", "a chunk that is not asked for");
	uploading_fini();

	pair_init(&p);
	pair_up(&p);
	scene.plan = KEEP;
	ask(&p, 0);
	carry(&p.front, &p.auth, 5000);
	BAD(&p.auth, "\x92\x07\x01", "a request without a stream cannot be stopped");
	BAD(&p.front, "\x93\x06\x01\x00", "credit for no stream");
	pair_fini(&p);
}

static void
lengths_are_bounded_before_they_are_read(void **state)
{
	struct pair p;
	const char *why = NULL;

	(void)state;
	pair_init(&p);
	pair_up(&p);
	memcpy(link_read_room(&p.auth, 4), "\x7f\xff\xff\xff", 4);
	assert_int_equal(link_read_done(&p.auth, 4, &why), -1);
	assert_string_equal(why, "a frame over the limit");
	assert_int_equal(p.auth.stats.violations, 1);
	pair_fini(&p);
}

/* The table decides by both ends' roles: what auth may be asked, notifier may not. */
static void
roles_decide(void **state)
{
	struct link vertex;
	struct pair p;

	(void)state;
	pair_init(&p);
	link_init(&vertex, EDGE_front_vertex, ROLE_notifier, ROLE_vertex, notifier_routes, COUNT(notifier_routes), NULL, &hooks);
	link_up(&vertex, 0, 1);
	feed_frame(&vertex, "\x95\x00\x01\x58\x92\xc4\x00\xc4\x10" "0123456789abcdef" CTX,
	    sizeof("\x95\x00\x01\x58\x92\xc4\x00\xc4\x10" "0123456789abcdef" CTX) - 1, "not allowed on this edge");
	link_fini(&vertex);
	pair_fini(&p);
}

static void
expired_requests_are_not_worked_on(void **state)
{
	struct pair p;

	(void)state;
	pair_init(&p);
	pair_up(&p);
	ask(&p, 0);
	clock_now += 1000;
	carry(&p.front, &p.auth, 100);
	assert_int_equal(scene.requests, 0);
	assert_int_equal(p.auth.stats.expired, 1);
	pair_fini(&p);
}

/* A peer that asks and never reads is cut off, instead of filling our memory. */
static void
deaf_peers_are_cut_off(void **state)
{
	static char big[2 << 20];
	struct link front, db;
	struct ctx ctx = { .deadline_ms = 5000 };
	unsigned asked = 0;

	(void)state;
	memset(&scene, 0, sizeof scene);
	memset(big, 'x', sizeof big);
	static const struct route routes[] = { { MSG_profile_get, on_profile_get } };
	big_row = bytes_of(big, sizeof big);
	link_init(&front, EDGE_front_db, ROLE_front, ROLE_db, NULL, 0, NULL, &hooks);
	link_init(&db, EDGE_front_db, ROLE_db, ROLE_front, routes, 1, NULL, &hooks);
	link_up(&front, 0, 1);
	link_up(&db, 0, 1);
	while (db.broken == NULL && asked++ < 100) {
		link_call(&front, &ctx, MSG_profile_get, &(struct msg_profile_get){ .ticket = BYTES("t") }, 0, on_answer, NULL);
		assert_int_equal(carry(&front, &db, 4096), 0);
	}
	assert_string_equal(db.broken, "does not read its answers");
	assert_true(db.out.n < LINK_OUT_DEAF + 2 * sizeof big);
	link_fini(&front);
	link_fini(&db);
}

/* Neither what was written nor what was read stays behind. */
static void
buffers_keep_no_secret(void **state)
{
	static const char secret[] = "Correct-horse-battery-9";
	struct pair p;
	struct ctx ctx = { .deadline_ms = clock_now + 500 };

	(void)state;
	pair_init(&p);
	pair_up(&p);
	link_call(&p.front, &ctx, MSG_auth_login, &(struct msg_auth_login){ .email = BYTES("a@b"),
	    .password = bytes_str(secret) }, 0, on_answer, NULL);
	assert_non_null(memmem(p.front.out.p, p.front.out.cap, secret, sizeof secret - 1));
	carry(&p.front, &p.auth, 4096);		/* auth has no route for it here: the link breaks, and still */
	link_down(&p.auth);
	assert_null(memmem(p.front.out.p, p.front.out.cap, secret, sizeof secret - 1));
	assert_null(memmem(p.auth.in.p, p.auth.in.cap, secret, sizeof secret - 1));
	pair_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_back_byte_by_byte),
		cmocka_unit_test(errors_carry_code_and_detail),
		cmocka_unit_test(deadlines_end_calls),
		cmocka_unit_test(calls_survive_a_restart),
		cmocka_unit_test(queues_are_bounded),
		cmocka_unit_test(forgotten_calls_stay_silent),
		cmocka_unit_test(streams_flow_by_credit),
		cmocka_unit_test(streams_break_with_the_connection),
		cmocka_unit_test(requests_bring_streams),
		cmocka_unit_test(who_gives_no_credit_gets_no_more),
		cmocka_unit_test(an_answer_ends_a_stream_early),
		cmocka_unit_test(streams_from_the_asker_break),
		cmocka_unit_test(what_is_given_up_ends_at_the_other_end),
		cmocka_unit_test(forgotten_calls_are_not_sent),
		cmocka_unit_test(all_that_waited_is_sent),
		cmocka_unit_test(streams_have_rules),
		cmocka_unit_test(violations_close_the_link),
		cmocka_unit_test(lengths_are_bounded_before_they_are_read),
		cmocka_unit_test(roles_decide),
		cmocka_unit_test(expired_requests_are_not_worked_on),
		cmocka_unit_test(deaf_peers_are_cut_off),
		cmocka_unit_test(buffers_keep_no_secret),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
