/* tests/unit/test_openapi.c - the OpenAPI document of the tables: whole, without loose ends.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/openapi/openapi.h"
#include "actors/front/patterns.h"
#include "actors/front/prose.h"

/* Calls fn on each $ref below v. */
static size_t
each_ref(const json_t *root, json_t *v, void (*fn)(const json_t *root, const char *ref))
{
	const char *key;
	json_t *in;
	size_t i, n = 0;

	if (json_is_array(v))
		json_array_foreach(v, i, in)
			n += each_ref(root, in, fn);
	json_object_foreach(v, key, in) {
		if (strcmp(key, "$ref") == 0 && json_is_string(in)) {
			fn(root, json_string_value(in));
			n++;
		} else {
			n += each_ref(root, in, fn);
		}
	}
	return n;
}

static void
must_lead_somewhere(const json_t *root, const char *ref)
{
	char path[200];
	char *rest = path, *part;

	snprintf(path, sizeof path, "%s", ref);
	assert_string_equal(strsep(&rest, "/"), "#");
	while ((part = strsep(&rest, "/")) != NULL)
		if ((root = json_object_get(root, part)) == NULL)
			fail_msg("%s leads nowhere", ref);
}

static void
the_document_is_whole(void **state)
{
	json_t *root = openapi_document(), *paths, *item;
	const char *path;
	size_t operations = 0;

	(void)state;
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "openapi")), "3.1.0");
	paths = json_object_get(root, "paths");
	json_object_foreach(paths, path, item) {
		assert_null(strchr(path, ':'));
		operations += json_object_size(item);
	}
	assert_int_equal(operations, endpoint_count);
	assert_true(each_ref(root, root, must_lead_somewhere) > 100);
	json_decref(root);
}

static void
operations_have_names_of_their_own(void **state)
{
	json_t *root = openapi_document(), *names = json_object(), *item, *operation;
	const char *path, *method;

	(void)state;
	json_object_foreach(json_object_get(root, "paths"), path, item)
		json_object_foreach(item, method, operation) {
			const char *id = json_string_value(json_object_get(operation, "operationId"));
			if (json_object_get(names, id) != NULL)
				fail_msg("two operations are called %s", id);
			json_object_set_new(names, id, json_true());
		}
	assert_non_null(json_object_get(names, "getProjectsById"));
	assert_non_null(json_object_get(names, "postAuthLogin"));
	json_decref(names);
	json_decref(root);
}

static bool
is_somewhere(const struct prose_row *row)
{
	for (enum body id = BODY_none + 1; id < BODY_COUNT; id++)
		for (const struct body_row *r = body_rows(id); r->name != NULL; r++)
			if (strcmp(r->name, row->field) == 0 && (row->owner == NULL || strcmp(row->owner, body_name(id)) == 0))
				return true;
	for (enum answer id = ANSWER_nothing + 1; id < ANSWER_COUNT; id++)
		for (const struct answer_row *r = answer_spec(id)->rows; r != NULL && r->name != NULL; r++)
			if (strcmp(r->name, row->field) == 0 && (row->owner == NULL || strcmp(row->owner, answer_spec(id)->name) == 0))
				return true;
	return false;
}

static void
prose_speaks_of_what_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < prose_count; i++) {
		const struct prose_row *row = &prose_rows[i];
		json_t *example = row->example != NULL ? json_loads(row->example, JSON_DECODE_ANY, NULL) : NULL;
		if (!is_somewhere(row))
			fail_msg("prose.tbl.h speaks of %s%s%s, which is no field", row->owner != NULL ? row->owner : "", row->owner != NULL ? "." : "", row->field);
		if (row->example != NULL && example == NULL)
			fail_msg("prose.tbl.h: the example of %s is no JSON", row->field);
		json_decref(example);
	}
	assert_string_equal(prose_of("login", "password")->prose, "The account's password");
	assert_string_equal(prose_of("nothing", "page")->example, "1");
	assert_null(prose_of("image", "nonsense"));
}

static void
every_pattern_has_a_regular_expression(void **state)
{
	(void)state;
	for (enum body id = BODY_none + 1; id < BODY_COUNT; id++)
		for (const struct body_row *r = body_rows(id); r->name != NULL; r++)
			if (r->kind == K_NAMED && pattern_regex(r->values) == NULL)
				fail_msg("%s.%s: \"%s\" has no regular expression", body_name(id), r->name, r->values);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_document_is_whole),
		cmocka_unit_test(operations_have_names_of_their_own),
		cmocka_unit_test(prose_speaks_of_what_is_there),
		cmocka_unit_test(every_pattern_has_a_regular_expression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
