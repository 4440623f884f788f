/* tests/unit/test_vertex_outcome.c - what an answer of Google means: recorded and reported
 * bodies, and the code and text that come of them.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/outcome.h"

struct answered {
	enum http_end end;
	long status;
	const char *body;
	enum outcome_phase phase;
	unsigned code;
	const char *says;		/* part of the detail; NULL: any */
};

#define NOT_FOUND "{\"error\":{\"code\":404,\"status\":\"NOT_FOUND\",\"message\":\"Publisher Model `projects/studio-test/locations/l/" \
    "publishers/google/models/imagen-9` was not found or your project does not have access to it. For more information, see: " \
    "https://cloud.google.com/vertex-ai\"}}"

static const struct answered cases[] = {
	{ HTTP_ANSWERED, 200, "{}", PHASE_START, 0, "" },
	{ HTTP_NOT_SENT, 0, "", PHASE_START, E_NOT_SENT, NULL },
	{ HTTP_NOT_SENT, 0, "", PHASE_READ, E_NOT_SENT, NULL },
	{ HTTP_CUT, 0, "", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_CUT, 200, "{\"pre", PHASE_READ, E_UPSTREAM_BUSY, NULL },
	{ HTTP_TIMED_OUT, 0, "", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_TIMED_OUT, 0, "", PHASE_READ, E_UPSTREAM_BUSY, NULL },
	{ HTTP_TOO_LARGE, 200, "", PHASE_START, E_IMAGEN_API_ERROR, "larger" },
	{ HTTP_ANSWERED, 500, "", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 502, "<html>", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 500, "{\"error\":{\"status\":\"INTERNAL\",\"message\":\"m\"}}", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 500, "{\"error\":{\"status\":\"INTERNAL\",\"message\":\"m\"}}", PHASE_WHOLE, E_IMAGEN_API_ERROR, NULL },
	{ HTTP_ANSWERED, 500, "", PHASE_WHOLE, E_UNCLEAR, NULL },
	{ HTTP_CUT, 0, "", PHASE_WHOLE, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 504, "{\"error\":{\"status\":\"DEADLINE_EXCEEDED\"}}", PHASE_WHOLE, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 504, "", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 500, "", PHASE_READ, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 429, "", PHASE_START, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 503, "", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 503, "", PHASE_READ, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 503, "upstream connect error: \"UNAVAILABLE\"", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 503, "{\"error\":{\"status\":\"INTERNAL\"}}", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 503, "{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}", PHASE_START, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 503, "[{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}]", PHASE_START, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 409, "\"ABORTED\"", PHASE_START, E_IMAGEN_API_ERROR, NULL },
	{ HTTP_ANSWERED, 408, "", PHASE_START, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 409, "{\"error\":{\"status\":\"ABORTED\"}}", PHASE_START, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 501, "", PHASE_START, E_IMAGEN_API_ERROR, NULL },
	{ HTTP_ANSWERED, 302, "", PHASE_START, E_IMAGEN_API_ERROR, NULL },
	{ HTTP_ANSWERED, 404, NOT_FOUND, PHASE_START, E_IMAGEN_API_ERROR,
	  "Publisher Model `imagen-9` was not found or your project does not have access to it. For more information, see: (link)" },
	{ HTTP_ANSWERED, 404, "<!DOCTYPE html><html>https://x</html>", PHASE_START, E_IMAGEN_API_ERROR, "does not exist" },
	{ HTTP_ANSWERED, 403, "{\"error\":{\"message\":\"Permission 'aiplatform.endpoints.predict' denied for a@studio-test.iam.gserviceaccount.com\"}}",
	  PHASE_START, E_IMAGEN_API_ERROR, "denied for (service)" },
	{ HTTP_ANSWERED, 400, "{\"error\":{\"message\":\"aspectRatio is bad\"}}", PHASE_START, E_IMAGEN_API_ERROR, "aspectRatio is bad" },
	{ HTTP_ANSWERED, 400, "{\"error\":{\"message\":\"instances[0].referenceImages is required.\"}}", PHASE_START, E_IMAGEN_API_ERROR,
	  "The model refused the request" },
	{ HTTP_ANSWERED, 400, "[{\"error\":{\"message\":\"in a list\"}}]", PHASE_START, E_IMAGEN_API_ERROR, "in a list" },
	{ HTTP_ANSWERED, 400, "{\"error\":{\"message\":\"Image generation failed with the following error: x. Support codes: 42876398, 29310472\"}}",
	  PHASE_START, E_CONTENT_FILTERED, "\n[{\"code\":\"OTHER\",\"message\":\"The content was held back by a safety check\"},{\"code\":\"CELEBRITY\"" },
	{ HTTP_ANSWERED, 400, "{\"error\":{\"message\":\"Music was blocked by recitation checks\"}}", PHASE_START, E_CONTENT_FILTERED,
	  "\"code\":\"RECITATION\"" },
#define STATUS(http, name) { HTTP_ANSWERED, http, "{\"error\":{\"code\":" #http ",\"status\":\"" #name "\",\"message\":\"m\"}}",
	/* the table of google.rpc.Status, for a call whose answer is its end */
	STATUS(400, INVALID_ARGUMENT) PHASE_WHOLE, E_IMAGEN_API_ERROR, "m" },
	STATUS(400, FAILED_PRECONDITION) PHASE_WHOLE, E_IMAGEN_API_ERROR, "m" },
	STATUS(400, OUT_OF_RANGE) PHASE_WHOLE, E_IMAGEN_API_ERROR, "m" },
	STATUS(401, UNAUTHENTICATED) PHASE_WHOLE, E_IMAGEN_API_ERROR, "does not let" },
	STATUS(403, PERMISSION_DENIED) PHASE_WHOLE, E_IMAGEN_API_ERROR, "does not let" },
	STATUS(409, ALREADY_EXISTS) PHASE_WHOLE, E_IMAGEN_API_ERROR, "m" },
	STATUS(409, ABORTED) PHASE_WHOLE, E_UPSTREAM_BUSY, NULL },
	STATUS(429, RESOURCE_EXHAUSTED) PHASE_WHOLE, E_UPSTREAM_BUSY, NULL },
	STATUS(499, CANCELLED) PHASE_WHOLE, E_UNCLEAR, NULL },
	STATUS(500, UNKNOWN) PHASE_WHOLE, E_IMAGEN_API_ERROR, "m" },
	STATUS(500, DATA_LOSS) PHASE_WHOLE, E_IMAGEN_API_ERROR, "m" },
	STATUS(501, UNIMPLEMENTED) PHASE_WHOLE, E_IMAGEN_API_ERROR, "m" },
	STATUS(503, UNAVAILABLE) PHASE_WHOLE, E_UPSTREAM_BUSY, NULL },
	STATUS(504, DEADLINE_EXCEEDED) PHASE_READ, E_UPSTREAM_BUSY, NULL },
#undef STATUS
	{ HTTP_ANSWERED, 502, "<html>", PHASE_WHOLE, E_UNCLEAR, NULL },
	{ HTTP_ANSWERED, 502, "<html>", PHASE_READ, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 408, "<html>", PHASE_READ, E_UPSTREAM_BUSY, NULL },
	{ HTTP_ANSWERED, 412, "<?xml version='1.0'?><Error><Code>conditionNotMet</Code></Error>", PHASE_READ, E_IMAGEN_API_ERROR, "refused" },
	{ HTTP_ANSWERED, 400, "{\"error\":{\"status\":\"FAILED_PRECONDITION\",\"message\":\"This violates a constraint of the organization\"}}",
	  PHASE_WHOLE, E_IMAGEN_API_ERROR, "constraint" },
	{ HTTP_ANSWERED, 400, "{\"error\":{\"status\":\"FAILED_PRECONDITION\",\"message\":\"No. Support codes: 57734940\"}}",
	  PHASE_WHOLE, E_CONTENT_FILTERED, "\"HATE\"" },
};

static void
answers_have_outcomes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct answered *c = &cases[i];
		struct http_answer a = { .end = c->end, .status = c->status, .content_type = "", .why = "" };
		struct outcome o;

		a.body.p = (char *)(uintptr_t)c->body;
		a.body.n = strlen(c->body);
		outcome_of_http(&o, &a, c->phase, E_IMAGEN_API_ERROR, "studio-test");
		if (o.code != c->code || (c->says != NULL && strstr(o.detail, c->says) == NULL))
			print_error("case %zu: %s: %s\n", i, error_row(o.code)->name, o.detail);
		assert_int_equal(o.code, c->code);
		if (c->says != NULL)
			assert_non_null(strstr(o.detail, c->says));
		assert_null(strstr(o.detail, "studio-test"));
		assert_null(strstr(o.detail, "://"));
	}
}

static bool
gone(long status, const char *body)
{
	struct http_answer a = { .end = HTTP_ANSWERED, .status = status };

	a.body.p = (char *)(uintptr_t)body;
	a.body.n = strlen(body);
	return outcome_is_gone(&a);
}

static void
a_404_may_be_a_retirement(void **state)
{
	(void)state;
	assert_true(gone(404, NOT_FOUND));
	assert_false(gone(400, NOT_FOUND));
	assert_false(gone(404, ""));
	assert_false(gone(404, "<html>Publisher Model was not found</html>"));
	assert_false(gone(404, "{\"error\":{\"status\":\"NOT_FOUND\",\"message\":\"Requested entity was not found.\"}}"));
	assert_false(gone(404, "{\"error\":{\"status\":\"NOT_FOUND\",\"message\":\"The specified bucket does not exist.\"}}"));
	assert_false(gone(404, "{\"error\":{\"status\":\"NOT_FOUND\",\"message\":7}}"));
}

static void
outcomes_have_types(void **state)
{
	static const struct {
		unsigned code;
		enum http_end end;
		long status;
		const char *name;
		bool retryable;
	} rows[] = {
		{ 0, HTTP_ANSWERED, 200, "done", false },
		{ E_CONTENT_FILTERED, HTTP_ANSWERED, 400, "filtered", false },
		{ E_UPSTREAM_BUSY, HTTP_ANSWERED, 429, "capacity", true },
		{ E_UNCLEAR, HTTP_CUT, 0, "unclear", false },
		{ E_NOT_SENT, HTTP_NOT_SENT, 0, "broken", true },
		{ E_VEO_API_ERROR, HTTP_ANSWERED, 500, "broken", true },
		{ E_VEO_API_ERROR, HTTP_ANSWERED, 400, "invalid", false },
		{ E_VEO_API_ERROR, HTTP_ANSWERED, 403, "permission", false },
		{ E_VEO_API_ERROR, HTTP_ANSWERED, 404, "missing", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome o = { .code = rows[i].code };
		struct http_answer a = { .end = rows[i].end, .status = rows[i].status };
		enum outcome_type type = outcome_type(&o, &a);
		assert_string_equal(outcome_type_name(type), rows[i].name);
		assert_int_equal(outcome_retryable(type), rows[i].retryable);
	}
}

static void
says(const char *text, const char *message, const char *reason)
{
	json_t *texts = json_pack("[s]", text);
	struct outcome o;

	outcome_filtered(&o, texts, "");
	assert_memory_equal(o.detail, message, strlen(message));
	assert_int_equal(o.detail[strlen(message)], '\n');
	assert_non_null(strstr(o.detail, reason));
	json_decref(texts);
}

static void
geminis_words_are_reasons(void **state)
{
	(void)state;
	says("IMAGE_SAFETY", "The image was held back by a safety check", "\"OTHER\"");
	says("NO_IMAGE", "The model made no image of it", "\"OTHER\"");
	says("PROHIBITED_CONTENT", "The content is prohibited", "\"PROHIBITED\"");
	says("IMAGE_RECITATION: It resembles a film", "It resembles a film", "\"RECITATION\"");
	says("IMAGE_SAFETY: No. Support codes: 90789179", "No. Support codes: 90789179", "\"SEXUAL\"");
	says("SAFETYNET", "SAFETYNET", "\"OTHER\"");
}

static void
operations_end_for_good(void **state)
{
	struct outcome o;
	json_t *busy = json_pack("{s:i,s:s}", "code", 14, "message", "unavailable");
	json_t *blocked = json_pack("{s:i,s:s}", "code", 3, "message", "No. Support codes: 58061214");

	(void)state;
	outcome_of_status(&o, busy, E_VEO_API_ERROR, "");
	assert_int_equal(o.code, E_VEO_API_ERROR);
	assert_string_equal(o.detail, "unavailable");
	outcome_of_status(&o, blocked, E_VEO_API_ERROR, "");
	assert_int_equal(o.code, E_CONTENT_FILTERED);
	assert_non_null(strstr(o.detail, "\"CHILD\""));
	json_decref(busy);
	json_decref(blocked);
}

static void
filters_tell_reasons(void **state)
{
	struct outcome o;
	json_t *texts = json_pack("[s,s]", "Blocked. Support codes: 90789179", "plain");

	(void)state;
	outcome_filtered(&o, texts, "");
	assert_int_equal(o.code, E_CONTENT_FILTERED);
	assert_non_null(strstr(o.detail, "\"SEXUAL\""));
	assert_non_null(strstr(o.detail, "\"OTHER\""));
	const char *json = strchr(o.detail, '\n');
	assert_non_null(json);
	json_t *list = json_loads(json + 1, 0, NULL);
	assert_int_equal(json_array_size(list), 2);
	json_decref(list);
	json_decref(texts);
	outcome_filtered(&o, NULL, "");
	assert_int_equal(o.code, E_CONTENT_FILTERED);
	assert_null(strchr(o.detail, '\n'));
}

static void
clean(const char *from, const char *want)
{
	char to[128];

	message_clean(to, sizeof to, from, "my-project");
	assert_string_equal(to, want);
}

static void
messages_are_cleaned(void **state)
{
	(void)state;
	clean("see https://x.y/z?a=b.", "see (link)");
	clean("Consumer 'projects/my-project' has", "Consumer '(project)' has");
	clean("in project my-project now", "in project (project) now");
	clean("project 123456789012 is", "project (hidden) is");
	clean("token ya29.abc\nnext", "token (hidden) next");
	clean("gs://bucket/secret is", "(link) is");
	clean("called aiplatform.googleapis.com", "called (service)");
	clean("h\xc3\xa9llo", "h\xc3\xa9llo");
	clean("", "");
}

static void
renamed(const char *message, const char *want)
{
	char text[256];

	snprintf(text, sizeof text, "%s", message);
	if (want != NULL) {
		assert_true(message_rename(text));
		assert_string_equal(text, want);
	} else {
		assert_false(message_rename(text));
	}
}

static void
fields_have_the_clients_names(void **state)
{
	(void)state;
	renamed("", "");
	renamed("The request is bad. e.g. 3.0, at 10:30!", "The request is bad. e.g. 3.0, at 10:30!");
	renamed("parameters.aspectRatio must be one of 1:1.", "aspectRatio must be one of 1:1.");
	renamed("Invalid value at 'instances[0].prompt' (TYPE_STRING)", "Invalid value at 'prompt' (TYPE_STRING)");
	renamed("durationSeconds out of range [4, 8]", "durationSeconds out of range [4, 8]");
	renamed("instances[0].referenceImages is required.", NULL);
	renamed("Unknown name \"x\" at 'instances[0]': Cannot find field.", NULL);
	renamed("storageUri is not writable", NULL);
	renamed("bad sample_count", NULL);
	renamed("voice.name is unknown", NULL);
	renamed("audioConfig.speakingRate", NULL);
	renamed("The voice. Name one", "The voice. Name one");
	renamed("model imagen-3.0-capability-001 on en-US-Chirp3-HD-Kore", "model imagen-3.0-capability-001 on en-US-Chirp3-HD-Kore");
}

static void
long_messages_end_in_whole_characters(void **state)
{
	char from[400] = "", to[32];

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(from, "\xc3\xa9");
	message_clean(to, sizeof to, from, "");
	assert_true(utf8_valid(to, strlen(to)));
	assert_int_equal(strlen(to), 30);
}

static void
doubt_decides(void **state)
{
	(void)state;
	assert_true(outcome_rank(E_UNCLEAR) > outcome_rank(E_CONTENT_FILTERED));
	assert_true(outcome_rank(E_CONTENT_FILTERED) > outcome_rank(E_LYRIA_API_ERROR));
	assert_true(outcome_rank(E_LYRIA_API_ERROR) > outcome_rank(E_UPSTREAM_BUSY));
	assert_true(outcome_rank(E_UPSTREAM_BUSY) > outcome_rank(E_NOT_SENT));
}

/* As they are, for the log: of an error only, and never more than there is room for. */
static void
googles_own_words_are_read(void **state)
{
	static const struct { const char *body, *said; } rows[] = {
		{ "{\"error\":{\"code\":403,\"message\":\"Permission 'x' denied\"}}", "Permission 'x' denied" },
		{ "[{\"error\":{\"message\":\"of a list\"}}]", "of a list" },
		{ "{\"error\":{\"message\":\"123456789012345678901234567\\u00fc\\u00fc\\u00fc\"}}", "123456789012345678901234567\u00fc\u00fc" },
		{ "{\"error\":{\"message\":7}}", "" }, { "{\"error\":\"invalid_grant\"}", "" }, { "<html>", "" }, { "", "" },
	};
	char said[33];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_answer a = { .end = HTTP_ANSWERED, .status = 403 };
		assert_int_equal(buf_add(&a.body, rows[i].body, strlen(rows[i].body)), 0);
		outcome_said(said, sizeof said, &a);
		assert_string_equal(said, rows[i].said);
		buf_free(&a.body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_have_outcomes),
		cmocka_unit_test(a_404_may_be_a_retirement),
		cmocka_unit_test(outcomes_have_types),
		cmocka_unit_test(geminis_words_are_reasons),
		cmocka_unit_test(operations_end_for_good),
		cmocka_unit_test(filters_tell_reasons),
		cmocka_unit_test(messages_are_cleaned),
		cmocka_unit_test(fields_have_the_clients_names),
		cmocka_unit_test(long_messages_end_in_whole_characters),
		cmocka_unit_test(doubt_decides),
		cmocka_unit_test(googles_own_words_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
