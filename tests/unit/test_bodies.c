/* tests/unit/test_bodies.c - the reader of request bodies: what passes, what is refused
 * and with which code, and what is echoed.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/bodies.h"

#define ID "\"projectId\":\"0190a000-0000-7000-8000-000000000001\""
#define IMAGE(rest) "{" ID ",\"prompt\":\"a cat\"" rest "}"
#define MUSIC(rest) "{" ID ",\"prompt\":\"a tune\"" rest "}"
#define AUDIO(rest) "{" ID ",\"prompt\":\"hello\"" rest "}"
#define VIDEO(rest) "{" ID ",\"prompt\":\"waves\"" rest "}"
#define REGISTER(e, p) "{\"email\":\"" e "\",\"password\":\"" p "\",\"firstName\":\"A\",\"lastName\":\"B\"}"

/* problems: "field code field code .." in order; "" for a valid body. */
static const struct { enum body body; const char *json, *problems; } cases[] = {
	/* register */
	{ BODY_register, REGISTER("a@b.de", "Longenough1"), "" },
	{ BODY_register, REGISTER("a@b.de", "Longenough!"), "" },
	{ BODY_register, REGISTER("admin@localhost", "Longenough1"), "" },
	{ BODY_register, REGISTER("a@b", "Longenough1"), "email isEmail" },
	{ BODY_register, REGISTER("@b.de", "Longenough1"), "email isEmail" },
	{ BODY_register, REGISTER("a b@c.de", "Longenough1"), "email isEmail" },
	{ BODY_register, REGISTER("a@-b.de", "Longenough1"), "email isEmail" },
	{ BODY_register, REGISTER("a..b@c.de", "Longenough1"), "email isEmail" },
	{ BODY_register, REGISTER("a@b.de", "Short1!"), "password minLength" },
	{ BODY_register, REGISTER("a@b.de", "nouppercase1"), "password isStrongPassword" },
	{ BODY_register, REGISTER("a@b.de", "NOLOWERCASE1"), "password isStrongPassword" },
	{ BODY_register, REGISTER("a@b.de", "NoDigitOrSymbol"), "password isStrongPassword" },
	{ BODY_register, "{}", "email isNotEmpty password isNotEmpty firstName isNotEmpty lastName isNotEmpty" },
	{ BODY_register, "{\"email\":1,\"password\":[],\"firstName\":{},\"lastName\":true}",
	    "email isString password isString firstName isString lastName isString" },
	{ BODY_login, "{\"email\":\"a@b.de\",\"password\":\"x\"}", "" },
	{ BODY_login, "{\"email\":\"a@b.de\",\"password\":\"x\",\"admin\":true}", "admin whitelistValidation" },
	{ BODY_refresh, "{\"refreshToken\":\"t\"}", "" },
	{ BODY_reset_password, "{\"token\":\"t\",\"password\":\"Correct-Horse-9\"}", "" },
	{ BODY_reset_password, "{\"email\":\"a@b.de\"}", "" },
	{ BODY_reset_password, "{\"token\":\"t\"}", "password oneOf" },
	{ BODY_reset_password, "{\"email\":\"a@b.de\",\"password\":\"Correct-Horse-9\"}", "password oneOf" },
	{ BODY_refresh, "{\"refresh_token\":\"t\"}", "" },
	{ BODY_refresh, "{\"refresh_token\":\"t\",\"refreshToken\":\"t\"}", "refresh_token whitelistValidation" },
	{ BODY_refresh, "{\"refresh_token\":\"\"}", "refreshToken isNotEmpty" },
	/* projects */
	{ BODY_project_create, "{\"name\":\"n\",\"description\":null,\"googleProjectId\":null}", "" },
	{ BODY_project_create, "{\"name\":\"n\",\"googleProjectId\":\"my-project-1\"}", "" },
	{ BODY_project_create, "{\"name\":\"n\",\"googleProjectId\":\"My_Project\"}", "googleProjectId matches" },
	{ BODY_project_create, "{\"name\":\"n\",\"googleProjectId\":\"short\"}", "googleProjectId matches" },
	{ BODY_project_create, "{\"name\":\"n\",\"googleProjectId\":\"ends-with-\"}", "googleProjectId matches" },
	/* image */
	{ BODY_image, IMAGE(""), "" },
	{ BODY_image, "{\"projectId\":\"x\",\"prompt\":\"a\"}", "projectId isUuid" },
	{ BODY_image, "{" ID ",\"prompt\":\"\"}", "prompt isNotEmpty" },
	{ BODY_image, "{" ID ",\"prompt\":null}", "prompt isNotEmpty" },
	{ BODY_image, IMAGE(",\"mediaType\":\"IMAGE\""), "" },
	{ BODY_image, IMAGE(",\"mediaType\":\"MUSIC\""), "mediaType isIn" },
	{ BODY_image, IMAGE(",\"width\":256,\"height\":1024"), "" },
	{ BODY_image, IMAGE(",\"width\":255,\"height\":1025"), "width min height max" },
	{ BODY_image, IMAGE(",\"width\":256.5"), "width isInt" },
	{ BODY_image, IMAGE(",\"width\":\"512\""), "width isInt" },
	{ BODY_image, IMAGE(",\"width\":512.0"), "" },
	{ BODY_image, IMAGE(",\"aspectRatio\":\"16:9\""), "" },
	{ BODY_image, IMAGE(",\"aspectRatio\":\"2:1\""), "aspectRatio isIn" },
	{ BODY_image, IMAGE(",\"aspectRatio\":\"\""), "aspectRatio isIn" },
	{ BODY_image, IMAGE(",\"sampleCount\":4,\"seed\":2147483647,\"steps\":100"), "" },
	{ BODY_image, IMAGE(",\"sampleCount\":5,\"seed\":0,\"steps\":0"), "sampleCount max seed min steps min" },
	{ BODY_image, IMAGE(",\"seed\":2147483648"), "seed max" },
	{ BODY_image, IMAGE(",\"enhancePrompt\":\"yes\""), "enhancePrompt isBoolean" },
	{ BODY_image, IMAGE(",\"enhancePrompt\":null"), "" },
	{ BODY_image, IMAGE(",\"model\":\"imagegeneration@002\""), "" },
	{ BODY_image, IMAGE(",\"model\":\"../x\""), "model matches" },
	{ BODY_image, IMAGE(",\"language\":\"pt-BR\""), "" },
	{ BODY_image, IMAGE(",\"language\":\"english please\""), "language matches" },
	{ BODY_image, IMAGE(",\"__proto__\":1"), "__proto__ whitelistValidation" },
	{ BODY_image, IMAGE(",\"style\":\"a\\u0000b\",\"model\":\"m\\u0000\",\"aspectRatio\":\"1:1\\u0000\",\"seed\":\"\\u0000\""),
	    "model isText aspectRatio isText seed isText style isText" },
	{ BODY_image, IMAGE(",\"referenceData\":[]"), "" },
	{ BODY_image, IMAGE(",\"referenceData\":{}"), "referenceData isArray" },
	{ BODY_image, IMAGE(",\"referenceData\":[1]"), "referenceData isObject" },
	{ BODY_image, IMAGE(",\"referenceData\":[{},{},{},{},{}]"), "referenceData arrayMaxSize" },
	{ BODY_image, IMAGE(",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/o.png\"}}]"), "" },
	{ BODY_image, IMAGE(",\"referenceData\":[{}]"), "referenceData.0.referenceImage isNotEmpty" },
	{ BODY_image, IMAGE(",\"referenceData\":[{\"referenceImage\":{}}]"), "referenceData.0.referenceImage.gcsUri oneOf" },
	{ BODY_image, IMAGE(",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/o\",\"bytesBase64Encoded\":\"AAAA\"}}]"),
	    "referenceData.0.referenceImage.gcsUri oneOf" },
	{ BODY_image, IMAGE(",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"http://b/o\"}}]"), "referenceData.0.referenceImage.gcsUri matches" },
	{ BODY_image, IMAGE(",\"referenceData\":[{\"referenceImage\":{\"bytesBase64Encoded\":\"A*==\"}}]"),
	    "referenceData.0.referenceImage.bytesBase64Encoded matches" },
	{ BODY_image, IMAGE(",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/o\"},\"x\":1}]"), "referenceData.0.x whitelistValidation" },
	/* music, as the existing client sends it too */
	{ BODY_music, MUSIC(",\"genre\":\"ambient\",\"tempo\":120"), "" },
	{ BODY_music, MUSIC(",\"genre\":\"HIP_HOP\",\"tempo\":0.5"), "" },
	{ BODY_music, MUSIC(",\"genre\":\"polka\""), "genre isIn" },
	{ BODY_music, MUSIC(",\"tempo\":0.1"), "" },
	{ BODY_music, MUSIC(",\"tempo\":1"), "" },
	{ BODY_music, MUSIC(",\"tempo\":20"), "" },
	{ BODY_music, MUSIC(",\"tempo\":300"), "" },
	{ BODY_music, MUSIC(",\"tempo\":0.09"), "tempo range" },
	{ BODY_music, MUSIC(",\"tempo\":1.5"), "tempo range" },
	{ BODY_music, MUSIC(",\"tempo\":301"), "tempo range" },
	{ BODY_music, MUSIC(",\"durationSeconds\":31"), "durationSeconds max" },
	/* audio */
	{ BODY_audio, AUDIO(",\"speed\":0.25,\"volumeGain\":-96,\"audioEncoding\":\"OGG_OPUS\",\"language\":\"en-US\""), "" },
	{ BODY_audio, AUDIO(",\"speed\":0.2,\"volumeGain\":17,\"audioEncoding\":\"flac\""), "speed min volumeGain max audioEncoding isIn" },
	/* video */
	{ BODY_video, VIDEO(",\"durationSeconds\":8,\"aspectRatio\":\"9:16\",\"resolution\":\"1080p\",\"generateAudio\":true"), "" },
	{ BODY_video, VIDEO(",\"durationSeconds\":9,\"aspectRatio\":\"1:1\""), "durationSeconds max aspectRatio isIn" },
	{ BODY_video, VIDEO(",\"lastFrame\":{\"gcsUri\":\"gs://b/o\"}"), "" },
	{ BODY_video, VIDEO(",\"lastFrame\":5"), "lastFrame isObject" },
};

static void
told(const struct problems *p, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->n; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s %s", i > 0 ? " " : "", p->v[i].field, p->v[i].code);
}

static void
bodies_are_judged(void **state)
{
	char got[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct problems problems;
		const char *why;
		json_t *root;
		if (body_parse(cases[i].json, strlen(cases[i].json), &root, &why) != 0)
			fail_msg("%s: %s", cases[i].json, why);
		body_check(cases[i].body, root, false, &problems);
		told(&problems, got, sizeof got);
		if (strcmp(got, cases[i].problems) != 0)
			fail_msg("%s\n  wanted: %s\n  got:    %s", cases[i].json, cases[i].problems, got);
		json_decref(root);
	}
}

static void
texts_are_counted_in_characters_and_speech_in_bytes(void **state)
{
	static const struct { enum body body; const char *unit; size_t n; const char *code; } lengths[] = {
		{ BODY_image, "x", 1000, "" }, { BODY_image, "x", 1001, "prompt maxLength" },
		{ BODY_image, "\xc3\xa4", 1000, "" }, { BODY_image, "\xf0\x9f\x90\xb1", 1001, "prompt maxLength" },
		{ BODY_video, "x", 2000, "" }, { BODY_music, "x", 2001, "prompt maxLength" },
		{ BODY_audio, "x", 5000, "" }, { BODY_audio, "\xc3\xa4", 2500, "" }, { BODY_audio, "\xc3\xa4", 2501, "prompt maxLength" },
	};
	char got[256];

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct problems problems;
		json_t *root = json_object();
		char text[8192] = "";
		for (size_t k = 0, unit = strlen(lengths[i].unit); k < lengths[i].n; k++)
			memcpy(text + k * unit, lengths[i].unit, unit + 1);
		json_object_set_new(root, "projectId", json_string("0190a000-0000-7000-8000-000000000001"));
		json_object_set_new(root, "prompt", json_string(text));
		body_check(lengths[i].body, root, false, &problems);
		told(&problems, got, sizeof got);
		assert_string_equal(got, lengths[i].code);
		json_decref(root);
	}
}

static void
what_is_no_object_is_bad_json(void **state)
{
	static const struct { const char *json; int rc; } bad[] = {
		{ "", -E_BAD_JSON }, { "[]", -E_BAD_JSON }, { "\"x\"", -E_BAD_JSON }, { "{", -E_BAD_JSON }, { "{} {}", -E_BAD_JSON },
		{ "{\"a\":1,\"a\":2}", -E_BAD_JSON }, { "{\"a\":\"\xff\"}", -E_BAD_JSON }, { "{\"a\\u0000\":1}", -E_BAD_JSON },
		{ "{\"a\":\"\\ud800\"}", -E_BAD_JSON }, { "{'a':1}", -E_BAD_JSON }, { "{\"a\":NaN}", -E_BAD_JSON },
		{ "{\"a\":99999999999999999999999}", -E_VALIDATION_ERROR }, { "{\"a\":1e999}", -E_VALIDATION_ERROR },
	};
	char deep[256] = "";
	const char *why;
	json_t *root;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(body_parse(bad[i].json, strlen(bad[i].json), &root, &why), bad[i].rc);
	for (int depth = 32; depth <= 33; depth++) {
		snprintf(deep, sizeof deep, "{\"a\":%.*s1%.*s}", depth - 1, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", depth - 1,
		    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
		assert_int_equal(body_parse(deep, strlen(deep), &root, &why), depth == 32 ? 0 : -E_BAD_JSON);
		if (depth == 32)
			json_decref(root);
	}
}

static void
all_problems_come_at_once_and_are_bounded(void **state)
{
	struct problems problems;
	json_t *root = json_object();
	char name[128];
	struct buf b = { 0 };

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "%d%s", i, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
		json_object_set_new(root, name, json_true());
	}
	body_check(BODY_image, root, false, &problems);
	assert_int_equal(problems.n, PROBLEMS_MAX);
	assert_int_equal(problems_json(&b, &problems), 0);
	json_t *back = json_loadb(b.p, b.n, 0, NULL);	/* names were cut at characters: still UTF-8 */
	assert_non_null(back);
	assert_int_equal(json_array_size(back), PROBLEMS_MAX);
	json_decref(back);
	buf_free(&b);
	json_decref(root);
}

static void
queries_are_parsed(void **state)
{
	static const struct { enum body body; const char *query, *problems; } queries[] = {
		{ BODY_project_query, "", "" }, { BODY_project_query, "page=1&limit=100", "" }, { BODY_project_query, "page=", "" },
		{ BODY_project_query, "page=0&limit=101", "page min limit max" }, { BODY_project_query, "page=1x", "page isInt" },
		{ BODY_project_query, "page=1.5", "page isInt" }, { BODY_project_query, "page=99999999999999999999", "page isInt" },
		{ BODY_history_query, "mediaType=IMAGE&status=FAILED&from=2026-01-01&to=2026-02-28T10:00:00.123Z", "" },
		{ BODY_history_query, "from=2026-02-30", "from matches" }, { BODY_history_query, "to=2026-01-01T10:00:00%2B02:00", "" },
		{ BODY_history_query, "from=yesterday..", "from matches" }, { BODY_history_query, "from=2026-01-01T25:00:00Z", "from matches" },
		{ BODY_history_query, "mediaType=image", "mediaType isIn" }, { BODY_history_query, "projectId=1", "projectId isUuid" },
		{ BODY_history_query, "sort=asc", "sort whitelistValidation" },
	};
	static const char *const malformed[] = { "a=%", "a=%zz", "a=%00", "a=%ff", "a=1&a=2", "=1" };
	char got[256];
	const char *why;
	json_t *root;

	(void)state;
	for (size_t i = 0; i < COUNT(queries); i++) {
		struct problems problems;
		assert_int_equal(query_parse(queries[i].query, strlen(queries[i].query), &root, &why), 0);
		body_check(queries[i].body, root, true, &problems);
		told(&problems, got, sizeof got);
		if (strcmp(got, queries[i].problems) != 0)
			fail_msg("%s\n  wanted: %s\n  got:    %s", queries[i].query, queries[i].problems, got);
		json_decref(root);
	}
	for (size_t i = 0; i < COUNT(malformed); i++)
		assert_int_equal(query_parse(malformed[i], strlen(malformed[i]), &root, &why), -E_VALIDATION_ERROR);
	assert_int_equal(query_parse("search=a+b%25%C3%A4&page=7", 26, &root, &why), 0);
	struct problems problems;
	body_check(BODY_history_query, root, true, &problems);
	assert_true(bytes_eq(body_text(root, "search"), "a b%\xc3\xa4"));
	assert_int_equal(body_uint(root, "page", 1), 7);
	assert_int_equal(body_uint(root, "limit", 10), 10);
	json_decref(root);
}

static void
echo_leaves_bytes_and_fields_out(void **state)
{
	static const char json[] = IMAGE(",\"model\":\"m\",\"mediaType\":\"IMAGE\",\"seed\":5,\"style\":null,\"referenceData\":"
	    "[{\"referenceId\":1,\"referenceImage\":{\"mimeType\":\"image/png\",\"bytesBase64Encoded\":\"AAAA\"}}]");
	struct problems problems;
	const char *why;
	json_t *root, *echo;

	(void)state;
	assert_int_equal(body_parse(json, sizeof json - 1, &root, &why), 0);
	body_check(BODY_image, root, false, &problems);
	assert_int_equal(problems.n, 0);
	echo = body_echo(BODY_image, root, false);
	char *text = json_dumps(echo, JSON_COMPACT);
	assert_string_equal(text, "{\"model\":\"m\",\"seed\":5,\"referenceData\":[{\"referenceId\":1,\"referenceImage\":{\"mimeType\":\"image/png\"}}]}");
	free(text);
	json_decref(echo);
	echo = body_echo(BODY_image, root, true);
	text = json_dumps(echo, JSON_COMPACT);
	assert_non_null(strstr(text, "\"bytesBase64Encoded\":\"AAAA\""));
	free(text);
	json_decref(echo);
	json_decref(root);
}

static void
texts_become_json(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(json_text_add(&b, "a\"\\\n\x01\xc3\xa4", 7), 0);
	assert_int_equal(json_text_add(&b, "\xff", 1), 0);
	assert_int_equal(buf_add(&b, "", 1), 0);
	assert_string_equal(b.p, "\"a\\\"\\\\\\u000a\\u0001\xc3\xa4\"\"?\"");
	buf_free(&b);
}

static void
blanks_are_empty(void **state)
{
	static const struct { const char *prompt; bool empty; } prompts[] = {
		{ "", true }, { "   ", true }, { "\\t\\n\\r ", true }, { "\xc2\xa0\xe2\x80\x83\xe3\x80\x80\xef\xbb\xbf", true },
		{ "\xe2\x80\x8b", true }, { " a ", false }, { "\xf0\x9f\x98\x80", false }, { " \xc3\xa4", false }, { "\xe2\x80\xa6", false },
	};
	struct problems problems;
	const char *why;
	char json[160];
	json_t *root;

	(void)state;
	for (size_t i = 0; i < COUNT(prompts); i++) {
		int n = snprintf(json, sizeof json, "{\"projectId\":\"0190a1b2-0000-7000-8000-000000000000\",\"prompt\":\"%s\"}", prompts[i].prompt);
		assert_int_equal(body_parse(json, (size_t)n, &root, &why), 0);
		body_check(BODY_image, root, false, &problems);
		assert_int_equal(problems.n, prompts[i].empty ? 1 : 0);
		if (prompts[i].empty)
			assert_string_equal(problems.v[0].code, "isNotEmpty");
		json_decref(root);
	}
}

static void
fields_have_names(void **state)
{
	(void)state;
	assert_true(body_names(BODY_image, BYTES("prompt")));
	assert_true(body_names(BODY_image, BYTES("referenceData.0.referenceType")));
	assert_true(body_names(BODY_history_query, BYTES("limit")));
	assert_false(body_names(BODY_image, BYTES("the")));
	assert_false(body_names(BODY_image, (struct bytes){ "", 0 }));
	assert_false(body_names(BODY_none, BYTES("prompt")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_judged),
		cmocka_unit_test(texts_are_counted_in_characters_and_speech_in_bytes),
		cmocka_unit_test(what_is_no_object_is_bad_json),
		cmocka_unit_test(all_problems_come_at_once_and_are_bounded),
		cmocka_unit_test(queries_are_parsed),
		cmocka_unit_test(echo_leaves_bytes_and_fields_out),
		cmocka_unit_test(texts_become_json),
		cmocka_unit_test(blanks_are_empty),
		cmocka_unit_test(fields_have_names),
	};

	bodies_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
