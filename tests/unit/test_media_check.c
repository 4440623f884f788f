/* tests/unit/test_media_check.c - what the tables of models and voices refuse before
 * anything is written down, and the field that is named.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/media_check.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_refuse_what_they_do_not_know),
		cmocka_unit_test(foreign_pictures_are_seen),
		cmocka_unit_test(refusals_are_cut_at_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
