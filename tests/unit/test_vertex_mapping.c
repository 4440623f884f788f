/* tests/unit/test_vertex_mapping.c - from the client's fields to the bytes that Google
 * gets: a request, and the exact bodies of the calls or the refusal. And back: what the
 * makers read out of Google's answers.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/models/maker.h"
#include "proto/media_check.h"

#define STORAGE "gs://b/out/users/u1/projects/p1/g1/1/"
#define IMAGE_TAIL "\"includeRaiReason\":true,\"storageUri\":\"" STORAGE "\""

#define GEMINI_TWO "{\"contents\":[{\"parts\":[{\"text\":\"a boat. Style: oil. Do not show: rain. Language of this text: pt\"}],\"role\":\"user\"}]," \
	"\"generationConfig\":{\"imageConfig\":{\"aspectRatio\":\"16:9\",\"imageOutputOptions\":{\"compressionQuality\":80," \
	"\"mimeType\":\"image/jpeg\"},\"imageSize\":\"2K\",\"personGeneration\":\"ALLOW_NONE\"},\"responseModalities\":[\"IMAGE\"]," \
	"\"thinkingConfig\":{\"thinkingLevel\":\"MINIMAL\"}}}"

/* Imagen is reached by the setting alone. */
#define IMAGEN "imagen-4.0-generate-001=imagen-4.0-generate-001,imagen-4.0-ultra-generate-001=imagen-4.0-ultra-generate-001," \
	"imagen-4.0-fast-generate-001=imagen-4.0-fast-generate-001,imagen-3.0-capability-001=imagen-3.0-capability-001"

struct mapped {
	const char *kind, *model, *request;
	const char *wire;		/* bodies in order, a newline between; NULL: refused */
	const char *why;		/* part of the refusal, or metadata.model */
};

static const struct mapped cases[] = {
	/* images */
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a boat\"}",
	  "{\"instances\":[{\"prompt\":\"a boat\"}],\"parameters\":{" IMAGE_TAIL ",\"sampleCount\":1}}",
	  "imagen-4.0-generate-001" },
	{ "IMAGE", "imagen-4.0-ultra-generate-001",
	  "{\"prompt\":\"a boat.\",\"style\":\"oil\",\"negativePrompt\":\"dogs\",\"sampleCount\":2,\"sampleImageSize\":\"2k\","
	  "\"outputMimeType\":\"image/jpeg\",\"compressionQuality\":80,\"steps\":30,\"projectId\":\"x\",\"mediaType\":\"IMAGE\"}",
	  "{\"instances\":[{\"prompt\":\"a boat. Style: oil. Do not show: dogs\"}],\"parameters\":{" IMAGE_TAIL
	  ",\"outputOptions\":{\"compressionQuality\":80,\"mimeType\":\"image/jpeg\"},\"sampleCount\":2,\"sampleImageSize\":\"2K\"}}",
	  "imagen-4.0-ultra-generate-001" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"width\":1024,\"height\":600}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"aspectRatio\":\"16:9\"," IMAGE_TAIL ",\"sampleCount\":1}}", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"width\":512}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"aspectRatio\":\"1:1\"," IMAGE_TAIL ",\"sampleCount\":1}}", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"width\":512,\"height\":1024,\"aspectRatio\":\"4:3\"}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"aspectRatio\":\"4:3\"," IMAGE_TAIL ",\"sampleCount\":1}}", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"seed\":5}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"addWatermark\":false,\"enhancePrompt\":false," IMAGE_TAIL
	  ",\"sampleCount\":1,\"seed\":5}}", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"seed\":5,\"addWatermark\":true}", NULL, "seed cannot be used together" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"seed\":5,\"enhancePrompt\":true}", NULL, "seed cannot be used together" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"allowPeopleAndFaces\":false,\"safetySetting\":\"BLOCK_FEWEST\",\"language\":\"de-DE\"}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"includeRaiReason\":true,\"language\":\"auto\","
	  "\"personGeneration\":\"dont_allow\",\"safetySetting\":\"block_none\",\"sampleCount\":1,\"storageUri\":\"" STORAGE "\"}}", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"allowPeopleAndFaces\":true,\"personGeneration\":\"ALLOW_ALL\",\"language\":\"zh-tw\"}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"includeRaiReason\":true,\"language\":\"zh-TW\","
	  "\"personGeneration\":\"allow_all\",\"sampleCount\":1,\"storageUri\":\"" STORAGE "\"}}", NULL },
	{ "IMAGE", "imagen-4.0-fast-generate-001", "{\"prompt\":\"a\",\"sampleImageSize\":\"2K\"}", NULL, "sampleImageSize must be 1K" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"sampleCount\":5}", NULL, "sampleCount must be 1 to 4" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"surprise\":1}", NULL, "surprise cannot be used" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"prompt\":\"a\",\"seed\":null,\"style\":\"\"}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{" IMAGE_TAIL ",\"sampleCount\":1}}", NULL },
	{ "IMAGE", "imagen-3.0-capability-001",
	  "{\"prompt\":\"a [1]\",\"referenceData\":[{\"referenceType\":\"subject\",\"secondaryReferenceType\":\"SUBJECT_TYPE_PERSON\","
	  "\"description\":\"a man\",\"referenceImage\":{\"bytesBase64Encoded\":\"iVBORw0KGgo=\"}}]}",
	  "{\"instances\":[{\"prompt\":\"a [1]\",\"referenceImages\":[{\"referenceId\":1,\"referenceImage\":{\"bytesBase64Encoded\":"
	  "\"iVBORw0KGgo=\",\"mimeType\":\"image/png\"},\"referenceType\":\"REFERENCE_TYPE_SUBJECT\",\"subjectImageConfig\":{"
	  "\"subjectDescription\":\"a man\",\"subjectType\":\"SUBJECT_TYPE_PERSON\"}}]}],\"parameters\":{" IMAGE_TAIL ",\"sampleCount\":1}}",
	  NULL },
	/* upscales; what the image is comes later */
	{ "IMAGE", "", "{\"projectId\":\"x\",\"gcsUri\":\"gs://b/out/users/u1/a.png\"}",
	  "{\"instances\":[{\"image\":{\"gcsUri\":\"gs://b/out/users/u1/a.png\"},\"prompt\":\"\"}],\"parameters\":{" IMAGE_TAIL
	  ",\"mode\":\"upscale\",\"outputOptions\":{\"mimeType\":\"image/png\"},\"sampleCount\":1,\"upscaleConfig\":{\"upscaleFactor\":\"x2\"}}}",
	  "imagen-4.0-upscale-preview" },
	{ "IMAGE", "imagegeneration@002",
	  "{\"prompt\":\"sharp\",\"model\":\"imagegeneration@002\",\"upscaleFactor\":\"x4\",\"gcsUri\":\"gs://b/out/users/u1/a.png\"}",
	  "{\"instances\":[{\"image\":{\"gcsUri\":\"gs://b/out/users/u1/a.png\"},\"prompt\":\"sharp\"}],\"parameters\":{" IMAGE_TAIL
	  ",\"mode\":\"upscale\",\"outputOptions\":{\"mimeType\":\"image/png\"},\"sampleCount\":1,\"upscaleConfig\":{\"upscaleFactor\":\"x4\"}}}",
	  "imagen-4.0-upscale-preview" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/out/users/u2/a.png\"}", NULL, "gcsUri names no object of yours" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/out/users/u1/a.png\",\"upscaleFactor\":\"0\"}", NULL, "upscaleFactor must be x2 or x4" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/out/users/u1/a.png\",\"upscaleFactor\":2}", NULL, "upscaleFactor must be x2 or x4" },
	{ "IMAGE", "", "{\"gcsUri\":[\"gs://b/out/users/u1/a.png\"]}", NULL, "gcsUri names no object of yours" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/out/users/u1/../u2/a.png\"}", NULL, "gcsUri names no object of yours" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/out/users/u1/a.png\",\"sampleCount\":2}", NULL, "sampleCount cannot be used" },
	{ "IMAGE", "imagen-3.0-capability-001",
	  "{\"prompt\":\"a\",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/other/x.png\"}}]}", NULL, "no object of yours" },
	{ "IMAGE", "imagen-3.0-capability-001",
	  "{\"prompt\":\"a\",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/u1/x.webp\"}}]}", NULL, "PNG or JPEG" },
	{ "IMAGE", "imagen-4.0-generate-001",
	  "{\"prompt\":\"a\",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/u1/x.png\"}}]}", NULL, "referenceData cannot be used with imagen-4.0-generate-001" },
	{ "IMAGE", "imagen-3.0-capability-001", "{\"prompt\":\"a\"}", NULL, "referenceData must not be empty" },
	{ "IMAGE", "gemini-3.1-flash-image", "{\"prompt\":\"a boat\"}",
	  "{\"contents\":[{\"parts\":[{\"text\":\"a boat\"}],\"role\":\"user\"}],\"generationConfig\":{\"imageConfig\":{\"aspectRatio\":\"1:1\"},"
	  "\"responseModalities\":[\"IMAGE\"]}}", "gemini-3.1-flash-image" },
	{ "IMAGE", "", "{\"prompt\":\"a boat\",\"sampleCount\":2,\"style\":\"oil\",\"negativePrompt\":\"rain\",\"language\":\"pt\","
	  "\"addWatermark\":true,\"enhancePrompt\":false,\"width\":1024,\"height\":576,\"personGeneration\":\"dont_allow\",\"sampleImageSize\":\"2K\","
	  "\"compressionQuality\":80}", GEMINI_TWO "\n" GEMINI_TWO, "gemini-nano-banana-2.1" },
	{ "IMAGE", "gemini-2.5-flash-image", "{\"prompt\":\"as [7]\",\"safetySetting\":\"block_few\",\"allowPeopleAndFaces\":true,\"sampleImageSize\":\"1K\",\"referenceData\":["
	  "{\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/u1/x.png\"}},"
	  "{\"referenceId\":7,\"referenceType\":\"MASK\",\"referenceImage\":{\"bytesBase64Encoded\":\"iVBORw==\"}},"
	  "{\"referenceType\":\"REFERENCE_TYPE_SUBJECT\",\"secondaryReferenceType\":\"product\",\"description\":\"a cup\",\"referenceImage\":{\"bytesBase64Encoded\":\"/9j/AA==\"}}]}",
	  "{\"contents\":[{\"parts\":[{\"fileData\":{\"fileUri\":\"gs://b/out/users/u1/x.png\",\"mimeType\":\"image/png\"}},"
	  "{\"inlineData\":{\"data\":\"iVBORw==\",\"mimeType\":\"image/png\"}},{\"inlineData\":{\"data\":\"/9j/AA==\",\"mimeType\":\"image/jpeg\"}},"
	  "{\"text\":\"Image 1, called [1], is the image to be changed.\\nImage 2, called [7], is the mask of the image to be changed: change only what is white in it and keep the rest as it is.\\n"
	  "Image 3, called [3], is the product to be shown: a cup.\\nas [7]\"}],\"role\":\"user\"}],"
	  "\"generationConfig\":{\"imageConfig\":{\"personGeneration\":\"ALLOW_ADULT\"},\"responseModalities\":[\"IMAGE\"]},"
	  "\"safetySettings\":[{\"category\":\"HARM_CATEGORY_HARASSMENT\",\"threshold\":\"BLOCK_ONLY_HIGH\"},"
	  "{\"category\":\"HARM_CATEGORY_HATE_SPEECH\",\"threshold\":\"BLOCK_ONLY_HIGH\"},"
	  "{\"category\":\"HARM_CATEGORY_SEXUALLY_EXPLICIT\",\"threshold\":\"BLOCK_ONLY_HIGH\"},"
	  "{\"category\":\"HARM_CATEGORY_DANGEROUS_CONTENT\",\"threshold\":\"BLOCK_ONLY_HIGH\"}]}", NULL },
	{ "IMAGE", "gemini-3-pro-image-preview", "{\"prompt\":\"a\",\"seed\":3}", NULL, "seed cannot be used with gemini-3-pro-image" },
	{ "IMAGE", "gemini-3-pro-image", "{\"prompt\":\"a\",\"addWatermark\":false}", NULL, "addWatermark must not be false" },
	{ "IMAGE", "", "{\"prompt\":\"a\",\"enhancePrompt\":true,\"width\":1024,\"height\":256,\"sampleImageSize\":\"4k\",\"steps\":3}",
	  "{\"contents\":[{\"parts\":[{\"text\":\"a\"}],\"role\":\"user\"}],\"generationConfig\":{\"imageConfig\":{\"aspectRatio\":\"4:1\","
	  "\"imageSize\":\"4K\"},\"responseModalities\":[\"IMAGE\"]}}", "gemini-nano-banana-2.1" },
	{ "IMAGE", "gemini-3-pro-image", "{\"prompt\":\"a\",\"enhancePrompt\":false,\"width\":1024,\"height\":256,\"sampleImageSize\":\"1K\"}",
	  "{\"contents\":[{\"parts\":[{\"text\":\"a\"}],\"role\":\"user\"}],\"generationConfig\":{\"imageConfig\":{\"aspectRatio\":\"21:9\","
	  "\"imageSize\":\"1K\"},\"responseModalities\":[\"IMAGE\"]}}", "gemini-3-pro-image" },
	{ "IMAGE", "", "{\"prompt\":\"a\",\"referenceData\":[{\"referenceType\":\"STYLE\",\"referenceImage\":{\"bytesBase64Encoded\":\"UklGRg==\"}}]}",
	  "{\"contents\":[{\"parts\":[{\"inlineData\":{\"data\":\"UklGRg==\",\"mimeType\":\"image/webp\"}},"
	  "{\"text\":\"Image 1, called [1], is an example of the style.\\na\"}],\"role\":\"user\"}],\"generationConfig\":{\"imageConfig\":{\"aspectRatio\":\"1:1\"},\"responseModalities\":[\"IMAGE\"]}}", NULL },
	{ "IMAGE", "gemini-3.1-flash-lite-image", "{\"prompt\":\"a\",\"sampleImageSize\":\"2K\"}", NULL, "sampleImageSize must be 1K" },
	{ "IMAGE", "gemini-3-pro-image", "{\"prompt\":\"a\",\"sampleCount\":5}", NULL, "sampleCount must be 1 to 4" },
	{ "IMAGE", "gemini-2.5-flash-image", "{\"prompt\":\"a\",\"referenceData\":[{},{},{},{}]}", NULL, "referenceData must have at most 3" },
	{ "IMAGE", "gemini-3-pro-image", "{\"prompt\":\"a\",\"referenceData\":[{\"referenceType\":\"MASK\",\"secondaryReferenceType\":\"semantic\"}]}", NULL,
	  "referenceData.0.secondaryReferenceType cannot" },
	{ "IMAGE", "gemini-3-pro-image",
	  "{\"prompt\":\"a\",\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/other/x.png\"}}]}", NULL, "no object of yours" },

	/* video */
	{ "VIDEO", "veo-2.0-generate-001", "{\"prompt\":\"a\",\"durationSeconds\":5,\"aspectRatio\":\"9:16\",\"sampleCount\":2,\"seed\":3}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"aspectRatio\":\"9:16\",\"durationSeconds\":6,\"generateAudio\":true,"
	  "\"sampleCount\":2,\"seed\":3,\"storageUri\":\"" STORAGE "\"}}", "veo-3.1-generate-001" },
	{ "VIDEO", "", "{\"prompt\":\"a\",\"durationSeconds\":1,\"resolution\":\"1080p\",\"generateAudio\":false,\"negativePrompt\":\"rain\","
	  "\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/u1/x.JPG\"},\"lastFrame\":{\"gcsUri\":\"gs://b/out/users/u1/y\",\"mimeType\":\"image/png\"}}",
	  "{\"instances\":[{\"image\":{\"gcsUri\":\"gs://b/out/users/u1/x.JPG\",\"mimeType\":\"image/jpeg\"},\"lastFrame\":{\"gcsUri\":"
	  "\"gs://b/out/users/u1/y\",\"mimeType\":\"image/png\"},\"prompt\":\"a\"}],\"parameters\":{\"durationSeconds\":8,"
	  "\"generateAudio\":false,\"negativePrompt\":\"rain\",\"resolution\":\"1080p\",\"sampleCount\":1,\"storageUri\":\"" STORAGE "\"}}", NULL },
	{ "VIDEO", "", "{\"prompt\":\"a\"}",
	  "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":{\"durationSeconds\":8,\"generateAudio\":true,\"sampleCount\":1,"
	  "\"storageUri\":\"" STORAGE "\"}}", NULL },
	{ "VIDEO", "", "{\"prompt\":\"a\",\"durationSeconds\":4,\"referenceData\":[{\"referenceType\":\"ASSET\",\"description\":\"a mug\",\"referenceImage\":"
	  "{\"gcsUri\":\"gs://b/out/users/u1/x.png\"}},{\"referenceType\":\"REFERENCE_TYPE_ASSET\",\"referenceImage\":{\"bytesBase64Encoded\":\"/9j/AA==\"}}]}",
	  "{\"instances\":[{\"prompt\":\"a\",\"referenceImages\":[{\"image\":{\"gcsUri\":\"gs://b/out/users/u1/x.png\",\"mimeType\":\"image/png\"},"
	  "\"referenceType\":\"asset\"},{\"image\":{\"bytesBase64Encoded\":\"/9j/AA==\",\"mimeType\":\"image/jpeg\"},\"referenceType\":\"asset\"}]}],"
	  "\"parameters\":{\"durationSeconds\":8,\"generateAudio\":true,\"sampleCount\":1,\"storageUri\":\"" STORAGE "\"}}", NULL },
	{ "VIDEO", "", "{\"prompt\":\"a\",\"durationSeconds\":4,\"referenceData\":[{\"referenceType\":\"STYLE\",\"referenceImage\":"
	  "{\"gcsUri\":\"gs://b/out/users/u1/x.png\"}},{\"referenceImage\":{\"bytesBase64Encoded\":\"/9j/AA==\"}}]}",
	  "{\"instances\":[{\"image\":{\"gcsUri\":\"gs://b/out/users/u1/x.png\",\"mimeType\":\"image/png\"},\"prompt\":\"a\"}],"
	  "\"parameters\":{\"durationSeconds\":4,\"generateAudio\":true,\"sampleCount\":1,\"storageUri\":\"" STORAGE "\"}}", NULL },
	{ "VIDEO", "", "{\"prompt\":\"a\",\"referenceData\":[{\"referenceType\":\"asset\",\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/u2/x.png\"}}]}",
	  NULL, "no object of yours" },
	{ "VIDEO", "", "{\"prompt\":\"a\",\"lastFrame\":{\"gcsUri\":\"gs://b/out/users/u1/y.png\"}}", NULL, "lastFrame needs" },
	{ "VIDEO", "", "{\"prompt\":\"a\",\"referenceImage\":{\"gcsUri\":\"gs://b/out/users/u1/../u2/x.png\"}}", NULL, "no object of yours" },

	/* music */
	{ "MUSIC", "", "{\"prompt\":\"calm\",\"genre\":\"HIP_HOP\",\"instrument\":\"piano\",\"tempo\":120,\"negativePrompt\":\"drums\","
	  "\"sampleCount\":3,\"durationSeconds\":20}",
	  "{\"instances\":[{\"negative_prompt\":\"drums\",\"prompt\":\"calm. Genre: hip hop. Instrument: piano. Tempo: 120 BPM\"}],"
	  "\"parameters\":{\"sample_count\":3}}", "lyria-002" },
	{ "MUSIC", "", "{\"prompt\":\"calm!\",\"tempo\":0.5,\"seed\":2147483647,\"sampleCount\":2}",
	  "{\"instances\":[{\"prompt\":\"calm! Tempo: moderate\",\"seed\":2147483647}],\"parameters\":{}}\n"
	  "{\"instances\":[{\"prompt\":\"calm! Tempo: moderate\",\"seed\":1}],\"parameters\":{}}", NULL },

	/* speech */
	{ "AUDIO", "", "{\"prompt\":\"Hi\"}",
	  "{\"audioConfig\":{\"audioEncoding\":\"MP3\"},\"input\":{\"text\":\"Hi\"},\"voice\":{\"languageCode\":\"en-US\","
	  "\"name\":\"en-US-Chirp3-HD-Kore\"}}", "en-US-Chirp3-HD-Kore" },
	{ "AUDIO", "", "{\"prompt\":\"Hi\",\"voice\":\"puck\",\"language\":\"zh\",\"audioEncoding\":\"ogg_opus\",\"speed\":1.5,"
	  "\"volumeGain\":-2,\"audioSampleRate\":24000,\"seed\":1}",
	  "{\"audioConfig\":{\"audioEncoding\":\"OGG_OPUS\",\"sampleRateHertz\":24000,\"speakingRate\":1.5,\"volumeGainDb\":-2},"
	  "\"input\":{\"text\":\"Hi\"},\"voice\":{\"languageCode\":\"cmn-CN\",\"name\":\"cmn-CN-Chirp3-HD-Puck\"}}", "cmn-CN-Chirp3-HD-Puck" },
	{ "AUDIO", "", "{\"prompt\":\"Hi\",\"voice\":\"de-DE-Chirp3-HD-Leda\",\"audioStyle\":\"calm\"}",
	  "{\"audioConfig\":{\"audioEncoding\":\"MP3\"},\"input\":{\"text\":\"Hi\"},\"voice\":{\"languageCode\":\"de-DE\","
	  "\"name\":\"de-DE-Chirp3-HD-Leda\"}}", NULL },
	{ "AUDIO", "", "{\"prompt\":\"Hi\",\"audioStyle\":\"warm\",\"language\":\"pt\"}",
	  "{\"audioConfig\":{\"audioEncoding\":\"MP3\"},\"input\":{\"text\":\"Hi\"},\"voice\":{\"languageCode\":\"pt-BR\","
	  "\"name\":\"pt-BR-Chirp3-HD-Sulafat\"}}", NULL },
	{ "AUDIO", "fr-FR-Chirp3-HD-Zephyr", "{\"prompt\":\"Hi\",\"model\":\"fr-FR-Chirp3-HD-Zephyr\"}",
	  "{\"audioConfig\":{\"audioEncoding\":\"MP3\"},\"input\":{\"text\":\"Hi\"},\"voice\":{\"languageCode\":\"fr-FR\","
	  "\"name\":\"fr-FR-Chirp3-HD-Zephyr\"}}", NULL },
	{ "AUDIO", "", "{\"prompt\":\"Hi\",\"voice\":\"Nobody\"}", NULL, "voice must name a voice: there is no Nobody" },
	{ "AUDIO", "", "{\"prompt\":\"Hi\",\"language\":\"xx\"}", NULL, "xx is not" },
	{ "AUDIO", "", "{\"prompt\":\"\"}", NULL, "1 to 5000 bytes" },
};

/* The n-th line of the expected bodies, its members sorted. */
static char *
expected_body(const char *lines, size_t n)
{
	while (n-- > 0)
		lines = strchr(lines, '\n') != NULL ? strchr(lines, '\n') + 1 : "";
	json_t *json = json_loadb(lines, strcspn(lines, "\n"), 0, NULL);
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(json);
	return text;
}

static void
check_wires(const struct mapped *c, const struct wires *wires)
{
	size_t lines = 1;

	for (const char *p = c->wire; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(wires->n, lines);
	for (size_t i = 0; i < wires->n; i++) {
		char *made = json_dumps(wires->body[i], JSON_COMPACT | JSON_SORT_KEYS), *want = expected_body(c->wire, i);
		assert_non_null(want);
		assert_string_equal(made, want);
		free(made);
		free(want);
	}
	if (c->why != NULL)
		assert_string_equal(wires->made_by, c->why);
}

static void
check_mapped(const struct mapped *c)
{
	struct outcome why = { 0 };
	json_t *request = json_loads(c->request, 0, NULL);
	enum kind kind = kind_by_name(bytes_str(c->kind));
	struct media_refusal refusal;
	struct mapping m = { .model = media_check(kind, bytes_str(c->model), request, IMAGEN, &refusal), .request = request,
		.own_prefix = "gs://b/out/users/u1/", .why = &why };
	struct wires wires = { .n = 0 };
	int rc = -1;

	assert_non_null(request);
	if (m.model != NULL)
		rc = maker_of(m.model->method)->build(&m, STORAGE, &wires);
	else
		outcome_set(&why, E_VALIDATION_ERROR, "%s %s", refusal.field, refusal.text);
	if (c->wire != NULL) {
		if (rc != 0)
			print_error("%s: %s\n", c->request, why.detail);
		assert_int_equal(rc, 0);
		check_wires(c, &wires);
	} else {
		assert_int_equal(rc, -1);
		assert_int_equal(why.code, strstr(c->why, "of yours") != NULL ? E_NOT_FOUND : E_VALIDATION_ERROR);
		if (strstr(why.detail, c->why) == NULL)
			print_error("%s: %s\n", c->request, why.detail);
		assert_non_null(strstr(why.detail, c->why));
	}
	wires_free(&wires);
	json_decref(request);
}

static void
requests_become_wires(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_mapped(&cases[i]);
}

static void
what_is_upscaled_is_looked_at(void **state)
{
	static const struct { struct stored s; const char *factor, *why; } objects[] = {
		{ { 5000, "image/png", { 1024, 1024, 0 } }, "x4", NULL },
		{ { 5000, "image/jpeg", { 1408, 768, 0 } }, "x2", NULL },
		{ { 5000, "image/jpeg", { 0, 0, 0 } }, "x4", NULL },		/* its size is further behind */
		{ { 10 << 20, "image/png", { 64, 64, 0 } }, "x4", NULL },
		{ { (10 << 20) + 1, "image/png", { 64, 64, 0 } }, "x2", "gcsUri must have at most 10 MB" },
		{ { 0, "", { 0, 0, 0 } }, "x2", "gcsUri must not be empty" },
		{ { 5000, "image/png", { 1408, 768, 0 } }, "x4", "upscaleFactor is too large: x4 of 1408x768" },
		{ { 5000, "image/png", { 4294967295, 4294967295, 0 } }, "x2", "upscaleFactor is too large" },
		{ { 5000, "image/webp", { 0, 0, 0 } }, "x2", "gcsUri must be a PNG or JPEG" },
		{ { 5000, "video/mp4", { 0, 0, 0 } }, "x2", "gcsUri must be a PNG or JPEG" },
		{ { 5000, "", { 0, 0, 0 } }, "x2", "gcsUri must be a PNG or JPEG" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(objects); i++) {
		json_t *wire = json_pack("{s:[{s:{}}],s:{s:{s:s}}}", "instances", "image", "parameters", "upscaleConfig",
		    "upscaleFactor", objects[i].factor);
		struct outcome why = { 0 };
		struct mapping m = { .model = model_by_id(BYTES("imagen-4.0-upscale-preview")), .why = &why };
		struct source from = { .media = wire_get(wire, "instances.0.image"), .field = "gcsUri" };
		int rc = maker_upscale.source(&m, &from, &objects[i].s, wire);
		assert_int_equal(rc, objects[i].why != NULL ? -1 : 0);
		if (rc != 0)
			assert_non_null(strstr(why.detail, objects[i].why));
		else
			assert_string_equal(json_string_value(wire_get(wire, "instances.0.image.mimeType")), objects[i].s.mime);
		json_decref(wire);
	}
}

static const char *
called(enum kind kind, const char *asked, const char *aliases)
{
	const struct model *m = model_resolve(kind, bytes_str(asked), PURPOSE_plain, aliases);

	return m != NULL ? m->id : "";
}

static void
models_are_found(void **state)
{
	static const char aliases[] = "gemini-nano-banana-2.1=imagen-4.0-fast-generate-001, veo-*=veo-3.1-lite-generate-001";

	(void)state;
	assert_string_equal(called(KIND_IMAGE, "", ""), "gemini-nano-banana-2.1");
	assert_string_equal(called(KIND_VIDEO, "", ""), "veo-3.1-generate-001");
	assert_string_equal(called(KIND_MUSIC, "", ""), "lyria-002");
	assert_string_equal(called(KIND_AUDIO, "", ""), "chirp-3-hd");
	assert_string_equal(called(KIND_IMAGE, "imagegeneration@002", ""), "gemini-nano-banana-2.1");
	assert_string_equal(called(KIND_IMAGE, "imagen-3.0-generate-002", ""), "gemini-nano-banana-2.1");
	assert_string_equal(called(KIND_VIDEO, "veo-3.0-fast-generate-001", ""), "veo-3.1-fast-generate-001");
	assert_string_equal(called(KIND_VIDEO, "veo-3.1-generate-preview", ""), "veo-3.1-generate-001");
	assert_string_equal(called(KIND_AUDIO, "en-US-Chirp3-HD-Kore", ""), "chirp-3-hd");
	assert_string_equal(called(KIND_IMAGE, "", aliases), "imagen-4.0-fast-generate-001");
	assert_string_equal(called(KIND_VIDEO, "veo-9", aliases), "veo-3.1-lite-generate-001");
	assert_string_equal(called(KIND_IMAGE, "nonsense", ""), "");
	assert_string_equal(called(KIND_IMAGE, "veo-3.1-generate-001", ""), "");
	assert_string_equal(called(KIND_none, "lyria-002", ""), "");
}

static json_t *
read_with(const struct maker *maker, const char *answer, const char *wire, struct items *items)
{
	json_t *json = json_loads(answer, 0, NULL), *body = json_loads(wire, 0, NULL);

	assert_non_null(json);
	maker->read(json, body, items);
	json_decref(body);
	return json;
}

static void
image_answers_are_read(void **state)
{
	struct items it = { .n = 0 };
	json_t *json = read_with(&maker_imagen, "{\"predictions\":[{\"mimeType\":\"image/jpeg\",\"gcsUri\":\"gs://b/x.jpg\",\"prompt\":\"p2\"},"
	    "{\"raiFilteredReason\":\"Support codes: 39322892\"},{\"bytesBase64Encoded\":\"AAAA\"}]}", "{}", &it);

	(void)state;
	assert_int_equal(it.n, 2);
	assert_string_equal(it.v[0].uri, "gs://b/x.jpg");
	assert_string_equal(it.v[0].prompt, "p2");
	assert_string_equal(it.v[1].bytes_key, "bytesBase64Encoded");
	assert_string_equal(it.v[1].mime, "image/png");
	assert_int_equal(json_array_size(it.reasons), 1);
	items_free(&it);
	json_decref(json);
	json = read_with(&maker_imagen, "{\"predictions\":[{\"mimeType\":\"image/webp\",\"gcsUri\":\"a\"},{\"mimeType\":\"text/html\",\"gcsUri\":\"a\"},"
	    "{\"mimeType\":\"image/png\\r\\nX-Evil: 1\",\"gcsUri\":\"a\"},{\"mimeType\":\"image/\",\"gcsUri\":\"a\"},{\"mimeType\":7,\"gcsUri\":\"a\"}]}", "{}", &it);
	assert_int_equal(it.n, 5);
	assert_string_equal(it.v[0].mime, "image/webp");
	for (size_t i = 1; i < it.n; i++)
		assert_string_equal(it.v[i].mime, "image/png");
	items_free(&it);
	json_decref(json);
	json = read_with(&maker_imagen, "{}", "{}", &it);	/* proto JSON leaves empty lists out */
	assert_int_equal(it.n, 0);
	assert_non_null(it.reasons);
	items_free(&it);
	json_decref(json);
}

static void
gemini_answers_are_read(void **state)
{
	static const struct { const char *answer, *uri, *mime, *reason; } cs[] = {
		{ "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"AA==\"},"
		  "\"thought\":true},{\"text\":\"here\"},{\"inlineData\":{\"mimeType\":\"image/jpeg\",\"data\":\"AAAA\"}},"
		  "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"BBBB\"}}]}}]}", NULL, "image/jpeg", NULL },
		{ "{\"candidates\":[{\"content\":{\"parts\":[{\"fileData\":{\"mimeType\":\"image/png\",\"fileUri\":\"gs://b/x\"}}]}}]}",
		  "gs://b/x", "image/png", NULL },
		{ "{\"promptFeedback\":{\"blockReason\":\"SAFETY\",\"blockReasonMessage\":\"m\"}}", NULL, NULL, "SAFETY: m" },
		{ "{\"candidates\":[{\"finishReason\":\"IMAGE_SAFETY\"}]}", NULL, NULL, "IMAGE_SAFETY" },
		{ "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"text\":\"I will not\"}]}}]}", NULL, NULL, "I will not" },
		{ "{\"candidates\":[{\"finishReason\":\"NO_IMAGE\",\"content\":{\"parts\":[7,{\"text\":\"t\",\"thought\":true}]}}]}", NULL, NULL, "NO_IMAGE" },
		{ "{\"candidates\":{}}", NULL, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cs); i++) {
		struct items it = { .n = 0 };
		json_t *json = read_with(&maker_gemini_image, cs[i].answer, "{}", &it);
		assert_int_equal(it.n, cs[i].reason == NULL);
		if (cs[i].reason == NULL) {
			assert_string_equal(it.v[0].mime, cs[i].mime);
			if (cs[i].uri != NULL)
				assert_string_equal(it.v[0].uri, cs[i].uri);
			else
				assert_string_equal(json_string_value(json_object_get(it.v[0].holder, it.v[0].bytes_key)), "AAAA");
		} else if (cs[i].reason[0] != '\0')
			assert_string_equal(json_string_value(json_array_get(it.reasons, 0)), cs[i].reason);
		else
			assert_non_null(it.reasons);
		items_free(&it);
		json_decref(json);
	}
}

static void
sound_answers_are_read(void **state)
{
	struct items it = { .n = 0 };
	json_t *json = read_with(&maker_lyria, "{\"predictions\":[{\"bytesBase64Encoded\":\"AAAA\",\"mimeType\":\"audio/wav\"},"
	    "{\"audioContent\":\"AAAA\"}]}", "{}", &it);

	(void)state;
	assert_int_equal(it.n, 2);
	assert_string_equal(it.v[1].bytes_key, "audioContent");
	assert_string_equal(it.v[1].mime, "audio/wav");
	items_free(&it);
	json_decref(json);
	json = read_with(&maker_speech, "{\"audioContent\":\"AAAA\"}", "{\"audioConfig\":{\"audioEncoding\":\"OGG_OPUS\"}}", &it);
	assert_int_equal(it.n, 1);
	assert_string_equal(it.v[0].mime, "audio/ogg");
	items_free(&it);
	json_decref(json);
}

static void
operations_are_read(void **state)
{
	static const char done[] = "{\"name\":\"n\",\"done\":true,\"response\":{\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":[\"why\"],"
	    "\"videos\":[{\"gcsUri\":\"gs://b/v.mp4\",\"mimeType\":\"video/mp4\"}]}}";
	static const char older[] = "{\"done\":true,\"response\":{\"generatedSamples\":[{\"video\":{\"uri\":\"gs://b/o.mp4\"}}]}}";
	struct items it = { .n = 0 };
	const json_t *status;
	json_t *json = json_loads(done, 0, NULL);

	(void)state;
	operation_read(json, &it, &status);
	assert_false(it.running);
	assert_null(status);
	assert_int_equal(it.n, 1);
	assert_int_equal(json_array_size(it.reasons), 1);
	items_free(&it);
	json_decref(json);
	json = json_loads(older, 0, NULL);
	operation_read(json, &it, &status);
	assert_string_equal(it.v[0].uri, "gs://b/o.mp4");
	items_free(&it);
	json_decref(json);
	json = json_loads("{\"name\":\"n\"}", 0, NULL);
	operation_read(json, &it, &status);
	assert_true(it.running);
	items_free(&it);
	json_decref(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_become_wires),
		cmocka_unit_test(what_is_upscaled_is_looked_at),
		cmocka_unit_test(models_are_found),
		cmocka_unit_test(image_answers_are_read),
		cmocka_unit_test(gemini_answers_are_read),
		cmocka_unit_test(sound_answers_are_read),
		cmocka_unit_test(operations_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
