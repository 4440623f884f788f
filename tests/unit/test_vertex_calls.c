/* tests/unit/test_vertex_calls.c - several calls for one generation: what becomes of those that
 * went well, were held back, refused, lost or put off. Google, its storage and the gate are played.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

#define PART(type, data) "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"" type "\",\"data\":\"" data "\"}}]}}]}"
#define IMAGE PART("image/png", "iVBORw0KGgo=")
#define HELD "{\"candidates\":[{\"finishReason\":\"IMAGE_SAFETY\"}]}"
#define RECITED "{\"candidates\":[{\"finishReason\":\"IMAGE_RECITATION\"}]}"
#define BLOCKED "{\"promptFeedback\":{\"blockReason\":\"BLOCKLIST\"}}"
#define BUSY "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"quota\"}}"
#define WRONG "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"no such thing\"}}"
#define GONE "{\"error\":{\"code\":404,\"status\":\"NOT_FOUND\",\"message\":\"Publisher Model `m` was not found\"}}"

enum { ANSWERS_MAX = 16 };
struct played { long status; const char *body; };	/* status 0: the connection breaks */

static struct {
	struct played answers[ANSWERS_MAX];	/* in the order in which Google is asked */
	unsigned asked, uploads, entered, left;
	char stored[128];			/* the last upload: name and type */
	unsigned told;				/* how often the poller was */
	unsigned err;
	char detail[2048], results[4096], model[80];
} st;

static bool full;			/* the gate lets each in once */
static struct vertex vertex;

/* ---- the parts that are played ---- */

void
google_call(struct google *g, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg)
{
	const struct played *p = &st.answers[st.asked < ANSWERS_MAX ? st.asked : 0];
	struct http_answer a = { .end = p->status == 0 ? HTTP_CUT : HTTP_ANSWERED, .status = p->status, .content_type = "", .why = "" };

	(void)g;
	(void)ctx;
	st.asked++;
	assert_non_null(p->body);
	if (p->status == 200)
		assert_int_equal(ask->sink(ask->sink_arg, &a, p->body, strlen(p->body)), strlen(p->body));
	else
		assert_int_equal(buf_add(&a.body, p->body, strlen(p->body)), 0);
	done(arg, &a, 0, "");
	buf_free(&a.body);
}

void
operation_cancel(struct vertex *v, const struct ctx *ctx, struct bytes name)
{
	(void)v;
	(void)ctx;
	(void)name;
	fail();				/* nothing here runs on */
}

void
http_resume(struct call *c)
{
	(void)c;
	fail();
}

struct resumable *
resumable_new(const struct resumable_ask *ask)
{
	(void)ask;
	fail();
	return NULL;
}

int
resumable_add(struct resumable *u, const void *p, size_t n)
{
	(void)u;
	(void)p;
	(void)n;
	return -1;
}

size_t
resumable_waiting(const struct resumable *u)
{
	(void)u;
	return 0;
}

void
resumable_finish(struct resumable *u, upload_done *done, void *arg)
{
	(void)u;
	(void)done;
	(void)arg;
}

void
resumable_cancel(struct resumable *u)
{
	(void)u;
}

void
storage_upload(struct google *g, const struct ctx *ctx, const char *uri, const char *mime, struct buf *bytes,
    upload_done *done, void *arg)
{
	(void)g;
	(void)ctx;
	snprintf(st.stored, sizeof st.stored, "%s as %s", strrchr(uri, '/') + 1, mime);
	buf_free(bytes);
	st.uploads++;
	done(arg, 0, "");
}

void
storage_probe(struct google *g, const struct ctx *ctx, const char *uri, probe_done *done, void *arg)
{
	(void)g;
	(void)ctx;
	(void)uri;
	done(arg, 0, "", &(struct stored){ .size = 7, .mime = "image/png" });
}

int
gate_enter(struct gate *g, struct place *p, const struct model *m, uint64_t until_ms, void (*enter)(void *, unsigned), void *arg)
{
	(void)g;
	(void)p;
	(void)m;
	(void)until_ms;
	if (full && st.entered > 0)
		return -E_UPSTREAM_BUSY;
	st.entered++;
	enter(arg, 0);
	return 0;
}

unsigned
gate_leave(struct gate *g, const struct place *p, const struct gate_news *news)
{
	(void)g;
	(void)p;
	(void)news;
	st.left++;
	return 0;
}

bool
gate_give_up(struct gate *g, struct place *p)
{
	(void)g;
	(void)p;
	return false;
}

unsigned
gate_width(const struct gate *g, const struct model *m)
{
	(void)g;
	(void)m;
	return 1;
}

const char *
gate_why(const struct gate *g, const struct model *m)
{
	(void)g;
	(void)m;
	return "full";
}

void
request_answer(struct request *rq, const void *body)
{
	const struct msg_generated *m = body;

	(void)rq;
	st.told++;
	assert_true(m->done);
	snprintf(st.results, sizeof st.results, "%.*s", (int)m->results_json.n, m->results_json.p);
	snprintf(st.model, sizeof st.model, "%.*s", (int)m->model.n, m->model.p);
}

void
request_fail(struct request *rq, unsigned code, const char *detail)
{
	(void)rq;
	st.told++;
	st.err = code;
	snprintf(st.detail, sizeof st.detail, "%s", detail);
}

uint64_t
wall_ms(void)
{
	return 1800000000000u;
}

uint64_t
now_ms(void)
{
	return 1000;
}

/* ---- asking ---- */

/* Asks for four images; `deadline_ms` after now. */
static void
ask(const struct played answers[], size_t n, uint64_t deadline_ms)
{
	struct request *rq = calloc(1, sizeof *rq);

	memset(&st, 0, sizeof st);
	memcpy(st.answers, answers, n * sizeof *answers);
	vertex.aliases = "";
	vertex.retired = (struct retired){ .next = 0 };
	snprintf(vertex.storage_uri, sizeof vertex.storage_uri, "gs://bucket/out");
	vertex.google.http.loop = ev_default_loop(0);
	rq->ctx.deadline_ms = now_ms() + deadline_ms;
	rq->body.generate = (struct msg_generate){ .attempt = 1, .kind = BYTES("IMAGE"),
		.request_json = BYTES("{\"prompt\":\"a boat\",\"sampleCount\":4}") };
	on_generate(&vertex, rq);
	ev_run(vertex.google.http.loop, 0);
	assert_int_equal(st.told, 1);
	assert_int_equal(st.entered, st.left);
	assert_null(vertex.making);
	free(rq);
}
#define ASK(...) ask((const struct played[]){ __VA_ARGS__ }, COUNT(((const struct played[]){ __VA_ARGS__ })), 400000)

static size_t
results(void)
{
	json_t *list = json_loads(st.results, 0, NULL);
	size_t n = json_array_size(list);

	json_decref(list);
	return n;
}

static bool
says(const char *part)
{
	return strstr(st.detail, part) != NULL;
}

static void
what_came_is_kept(void **unused)
{
	(void)unused;
	ASK({ 200, IMAGE }, { 200, HELD }, { 200, IMAGE }, { 400, WRONG });
	assert_int_equal(st.err, 0);
	assert_int_equal(results(), 2);
	assert_int_equal(st.uploads, 2);
	assert_string_equal(st.stored, "sample_2.png as image/png");
	assert_string_equal(st.model, "gemini-nano-banana-2.1");
	ASK({ 0, "" }, { 200, "{\"candidates\":[{\"content\":" }, { 500, "" }, { 200, IMAGE });
	assert_int_equal(results(), 1);
}

static void
an_image_is_what_its_bytes_say(void **unused)
{
	(void)unused;
	ASK({ 200, PART("image/png", "/9j/4AAQSkZJRg==") }, { 200, HELD }, { 200, HELD }, { 200, HELD });
	assert_string_equal(st.stored, "sample_0.jpg as image/jpeg");
	assert_non_null(strstr(st.results, "\"mimeType\":\"image/jpeg\""));
	ASK({ 200, PART("image/avif", "AAAA") }, { 200, PART("text/html", "AAAA") }, { 200, HELD }, { 200, HELD });
	assert_int_equal(results(), 2);
	assert_non_null(strstr(st.results, "\"mimeType\":\"image/avif\""));
	assert_null(strstr(st.results, "html"));
}

static void
where_nothing_came_all_reasons_are_told(void **unused)
{
	(void)unused;
	ASK({ 200, HELD }, { 200, RECITED }, { 200, BLOCKED }, { 200, HELD });
	assert_int_equal(st.err, E_CONTENT_FILTERED);
	json_t *list = json_loads(strchr(st.detail, '\n'), 0, NULL);
	assert_int_equal(json_array_size(list), 3);
	json_decref(list);
	ASK({ 200, HELD }, { 400, WRONG }, { 0, "" }, { 200, HELD });	/* a filter decides, for it will not change its mind */
	assert_int_equal(st.err, E_CONTENT_FILTERED);
	ASK({ 400, WRONG }, { 400, WRONG }, { 400, WRONG }, { 400, WRONG });
	assert_int_equal(st.err, E_IMAGEN_API_ERROR);
	assert_true(says("no such thing"));
}

static void
a_lost_answer_is_no_riddle(void **unused)
{
	(void)unused;
	ASK({ 0, "" }, { 0, "" }, { 504, "" }, { 503, "<html>" });
	assert_int_equal(st.err, E_IMAGEN_API_ERROR);	/* what came inline is lost: nothing can be found */
	assert_true(says("broke before its answer"));
}

static void
all_put_off_is_the_pollers_matter(void **unused)
{
	(void)unused;
	ASK({ 429, BUSY }, { 429, BUSY }, { 429, BUSY }, { 429, BUSY });
	assert_int_equal(st.err, E_UPSTREAM_BUSY);
	assert_int_equal(st.asked, 4);
}

static void
some_put_off_are_asked_again(void **unused)
{
	(void)unused;
	ASK({ 200, IMAGE }, { 429, BUSY }, { 200, IMAGE }, { 429, BUSY }, { 200, IMAGE }, { 200, HELD });
	assert_int_equal(results(), 3);
	assert_int_equal(st.asked, 6);
	assert_int_equal(st.entered, 2);
	/* not without end: no time, no room */
	ask((const struct played[]){ { 200, IMAGE }, { 429, BUSY }, { 429, BUSY }, { 200, IMAGE } }, 4, LEAST_MS);
	assert_int_equal(results(), 2);
	assert_int_equal(st.asked, 4);
	full = true;
	ASK({ 200, IMAGE }, { 429, BUSY }, { 200, IMAGE }, { 200, IMAGE });
	full = false;
	assert_int_equal(results(), 3);
	assert_int_equal(st.asked, 4);
}

static void
a_model_that_is_gone_has_a_successor(void **unused)
{
	(void)unused;
	ASK({ 404, GONE }, { 404, GONE }, { 404, GONE }, { 404, GONE }, { 200, IMAGE }, { 200, IMAGE }, { 200, IMAGE }, { 200, IMAGE });
	assert_int_equal(results(), 4);
	assert_string_equal(st.model, "gemini-3.1-flash-image");
	ASK({ 404, GONE }, { 200, IMAGE }, { 404, GONE }, { 404, GONE });	/* something was made: that is all */
	assert_int_equal(results(), 1);
	assert_int_equal(st.asked, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_is_kept),
		cmocka_unit_test(an_image_is_what_its_bytes_say),
		cmocka_unit_test(where_nothing_came_all_reasons_are_told),
		cmocka_unit_test(a_lost_answer_is_no_riddle),
		cmocka_unit_test(all_put_off_is_the_pollers_matter),
		cmocka_unit_test(some_put_off_are_asked_again),
		cmocka_unit_test(a_model_that_is_gone_has_a_successor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
