/* tests/unit/test_vertex_results.c - what becomes of Google's answers to a poll and of what a
 * look into storage finds: only what lies where this generation's results belong is told,
 * and what came inline is stored there. Google and its storage are played.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

#define BELOW "gs://bucket/out/users/00000000-0000-0000-0000-000000000001/projects/" \
    "00000000-0000-0000-0000-000000000002/00000000-0000-0000-0000-000000000003/"

static struct {
	const char *answer;		/* Google's, to the poll */
	enum http_end end;		/* how the call ends, once it came */
	const char *objects;		/* in storage, to the look */
	const char *operation;		/* that is polled; NULL: one of Veo */
	char asked[512];		/* the poll's URL where it is a GET, else its body */
	char uploaded[GS_URI_MAX], bytes[64], mime[32];
	unsigned probes;
	unsigned upload_err;
	/* what goes on into storage while the answer comes */
	unsigned begun, finished, cancelled;
	char begun_uri[GS_URI_MAX], begun_mime[64];
	size_t sent, sent_early;	/* bytes of it; before the call was over */
	bool behind;			/* storage takes nothing for now */
	bool paused, resumed;		/* Google waits; and went on */
	/* told to the poller */
	bool done, stores;
	unsigned err;
	char detail[256], results[4096];
} st;

/* ---- the parts that are played ---- */

static struct resumable { struct resumable_ask ask; } up;

void
google_call(struct google *g, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg)
{
	struct http_answer a = { .end = HTTP_ANSWERED, .status = 200, .content_type = "", .why = "" };

	(void)g;
	(void)ctx;
	if (strcmp(ask->method, "GET") == 0 || strcmp(ask->what, "operation_cancel") == 0)
		snprintf(st.asked, sizeof st.asked, "%s", ask->url);
	else
		snprintf(st.asked, sizeof st.asked, "%.*s", (int)ask->body->n, ask->body->p);
	if (ask->sink == NULL) {
		done(arg, &a, 0, "");
		return;
	}
	a.end = st.end;
	for (size_t at = 0, n = strlen(st.answer), k; at < n; at += k) {
		size_t want = n - at < 10000 ? n - at : 10000;
		*ask->slot = (struct call *)&st;
		k = ask->sink(ask->sink_arg, &a, st.answer + at, want);
		if (k == HTTP_PAUSE) {
			st.paused = true;
			st.behind = false;
			up.ask.moved(up.ask.arg);
			k = 0;
			assert_true(st.resumed);
		}
	}
	*ask->slot = NULL;
	st.sent_early = st.sent;
	done(arg, &a, 0, "");
}

void
http_resume(struct call *c)
{
	assert_ptr_equal(c, &st);
	st.resumed = true;
}

struct resumable *
resumable_new(const struct resumable_ask *ask)
{
	up.ask = *ask;
	st.begun++;
	snprintf(st.begun_uri, sizeof st.begun_uri, "%s", ask->uri);
	snprintf(st.begun_mime, sizeof st.begun_mime, "%s", ask->mime);
	return &up;
}

int
resumable_add(struct resumable *u, const void *p, size_t n)
{
	(void)u;
	(void)p;
	st.sent += n;
	return 0;
}

size_t
resumable_waiting(const struct resumable *u)
{
	(void)u;
	return st.behind ? INTAKE_WINDOW + 1 : 0;
}

void
resumable_finish(struct resumable *u, upload_done *done, void *arg)
{
	(void)u;
	st.finished++;
	done(arg, st.upload_err, st.upload_err != 0 ? "the bucket is gone" : "");
}

void
resumable_cancel(struct resumable *u)
{
	(void)u;
	st.cancelled++;
}

void
storage_upload(struct google *g, const struct ctx *ctx, const char *uri, const char *mime, struct buf *bytes,
    upload_done *done, void *arg)
{
	(void)g;
	(void)ctx;
	snprintf(st.uploaded, sizeof st.uploaded, "%s", uri);
	snprintf(st.mime, sizeof st.mime, "%s", mime);
	snprintf(st.bytes, sizeof st.bytes, "%.*s", (int)bytes->n, bytes->p);
	buf_free(bytes);
	done(arg, st.upload_err, st.upload_err != 0 ? "the bucket is gone" : "");
}

void
storage_probe(struct google *g, const struct ctx *ctx, const char *uri, probe_done *done, void *arg)
{
	(void)g;
	(void)ctx;
	(void)uri;
	st.probes++;
	done(arg, 0, "", &(struct stored){ .size = 7, .mime = "video/mp4" });
}

void
storage_list(struct google *g, const struct ctx *ctx, const char *prefix, list_done *done, void *arg)
{
	json_t *objects = json_loads(st.objects, 0, NULL);

	(void)g;
	(void)ctx;
	assert_string_equal(prefix, BELOW "1/");	/* of the attempt alone: others may have left something */
	done(arg, 0, "", objects, false);
	json_decref(objects);
}

void
request_answer(struct request *rq, const void *body)
{
	const struct msg_generated *m = body;

	(void)rq;
	st.done = m->done;
	st.stores = m->google_stores;
	snprintf(st.results, sizeof st.results, "%.*s", (int)m->results_json.n, m->results_json.p);
}

void
request_fail(struct request *rq, unsigned code, const char *detail)
{
	(void)rq;
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

static struct vertex vertex;

static struct id
id_of(uint8_t last)
{
	struct id id = { { 0 } };

	id.b[15] = last;
	return id;
}

/* As `st` says. */
static void
ask(const char *answer)
{
	struct request *rq = calloc(1, sizeof *rq);

	st.answer = answer;
	vertex.aliases = "";
	snprintf(vertex.storage_uri, sizeof vertex.storage_uri, "gs://bucket/out");
	rq->msg = MSG_operation_poll;
	rq->body.operation_poll = (struct msg_operation_poll){ .user = id_of(1), .project = id_of(2), .generation = id_of(3),
		.attempt = 2, .kind = BYTES("VIDEO"),
		.operation = bytes_str(st.operation != NULL ? st.operation : "projects/p/locations/l/publishers/google/models/veo/operations/1"),
		.model = BYTES("gemini-omni-flash-preview") };
	on_operation_poll(&vertex, rq);
	free(rq);
}

static void
poll(const char *answer)
{
	memset(&st, 0, sizeof st);
	ask(answer);
}

static void
poll_uri(const char *uri)
{
	char answer[2048];

	snprintf(answer, sizeof answer, "{\"done\":true,\"response\":{\"videos\":[{\"gcsUri\":\"%s\",\"mimeType\":\"video/mp4\"}]}}", uri);
	poll(answer);
}

static void
results_in_their_place_are_told(void **unused)
{
	(void)unused;
	poll_uri(BELOW "2/123/sample_0.mp4");
	assert_true(st.done);
	assert_non_null(strstr(st.results, "\"uri\":\"" BELOW "2/123/sample_0.mp4\""));
	assert_int_equal(st.probes, 1);
	poll_uri(BELOW "1/sample_0.mp4");		/* an earlier attempt of the same generation */
	assert_true(st.done);
}

static void
poll_interaction(const char *operation, const char *answer)
{
	memset(&st, 0, sizeof st);
	st.operation = operation;
	ask(answer);
}

static void
interactions_are_polled(void **unused)
{
	static const char name[] = "projects/p/locations/global/interactions/7f-1";
	static const char *const wrong[] = { "projects/p/locations/global/interactions/", "projects/p/locations/global/interactions/a/b",
		"projects/p/locations/global/interactions/..", "projects/p/locations/global/interactions/a?b", "interactions/a",
		"projects/p/locations/l/publishers/interactions/models/m/operations/1/" };

	(void)unused;
	poll_interaction(name, "{\"id\":\"7f-1\",\"status\":\"in_progress\"}");
	assert_string_equal(strstr(st.asked, "/v1beta1/"), "/v1beta1/projects/p/locations/global/interactions/7f-1?stream=false");
	assert_int_equal(st.err, 0);
	assert_false(st.done);
	assert_true(st.stores);
	poll_interaction(name, "{\"status\":\"completed\",\"model\":\"gemini-omni-1.1-flash-preview\",\"steps\":[{\"type\":\"model_output\",\"content\":"
	    "[{\"type\":\"video\",\"uri\":\"" BELOW "2/a.mp4\"}]}]}");
	assert_true(st.done);
	assert_non_null(strstr(st.results, "\"model\":\"gemini-omni-1.1-flash-preview\""));
	assert_non_null(strstr(st.results, BELOW "2/a.mp4"));
	poll_interaction(name, "{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":"
	    "[{\"type\":\"video\",\"uri\":\"gs://bucket/out/users/other/a.mp4\"}]}]}");
	assert_int_equal(st.err, E_VEO_API_ERROR);
	poll_interaction(name, "{\"status\":\"budget_exceeded\"}");
	assert_int_equal(st.err, E_VEO_API_ERROR);
	assert_non_null(strstr(st.detail, "budget"));
	poll_interaction(name, "{\"status\":\"failed\",\"errors\":[{\"code\":\"INVALID_ARGUMENT\",\"message\":\"no. Support codes: 29310472\"}]}");
	assert_int_equal(st.err, E_CONTENT_FILTERED);
	poll_interaction(name, "{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"I will not film this\"}]}]}");
	assert_int_equal(st.err, E_CONTENT_FILTERED);
	assert_memory_equal(st.detail, "I will not film this\n", 21);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		poll_interaction(wrong[i], "{}");
		assert_int_equal(st.err, E_VEO_API_ERROR);
		assert_string_equal(st.asked, "");
	}
}

static void
interactions_alone_are_cancelled(void **unused)
{
	static const struct ctx ctx = { .deadline_ms = 0 };
	static const char *const others[] = { "projects/p/locations/l/publishers/google/models/veo/operations/1", "projects/p/locations/../interactions/1", "" };

	(void)unused;
	memset(&st, 0, sizeof st);
	for (size_t i = 0; i < COUNT(others); i++)
		operation_cancel(&vertex, &ctx, bytes_str(others[i]));
	assert_string_equal(st.asked, "");
	operation_cancel(&vertex, &ctx, BYTES("projects/p/locations/global/interactions/7f-1"));
	assert_string_equal(strstr(st.asked, "/v1beta1/"), "/v1beta1/projects/p/locations/global/interactions/7f-1/cancel");
}

static void
results_elsewhere_are_refused(void **unused)
{
	static const char *const elsewhere[] = {
		"gs://other/out/users/x.mp4", "gs://bucket/out/users/00000000-0000-0000-0000-000000000009/x.mp4",
		"gs://bucket/out/users/00000000-0000-0000-0000-000000000001/projects/00000000-0000-0000-0000-000000000002/"
		"00000000-0000-0000-0000-000000000004/1/x.mp4",
		BELOW "../00000000-0000-0000-0000-000000000004/x.mp4", BELOW, "https://bucket/x.mp4",
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		poll_uri(elsewhere[i]);
		assert_false(st.done);
		assert_int_equal(st.err, E_VEO_API_ERROR);
		assert_int_equal(st.probes, 0);
		assert_null(strstr(st.detail, "gs:"));
	}
}

static void
inline_videos_are_stored(void **unused)
{
	static const char answer[] = "{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"bW92aWU=\","
	    "\"mimeType\":\"video/mp4\"}]}}";

	(void)unused;
	poll(answer);
	assert_string_equal(st.uploaded, BELOW "2/sample_0.mp4");
	assert_string_equal(st.bytes, "movie");
	assert_string_equal(st.mime, "video/mp4");
	assert_true(st.done);
	assert_non_null(strstr(st.results, "sample_0.mp4"));
	assert_non_null(strstr(st.asked, "operations/1\""));
}

static void
a_lost_upload_is_told_as_storage(void **unused)
{
	(void)unused;
	poll("{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"!\"}]}}");
	assert_int_equal(st.err, E_VEO_API_ERROR);
	assert_non_null(strstr(st.detail, "bytesBase64Encoded is not base64"));
	assert_string_equal(st.uploaded, "");
	memset(&st, 0, sizeof st);
	st.upload_err = E_STORAGE_ERROR;
	ask("{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"bW92aWU=\"}]}}");
	assert_int_equal(st.err, E_STORAGE_ERROR);	/* the poller polls again */
}

/* ---- while it comes ---- */

enum { LARGE = 4 << 20 };		/* characters of an item that does not stay in memory */
static struct buf large;

/* An answer with one such item, which is a PNG or nothing known; `tail` ends it. */
static const char *
large_answer(bool png, const char *tail)
{
	large.n = 0;
	buf_str(&large, "{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"");
	buf_str(&large, png ? "iVBORw0KGgoA" : "AAAAAAAAAAAA");
	memset(buf_room(&large, LARGE), 'A', LARGE);
	large.n += LARGE;
	buf_str(&large, tail);
	return buf_text(&large);
}

static void
a_large_item_goes_on_before_the_answer_ends(void **unused)
{
	(void)unused;
	poll(large_answer(true, "\",\"mimeType\":\"video/mp4\"}]}}"));
	assert_int_equal(st.begun, 1);
	assert_int_equal(st.finished, 1);
	assert_int_equal(st.cancelled, 0);
	assert_int_equal(st.sent, LARGE / 4 * 3 + 9);
	assert_int_equal(st.sent_early, st.sent);
	assert_string_equal(st.begun_uri, BELOW "2/sample_0.png");
	assert_string_equal(st.begun_mime, "image/png");	/* bytes count, not what is said behind them */
	assert_true(st.done);
	assert_non_null(strstr(st.results, "\"uri\":\"" BELOW "2/sample_0.png\""));
	assert_non_null(strstr(st.results, "\"size\":3145737"));
	assert_string_equal(st.uploaded, "");
}

static void
what_nobody_takes_is_given_up(void **unused)
{
	static const char *const tails[] = {
		"\"}]}", "", "A\"}]}}", "\"}],\"videos\":[]}}", "\"}]},\"error\":{\"code\":3,\"message\":\"no\"}}", "\"}]},\"done\":false}",
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(tails); i++) {
		poll(large_answer(true, tails[i]));
		assert_false(st.done);
		assert_int_equal(st.begun, 1);
		assert_int_equal(st.cancelled, 1);
		assert_int_equal(st.finished, 0);
	}
	memset(&st, 0, sizeof st);
	st.end = HTTP_CUT;		/* as if whole, and it broke */
	ask(large_answer(true, "\"}]}}"));
	assert_int_equal(st.err, E_UPSTREAM_BUSY);
	assert_int_equal(st.cancelled, 1);
}

static void
google_waits_for_storage(void **unused)
{
	(void)unused;
	memset(&st, 0, sizeof st);
	st.behind = true;
	ask(large_answer(true, "\"}]}}"));
	assert_true(st.paused);
	assert_true(st.done);
	assert_int_equal(st.sent, LARGE / 4 * 3 + 9);
}

/* Feeds an answer's call with `n` bytes of `c` behind `text`; what its sink says to the last of them. */
static size_t
feed(const struct http_ask *ask, const char *text, char c, size_t n)
{
	static char many[1 << 16];
	struct http_answer a = { .status = 200 };
	size_t took = ask->sink(ask->sink_arg, &a, text, strlen(text));

	memset(many, c, sizeof many);
	for (size_t k; n > 0 && took != HTTP_OVER; n -= k) {
		k = n < sizeof many ? n : sizeof many;
		took = ask->sink(ask->sink_arg, &a, many, k);
	}
	return took;
}

static void
what_is_kept_is_bounded(void **unused)
{
	struct ctx ctx = { .deadline_ms = 0 };
	struct http_ask call = { .what = "" };
	struct intake_item item;
	const char *why;

	(void)unused;
	struct intake *in = intake_new(&(struct intake_ask){ .google = &vertex.google, .ctx = &ctx, .prefix = "gs://b/", .samples = 2 });
	intake_attach(in, &call);
	feed(&call, "[{\"data\":\"", 'A', 40 << 20);
	feed(&call, "\"},{\"data\":\"", 'A', 60 << 20);
	feed(&call, "\"},{\"data\":\"aQ==\"}]", ' ', 0);
	assert_int_equal(intake_take(in, "1", &item, &why), E_BAD_MESSAGE);
	assert_int_equal(intake_take(in, "2", &item, &why), 0);
	assert_string_equal(item.name, "sample_0_2");	/* one more than was asked for */
	buf_free(&item.bytes);
	assert_int_equal(intake_take(in, "0", &item, &why), 0);
	assert_int_equal(item.size, 30 << 20);
	assert_int_equal(intake_take(in, "0", &(struct intake_item){ 0 }, &why), E_BAD_MESSAGE);	/* once */
	buf_free(&item.bytes);
	assert_int_equal(feed(&call, "", ' ', 300 << 20), HTTP_OVER);
	assert_null(intake_json(in, &why));
	intake_free(in);
}

static void
what_has_no_known_type_is_kept(void **unused)
{
	(void)unused;
	poll(large_answer(false, "\",\"mimeType\":\"video/mp4\"}]}}"));
	assert_int_equal(st.begun, 0);
	assert_string_equal(st.uploaded, BELOW "2/sample_0.mp4");
	assert_true(st.done);
}

static void
find(const char *kind, const char *model, const char *request, const char *objects)
{
	struct request rq = { .msg = MSG_results_find };

	memset(&st, 0, sizeof st);
	st.objects = objects;
	rq.body.results_find = (struct msg_results_find){ .user = id_of(1), .project = id_of(2), .generation = id_of(3),
		.kind = bytes_str(kind), .model = bytes_str(model), .request_json = bytes_str(request) };
	on_results_find(&vertex, &rq);
}

/* One that was written a second ago. */
#define FRESH(type, name) "{\"name\":\"out/users/00000000-0000-0000-0000-000000000001/projects/00000000-0000-0000-0000-000000000002/" \
    "00000000-0000-0000-0000-000000000003/1/" name "\",\"size\":\"5\",\"contentType\":\"" type "\",\"updated\":\"2027-01-15T07:59:59Z\"}"

static void
what_was_found_is_told(void **unused)
{
	(void)unused;
	find("IMAGE", "gone", "{\"sampleCount\":1}", "[" FRESH("image/png", "s.png") ",{\"name\":\"elsewhere.png\",\"size\":\"5\","
	    "\"contentType\":\"image/png\",\"updated\":\"2026-11-23T19:31:24Z\"}]");
	assert_true(st.done);
	assert_non_null(strstr(st.results, BELOW "1/s.png"));
	assert_null(strstr(st.results, "elsewhere"));
}

static void
who_stores_says_what_may_still_come(void **unused)
{
	static const char one[] = "[" FRESH("image/png", "s.png") "]";

	(void)unused;
	/* Google is at it: there may be a second one soon */
	find("IMAGE", "imagen-4.0-upscale-preview", "{\"gcsUri\":\"gs://b/x.png\"}", "[]");
	assert_false(st.done);
	assert_true(st.stores);
	/* a process like this one was at it, and nobody is any more */
	find("IMAGE", "gemini-3-pro-image", "{\"sampleCount\":4}", one);
	assert_true(st.done);
	find("IMAGE", "gemini-3-pro-image", "{\"sampleCount\":4}", "[]");
	assert_false(st.done);
	assert_false(st.stores);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_in_their_place_are_told),
		cmocka_unit_test(interactions_are_polled),
		cmocka_unit_test(interactions_alone_are_cancelled),
		cmocka_unit_test(results_elsewhere_are_refused),
		cmocka_unit_test(inline_videos_are_stored),
		cmocka_unit_test(a_lost_upload_is_told_as_storage),
		cmocka_unit_test(a_large_item_goes_on_before_the_answer_ends),
		cmocka_unit_test(what_nobody_takes_is_given_up),
		cmocka_unit_test(google_waits_for_storage),
		cmocka_unit_test(what_is_kept_is_bounded),
		cmocka_unit_test(what_has_no_known_type_is_kept),
		cmocka_unit_test(what_was_found_is_told),
		cmocka_unit_test(who_stores_says_what_may_still_come),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	buf_free(&large);
	return rc;
}
