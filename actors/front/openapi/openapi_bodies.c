/* actors/front/openapi/openapi_bodies.c - bodies.tbl.h as JSON Schema 2020-12, as parameters and as examples.
 * Licence: Apache-2.0. */
#include <math.h>
#include <stdio.h>

#include "actors/front/openapi/openapi.h"
#include "actors/front/patterns.h"
#include "actors/front/prose.h"

json_t *
openapi_body_ref(enum body id)
{
	char name[OPENAPI_NAME_MAX];

	openapi_name(body_name(id), "Body", name);
	return openapi_ref("schemas", name);
}

static json_t *
number(double v)
{
	return v == floor(v) ? json_integer((json_int_t)v) : json_real(v);
}

static json_t *
range(const char *type, double low, double high)
{
	return json_pack("{s:s, s:o, s:o}", "type", type, "minimum", number(low), "maximum", number(high));
}

static json_t *
number_schema(const struct body_row *r)
{
	double low, high;

	if (r->kind == K_INT)
		return range("integer", r->low, r->high);
	if (r->values == NULL || sscanf(r->values, "%lf-%lf", &low, &high) != 2)
		return range("number", r->low, r->high);
	return json_pack("{s:s, s:[o, o]}", "type", "number", "anyOf", range("number", r->low, r->high), range("number", low, high));
}

static json_t *
text_schema(const struct body_row *r)
{
	json_t *s = json_pack("{s:s}", "type", "string");
	const char *pattern = r->kind == K_NAMED ? pattern_regex(r->values) : r->kind == K_PASSWORD ? pattern_regex("password") :
	    r->low >= 1 && (r->kind == K_TEXT || r->kind == K_BYTES) ? pattern_regex("not_blank") : NULL;
	const char *format = r->kind == K_UUID ? "uuid" : r->kind == K_EMAIL ? "email" : r->kind == K_PASSWORD ? "password" : NULL;

	if (r->kind == K_WORD || r->kind == K_ANYCASE) {
		json_object_set_new(s, "enum", openapi_words(r->values));
		if (r->kind == K_ANYCASE)
			json_object_set_new(s, "x-any-case", json_true());
		return s;
	}
	if (format != NULL)
		json_object_set_new(s, "format", json_string(format));
	if (r->low > 0)
		json_object_set_new(s, "minLength", number(r->low));
	json_object_set_new(s, "maxLength", number(r->high));
	if (r->kind == K_BYTES)
		json_object_set_new(s, "x-max-bytes", number(r->high));
	if (pattern != NULL)
		json_object_set_new(s, "pattern", json_string(pattern));
	return s;
}

static json_t *
field_schema(const struct body_row *r)
{
	switch (r->kind) {
	case K_INT:
	case K_NUMBER:
		return number_schema(r);
	case K_FLAG:
		return json_pack("{s:s}", "type", "boolean");
	case K_OBJECT:
		return openapi_body_ref(r->part);
	case K_FILE:		/* JSON Schema has no bytes: OpenAPI 3.1 takes a schema without a type for them */
		return r->high <= 1 ? json_pack("{s:s}", "contentMediaType", "application/octet-stream") :
		    json_pack("{s:s, s:{s:s}, s:o, s:o}", "type", "array", "items", "contentMediaType", "application/octet-stream",
		    "minItems", number(r->low), "maxItems", number(r->high));
	case K_LIST:
		return json_pack("{s:s, s:o, s:o}", "type", "array", "items", openapi_body_ref(r->part), "maxItems", number(r->high));
	default:
		return text_schema(r);
	}
}

/* One of the two is given, and not null. */
static json_t *
one_of(const char *a, const char *b)
{
	return json_pack("{s:[{s:[s], s:{s:{s:{s:s}}}}, {s:[s], s:{s:{s:{s:s}}}}]}", "oneOf",
	    "required", a, "properties", a, "not", "type", "null", "required", b, "properties", b, "not", "type", "null");
}

static const struct body_row *
row_of(const struct body_row *rows, const char *name)
{
	while (rows->name != NULL && strcmp(rows->name, name) != 0)
		rows++;
	return rows;
}

json_t *
openapi_body_schema(enum body id)
{
	const struct body_row *rows = body_rows(id);
	json_t *properties = json_object(), *required = json_array(), *all = json_array(), *schema;

	for (const struct body_row *r = rows; r->name != NULL; r++) {
		const struct body_row *of = r->kind == K_ALIAS ? row_of(rows, r->values) : r;
		if (r->kind == K_ONE_OF) {
			json_array_append_new(all, one_of(r->name, r->values));
			continue;
		}
		json_t *field = field_schema(of);
		if (of->need == OPTIONAL)
			field = openapi_or_null(field);
		if (r->kind == K_ALIAS)
			json_object_set_new(field, "x-alias-of", json_string(r->values));
		openapi_add_prose(field, body_name(id), r->name);
		json_object_set_new(properties, r->name, field);
		if (r->kind == K_ALIAS && of->need == REQUIRED)
			json_array_append_new(all, one_of(r->values, r->name));
	}
	for (const struct body_row *r = rows; r->name != NULL; r++) {
		bool has_alias = false;
		for (const struct body_row *a = rows; a->name != NULL; a++)
			has_alias |= a->kind == K_ALIAS && strcmp(a->values, r->name) == 0;
		if (r->kind != K_ALIAS && r->kind != K_ONE_OF && r->need == REQUIRED && !has_alias)
			json_array_append_new(required, json_string(r->name));
	}
	schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
	if (json_array_size(required) > 0)
		json_object_set(schema, "required", required);
	if (json_array_size(all) > 0)
		json_object_set(schema, "allOf", all);
	json_decref(required);
	json_decref(all);
	return schema;
}

json_t *
openapi_body_example(enum body id)
{
	json_t *example = json_object();

	for (const struct body_row *r = body_rows(id); r->name != NULL; r++) {
		const struct prose_row *row = prose_of(body_name(id), r->name);
		bool shown = r->need == REQUIRED || (row != NULL && row->owner != NULL && row->example != NULL);
		if (r->kind == K_ALIAS || r->kind == K_ONE_OF || !shown)
			continue;
		if (row != NULL && row->example != NULL)
			json_object_set_new(example, r->name, json_loads(row->example, JSON_DECODE_ANY, NULL));
		else if (r->kind == K_UUID)
			json_object_set_new(example, r->name, json_string("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));
		else if (r->kind == K_OBJECT)
			json_object_set_new(example, r->name, openapi_body_example(r->part));
		else
			json_object_set_new(example, r->name, json_string("…"));
	}
	return example;
}

void
openapi_query(json_t *parameters, enum body query)
{
	const struct body_row *rows = body_rows(query);

	for (const struct body_row *r = rows; r != NULL && r->name != NULL; r++) {
		if (r->kind == K_ALIAS || r->kind == K_ONE_OF)
			continue;
		json_t *p = json_pack("{s:s, s:s, s:b, s:o}", "name", r->name, "in", "query", "required", r->need == REQUIRED,
		    "schema", field_schema(r));
		openapi_add_prose(p, body_name(query), r->name);
		json_object_del(p, "examples");	/* a parameter's have another form */
		json_array_append_new(parameters, p);
	}
}
