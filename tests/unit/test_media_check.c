/* tests/unit/test_media_check.c - what the tables of models and voices refuse before
 * anything is written down, and the field that is named.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/media_check.h"
#include "proto/models_json.h"

#define IMAGEN "imagen-4.0-generate-001=imagen-4.0-generate-001,imagen-3.0-capability-*=imagen-3.0-capability-001"

static const struct asked {
	const char *kind, *model, *request, *aliases;
	const char *what;		/* the model's id, or the field */
	const char *text;		/* NULL: it may be asked; else part of the refusal */
} cases[] = {
	{ "IMAGE", "", "{}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "nonesuch", "{}", "", "model", "one that makes images: nonesuch" },
	{ "IMAGE", "veo-2.0-generate-001", "{}", "", "model", "images" },
	{ "VIDEO", "veo-2.0-generate-001", "{}", "", "veo-3.1-generate-001", NULL },
	{ "VIDEO", "lyria-002", "{}", "", "model", "videos" },
	{ "MUSIC", "chirp-3-hd", "{}", "", "model", "music" },
	{ "AUDIO", "imagen-4.0-generate-001", "{}", "", "model", "speech" },
	/* ids of older clients */
	{ "IMAGE", "imagegeneration@002", "{}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "imagegeneration@006", "{\"sampleImageSize\":\"2K\"}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "imagen-3.0-generate-002", "{}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "imagen-4.0-ultra-generate-001", "{}", "", "gemini-3-pro-image", NULL },
	{ "IMAGE", "imagen-3.0-fast-generate-001", "{}", "", "gemini-3.1-flash-lite-image", NULL },
	{ "IMAGE", "imagen-4.0-fast-generate-001", "{\"sampleImageSize\":\"1k\"}", "", "gemini-3.1-flash-lite-image", NULL },
	{ "IMAGE", "imagen-4.0-fast-generate-001", "{\"sampleImageSize\":\"2k\",\"referenceData\":[{}]}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "imagen-3.0-capability-001", "{}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "gemini-3-pro-image-preview", "{}", "", "gemini-3-pro-image", NULL },
	/* of an operator whose project has Imagen */
	{ "IMAGE", "imagen-4.0-generate-001", "{}", IMAGEN, "imagen-4.0-generate-001", NULL },
	{ "IMAGE", "", "{}", "gemini-nano-banana-2.1=imagen-4.0-generate-001", "imagen-4.0-generate-001", NULL },
	{ "IMAGE", "nonesuch", "{}", "none*=imagen-4.0-fast-generate-001", "imagen-4.0-fast-generate-001", NULL },
	{ "IMAGE", "nonesuch", "{\"sampleImageSize\":\"2K\"}", "none*=imagen-4.0-fast-generate-001", "sampleImageSize", "must be 1K: imagen-4.0-fast" },
	{ "IMAGE", "nonesuch", "{}", "none*=imagegeneration@002", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "imagen-3.0-capability-001", "{}", IMAGEN, "referenceData", "must not be empty" },
	{ "IMAGE", "imagen-3.0-capability-001", "{\"referenceData\":[]}", IMAGEN, "referenceData", "must not be empty" },
	{ "IMAGE", "imagen-3.0-capability-001", "{\"referenceData\":[{}]}", IMAGEN, "imagen-3.0-capability-001", NULL },
	{ "IMAGE", "imagen-3.0-capability-001", "{\"referenceData\":[{},{\"referenceImage\":{\"mimeType\":\"image/webp\"}}]}", IMAGEN,
	  "referenceData.1.referenceImage", "must be a PNG or JPEG" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"referenceData\":[{}]}", IMAGEN, "referenceData", "cannot be used" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"seed\":1,\"addWatermark\":true}", IMAGEN, "seed", "addWatermark" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"seed\":1,\"addWatermark\":false}", IMAGEN, "imagen-4.0-generate-001", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"seed\":1,\"enhancePrompt\":true}", IMAGEN, "seed", "enhancePrompt" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"sampleImageSize\":\"4K\"}", IMAGEN, "sampleImageSize", "must be 1K, 2K: imagen-4.0" },
	{ "IMAGE", "old", "{\"enhancePrompt\":true}", "old=imagen-3.0-generate-001", "enhancePrompt", "imagen-3.0-generate-001" },
	/* what the Gemini image models cannot do, or do only so */
	{ "IMAGE", "", "{\"seed\":1}", "", "seed", "gemini-nano-banana-2.1, which takes none: leave it out" },
	{ "IMAGE", "imagegeneration@002", "{\"seed\":1,\"addWatermark\":false}", "", "seed", "gemini-nano-banana-2.1" },
	{ "IMAGE", "", "{\"addWatermark\":false}", "", "addWatermark", "gemini-nano-banana-2.1 always adds one, leave it out" },
	{ "IMAGE", "", "{\"addWatermark\":true,\"enhancePrompt\":true,\"seed\":null}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "gemini-2.5-flash-image", "{\"enhancePrompt\":false}", "", "gemini-2.5-flash-image", NULL },
	{ "IMAGE", "", "{\"sampleImageSize\":\"4K\",\"aspectRatio\":\"9:16\"}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "", "{\"sampleImageSize\":\"512\"}", "", "sampleImageSize", "must be 1K, 2K, 4K: gemini-nano-banana-2.1" },
	{ "IMAGE", "gemini-3.1-flash-image", "{\"sampleImageSize\":\"512\",\"aspectRatio\":\"9:21\"}", "", "gemini-3.1-flash-image", NULL },
	{ "IMAGE", "gemini-3.1-flash-lite-image", "{\"sampleImageSize\":\"2K\"}", "", "sampleImageSize", "must be 1K: gemini" },
	{ "IMAGE", "gemini-3-pro-image", "{\"aspectRatio\":\"1:4\"}", "", "aspectRatio", "cannot be 1:4 with gemini-3-pro-image" },
	{ "IMAGE", "", "{\"referenceData\":[{\"referenceType\":\"REFERENCE_TYPE_style\",\"referenceImage\":{\"mimeType\":\"image/webp\"}}]}", "", "gemini-nano-banana-2.1", NULL },
	{ "IMAGE", "", "{\"referenceData\":[{},{\"referenceType\":\"odd\"}]}", "", "referenceData.1.referenceType", "must be RAW" },
	{ "IMAGE", "gemini-2.5-flash-image", "{\"referenceData\":[{},{},{}]}", "", "gemini-2.5-flash-image", NULL },
	{ "IMAGE", "gemini-2.5-flash-image", "{\"referenceData\":[{},{},{},{}]}", "", "referenceData", "at most 3 items for gemini-2.5" },
	/* upscales */
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/x.png\"}", "", "imagen-4.0-upscale-preview", NULL },
	{ "IMAGE", "imagegeneration@002", "{\"gcsUri\":\"gs://b/x.png\"}", "", "imagen-4.0-upscale-preview", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"gcsUri\":\"gs://b/x.png\"}", "", "model", "one that upscales" },
	{ "IMAGE", "imagen-4.0-upscale-preview", "{}", "", "model", "one that makes images" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/x.png\",\"negativePrompt\":\"cats\"}", "", "negativePrompt", "an upscale" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/x.png\",\"negativePrompt\":\"\"}", "", "imagen-4.0-upscale-preview", NULL },
	{ "VIDEO", "", "{\"lastFrame\":{}}", "", "lastFrame", "referenceImage" },
	{ "VIDEO", "", "{\"lastFrame\":{},\"referenceImage\":{}}", "", "veo-3.1-generate-001", NULL },
	{ "VIDEO", "", "{\"lastFrame\":{},\"referenceData\":[{\"referenceImage\":{}}]}", "", "veo-3.1-generate-001", NULL },
	{ "VIDEO", "", "{\"resolution\":\"1080p\",\"durationSeconds\":4}", "", "veo-3.1-generate-001", NULL },
	/* assets; of any other type the first one is a first frame, as ever */
	{ "VIDEO", "veo-3.1-fast-generate-001", "{\"referenceData\":[{\"referenceType\":\"asset\"},{\"referenceType\":\"REFERENCE_TYPE_ASSET\"},{\"referenceType\":\"Asset\"}]}", "", "veo-3.1-fast-generate-001", NULL },
	{ "VIDEO", "", "{\"referenceData\":[{\"referenceType\":\"asset\"},{\"referenceType\":\"asset\"},{\"referenceType\":\"asset\"},{\"referenceType\":\"asset\"}]}", "", "referenceData", "at most 3 assets" },
	{ "VIDEO", "", "{\"referenceData\":[{},{\"referenceType\":\"asset\"}]}", "", "referenceData.0.referenceType", "must be asset" },
	{ "VIDEO", "", "{\"referenceData\":[{\"referenceType\":\"asset\"},{\"referenceType\":\"STYLE\"}]}", "", "referenceData.1.referenceType", "must be asset" },
	{ "VIDEO", "", "{\"referenceImage\":{\"gcsUri\":\"gs://b/x\"},\"referenceData\":[{\"referenceType\":\"asset\"}]}", "", "referenceImage", "together with referenceData" },
	{ "VIDEO", "", "{\"lastFrame\":{\"gcsUri\":\"gs://b/x\"},\"referenceData\":[{\"referenceType\":\"asset\"}]}", "", "lastFrame", "together with referenceData" },
	{ "VIDEO", "veo-3.1-lite-generate-001", "{\"referenceData\":[{\"referenceType\":\"asset\"}]}", "", "referenceData", "assets for veo-3.1-lite" },
	{ "VIDEO", "veo-3.1-lite-generate-001", "{\"referenceData\":[{},{\"referenceType\":\"RAW\"}]}", "", "veo-3.1-lite-generate-001", NULL },
	{ "AUDIO", "", "{\"voice\":\"nonesuch\"}", "", "voice", "there is no nonesuch" },
	{ "AUDIO", "", "{\"voice\":\"xx-XX-Chirp3-HD-Kore\"}", "", "voice", "there is no" },
	{ "AUDIO", "", "{\"voice\":\"aaaaaaaaaaaaaaaaaaaaaaaa-Chirp3-HD-Kore\"}", "", "voice", "there is no" },
	{ "AUDIO", "", "{\"voice\":\"xx-XX-Chirp3-HD-Kore\",\"language\":\"de\"}", "", "chirp-3-hd", NULL },
	{ "AUDIO", "", "{\"audioStyle\":\"en-US-Chirp3-HD-Nobody\"}", "", "audioStyle", "there is no" },
	{ "AUDIO", "", "{\"audioStyle\":\"calm\"}", "", "chirp-3-hd", NULL },
	{ "AUDIO", "en-US-Chirp3-HD-Nobody", "{\"model\":\"en-US-Chirp3-HD-Nobody\"}", "", "model", "there is no" },
	{ "AUDIO", "", "{\"language\":\"xx\"}", "", "language", "xx is not" },
	{ "none", "", "{}", "", "model", "" },
};

static void
tables_refuse_what_they_do_not_know(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct asked *c = &cases[i];
		struct media_refusal why = { "", "" };
		json_t *request = json_loads(c->request, 0, NULL);
		const struct model *m = media_check(kind_by_name(bytes_str(c->kind)), bytes_str(c->model), request, c->aliases, &why);

		assert_non_null(request);
		if ((m != NULL) != (c->text == NULL))
			print_error("case %zu: %s %s\n", i, why.field, why.text);
		if (c->text == NULL) {
			assert_non_null(m);
			assert_string_equal(m->id, c->what);
		} else {
			assert_null(m);
			assert_string_equal(why.field, c->what);
			assert_non_null(strstr(why.text, c->text));
		}
		json_decref(request);
	}
}

static void
foreign_pictures_are_seen(void **state)
{
#define OWN "gs://b/out/users/01020304-0000-0000-0000-000000000000/projects/p/x.png"
	static const struct { const char *request, *field; } v[] = {
		{ "{}", NULL },
		{ "{\"referenceImage\":{\"gcsUri\":\"" OWN "\"},\"lastFrame\":{\"bytesBase64Encoded\":\"AAAA\"}}", NULL },
		{ "{\"referenceImage\":{\"gcsUri\":\"gs://b/x.png\"}}", "referenceImage.gcsUri" },
		{ "{\"gcsUri\":\"" OWN "\"}", NULL }, { "{\"gcsUri\":\"gs://b/x.png\"}", "gcsUri" },
		{ "{\"lastFrame\":{\"gcsUri\":\"gs://b/users/01020305-0000-0000-0000-000000000000/x.png\"}}", "lastFrame.gcsUri" },
		{ "{\"referenceData\":[{\"referenceImage\":{\"gcsUri\":\"" OWN "\"}},{\"referenceImage\":{\"gcsUri\":\"gs://b/y\"}}]}",
		  "referenceData.1.referenceImage.gcsUri" },
	};
	struct id user = { { 1, 2, 3, 4 } };
	char field[80];

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		json_t *request = json_loads(v[i].request, 0, NULL);
		assert_non_null(request);
		assert_int_equal(media_is_foreign(request, &user, field), v[i].field != NULL);
		if (v[i].field != NULL)
			assert_string_equal(field, v[i].field);
		json_decref(request);
	}
}

static void
refusals_are_cut_at_characters(void **state)
{
	char voice[402] = "";
	struct media_refusal why;

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(voice, "\xc3\xa4");
	for (int skip = 0; skip < 2; skip++) {
		json_t *request = json_pack("{s:s+}", "voice", skip ? "x" : "", voice);
		assert_null(media_check(KIND_AUDIO, BYTES(""), request, "", &why));
		assert_true(utf8_valid(why.text, strlen(why.text)));
		json_decref(request);
	}
}

/* "served by [its abilities]" of the n-th entry with this id; "" where there is none. */
static const char *
told_of(const json_t *list, const char *id, unsigned n)
{
	static char out[256];
	const json_t *entry, *text;
	size_t i, k;

	json_array_foreach((json_t *)(uintptr_t)list, i, entry) {
		if (strcmp(json_string_value(json_object_get(entry, "id")), id) != 0 || n-- != 0)
			continue;
		snprintf(out, sizeof out, "%s [", json_string_value(json_object_get(entry, "servedBy")));
		json_array_foreach(json_object_get(json_object_get(entry, "limits"), "abilities"), k, text)
			snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", k > 0 ? "|" : "", json_string_value(text));
		return strcat(out, "]");
	}
	return "";
}

static size_t
count_defaults(const json_t *list, const char *kind)
{
	const json_t *entry;
	size_t i, n = 0;

	json_array_foreach((json_t *)(uintptr_t)list, i, entry)
		n += json_is_true(json_object_get(entry, "default")) &&
		    strcmp(json_string_value(json_object_get(entry, "mediaType")), kind) == 0;
	return n;
}

static void
clients_are_told_all_ids(void **state)
{
	static const char setting[] = "my-*=imagen-4.0-fast-generate-001,imagen-4.0-generate-001=imagen-4.0-ultra-generate-001,"
	    "lost=nonesuch,lyria-002=chirp-3-hd,=x,y=,imagegeneration@*=imagen-3.0-generate-002";
	json_t *list = models_json("", NULL), *set = models_json(setting, NULL), *entry;
	size_t i, n;

	(void)state;
	models(&n);
	assert_true(json_array_size(list) > n);
	assert_string_equal(told_of(list, "imagen-4.0-generate-001", 0), told_of(list, "imagegeneration@*", 0));
	assert_string_equal(told_of(list, "gemini-3-pro-image", 0),
	    "gemini-3-pro-image [enhancePrompt|reference images|always with a watermark, without seed|reference images in WebP]");
	assert_string_equal(told_of(list, "veo-2.0-*", 0), "veo-3.1-generate-001 [reference images|resolution 1080p]");
	assert_int_equal(strncmp(told_of(list, "imagegeneration@*", 0), "gemini-nano-banana-2.1 [", 24), 0);
	assert_string_equal(told_of(list, "imagegeneration@*", 1), "imagen-4.0-upscale-preview [upscaleFactor x2, x4]");
	assert_int_equal(strncmp(told_of(list, "imagen-4.0-fast-*", 0), "gemini-3.1-flash-lite-image [", 29), 0);
	assert_int_equal(strncmp(told_of(list, "imagen-4.0-fast-*", 1), "gemini-nano-banana-2.1 [", 24), 0);	/* of 2K */
	assert_int_equal(count_defaults(list, "IMAGE"), 1);
	assert_int_equal(count_defaults(list, "AUDIO"), 1);
	json_array_foreach(list, i, entry) {
		assert_true(json_integer_value(json_object_get(json_object_get(entry, "price"), "micros")) > 0);
		assert_true(json_is_true(json_object_get(entry, "alias")) ||
		    strcmp(json_string_value(json_object_get(entry, "id")), json_string_value(json_object_get(entry, "servedBy"))) == 0);
	}
	assert_string_equal(told_of(set, "my-*", 0), "imagen-4.0-fast-generate-001 [enhancePrompt]");
	assert_string_equal(told_of(set, "imagen-4.0-generate-001", 0), "imagen-4.0-ultra-generate-001 [enhancePrompt]");
	assert_string_equal(told_of(set, "imagen-4.0-generate-001", 1), "");
	assert_string_equal(told_of(set, "imagegeneration@*", 0), "imagen-3.0-generate-002 [enhancePrompt]");
	assert_string_equal(told_of(set, "imagegeneration@*", 1), "");
	assert_string_equal(told_of(set, "lost", 0), "");
	assert_string_equal(told_of(set, "y", 0), "");
	assert_int_equal(count_defaults(set, "IMAGE"), 1);
	assert_int_equal(count_defaults(set, "MUSIC"), 0);	/* the setting has sent it to another kind */
	json_decref(list);
	json_decref(set);
}

/* A member of the limits that are told of an id, as text. */
static void
limit_is(const json_t *list, const char *id, const char *limit, const char *expected)
{
	const json_t *entry;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, entry)
		if (strcmp(json_string_value(json_object_get(entry, "id")), id) == 0) {
			char *text = json_dumps(json_object_get(json_object_get(entry, "limits"), limit), JSON_ENCODE_ANY | JSON_COMPACT);
			assert_string_equal(text, expected);
			free(text);
			return;
		}
	fail();
}

static void
clients_are_told_what_images_may_be(void **state)
{
	json_t *list = models_json("", NULL);

	(void)state;
	limit_is(list, "gemini-3-pro-image", "aspectRatios", "[\"1:1\",\"3:4\",\"4:3\",\"9:16\",\"16:9\",\"2:3\",\"3:2\",\"4:5\",\"5:4\",\"21:9\"]");
	limit_is(list, "gemini-3-pro-image", "imageSizes", "[\"1K\",\"2K\",\"4K\"]");
	limit_is(list, "gemini-2.5-flash-image", "referenceImages", "3");
	limit_is(list, "lyria-002", "aspectRatios", "[]");
	limit_is(list, "lyria-002", "imageSizes", "[]");
	limit_is(list, "lyria-002", "referenceImages", "null");
	json_decref(list);
}

/* Only Imagen has ids that mean another model; what makes images has limits, and nothing else has. */
static void
rows_fit_each_other(void **state)
{
	size_t n;
	const struct model *all = models(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		enum kind kind = method_kind(all[i].method);
		const struct model *called = model_resolve(kind, bytes_str(all[i].id), PURPOSE_plain, "");
		assert_int_equal(called != &all[i], all[i].method == MAKER_imagen_predict);
		assert_int_equal(model_images(&all[i]) != NULL, kind == KIND_IMAGE && all[i].method != MAKER_imagen_upscale);
		assert_true(models_timeout_s() >= all[i].timeout_s);
		char setting[200];
		snprintf(setting, sizeof setting, "%s=%s", all[i].id, all[i].id);
		assert_ptr_equal(model_resolve(kind, bytes_str(all[i].id), PURPOSE_plain, setting), &all[i]);
	}
}

static void
wrong_aliases_are_named(void **state)
{
	static const struct { const char *setting, *about; } v[] = {
		{ "", NULL }, { "a=lyria-002", NULL }, { " a*=veo-2.0-generate-001 , b=imagegeneration@002", NULL },
		{ "a=imagen-4.0-upscale-preview,b=chirp", NULL }, { "a=lyria-002,", NULL }, { "a=nonesuch", "a=nonesuch: it must" },
		{ "a=lyria-002,b", "b: it must" }, { "=lyria-002", "=lyria-002: it" }, { "a=", "a=: it" }, { "a=lyria-002,,b=lyria-002", ": it must" },
	};
	char out[ALIASES_WRONG], longest[600];

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		assert_int_equal(aliases_wrong(v[i].setting, out), v[i].about != NULL);
		if (v[i].about != NULL)
			assert_non_null(strstr(out, v[i].about));
	}
	memset(longest, 'x', sizeof longest);
	strcpy(longest + sizeof longest - 11, "=lyria-002");
	assert_true(aliases_wrong(longest, out));
}

static void
successors_lead_somewhere(void **state)
{
	size_t n;
	const struct model *all = models(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct model *m = &all[i], *next;
		for (size_t steps = 0; (next = model_successor(m)) != NULL; m = next) {
			assert_int_equal(method_kind(next->method), method_kind(m->method));
			assert_true(++steps < n);	/* and not round in a circle */
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(successors_lead_somewhere),
		cmocka_unit_test(tables_refuse_what_they_do_not_know),
		cmocka_unit_test(foreign_pictures_are_seen),
		cmocka_unit_test(refusals_are_cut_at_characters),
		cmocka_unit_test(clients_are_told_all_ids),
		cmocka_unit_test(clients_are_told_what_images_may_be),
		cmocka_unit_test(rows_fit_each_other),
		cmocka_unit_test(wrong_aliases_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
