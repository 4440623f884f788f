/* actors/vertex/fields.c - see fields.h.
 * Owns: nothing. Fails: -1 with a message for the client in m->why.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/fields.h"
#include "actors/vertex/gs_uri.h"

int
refuse(struct mapping *m, const char *fmt, ...)
{
	va_list ap;

	m->why->code = E_VALIDATION_ERROR;
	va_start(ap, fmt);
	vsnprintf(m->why->detail, sizeof m->why->detail, fmt, ap);
	va_end(ap);
	return -1;
}

int
out_of_memory(struct mapping *m)
{
	outcome_set(m->why, E_UPSTREAM_BUSY, "memory is out");
	return -1;
}

const char *
request_text(const json_t *request, const char *name, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(request, name));

	return text != NULL ? text : otherwise;
}

json_int_t
request_int(const json_t *request, const char *name, json_int_t otherwise)
{
	const json_t *v = json_object_get(request, name);
	double number = json_number_value(v);

	/* the front has checked the range; here only nothing may overflow */
	return json_is_number(v) && number > -1e12 && number < 1e12 ? (json_int_t)number : otherwise;
}

bool
request_has(const json_t *request, const char *name)
{
	const json_t *v = json_object_get(request, name);

	return v != NULL && !json_is_null(v) && !(json_is_string(v) && json_string_length(v) == 0);
}

/* ---- paths of the wire body ---- */

/* The member `step` of a container; a new empty `fresh` is put there if it is missing. */
static json_t *
step_into(json_t *at, const char *step, json_t *fresh)
{
	json_t *in;

	if (isdigit((unsigned char)step[0])) {
		in = json_array_get(at, (size_t)atoi(step));
		if (in == NULL && json_array_append_new(at, fresh) == 0)
			return fresh;
	} else {
		in = json_object_get(at, step);
		if (in == NULL && json_object_set_new(at, step, fresh) == 0)
			return fresh;
	}
	if (in != NULL)
		json_decref(fresh);
	return in;
}

int
wire_set(json_t *wire, const char *path, json_t *value)
{
	char step[64];
	json_t *at = wire;

	for (const char *dot; (dot = strchr(path, '.')) != NULL && at != NULL; path = dot + 1) {
		snprintf(step, sizeof step, "%.*s", (int)(dot - path), path);
		at = step_into(at, step, isdigit((unsigned char)dot[1]) ? json_array() : json_object());
	}
	if (at == NULL) {
		json_decref(value);
		return -1;
	}
	return json_object_set_new(at, path, value);
}

json_t *
wire_get(const json_t *wire, const char *path)
{
	char step[64];
	const json_t *at = wire;

	while (*path != '\0' && at != NULL) {
		size_t n = strcspn(path, ".");
		snprintf(step, sizeof step, "%.*s", (int)n, path);
		at = isdigit((unsigned char)step[0]) ? json_array_get(at, (size_t)atoi(step)) : json_object_get(at, step);
		path += n + (path[n] == '.');
	}
	return (json_t *)(uintptr_t)at;
}

/* ---- rows ---- */

static json_t *
changed_case(const json_t *value, bool upper)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value);
	char copy[128];

	if (text == NULL || n >= sizeof copy)
		return NULL;
	for (size_t i = 0; i < n; i++)
		copy[i] = (char)(upper ? toupper((unsigned char)text[i]) : tolower((unsigned char)text[i]));
	return json_stringn(copy, n);
}

static int
row_apply(struct mapping *m, const struct field_row_map *row, const json_t *value)
{
	json_t *copy;

	switch (row->how) {
	case RECORDED:
		return 0;
	case WITH:
		return row->with(m, value);
	case AS_LOWER:
	case AS_UPPER:
		copy = changed_case(value, row->how == AS_UPPER);
		break;
	case AS_IS:
	default:
		copy = json_incref((json_t *)(uintptr_t)value);
		break;
	}
	if (copy == NULL)
		return refuse(m, "%s has a value that cannot be used", row->from);
	return wire_set(m->wire, row->to, copy) == 0 ? 0 : out_of_memory(m);
}

static bool
row_exists(const struct field_row_map *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].from, name) == 0)
			return true;
	return false;
}

int
fields_map(struct mapping *m, const struct field_row_map *rows, size_t n)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)m->request, name, value)
		if (!row_exists(rows, n, name) && request_has(m->request, name))
			return refuse(m, "%s cannot be used with %s", name, m->model->id);
	for (size_t i = 0; i < n; i++)
		if (request_has(m->request, rows[i].from) &&
		    row_apply(m, &rows[i], json_object_get(m->request, rows[i].from)) != 0)
			return -1;
	return 0;
}

/* ---- pictures and prompts ---- */

/* By the file's name, or the first bytes in base64. */
static const char *
picture_type(const char *uri, const char *bytes)
{
	static const struct { const char *ending, *magic, *type; } types[] = {
		{ ".png", "iVBOR", "image/png" },
		{ ".jpg", "/9j/", "image/jpeg" },
		{ ".jpeg", "/9j/", "image/jpeg" },
		{ ".webp", "UklGR", "image/webp" },
	};

	for (size_t i = 0; i < COUNT(types); i++) {
		size_t n = uri != NULL ? strlen(uri) : 0, k = strlen(types[i].ending);
		if (n > k && strcasecmp(uri + n - k, types[i].ending) == 0)
			return types[i].type;
		if (bytes != NULL && strncmp(bytes, types[i].magic, strlen(types[i].magic)) == 0)
			return types[i].type;
	}
	return NULL;
}

bool
picture_fits(const struct model *model, const char *mime)
{
	return strcmp(mime, "image/png") == 0 || strcmp(mime, "image/jpeg") == 0 ||
	    ((model->able & ABLE_WEBP) && strcmp(mime, "image/webp") == 0);
}

const char *
picture_types(const struct model *model)
{
	return model->able & ABLE_WEBP ? "PNG, JPEG or WebP" : "PNG or JPEG";
}

int
picture_map(struct mapping *m, const json_t *picture, const char *name, json_t **out)
{
	const char *uri = request_text(picture, "gcsUri", NULL);
	const char *bytes = request_text(picture, "bytesBase64Encoded", NULL);
	const char *type = request_text(picture, "mimeType", NULL);

	if ((uri == NULL) == (bytes == NULL))
		return refuse(m, "%s needs either gcsUri or bytesBase64Encoded", name);
	/* Google reads it with this service's rights: only what is the user's own */
	if (uri != NULL && !gs_uri_below(uri, m->own_prefix, strlen(m->own_prefix))) {
		outcome_set(m->why, E_NOT_FOUND, "%s.gcsUri names no object of yours", name);
		return -1;
	}
	if (type == NULL || bytes != NULL)	/* bytes say what they are */
		type = picture_type(uri, bytes);
	if (type == NULL || !picture_fits(m->model, type))
		return refuse(m, "%s must be a %s image", name, picture_types(m->model));
	*out = uri != NULL ? json_pack("{s:s,s:s}", "gcsUri", uri, "mimeType", type) : json_object();
	if (uri == NULL && *out != NULL) {
		json_object_set(*out, "bytesBase64Encoded", json_object_get(picture, "bytesBase64Encoded"));
		json_object_set_new(*out, "mimeType", json_string(type));
	}
	return *out != NULL ? 0 : out_of_memory(m);
}

int
prompt_add(struct buf *prompt, const char *label, const char *text)
{
	bool ended = prompt->n == 0 || strchr(".!?:;", prompt->p[prompt->n - 1]) != NULL;

	return buf_printf(prompt, "%s%s%s: %s", ended ? "" : ".", prompt->n > 0 ? " " : "", label, text);
}
