/* actors/front/openapi/openapi_paths.c - routes.tbl.h as the paths of an OpenAPI document.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/front/openapi/openapi.h"

static const struct { const char *prefix, *name, *prose; } tags[] = {
#define ROUTE(method, path, who, body, query, limit, status, answer, errors, handler, summary)
#define ASK(method, path, who, body, query, limit, status, answer, errors, message, summary)
#define ALIAS(prefix, instead)
#define TAG(prefix, name, prose) { prefix, name, prose },
#define READS(handler, field, prose)
#define TELLS(handler, field, prose)
#define REFUSES(handler, answer)
#include "actors/front/routes.tbl.h"
};

static const struct { const char *handler, *field, *prose; } reads[] = {
#define ROUTE(method, path, who, body, query, limit, status, answer, errors, handler, summary)
#define ASK(method, path, who, body, query, limit, status, answer, errors, message, summary)
#define ALIAS(prefix, instead)
#define TAG(prefix, name, prose)
#define READS(handler, field, prose) { #handler, field, prose },
#define TELLS(handler, field, prose)
#define REFUSES(handler, answer)
#include "actors/front/routes.tbl.h"
};

/* Header fields that every request may carry, as components. */
static const struct { const char *name, *field; bool reads_only; const char *prose; } common[] = {
	{ "RequestId",   "X-Request-Id",  false, "1 to 128 visible ASCII characters: the answer and the logs have it too" },
	{ "TraceParent", "traceparent",   false, "W3C trace context: its trace id goes on into the logs" },
	{ "IfNoneMatch", "If-None-Match", true,  "ETags that the client has: 304 where nothing has changed" },
};

static const char *
tag_of(const char *path)
{
	size_t i = 0;

	while (i + 1 < COUNT(tags) && strncmp(path, tags[i].prefix, strlen(tags[i].prefix)) != 0)
		i++;
	return tags[i].name;
}

/* Those that a route has, each once. */
json_t *
openapi_tags(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < COUNT(tags); i++) {
		bool used = false;
		for (size_t k = 0; k < i; k++)
			used |= strcmp(tags[k].name, tags[i].name) == 0;
		for (size_t k = 0; k < endpoint_count && !used; k++)
			if (strcmp(tag_of(endpoints[k].path), tags[i].name) == 0) {
				json_array_append_new(list, json_pack("{s:s, s:s}", "name", tags[i].name, "description", tags[i].prose));
				used = true;
			}
	}
	return list;
}

json_t *
openapi_parameters(void)
{
	json_t *all = json_object();

	for (size_t i = 0; i < COUNT(common); i++)
		json_object_set_new(all, common[i].name, json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", common[i].field, "in", "header",
		    "required", 0, "description", common[i].prose, "schema", "type", "string"));
	return all;
}

/* "/api/x/:id" as "/api/x/{id}". */
static void
template_of(const char *path, char *out, size_t cap)
{
	size_t n = 0;
	bool name = false;

	for (; n + 3 < cap; path++) {
		if (name && (*path == '/' || *path == '\0')) {
			out[n++] = '}';
			name = false;
		}
		if (*path == '\0')
			break;
		name = name || *path == ':';
		out[n++] = *path == ':' ? '{' : *path;
	}
	out[n] = '\0';
}

/* "get", "/api/media/:id/results" as "getMediaByIdResults": there is one of each. */
static void
operation_id(const char *method, const char *path, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "%s", method);
	bool upper = true;

	if (strncmp(path, "/api/", 5) == 0)
		path += 4;
	for (; *path != '\0' && n + 4 < cap; path++) {
		if (*path == ':') {
			n += (size_t)snprintf(out + n, cap - n, "By");
			upper = true;
		} else if (!isalnum((unsigned char)*path)) {
			upper = true;
		} else {
			out[n++] = upper ? (char)toupper((unsigned char)*path) : *path;
			upper = false;
		}
	}
	out[n] = '\0';
}

static json_t *
parameters_of(const struct endpoint *e)
{
	json_t *list = json_array();
	char name[OPENAPI_NAME_MAX];

	for (const char *p = strchr(e->path, ':'); p != NULL; p = strchr(p + 1, ':')) {
		snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 1, "/"), p + 1);
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:{s:s, s:s}}", "name", name, "in", "path", "required", 1,
		    "schema", "type", "string", "format", "uuid"));
	}
	openapi_query(list, e->query);
	for (size_t i = 0; i < COUNT(reads); i++)
		if (strcmp(reads[i].handler, e->handler) == 0)
			json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:{s:s}}", "name", reads[i].field, "in", "header",
			    "required", 0, "description", reads[i].prose, "schema", "type", "string"));
	for (size_t i = 0; i < COUNT(common); i++)
		if (!common[i].reads_only || e->method == HTTP_GET)
			json_array_append_new(list, openapi_ref("parameters", common[i].name));
	return list;
}

static json_t *
operation(const struct endpoint *e, const char *method)
{
	static const char *const whos[] = { [PUBLIC] = "For everybody.", [USER] = "For every user.", [ADMIN] = "For admins." };
	char id[OPENAPI_NAME_MAX];
	json_t *o;

	operation_id(method, e->path, id, sizeof id);
	o = json_pack("{s:s, s:[s], s:s, s:s, s:o}", "operationId", id, "tags", tag_of(e->path), "summary", e->summary,
	    "description", whos[e->who], "parameters", parameters_of(e));
	json_object_set_new(o, "security", e->who == PUBLIC ? json_array() : json_pack("[{s:[]}]", "bearer"));
	if (body_rows(e->body) != NULL && body_rows(e->body)[0].kind == K_FILE)
		json_object_set_new(o, "requestBody", json_pack("{s:b, s:{s:{s:o}}}", "required", 1,
		    "content", "multipart/form-data", "schema", openapi_body_ref(e->body)));
	else if (e->body != BODY_none)
		json_object_set_new(o, "requestBody", json_pack("{s:b, s:{s:{s:o, s:o}}}", "required", !body_is_empty(e->body),
		    "content", "application/json", "schema", openapi_body_ref(e->body), "example", openapi_body_example(e->body)));
	json_object_set_new(o, "responses", openapi_responses(e));
	return o;
}

json_t *
openapi_paths(void)
{
	static const char *const methods[] = { [HTTP_GET] = "get", [HTTP_POST] = "post", [HTTP_PUT] = "put", [HTTP_PATCH] = "patch", [HTTP_DELETE] = "delete" };
	json_t *paths = json_object(), *item;
	char path[OPENAPI_NAME_MAX * 2];

	for (size_t i = 0; i < endpoint_count; i++) {
		const struct endpoint *e = &endpoints[i];
		template_of(e->path, path, sizeof path);
		if ((item = json_object_get(paths, path)) == NULL) {
			item = json_object();
			json_object_set_new(paths, path, item);
		}
		json_object_set_new(item, methods[e->method], operation(e, methods[e->method]));
	}
	return paths;
}
