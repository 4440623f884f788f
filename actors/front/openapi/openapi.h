/* actors/front/openapi/openapi.h - the OpenAPI 3.1 document of this API, made of the tables that
 * validate requests: routes, bodies, answers, errors, words. Pure; nothing is hand-kept.
 * Trees are the caller's to json_decref; NULL when memory is out.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_OPENAPI_H
#define STUDIOD_FRONT_OPENAPI_H

#include <jansson.h>

#include "actors/front/router.h"

json_t *openapi_document(void);

/* ---- its parts, for each other ---- */

enum { OPENAPI_NAME_MAX = 96 };

/* openapi_bodies.c: a body's schema, a $ref to it, the parameters of a query. */
json_t *openapi_body_schema(enum body id);
json_t *openapi_body_ref(enum body id);
/* The fields that it must have, and those that prose.tbl.h shows in its rows of this body. */
json_t *openapi_body_example(enum body id);
void openapi_query(json_t *parameters, enum body query);

/* openapi_schemas.c: components.schemas, a $ref to an answer's. */
json_t *openapi_schemas(void);
json_t *openapi_answer_ref(enum answer id);
/* The answer's body by media type; NULL where there is none. */
json_t *openapi_content(enum answer id);
/* "A|B|C" as an array. */
json_t *openapi_words(const char *values);
/* What prose.tbl.h says of a field of a body or an answer. */
void openapi_add_prose(json_t *schema, const char *owner, const char *field);
/* The same schema, or null; takes it. */
json_t *openapi_or_null(json_t *schema);

/* openapi_answers.c: components.responses and components.headers, an endpoint's responses. */
json_t *openapi_errors(void);
json_t *openapi_headers(void);
json_t *openapi_responses(const struct endpoint *e);

/* openapi_paths.c: paths, components.parameters, tags. */
json_t *openapi_paths(void);
json_t *openapi_parameters(void);
json_t *openapi_tags(void);

/* {"$ref": "#/components/SECTION/NAME"} */
json_t *openapi_ref(const char *section, const char *name);
/* "session_list" as "SessionList", with `end` behind it. */
void openapi_name(const char *snake, const char *end, char out[OPENAPI_NAME_MAX]);

#endif
