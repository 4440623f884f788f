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
	const char *objects;		/* in storage, to the look */
	char asked[512];		/* the poll's body */
	char uploaded[GS_URI_MAX], bytes[64], mime[32];
	unsigned probes;
	unsigned upload_err;
	/* told to the poller */
	bool done, stores;
	unsigned err;
	char detail[256], results[4096];
} st;

/* ---- the parts that are played ---- */

void
google_call(struct google *g, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg)
{
	struct http_answer a = { .end = HTTP_ANSWERED, .status = 200, .content_type = "", .why = "" };

	(void)g;
	(void)ctx;
	snprintf(st.asked, sizeof st.asked, "%.*s", (int)ask->body->n, ask->body->p);
	assert_int_equal(buf_add(&a.body, st.answer, strlen(st.answer)), 0);
	done(arg, &a, 0, "");
	buf_free(&a.body);
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

void
log_pairs(enum log_level level, const struct ctx *ctx, const char *event, ...)
{
	(void)level;
	(void)ctx;
	(void)event;
}

const char *
log_id(const struct id *id)
{
	(void)id;
	return "";
}

const char *
log_u64(uint64_t v)
{
	(void)v;
	return "";
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

static void
poll(const char *answer)
{
	struct request *rq = calloc(1, sizeof *rq);

	memset(&st, 0, sizeof st);
	st.answer = answer;
	vertex.aliases = "";
	snprintf(vertex.storage_uri, sizeof vertex.storage_uri, "gs://bucket/out");
	rq->msg = MSG_operation_poll;
	rq->body.operation_poll = (struct msg_operation_poll){ .user = id_of(1), .project = id_of(2), .generation = id_of(3),
		.attempt = 2, .kind = BYTES("VIDEO"),
		.operation = BYTES("projects/p/locations/l/publishers/google/models/veo/operations/1") };
	on_operation_poll(&vertex, rq);
	free(rq);
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
	static const char damaged[] = "{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"!\"}]}}";
	struct request rq = { .msg = MSG_operation_poll };

	(void)unused;
	poll(damaged);
	assert_int_equal(st.err, E_VEO_API_ERROR);
	assert_string_equal(st.uploaded, "");
	memset(&st, 0, sizeof st);
	st.answer = "{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":\"bW92aWU=\"}]}}";
	st.upload_err = E_STORAGE_ERROR;
	rq.body.operation_poll = (struct msg_operation_poll){ .generation = id_of(3), .kind = BYTES("VIDEO"),
		.operation = BYTES("projects/p/locations/l/publishers/google/models/veo/operations/1") };
	on_operation_poll(&vertex, &rq);
	assert_int_equal(st.err, E_STORAGE_ERROR);	/* the poller polls again */
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
		cmocka_unit_test(results_elsewhere_are_refused),
		cmocka_unit_test(inline_videos_are_stored),
		cmocka_unit_test(a_lost_upload_is_told_as_storage),
		cmocka_unit_test(what_was_found_is_told),
		cmocka_unit_test(who_stores_says_what_may_still_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
