/* tests/unit/test_object_write.c - a stream of a request that becomes an object, by a resumable upload:
 * its pieces, what is held back until the end, storage that fails, an asker that goes away, and either of
 * them that stops moving. The asker, Google and the clock are played.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/encode.h"
#include "actors/vertex/storage/objects.h"
#include "actors/vertex/outcome.h"
#include "actors/vertex/storage/resumable.h"

enum { MiB = 1 << 20, PIECES_MAX = 16 };

enum fault { NONE, CUT, CUT_HALF, HALF, BUSY, FORGOTTEN, SILENT, WRONG_CRC };

static struct {
	uint64_t now;
	/* storage */
	struct buf object;
	bool complete, cancelled, deleted;
	bool there, there_late;		/* an object has the name: told when the upload begins, or at its end */
	unsigned sessions, pieces, statuses, compared;
	enum fault faults[PIECES_MAX];	/* of each piece in turn */
	char totals[PIECES_MAX][24];	/* what it said of the object's size */
	struct pending {
		struct call **slot;
		struct buf body;
		google_done *done;
		void *arg;
		char what[32], range[96];
		ev_timer soon;
		struct pending *next;
	} *silent;
	/* the asker */
	struct request rq;
	uint64_t credit;		/* bytes it may send */
	unsigned entered;
	bool answered;
	unsigned err;
	char detail[128];
} st;
static struct vertex vertex;

static char content[4 * MiB];

/* ---- storage ---- */

static void
pending_end(struct pending *p, struct http_answer *a)
{
	if (p->slot != NULL)
		*p->slot = NULL;
	a->asked = &p->body;
	a->content_type = "";
	a->why = "";
	p->done(p->arg, a, 0, "");
	buf_free(&p->body);
	buf_free(&a->body);
	free(p);
}

static void
resource(struct http_answer *a, bool wrong)
{
	char crc[9];

	crc32c_text(crc32c(st.object.p, st.object.n) + wrong, crc);
	a->status = 200;
	buf_printf(&a->body, "{\"crc32c\":\"%s\"}", crc);
	st.complete = true;
}

static void
piece(const struct pending *p, struct http_answer *a)
{
	unsigned long long from = 0, last = 0;
	enum fault f = st.pieces < PIECES_MAX ? st.faults[st.pieces] : NONE;
	const char *total = strchr(p->range, '/') + 1;
	size_t n = f == HALF || f == CUT_HALF ? p->body.n / 2 : f == NONE || f == WRONG_CRC ? p->body.n : 0;

	snprintf(st.totals[st.pieces++ % PIECES_MAX], sizeof st.totals[0], "%.23s", total);
	assert_int_equal(sscanf(p->range, "Content-Range: bytes %llu-%llu/", &from, &last), 2);
	assert_int_equal(last - from + 1, p->body.n);
	assert_int_equal(from, st.object.n);	/* nothing is sent twice, and nothing is left out */
	assert_int_equal(buf_add(&st.object, p->body.p, n), 0);
	a->status = f == BUSY ? 503 : f == FORGOTTEN ? 410 : 308;
	a->stored = st.object.n;
	if (st.there_late && st.object.n >= 2 * MiB)
		a->status = 412;
	else if (f == CUT || f == CUT_HALF)
		a->end = HTTP_CUT;
	else if (strcmp(total, "*") != 0 && st.object.n == strtoull(total, NULL, 10))
		resource(a, f == WRONG_CRC);
	else if (strcmp(total, "*") == 0)
		assert_int_equal(p->body.n % (256 << 10), 0);
}

static void
on_soon(struct ev_loop *loop, ev_timer *t, int events)
{
	struct pending *p = t->data;
	struct http_answer a = { .end = HTTP_ANSWERED };

	(void)loop;
	(void)events;
	if (strcmp(p->what, "storage_session") == 0) {
		st.sessions++;
		st.object.n = 0;
		a.status = st.there ? 412 : 200;
		snprintf(a.location, sizeof a.location, st.there ? "" : "http://storage/upload/session");
	} else if (strcmp(p->what, "storage_compare") == 0) {
		a.status = st.compared++ == 0 ? 503 : 200;	/* it is asked again */
		st.object.n = 0;
		buf_add(&st.object, content, sizeof content);
		resource(&a, false);
		a.status = st.compared == 1 ? 503 : 200;
	} else if (strcmp(p->what, "storage_status") == 0) {
		st.statuses++;
		a.status = 308;
		a.stored = st.object.n;
		if (st.complete)
			resource(&a, false);
	} else if (strcmp(p->what, "storage_cancel") == 0) {
		st.cancelled = true;
		a.status = 499;
	} else {
		piece(p, &a);
	}
	pending_end(p, &a);
}

void
google_call(struct google *g, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg)
{
	struct pending *p = calloc(1, sizeof *p);

	(void)ctx;
	p->slot = ask->slot;
	p->done = done;
	p->arg = arg;
	snprintf(p->what, sizeof p->what, "%s", ask->what);
	if (ask->headers[0] != NULL)
		snprintf(p->range, sizeof p->range, "%s", ask->headers[0]);
	if (ask->body != NULL) {
		p->body = *ask->body;
		*ask->body = (struct buf){ 0 };
	}
	if (p->slot != NULL)
		*p->slot = (struct call *)p;
	ev_timer_init(&p->soon, on_soon, 0, 0);
	p->soon.data = p;
	if (strcmp(p->what, "storage_piece") == 0 && st.pieces < PIECES_MAX && st.faults[st.pieces] == SILENT)
		return;			/* never answered */
	ev_timer_start(g->http.loop, &p->soon);
}

void
http_abort(struct call *c)
{
	struct pending *p = (struct pending *)c;

	ev_timer_stop(vertex.google.http.loop, &p->soon);
	pending_end(p, &(struct http_answer){ .end = HTTP_CUT });
}

int
storage_url(const struct google *g, struct buf *url, const char *path, struct bytes bucket, struct bytes object)
{
	(void)g;
	(void)path;
	(void)bucket;
	(void)object;
	return buf_str(url, "http://storage/");
}

unsigned
storage_error(struct outcome *o, const struct http_answer *a, unsigned err, const char *detail, const char *project)
{
	(void)err;
	(void)detail;
	outcome_of_http(o, a, PHASE_READ, E_STORAGE_ERROR, project);
	return o->code;
}

bool
storage_crc_is(const struct http_answer *a, const char *crc)
{
	return a->body.n > 0 && memmem(a->body.p, a->body.n, crc, strlen(crc)) != NULL;
}

void
storage_delete(struct google *g, const struct ctx *ctx, const char *uri, delete_done *done, void *arg)
{
	(void)g;
	(void)ctx;
	(void)uri;
	st.deleted = true;
	done(arg, 0, "");
}

/* ---- the asker ---- */

bool
object_granted(const struct vertex *v, struct request *rq, enum grant_use use, struct bytes ticket, struct bytes sealed, struct object *out)
{
	(void)v;
	(void)rq;
	(void)ticket;
	(void)sealed;
	assert_int_equal(use, GRANT_WRITE);
	snprintf(out->uri, sizeof out->uri, "gs://bucket/users/u/x.png");
	return true;
}

bool
object_stream_enter(struct vertex *v, struct object_stream *s, const struct id *user, bool writes)
{
	(void)v;
	(void)s;
	(void)user;
	st.entered++;
	return writes;
}

void
object_stream_leave(struct object_stream *s)
{
	(void)s;
	st.entered--;
}

void
request_answer(struct request *rq, const void *body)
{
	(void)rq;
	(void)body;
	assert_false(st.answered || st.err != 0);
	st.answered = true;
}

void
request_fail(struct request *rq, unsigned code, const char *detail)
{
	(void)rq;
	assert_false(st.answered || st.err != 0);
	st.err = code;
	snprintf(st.detail, sizeof st.detail, "%s", detail);
}

void
request_up_credit(struct request *rq, uint32_t n)
{
	rq->up_room += n;
	assert_true(rq->up_room <= LINK_WINDOW);
}

bool
request_alive(const struct request *rq)
{
	(void)rq;
	return true;
}

uint64_t
now_ms(void)
{
	return st.now;
}

/* ---- doing it ---- */

static int patience = 5000;		/* ms that a stalled stream is tried for */

static void
begin(uint64_t size)
{
	enum fault faults[PIECES_MAX];
	bool there = st.there, there_late = st.there_late;

	memcpy(faults, st.faults, sizeof faults);
	buf_free(&st.object);
	memset(&st, 0, sizeof st);
	memcpy(st.faults, faults, sizeof faults);
	st.there = there;
	st.there_late = there_late;
	st.now = 1000000;
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (char)(i * 7 + i / 1000);
	memcpy(content, "\x89PNG\r\n\x1a\n", 8);
	st.rq.up_room = LINK_WINDOW;
	st.rq.msg = MSG_object_write;
	st.rq.body.object_write = (struct msg_object_write){ .size = size, .mime_type = BYTES("image/png") };
	vertex.upload_max = sizeof content;
	on_object_write(&vertex, &st.rq);
}

/* Sends what credit allows of content[from, to), and lets the loop run until that is all, or nothing moves. */
static void
put(size_t from, size_t to, bool last)
{
	for (int idle = 0; from < to && idle < patience && st.err == 0; idle++) {
		size_t n = to - from < 16384 ? to - from : 16384;
		if (n <= st.rq.up_room) {
			st.rq.up_room -= (uint32_t)n;
			st.rq.on_up(&st.rq, (struct bytes){ content + from, (uint32_t)n }, false, 0);
			from += n;
			idle = 0;
		} else {
			ev_sleep(0.001);
			ev_run(vertex.google.http.loop, EVRUN_NOWAIT);
		}
	}
	if (last && st.err == 0)
		st.rq.on_up(&st.rq, (struct bytes){ "", 0 }, true, 0);
}

static void
run_until(const bool *flag, unsigned seconds)
{
	ev_tstamp end = ev_time() + seconds;

	while (!*flag && st.err == 0 && ev_time() < end) {
		ev_sleep(0.001);
		ev_run(vertex.google.http.loop, EVRUN_NOWAIT);
	}
}

static void
run_for(double seconds)
{
	ev_tstamp end = ev_time() + seconds;

	while (ev_time() < end) {
		ev_sleep(0.001);
		ev_run(vertex.google.http.loop, EVRUN_NOWAIT);
	}
}

static bool
object_is(size_t n)
{
	return st.complete && st.object.n == n && memcmp(st.object.p, content, n) == 0;
}

static void
write_whole(size_t n)
{
	begin(n);
	put(0, n, true);
	run_until(&st.answered, 20);
	run_for(0.01);
}

static void
any_length_arrives(void **unused)
{
	static const size_t sizes[] = { 8, 4095, 4096, MiB - 1, MiB, MiB + 1, 2 * MiB, 4 * MiB };

	(void)unused;
	memset(st.faults, 0, sizeof st.faults);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		write_whole(sizes[i]);
		assert_true(st.answered);
		assert_true(object_is(sizes[i]));
		assert_int_equal(st.sessions, 1);
		assert_int_equal(st.entered, 0);
		assert_false(st.cancelled || st.deleted);
	}
}

static void
the_last_piece_waits_for_the_end(void **unused)
{
	(void)unused;
	memset(st.faults, 0, sizeof st.faults);
	begin(2 * MiB);
	put(0, 2 * MiB, false);
	run_for(0.05);
	assert_int_equal(st.object.n, MiB);
	assert_false(st.complete);
	put(0, 0, true);
	run_until(&st.answered, 5);
	assert_true(object_is(2 * MiB));
}

static void
a_broken_upload_goes_on_where_it_stopped(void **unused)
{
	static const enum fault faults[][PIECES_MAX] = {
		{ CUT_HALF }, { NONE, HALF, HALF }, { BUSY }, { NONE, NONE, CUT }, { FORGOTTEN }, { CUT, CUT_HALF, NONE, NONE, CUT_HALF },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(faults); i++) {
		memcpy(st.faults, faults[i], sizeof st.faults);
		write_whole(3 * MiB + 5);
		assert_true(st.answered);
		assert_true(object_is(3 * MiB + 5));
	}
	memset(st.faults, 0, sizeof st.faults);
	st.faults[1] = FORGOTTEN;	/* and its beginning is not here any more */
	write_whole(3 * MiB);
	assert_int_equal(st.err, E_STORAGE_ERROR);
	assert_int_equal(st.entered, 0);
}

static void
an_object_that_is_there_counts_if_it_is_the_same(void **unused)
{
	(void)unused;
	memset(st.faults, 0, sizeof st.faults);
	for (int late = 0; late < 2; late++) {
		st.there = !late;
		st.there_late = late;
		write_whole(4 * MiB);
		assert_true(st.answered);
		write_whole(4 * MiB - 1);	/* it is another one */
		assert_int_equal(st.err, E_STORAGE_ERROR);
		assert_int_equal(st.compared, 2);
		assert_false(st.deleted || st.cancelled);
		assert_int_equal(st.entered, 0);
	}
	st.there = st.there_late = false;
}

static void
damage_on_the_way_leaves_no_object(void **unused)
{
	(void)unused;
	memset(st.faults, 0, sizeof st.faults);
	st.faults[0] = WRONG_CRC;
	write_whole(1000);
	assert_int_equal(st.err, E_STORAGE_ERROR);
	assert_true(st.deleted);
}

static void
an_asker_that_leaves_ends_the_session(void **unused)
{
	(void)unused;
	for (int silent = 0; silent < 2; silent++) {
		memset(st.faults, 0, sizeof st.faults);
		if (silent)
			st.faults[1] = SILENT;
		begin(4 * MiB);
		put(0, 2 * MiB + MiB / 2, false);
		run_for(0.02);
		st.rq.on_up(&st.rq, (struct bytes){ "\x13", 1 }, true, E_PEER_LOST);
		assert_int_equal(st.err, E_PEER_LOST);
		assert_int_equal(st.entered, 0);
		run_for(0.02);
		assert_true(st.cancelled);
		assert_false(st.complete);
	}
}

static void
who_stops_loses_the_place(void **unused)
{
	(void)unused;
	memset(st.faults, 0, sizeof st.faults);
	begin(4 * MiB);
	put(0, 2000, false);		/* not even a type */
	st.now += 59000;
	run_for(0.3);
	assert_int_equal(st.err, 0);
	put(2000, 20000, false);
	run_for(0.3);			/* it moved */
	st.now += 59000;
	run_for(0.3);
	assert_int_equal(st.err, 0);
	st.now += 2000;
	run_for(0.3);
	assert_int_equal(st.err, E_TIMEOUT);
	assert_int_equal(st.entered, 0);
	assert_true(st.cancelled);

	st.faults[1] = SILENT;
	begin(4 * MiB);
	patience = 100;
	put(0, 4 * MiB, false);
	patience = 5000;
	assert_int_equal(st.object.n, MiB);
	run_for(0.3);
	st.now += 61000;
	run_for(0.3);
	assert_int_equal(st.err, E_STORAGE_ERROR);
	assert_string_equal(st.detail, "storage stopped taking the object");
	assert_int_equal(st.entered, 0);
	assert_true(st.cancelled);
}

static void
who_trickles_loses_it_too(void **unused)
{
	(void)unused;
	memset(st.faults, 0, sizeof st.faults);
	begin(100000);
	for (size_t i = 0; i < 4 && st.err == 0; i++) {
		put(i * 10, i * 10 + 10, false);
		st.now += 32000;
		run_for(0.3);
	}
	assert_int_equal(st.err, E_TIMEOUT);
	assert_int_equal(st.entered, 0);
}

/* ---- without a size, as media out of an answer ---- */

static void
on_moved(void *arg)
{
	++*(unsigned *)arg;
}

static void
on_stored(void *arg, unsigned err, const char *detail)
{
	(void)arg;
	(void)detail;
	st.err = err;
	st.answered = err == 0;
}

static void
an_unknown_size_is_told_at_the_end(void **unused)
{
	struct ctx ctx = { .deadline_ms = 0 };
	unsigned moved = 0;

	(void)unused;
	for (int end = 0; end < 2; end++) {
		memset(st.faults, 0, sizeof st.faults);
		begin(1);
		st.rq.on_up(&st.rq, (struct bytes){ "", 0 }, false, E_PEER_LOST);
		st.err = 0;
		struct resumable *u = resumable_new(&(struct resumable_ask){ .google = &vertex.google, .ctx = &ctx, .uri = "gs://b/o",
		    .mime = "image/png", .moved = on_moved, .done = on_stored, .arg = &moved });
		assert_int_equal(resumable_add(u, content, 2 * MiB), 0);
		run_for(0.05);
		assert_int_equal(st.object.n, MiB);	/* exactly two pieces: the second may be the last */
		assert_string_equal(st.totals[0], "*");
		assert_int_equal(resumable_waiting(u), MiB);
		assert_false(resumable_busy(u));
		if (end == 0) {
			resumable_cancel(u);
			run_for(0.02);
			assert_true(st.cancelled);
			assert_false(st.complete);
			continue;
		}
		resumable_finish(u, on_stored, NULL);
		run_until(&st.answered, 5);
		assert_true(object_is(2 * MiB));
		assert_string_equal(st.totals[1], "2097152");
	}
	assert_int_equal(moved, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_length_arrives),
		cmocka_unit_test(the_last_piece_waits_for_the_end),
		cmocka_unit_test(a_broken_upload_goes_on_where_it_stopped),
		cmocka_unit_test(an_object_that_is_there_counts_if_it_is_the_same),
		cmocka_unit_test(damage_on_the_way_leaves_no_object),
		cmocka_unit_test(an_asker_that_leaves_ends_the_session),
		cmocka_unit_test(who_stops_loses_the_place),
		cmocka_unit_test(who_trickles_loses_it_too),
		cmocka_unit_test(an_unknown_size_is_told_at_the_end),
	};

	vertex.google.http.loop = ev_loop_new(0);
	snprintf(vertex.google.storage, sizeof vertex.google.storage, "http://storage");
	int rc = cmocka_run_group_tests(tests, NULL, NULL);
	buf_free(&st.object);
	ev_loop_destroy(vertex.google.http.loop);
	return rc;
}
