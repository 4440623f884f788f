/* actors/front/openapi_schemas.c - bodies.tbl.h and answers.tbl.h as JSON Schema 2020-12.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "actors/front/openapi.h"
#include "actors/front/patterns.h"
#include "actors/front/prose.h"

json_t *
openapi_ref(const char *section, const char *name)
{
	char at[OPENAPI_NAME_MAX + 40];

	snprintf(at, sizeof at, "#/components/%s/%s", section, name);
	return json_pack("{s:s}", "$ref", at);
}

void
openapi_name(const char *snake, const char *end, char out[OPENAPI_NAME_MAX])
{
	bool upper = true;
	size_t n = 0;

	for (; *snake != '\0' && n + 1 < OPENAPI_NAME_MAX; snake++) {
		if (*snake != '_')
			out[n++] = upper ? (char)toupper((unsigned char)*snake) : *snake;
		upper = *snake == '_';
	}
	snprintf(out + n, OPENAPI_NAME_MAX - n, "%s", end);
}

json_t *
openapi_body_ref(enum body id)
{
	char name[OPENAPI_NAME_MAX];

	openapi_name(body_name(id), "Body", name);
	return openapi_ref("schemas", name);
}

json_t *
openapi_answer_ref(enum answer id)
{
	char name[OPENAPI_NAME_MAX];

	openapi_name(answer_spec(id)->name, "", name);
	return openapi_ref("schemas", name);
}

/* "A|B|C" as an array. */
static json_t *
words_of(const char *values)
{
	json_t *list = json_array();

	for (const char *v = values;; v++) {
		size_t n = strcspn(v, "|");
		json_array_append_new(list, json_stringn(v, n));
		v += n;
		if (*v == '\0')
			return list;
	}
}

/* What prose.tbl.h says of a field. */
static void
add_prose(json_t *schema, const char *owner, const char *field)
{
	const struct prose_row *row = prose_of(owner, field);

	if (row == NULL)
		return;
	json_object_set_new(schema, "description", json_string(row->prose));
	if (row->example != NULL)
		json_object_set_new(schema, "examples", json_pack("[o]", json_loads(row->example, JSON_DECODE_ANY, NULL)));
}

/* ---- requests ---- */

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
		json_object_set_new(s, "enum", words_of(r->values));
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

/* The same, or null. */
static json_t *
or_null(json_t *schema)
{
	json_t *words = json_object_get(schema, "enum"), *type = json_object_get(schema, "type");

	if (type == NULL || json_object_get(schema, "anyOf") != NULL)
		return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
	if (words != NULL)
		json_array_append_new(words, json_null());
	json_object_set_new(schema, "type", json_pack("[O, s]", type, "null"));
	return schema;
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

static json_t *
body_schema(enum body id)
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
			field = or_null(field);
		if (r->kind == K_ALIAS)
			json_object_set_new(field, "x-alias-of", json_string(r->values));
		add_prose(field, body_name(id), r->name);
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
		add_prose(p, body_name(query), r->name);
		json_object_del(p, "examples");	/* a parameter's have another form */
		json_array_append_new(parameters, p);
	}
}

/* ---- answers ---- */

static json_t *
shown_schema(const struct answer_row *r)
{
	static const struct { const char *type, *format; } kinds[] = {
		[S_TEXT] = { "string", NULL }, [S_INT] = { "integer", NULL }, [S_NUMBER] = { "number", NULL }, [S_FLAG] = { "boolean", NULL },
		[S_UUID] = { "string", "uuid" }, [S_TIME] = { "string", "date-time" }, [S_EMAIL] = { "string", "email" },
		[S_URL] = { "string", "uri" }, [S_WORD] = { "string", NULL }, [S_ANY] = { "object", NULL },
	};

	if (r->kind == S_OBJECT)
		return openapi_answer_ref(r->part);
	if (r->kind == S_LIST)
		return json_pack("{s:s, s:o}", "type", "array", "items", openapi_answer_ref(r->part));
	if (r->kind == S_TEXTS)
		return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "string");
	json_t *s = json_pack("{s:s}", "type", kinds[r->kind].type);
	if (kinds[r->kind].format != NULL)
		json_object_set_new(s, "format", json_string(kinds[r->kind].format));
	if (r->kind == S_WORD)
		json_object_set_new(s, "enum", words_of(r->values));
	else if (r->values != NULL && r->values[0] == '=')
		json_object_set_new(s, "const", json_string(r->values + 1));
	return s;
}

static json_t *
rows_schema(const struct answer_spec *spec)
{
	json_t *properties = json_object(), *required = json_array();

	for (const struct answer_row *r = spec->rows; r->name != NULL; r++) {
		json_t *s = shown_schema(r);
		if (r->need == NULLABLE)
			s = or_null(s);
		add_prose(s, spec->name, r->name);
		json_object_set_new(properties, r->name, s);
		if (r->need != SOMETIMES)
			json_array_append_new(required, json_string(r->name));
	}
	return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties, "required", required);
}

static json_t *
answer_schema(const struct answer_spec *spec)
{
	json_t *s = NULL;

	if (spec->shape == SHAPE_ROWS)
		s = rows_schema(spec);
	else if (spec->shape == SHAPE_LIST)
		s = json_pack("{s:s, s:o}", "type", "array", "items", openapi_answer_ref(spec->one));
	else if (spec->shape == SHAPE_EITHER)
		s = json_pack("{s:[o, o]}", "oneOf", openapi_answer_ref(spec->one), openapi_answer_ref(spec->other));
	if (s != NULL)
		json_object_set_new(s, "description", json_string(spec->prose));
	return s;
}

json_t *
openapi_content(enum answer id)
{
	const struct answer_spec *spec = answer_spec(id);

	if (spec->shape == SHAPE_NOTHING)
		return NULL;
	if (spec->shape != SHAPE_RAW)
		return json_pack("{s:{s:o}}", "application/json", "schema", openapi_answer_ref(id));
	json_t *types = words_of(spec->types), *content = json_object(), *type;
	size_t i;
	json_array_foreach(types, i, type)
		json_object_set_new(content, json_string_value(type), json_object());
	json_decref(types);
	return content;
}

/* A query is shown as parameters. */
static bool
is_query(enum body id)
{
	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoints[i].query == id)
			return true;
	return false;
}

json_t *
openapi_schemas(void)
{
	json_t *schemas = json_object();
	char name[OPENAPI_NAME_MAX];

	for (enum body id = BODY_none + 1; id < BODY_COUNT; id++) {
		openapi_name(body_name(id), "Body", name);
		if (!is_query(id))
			json_object_set_new(schemas, name, body_schema(id));
	}
	for (enum answer id = ANSWER_nothing + 1; id < ANSWER_COUNT; id++) {
		json_t *s = answer_schema(answer_spec(id));
		openapi_name(answer_spec(id)->name, "", name);
		if (s != NULL)
			json_object_set_new(schemas, name, s);
	}
	return schemas;
}
