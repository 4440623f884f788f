/* actors/front/openapi/openapi_schemas.c - answers.tbl.h as JSON Schema 2020-12, and what all schemas share.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/front/openapi/openapi.h"
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
openapi_answer_ref(enum answer id)
{
	char name[OPENAPI_NAME_MAX];

	openapi_name(answer_spec(id)->name, "", name);
	return openapi_ref("schemas", name);
}

json_t *
openapi_words(const char *values)
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

void
openapi_add_prose(json_t *schema, const char *owner, const char *field)
{
	const struct prose_row *row = prose_of(owner, field);

	if (row == NULL)
		return;
	json_object_set_new(schema, "description", json_string(row->prose));
	if (row->example != NULL)
		json_object_set_new(schema, "examples", json_pack("[o]", json_loads(row->example, JSON_DECODE_ANY, NULL)));
}

json_t *
openapi_or_null(json_t *schema)
{
	json_t *words = json_object_get(schema, "enum"), *type = json_object_get(schema, "type");

	if (type == NULL || json_object_get(schema, "anyOf") != NULL)
		return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
	if (words != NULL)
		json_array_append_new(words, json_null());
	json_object_set_new(schema, "type", json_pack("[O, s]", type, "null"));
	return schema;
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
		json_object_set_new(s, "enum", openapi_words(r->values));
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
			s = openapi_or_null(s);
		openapi_add_prose(s, spec->name, r->name);
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
	json_t *types = openapi_words(spec->types), *content = json_object(), *type;
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
			json_object_set_new(schemas, name, openapi_body_schema(id));
	}
	for (enum answer id = ANSWER_nothing + 1; id < ANSWER_COUNT; id++) {
		json_t *s = answer_schema(answer_spec(id));
		openapi_name(answer_spec(id)->name, "", name);
		if (s != NULL)
			json_object_set_new(schemas, name, s);
	}
	return schemas;
}
