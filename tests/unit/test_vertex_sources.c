/* tests/unit/test_vertex_sources.c - pictures in storage that Google is to start from: which ones are looked at
 * before it is asked, by which field's name, and which are refused.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/vertex/models/maker.h"
#include "proto/media_check.h"

#define OWN "gs://b/out/users/u1/"
#define IN_STORAGE(name) "{\"gcsUri\":\"" OWN name "\",\"mimeType\":\"image/png\"}"
#define INLINE "{\"bytesBase64Encoded\":\"iVBORw0KGgo=\"}"
#define ASSET(picture) "{\"referenceType\":\"asset\",\"referenceImage\":" picture "}"

struct asked {
	json_t *request;
	struct outcome why;
	struct mapping m;
	struct wires wires;
};

/* The wires of a request that can be mapped. */
static void
ask(struct asked *a, enum kind kind, const char *model, const char *request)
{
	struct media_refusal refusal;

	*a = (struct asked){ .request = json_loads(request, 0, NULL) };
	a->m = (struct mapping){ .model = media_check(kind, bytes_str(model), a->request, "", &refusal), .request = a->request,
		.own_prefix = OWN, .why = &a->why };
	assert_non_null(a->m.model);
	assert_int_equal(maker_of(a->m.model->method)->build(&a->m, "gs://b/out/x/", &a->wires), 0);
}

static void
asked_free(struct asked *a)
{
	wires_free(&a->wires);
	json_decref(a->request);
}

static void
each_picture_in_storage_is_looked_at(void **state)
{
	static const struct { enum kind kind; const char *model, *request, *sources; } cs[] = {
		{ KIND_VIDEO, "", "{\"prompt\":\"a\"}", "" },
		{ KIND_VIDEO, "", "{\"prompt\":\"a\",\"referenceImage\":" IN_STORAGE("1") "}", "referenceImage=1 " },
		{ KIND_VIDEO, "", "{\"prompt\":\"a\",\"referenceImage\":" IN_STORAGE("1") ",\"lastFrame\":" IN_STORAGE("2") "}", "referenceImage=1 lastFrame=2 " },
		{ KIND_VIDEO, "", "{\"prompt\":\"a\",\"referenceImage\":" INLINE ",\"lastFrame\":" IN_STORAGE("2") "}", "lastFrame=2 " },
		{ KIND_VIDEO, "", "{\"prompt\":\"a\",\"referenceImage\":" INLINE ",\"lastFrame\":" INLINE "}", "" },
		{ KIND_VIDEO, "", "{\"prompt\":\"a\",\"referenceData\":[{\"referenceImage\":" IN_STORAGE("1") "},{\"referenceImage\":" IN_STORAGE("2") "}]}",
		  "referenceData.0.referenceImage=1 " },
		{ KIND_VIDEO, "", "{\"prompt\":\"a\",\"referenceData\":[" ASSET(IN_STORAGE("1")) "," ASSET(INLINE) "," ASSET(IN_STORAGE("3")) "]}",
		  "referenceData.0.referenceImage=1 referenceData.2.referenceImage=3 " },
		{ KIND_VIDEO, "gemini-omni-1", "{\"prompt\":\"a\"}", "" },
		{ KIND_VIDEO, "gemini-omni-1", "{\"prompt\":\"a\",\"referenceImage\":" IN_STORAGE("1") ",\"referenceData\":[{\"referenceImage\":" IN_STORAGE("2") "}]}",
		  "referenceImage=1 " },
		{ KIND_VIDEO, "gemini-omni-1", "{\"prompt\":\"a\",\"referenceData\":[{\"referenceImage\":" IN_STORAGE("1") "}]}", "referenceData.0.referenceImage=1 " },
		{ KIND_VIDEO, "gemini-omni-1", "{\"prompt\":\"a\",\"referenceData\":[" ASSET(INLINE) "," ASSET(IN_STORAGE("2")) "," ASSET(IN_STORAGE("3")) "]}",
		  "referenceData.1.referenceImage=2 referenceData.2.referenceImage=3 " },
		{ KIND_IMAGE, "", "{\"prompt\":\"a\",\"referenceData\":[{\"referenceImage\":" INLINE "},{\"referenceImage\":" IN_STORAGE("2") "}]}",
		  "referenceData.1.referenceImage=2 " },
		{ KIND_IMAGE, "", "{\"gcsUri\":\"" OWN "1\"}", "gcsUri=1 " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cs); i++) {
		char found[256] = "";
		struct asked a;
		ask(&a, cs[i].kind, cs[i].model, cs[i].request);
		for (size_t k = 0; k < a.wires.sources; k++)
			snprintf(found + strlen(found), sizeof found - strlen(found), "%s=%s ", a.wires.source[k].field,
			    a.wires.source[k].uri + strlen(OWN));
		assert_string_equal(found, cs[i].sources);
		asked_free(&a);
	}
}

static void
what_a_film_cannot_start_from_is_refused(void **state)
{
	static const struct { const char *model; struct stored s; const char *why; } cs[] = {
		{ "", { 5000, "image/png", { 0, 0, 0 } }, NULL },
		{ "", { 20 << 20, "image/jpeg", { 0, 0, 0 } }, NULL },
		{ "", { (20 << 20) + 1, "image/jpeg", { 0, 0, 0 } }, "referenceImage must have at most 20 MB for veo-3.1-generate-001" },
		{ "", { UINT64_MAX, "image/jpeg", { 0, 0, 0 } }, "referenceImage must have at most 20 MB" },
		{ "", { 0, "", { 0, 0, 0 } }, "referenceImage must not be empty" },
		{ "", { 5000, "image/webp", { 0, 0, 0 } }, "referenceImage must be a PNG or JPEG image for veo-3.1-generate-001" },
		{ "", { 5000, "video/mp4", { 0, 0, 0 } }, "referenceImage must be a PNG or JPEG" },
		{ "", { 5000, "", { 0, 0, 0 } }, "referenceImage must be a PNG or JPEG" },
		{ "gemini-omni-1", { 30 << 20, "image/jpeg", { 0, 0, 0 } }, NULL },
		{ "gemini-omni-1", { (30 << 20) + 1, "image/png", { 0, 0, 0 } }, "referenceImage must have at most 30 MB for gemini-omni-1.1" },
		{ "gemini-omni-1", { 7, "text/plain", { 0, 0, 0 } }, "referenceImage must be a PNG or JPEG" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cs); i++) {
		struct asked a;
		ask(&a, KIND_VIDEO, cs[i].model, "{\"prompt\":\"a\",\"referenceImage\":" IN_STORAGE("1") "}");
		const struct maker *maker = maker_of(a.m.model->method);
		int rc = maker->source(&a.m, &a.wires.source[0], &cs[i].s, a.wires.body[0]);
		assert_int_equal(rc, cs[i].why != NULL ? -1 : 0);
		if (rc != 0) {
			assert_int_equal(a.why.code, E_VALIDATION_ERROR);
			assert_non_null(strstr(a.why.detail, cs[i].why));
		}
		asked_free(&a);
	}
}

/* What storage says counts more than what the request, or a name, says. */
static void
the_type_is_the_one_that_storage_knows(void **state)
{
	static const struct { const char *model, *path; } cs[] = {
		{ "", "instances.0.image.mimeType" }, { "gemini-omni-1", "input.1.mime_type" },
	};
	const struct stored s = { 5000, "image/jpeg", { 0, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cs); i++) {
		struct asked a;
		ask(&a, KIND_VIDEO, cs[i].model, "{\"prompt\":\"a\",\"referenceImage\":" IN_STORAGE("1.png") "}");
		assert_string_equal(json_string_value(wire_get(a.wires.body[0], cs[i].path)), "image/png");
		assert_int_equal(maker_of(a.m.model->method)->source(&a.m, &a.wires.source[0], &s, a.wires.body[0]), 0);
		assert_string_equal(json_string_value(wire_get(a.wires.body[0], cs[i].path)), "image/jpeg");
		asked_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_picture_in_storage_is_looked_at),
		cmocka_unit_test(what_a_film_cannot_start_from_is_refused),
		cmocka_unit_test(the_type_is_the_one_that_storage_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
