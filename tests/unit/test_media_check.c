/* tests/unit/test_media_check.c - what the tables of models and voices refuse before
 * anything is written down, and the field that is named.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/media_check.h"
#include "proto/models_json.h"

static const struct asked {
	const char *kind, *model, *request, *aliases;
	const char *what;		/* the model's id, or the field */
	const char *text;		/* NULL: it may be asked; else part of the refusal */
} cases[] = {
	{ "IMAGE", "", "{}", "", "imagen-4.0-generate-001", NULL },
	{ "IMAGE", "nonesuch", "{}", "", "model", "one that makes images: nonesuch" },
	{ "IMAGE", "veo-2.0-generate-001", "{}", "", "model", "images" },
	{ "VIDEO", "veo-2.0-generate-001", "{}", "", "veo-3.1-generate-001", NULL },
	{ "VIDEO", "lyria-002", "{}", "", "model", "videos" },
	{ "MUSIC", "chirp-3-hd", "{}", "", "model", "music" },
	{ "AUDIO", "imagen-4.0-generate-001", "{}", "", "model", "speech" },
	{ "IMAGE", "nonesuch", "{}", "none*=imagen-4.0-fast-generate-001", "imagen-4.0-fast-generate-001", NULL },
	{ "IMAGE", "imagen-3.0-capability-001", "{}", "", "referenceData", "must not be empty" },
	{ "IMAGE", "imagen-3.0-capability-001", "{\"referenceData\":[]}", "", "referenceData", "must not be empty" },
	{ "IMAGE", "imagen-3.0-capability-001", "{\"referenceData\":[{}]}", "", "imagen-3.0-capability-001", NULL },
	{ "IMAGE", "", "{\"referenceData\":[{\"referenceType\":\"REFERENCE_TYPE_style\"}]}", "", "imagen-3.0-capability-001", NULL },
	{ "IMAGE", "", "{\"referenceData\":[{},{\"referenceType\":\"odd\"}]}", "", "referenceData.1.referenceType", "must be RAW" },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"referenceData\":[{}]}", "", "referenceData", "cannot be used" },
	{ "IMAGE", "", "{\"seed\":1,\"addWatermark\":true}", "", "seed", "addWatermark" },
	{ "IMAGE", "", "{\"seed\":1,\"addWatermark\":false}", "", "imagen-4.0-generate-001", NULL },
	{ "IMAGE", "", "{\"seed\":1,\"enhancePrompt\":true}", "", "seed", "enhancePrompt" },
	{ "IMAGE", "imagen-3.0-generate-001", "{\"enhancePrompt\":true}", "", "enhancePrompt", "imagen-3.0-generate-001" },
	{ "IMAGE", "imagen-4.0-fast-generate-001", "{\"sampleImageSize\":\"2k\"}", "", "sampleImageSize", "1K" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/x.png\"}", "", "imagen-4.0-upscale-preview", NULL },
	{ "IMAGE", "imagegeneration@002", "{\"gcsUri\":\"gs://b/x.png\"}", "", "imagen-4.0-upscale-preview", NULL },
	{ "IMAGE", "imagegeneration@002", "{}", "", "imagen-4.0-generate-001", NULL },
	{ "IMAGE", "imagen-4.0-generate-001", "{\"gcsUri\":\"gs://b/x.png\"}", "", "model", "one that upscales" },
	{ "IMAGE", "imagen-4.0-upscale-preview", "{}", "", "model", "one that makes images" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/x.png\",\"negativePrompt\":\"cats\"}", "", "negativePrompt", "an upscale" },
	{ "IMAGE", "", "{\"gcsUri\":\"gs://b/x.png\",\"negativePrompt\":\"\"}", "", "imagen-4.0-upscale-preview", NULL },
	{ "VIDEO", "", "{\"lastFrame\":{}}", "", "lastFrame", "referenceImage" },
	{ "VIDEO", "", "{\"lastFrame\":{},\"referenceImage\":{}}", "", "veo-3.1-generate-001", NULL },
	{ "VIDEO", "", "{\"lastFrame\":{},\"referenceData\":[{\"referenceImage\":{}}]}", "", "veo-3.1-generate-001", NULL },
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
	json_t *list = models_json(""), *set = models_json(setting), *entry;
	size_t i, n;

	(void)state;
	models(&n);
	assert_true(json_array_size(list) > n);
	assert_string_equal(told_of(list, "imagen-4.0-generate-001", 0), "imagen-4.0-generate-001 [sampleImageSize 2K|enhancePrompt]");
	assert_string_equal(told_of(list, "veo-2.0-*", 0), "veo-3.1-generate-001 [reference images|resolution 1080p]");
	assert_string_equal(told_of(list, "imagegeneration@*", 0), "imagen-4.0-generate-001 [sampleImageSize 2K|enhancePrompt]");
	assert_string_equal(told_of(list, "imagegeneration@*", 1), "imagen-4.0-upscale-preview [upscaleFactor x2, x4]");
	assert_int_equal(count_defaults(list, "IMAGE"), 1);
	assert_int_equal(count_defaults(list, "AUDIO"), 1);
	json_array_foreach(list, i, entry) {	/* no price is known */
		assert_true(json_is_null(json_object_get(entry, "price")));
		assert_true(json_is_true(json_object_get(entry, "alias")) ||
		    strcmp(json_string_value(json_object_get(entry, "id")), json_string_value(json_object_get(entry, "servedBy"))) == 0);
	}
	assert_string_equal(told_of(set, "my-*", 0), "imagen-4.0-fast-generate-001 [enhancePrompt]");
	assert_string_equal(told_of(set, "imagen-4.0-generate-001", 0), "imagen-4.0-ultra-generate-001 [sampleImageSize 2K|enhancePrompt]");
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
		cmocka_unit_test(wrong_aliases_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
