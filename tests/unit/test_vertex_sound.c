/* tests/unit/test_vertex_sound.c - music and films through Interactions, and speech of the Gemini
 * models: a request, and the exact bodies of the calls or the refusal; what is read out of
 * the answers; where the calls go.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/encode.h"
#include "actors/vertex/google.h"
#include "actors/vertex/models/maker.h"
#include "proto/media_check.h"

struct mapped {
	const char *kind, *model, *request;
	const char *wire;		/* of every call; NULL: refused */
	const char *why;		/* the refusal, or metadata.model */
	size_t calls;
};

#define SPOKEN(text, more) "{\"audioConfig\":{\"audioEncoding\":\"MP3\"},\"input\":{" more "\"text\":\"" text "\"},\"voice\":{\"languageCode\":"

static const struct mapped cases[] = {
	/* music */
	{ "MUSIC", "lyria-3-clip-preview", "{\"prompt\":\"calm folk\"}",
	  "{\"input\":\"calm folk\",\"model\":\"lyria-3-clip-preview\",\"store\":false}", "lyria-3-clip-preview", 1 },
	{ "MUSIC", "lyria-3.5", "{\"projectId\":\"x\",\"model\":\"lyria-3.5\",\"prompt\":\"calm\",\"genre\":\"HIP_HOP\",\"instrument\":\"piano\","
	  "\"tempo\":120,\"negativePrompt\":\"drums\",\"sampleCount\":4,\"durationSeconds\":30}",
	  "{\"input\":\"calm. Genre: hip hop. Instrument: piano. Tempo: 120 BPM. Length: 30 seconds. Do not use: drums\","
	  "\"model\":\"lyria-3-clip-preview\",\"store\":false}", "lyria-3-clip-preview", 4 },
	{ "MUSIC", "lyria-3-pro", "{\"prompt\":\"a!\",\"durationSeconds\":20,\"sampleCount\":2}",
	  "{\"input\":\"a! Length: 20 seconds\",\"model\":\"lyria-3-pro-preview\",\"store\":false}", "lyria-3-pro-preview", 2 },
	{ "MUSIC", "lyria-3", "{\"prompt\":\"a\",\"durationSeconds\":20}", NULL, "durationSeconds must be 30 for lyria-3-clip-preview", 0 },
	{ "MUSIC", "lyria-3", "{\"prompt\":\"a\",\"seed\":1}", NULL, "seed cannot be used with lyria-3-clip-preview", 0 },
	{ "MUSIC", "lyria-3-pro-preview", "{\"prompt\":\"a\",\"sampleCount\":5}", NULL, "sampleCount must be 1 to 4", 0 },
	{ "MUSIC", "lyria-3-pro-preview", "{\"prompt\":\"a\",\"surprise\":5}", NULL, "surprise cannot be used", 0 },

	/* films through Interactions */
	{ "VIDEO", "gemini-omni-flash-preview", "{\"prompt\":\"boat\",\"negativePrompt\":\"rain\",\"aspectRatio\":\"9:16\",\"resolution\":\"1080p\",\"durationSeconds\":1,"
	  "\"sampleCount\":1,\"generateAudio\":true}",
	  "{\"background\":true,\"generation_config\":{\"video_config\":{\"task\":\"text_to_video\"}},\"input\":[{\"text\":\"boat. Do not show: rain\","
	  "\"type\":\"text\"}],\"model\":\"gemini-omni-1.1-flash-preview\",\"response_format\":[{\"aspect_ratio\":\"9:16\",\"delivery\":\"uri\",\"duration\":\"3s\","
	  "\"gcs_uri\":\"gs://b/out/\",\"resolution\":\"1080p\",\"type\":\"video\"}]}", "gemini-omni-1.1-flash-preview", 1 },
	{ "VIDEO", "gemini-omni-x", "{\"prompt\":\"boat\",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/u1/x.png\"}},{\"referenceImage\":{}}]}",
	  "{\"background\":true,\"generation_config\":{\"video_config\":{\"task\":\"image_to_video\"}},\"input\":[{\"text\":\"boat\",\"type\":\"text\"},"
	  "{\"mime_type\":\"image/png\",\"type\":\"image\",\"uri\":\"gs://b/out/users/u1/x.png\"}],\"model\":\"gemini-omni-1.1-flash-preview\","
	  "\"response_format\":[{\"delivery\":\"uri\",\"duration\":\"8s\",\"gcs_uri\":\"gs://b/out/\",\"type\":\"video\"}]}", "gemini-omni-1.1-flash-preview", 1 },
	{ "VIDEO", "gemini-omni-x", "{\"prompt\":\"boat\",\"durationSeconds\":4,\"referenceData\":[{\"referenceType\":\"asset\",\"referenceImage\":{\"bytesBase64Encoded\":\"/9j/AA==\"}},"
	  "{\"referenceType\":\"asset\",\"referenceImage\":{\"bytesBase64Encoded\":\"iVBORw==\"}}]}",
	  "{\"background\":true,\"generation_config\":{\"video_config\":{\"task\":\"reference_to_video\"}},\"input\":[{\"text\":\"boat\",\"type\":\"text\"},"
	  "{\"data\":\"/9j/AA==\",\"mime_type\":\"image/jpeg\",\"type\":\"image\"},{\"data\":\"iVBORw==\",\"mime_type\":\"image/png\",\"type\":\"image\"}],"
	  "\"model\":\"gemini-omni-1.1-flash-preview\",\"response_format\":[{\"delivery\":\"uri\",\"duration\":\"4s\",\"gcs_uri\":\"gs://b/out/\","
	  "\"type\":\"video\"}]}", "gemini-omni-1.1-flash-preview", 1 },
	{ "VIDEO", "gemini-omni-x", "{\"prompt\":\"a\",\"sampleCount\":2}", NULL, "sampleCount must be at most 1", 0 },
	{ "VIDEO", "gemini-omni-x", "{\"prompt\":\"a\",\"seed\":2}", NULL, "seed cannot be used", 0 },
	{ "VIDEO", "gemini-omni-x", "{\"prompt\":\"a\",\"generateAudio\":false}", NULL, "generateAudio cannot be switched off", 0 },
	{ "VIDEO", "gemini-omni-x", "{\"prompt\":\"a\",\"durationSeconds\":9}", NULL, "durationSeconds must not be greater than 8", 0 },

	/* speech through the speech service */
	{ "AUDIO", "gemini-2.5-flash-preview-tts", "{\"prompt\":\"Hi\",\"audioStyle\":\"Say it warmly\"}",
	  SPOKEN("Hi", "\"prompt\":\"Say it warmly\",") "\"en-US\",\"modelName\":\"gemini-2.5-flash-tts\",\"name\":\"Kore\"}}",
	  "gemini-2.5-flash-tts", 1 },
	{ "AUDIO", "gemini-3.1-flash-tts-preview", "{\"prompt\":\"Hi\",\"voice\":\"de-DE-Chirp3-HD-Leda\",\"audioStyle\":\"Puck\",\"speed\":2,"
	  "\"audioEncoding\":\"linear16\",\"volumeGain\":1,\"audioSampleRate\":16000}",
	  "{\"audioConfig\":{\"audioEncoding\":\"LINEAR16\",\"sampleRateHertz\":16000,\"speakingRate\":2,\"volumeGainDb\":1},"
	  "\"input\":{\"text\":\"Hi\"},\"voice\":{\"languageCode\":\"de-DE\",\"modelName\":\"gemini-3.1-flash-tts-preview\",\"name\":\"Leda\"}}",
	  "gemini-3.1-flash-tts-preview", 1 },
	{ "AUDIO", "gemini-2.5-pro-preview-tts", "{\"prompt\":\"Hi\",\"voice\":\"Nobody\"}", NULL, "voice must name a voice", 0 },

	/* speech of the models that are called themselves */
	{ "AUDIO", "gemini-3.8-flash-tts", "{\"prompt\":\"Hi\",\"audioStyle\":\"calm\",\"voice\":\"puck\",\"language\":\"de\",\"audioEncoding\":\"LINEAR16\"}",
	  "{\"contents\":[{\"parts\":[{\"speechMetadata\":{\"style\":\"calm\"},\"text\":\"Hi\"}],\"role\":\"user\"}],\"generationConfig\":{"
	  "\"responseModalities\":[\"AUDIO\"],\"speechConfig\":{\"languageCode\":\"de-DE\",\"voiceConfig\":{\"voice\":\"Puck\"}}}}",
	  "gemini-3.8-flash-tts", 1 },
	{ "AUDIO", "gemini-3.8-flash-lite-tts", "{\"prompt\":\"Hi\"}",
	  "{\"contents\":[{\"parts\":[{\"text\":\"Hi\"}],\"role\":\"user\"}],\"generationConfig\":{\"responseModalities\":[\"AUDIO\"],"
	  "\"speechConfig\":{\"languageCode\":\"en-US\",\"voiceConfig\":{\"voice\":\"Kore\"}}}}", "gemini-3.8-flash-lite-tts", 1 },
	{ "AUDIO", "gemini-3.8-flash-tts", "{\"prompt\":\"Hi\",\"audioEncoding\":\"mp3\"}", NULL, "audioEncoding must be linear16", 0 },
	{ "AUDIO", "gemini-3.8-flash-tts", "{\"prompt\":\"Hi\",\"audioEncoding\":\"ogg_opus\"}", NULL, "audioEncoding must be linear16", 0 },
	{ "AUDIO", "gemini-3.8-flash-tts", "{\"prompt\":\"Hi\",\"speed\":1.5}", NULL, "speed cannot be used", 0 },
	{ "AUDIO", "gemini-3.8-flash-tts", "{\"prompt\":\"Hi\",\"volumeGain\":1}", NULL, "volumeGain cannot be used", 0 },
	{ "AUDIO", "gemini-3.8-flash-tts", "{\"prompt\":\"Hi\",\"audioSampleRate\":8000}", NULL, "audioSampleRate cannot be used", 0 },
	{ "AUDIO", "gemini-3.8-flash-tts", "{\"prompt\":\"\"}", NULL, "1 to 5000 bytes", 0 },
};

/* What the front and vertex say together. */
static int
request_map(const char *kind_name, const char *asked, const json_t *request, struct wires *wires, struct outcome *why)
{
	enum kind kind = kind_by_name(bytes_str(kind_name));
	struct media_refusal refusal;
	struct mapping m = { .model = media_check(kind, bytes_str(asked), request, "", &refusal), .request = request,
		.own_prefix = "gs://b/out/users/u1/", .why = why };

	if (m.model != NULL)
		return maker_of(m.model->method)->build(&m, "gs://b/out/", wires);
	outcome_set(why, E_VALIDATION_ERROR, "%s %s", refusal.field, refusal.text);
	return -1;
}

static void
check_case(const struct mapped *c)
{
	json_t *request = json_loads(c->request, 0, NULL);
	struct wires wires = { .n = 0 };
	struct outcome why = { 0 };
	int rc;

	assert_non_null(request);
	rc = request_map(c->kind, c->model, request, &wires, &why);
	if (rc != (c->wire != NULL ? 0 : -1) || (rc != 0 && strstr(why.detail, c->why) == NULL))
		fail_msg("%s: %s", c->request, why.detail);
	if (rc == 0) {
		assert_int_equal(wires.n, c->calls);
		assert_int_equal(wires.samples, 1);
		assert_string_equal(wires.made_by, c->why);
	} else {
		assert_int_equal(why.code, E_VALIDATION_ERROR);
	}
	for (size_t i = 0; i < wires.n && rc == 0; i++) {
		char *made = json_dumps(wires.body[i], JSON_COMPACT | JSON_SORT_KEYS);
		assert_string_equal(made, c->wire);
		free(made);
	}
	wires_free(&wires);
	json_decref(request);
}

static void
requests_become_wires(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_case(&cases[i]);
}

/* Bytes are counted, not characters. */
static void
long_texts_are_refused(void **state)
{
	static const struct { const char *model; size_t bytes; int rc; } texts[] = {
		{ "gemini-2.5-flash-tts", 4000, 0 }, { "gemini-2.5-flash-tts", 4002, -1 },
		{ "gemini-3.8-flash-tts", 5000, 0 }, { "gemini-3.8-flash-tts", 5002, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char text[5003] = "";
		for (size_t n = 0; n < texts[i].bytes; n += 2)
			memcpy(text + n, "\xc3\xa4", 3);
		json_t *request = json_pack("{s:s}", "prompt", text);
		struct wires wires = { .n = 0 };
		struct outcome why = { 0 };
		assert_int_equal(request_map("AUDIO", texts[i].model, request, &wires, &why), texts[i].rc);
		if (texts[i].rc != 0)
			assert_memory_equal(why.detail, "prompt must ", 12);
		wires_free(&wires);
		json_decref(request);
	}
}

static const struct answered {
	const char *answer;
	const char *mime;		/* of the one item; NULL: there is none */
	const char *why;
	int error;			/* code of items.error, -1: there is none */
	const char *said;		/* the reason; NULL: there is none */
} songs[] = {
	{ "{\"status\":\"completed\",\"steps\":[{\"type\":\"thought\"},{\"type\":\"model_output\",\"content\":[{\"type\":\"text\",\"text\":\"la\"},"
	  "{\"type\":\"audio\",\"mime_type\":\"audio/mpeg\",\"data\":\"AAAA\"},{\"type\":\"audio\",\"data\":\"BBBB\"}]}]}", "audio/mpeg", NULL, -1, NULL },
	{ "{\"outputs\":[{\"type\":\"text\"},{\"type\":\"audio\",\"mime_type\":\"audio/wav\",\"data\":\"AAAA\"}]}", "audio/wav", NULL, -1, NULL },
	{ "{\"status\":\"a_new_one\",\"steps\":[{\"type\":\"model_output\",\"content\":[{\"type\":\"audio\",\"data\":\"AAAA\"}]}]}", "audio/mpeg", NULL, -1, NULL },
	{ "{\"outputs\":[{\"type\":\"audio\",\"mime_type\":\"text/html\",\"data\":\"AAAA\"}]}", "audio/mpeg", NULL, -1, NULL },
	{ "{\"outputs\":[{\"type\":\"audio\",\"mime_type\":\"audio/x\\r\\nSet-Cookie: a\",\"data\":\"AAAA\"}]}", "audio/mpeg", NULL, -1, NULL },
	{ "{\"status\":\"completed\",\"steps\":[{\"type\":\"user_input\",\"content\":[{\"type\":\"audio\",\"data\":\"AAAA\"}]}]}", NULL, "without a result", -1, NULL },
	{ "{\"status\":\"failed\",\"errors\":[{\"code\":3,\"message\":\"bad\"}]}", NULL, "failed", 3, NULL },
	{ "{\"status\":\"failed\",\"steps\":[{\"type\":\"model_output\",\"error\":{\"code\":8,\"message\":\"full\"}}]}", NULL, "failed", 8, NULL },
	{ "{\"status\":\"in_progress\"}", NULL, "not done", -1, NULL },
	{ "{\"status\":\"a_new_one\"}", NULL, "not done", -1, NULL },
	{ "{\"status\":\"cancelled\"}", NULL, "cancelled", -1, NULL },
	{ "{\"status\":7,\"steps\":{\"a\":1},\"outputs\":[1,null],\"errors\":[\"x\"]}", NULL, "without a result", -1, NULL },
	{ "{}", NULL, "without a result", -1, NULL },
	/* words alone are the model's answer, unless it says that it failed */
	{ "{\"status\":\"completed\",\"steps\":[{\"type\":\"thought\",\"content\":[{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":\"model_output\",\"content\":"
	  "[{\"type\":\"text\",\"text\":\"\"},{\"type\":\"text\",\"text\":\"I will not\"},{\"type\":\"text\",\"text\":\"sing\"}]}]}", NULL, NULL, -1, "I will not" },
	{ "{\"outputs\":[{\"type\":\"text\",\"text\":\"no\"},{\"type\":\"audio\"}]}", NULL, NULL, -1, "no" },
	{ "{\"outputs\":[{\"type\":\"text\",\"text\":7},{\"text\":\"no\"}]}", NULL, "without a result", -1, NULL },
	{ "{\"status\":\"incomplete\",\"outputs\":[{\"type\":\"text\",\"text\":\"la\"}]}", NULL, "stopped", -1, NULL },
	{ "{\"status\":\"in_progress\",\"outputs\":[{\"type\":\"text\",\"text\":\"la\"}]}", NULL, "not done", -1, NULL },
	{ "{\"errors\":[{\"code\":3}],\"outputs\":[{\"type\":\"text\",\"text\":\"la\"}]}", NULL, NULL, 3, NULL },
}, speeches[] = {
	{ "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"text\":\"x\"},{\"inlineData\":{\"mimeType\":\"audio/wav\","
	  "\"data\":\"AAAA\"}}]}}]}", "audio/wav", NULL, -1, NULL },
	{ "{\"candidates\":[{\"content\":{\"parts\":[{\"thought\":true,\"inlineData\":{\"data\":\"AAAA\"}}]}}]}", NULL, "without audio", -1, NULL },
	{ "{\"candidates\":[{\"content\":[]}],\"promptFeedback\":4}", NULL, "without audio", -1, NULL },
};

static void
check_answer(const struct maker *maker, const struct answered *a)
{
	struct items it = { .n = 0 };
	json_t *json = json_loads(a->answer, 0, NULL);

	assert_non_null(json);
	maker->read(json, NULL, &it);
	assert_int_equal(it.n, a->mime != NULL ? 1 : 0);
	if (a->mime != NULL) {
		assert_string_equal(it.v[0].mime, a->mime);
		assert_string_equal(json_string_value(json_object_get(it.v[0].holder, it.v[0].bytes_key)), "AAAA");
	}
	if (a->why != NULL)
		assert_non_null(strstr(it.why, a->why));
	assert_int_equal(it.error != NULL, a->error >= 0);
	if (it.error != NULL)
		assert_int_equal(json_integer_value(json_object_get(it.error, "code")), a->error);
	assert_int_equal(json_array_size(it.reasons), a->said != NULL);
	if (a->said != NULL)
		assert_string_equal(json_string_value(json_array_get(it.reasons, 0)), a->said);
	items_free(&it);
	json_decref(json);
}

static void
answers_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(songs); i++)
		check_answer(&maker_lyria3, &songs[i]);
	for (size_t i = 0; i < COUNT(speeches); i++)
		check_answer(&maker_gemini_speech, &speeches[i]);
}

static void
blocked_speech_is_told(void **state)
{
	static const struct { const char *answer, *reason; } answers[] = {
		{ "{\"promptFeedback\":{\"blockReason\":\"SAFETY\",\"blockReasonMessage\":\"no\"}}", "SAFETY: no" },
		{ "{\"promptFeedback\":{\"blockReason\":\"JAILBREAK\"}}", "JAILBREAK" },
		{ "{\"candidates\":[{\"finishReason\":\"PROHIBITED_CONTENT\",\"finishMessage\":\"no\"}]}", "PROHIBITED_CONTENT: no" },
		{ "{\"candidates\":[{\"finishReason\":\"OTHER\"}]}", "OTHER" },
		{ "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"text\":\"x\",\"thought\":true},{\"text\":\"I will not read this\"}]}}]}",
		  "I will not read this" },
		{ "{\"candidates\":[{\"finishReason\":\"STOP\"}]}", "STOP" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct items it = { .n = 0 };
		json_t *json = json_loads(answers[i].answer, 0, NULL);
		maker_gemini_speech.read(json, NULL, &it);
		assert_int_equal(it.n, 0);
		assert_string_equal(json_string_value(json_array_get(it.reasons, 0)), answers[i].reason);
		items_free(&it);
		json_decref(json);
	}
}

/* What begins and what ends. */
static void
films_are_read(void **state)
{
	static const struct { const char *answer, *operation, *uri; bool running, why; } films[] = {
		{ "{\"id\":\"7f-1\",\"object\":\"interaction\",\"status\":\"in_progress\"}", "7f-1", NULL, true, false },
		{ "{\"id\":\"7f-1\",\"status\":\"daydreaming\"}", "7f-1", NULL, true, false },
		{ "{\"status\":\"queued\"}", NULL, NULL, true, false },
		{ "{\"id\":\"7f-1\",\"status\":\"completed\",\"steps\":[{\"type\":\"thought\"},{\"type\":\"model_output\",\"content\":[{\"type\":\"video\","
		  "\"mime_type\":\"video/mp4\",\"uri\":\"gs://b/x.mp4\"}]}]}", NULL, "gs://b/x.mp4", false, true },
		{ "{\"id\":\"7f-1\",\"status\":\"completed\"}", NULL, NULL, false, true },
		{ "{\"id\":\"7f-1\",\"status\":\"budget_exceeded\"}", NULL, NULL, false, true },
		{ "{\"id\":\"7f-1\",\"status\":\"daydreaming\",\"errors\":[{\"code\":14}]}", NULL, NULL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(films); i++) {
		struct items it = { .n = 0 };
		json_t *json = json_loads(films[i].answer, 0, NULL);
		maker_omni.read(json, NULL, &it);
		assert_int_equal(it.running, films[i].running);
		assert_int_equal(it.operation != NULL, films[i].operation != NULL);
		if (it.operation != NULL)
			assert_string_equal(it.operation, films[i].operation);
		assert_int_equal(it.n, films[i].uri != NULL);
		if (it.n > 0)
			assert_string_equal(it.v[0].uri, films[i].uri);
		assert_int_equal(it.why != NULL, films[i].why);
		items_free(&it);
		json_decref(json);
	}
}

static void
calls_go_where_the_model_is(void **state)
{
	static const struct google google = { .speech = "https://tts", .project = "own", .location = "us-central1" };
	static const struct { const char *model, *project, *url; } places[] = {
		{ "lyria-3-clip-preview", "p", "https://aiplatform.googleapis.com/v1beta1/projects/p/locations/global/interactions" },
		{ "lyria-3-pro-preview", "", "https://aiplatform.googleapis.com/v1beta1/projects/own/locations/global/interactions" },
		{ "gemini-2.5-pro-tts", "p", "https://tts/v1/text:synthesize" },
		{ "chirp-3-hd", "p", "https://tts/v1/text:synthesize" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		const struct model *model = model_by_id(bytes_str(places[i].model));
		struct buf url = { 0 };
		assert_int_equal(maker_of(model->method)->url(&google, &url, places[i].project, model), 0);
		assert_string_equal(buf_text(&url), places[i].url);
		buf_free(&url);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_become_wires),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(answers_are_read),
		cmocka_unit_test(blocked_speech_is_told),
		cmocka_unit_test(films_are_read),
		cmocka_unit_test(calls_go_where_the_model_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
