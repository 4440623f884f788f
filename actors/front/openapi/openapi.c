/* actors/front/openapi/openapi.c - see openapi.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/openapi/openapi.h"

static const char about[] =
	"Accounts, projects and durable generation jobs in front of Google's media models.\n\n"
	"- Times are ISO 8601 with milliseconds in UTC; ids are UUIDs; validation is strict: an unknown field is an error, and no text may hold U+0000.\n"
	"- `HEAD` works wherever `GET` does, `OPTIONS` answers CORS preflight; a known path with another method is 405 with `Allow`, an unknown path 404.\n"
	"- Errors have one form; with `Accept: application/problem+json` they come as RFC 9457. `errors` lists every problem of a request.\n"
	"- Every answer carries `X-Request-Id`; a GET carries an `ETag` and honours `If-None-Match`; answers are compressed when asked.\n"
	"- Paths under `/api/api/` are the same as under `/api/`.";

static json_t *
security_schemes(void)
{
	return json_pack("{s:{s:s, s:s, s:s, s:s}}", "bearer", "type", "http", "scheme", "bearer", "bearerFormat", "JWT",
	    "description", "The access_token of a login; expired ones are answered 401 TOKEN_EXPIRED: refresh, and ask again");
}

json_t *
openapi_document(void)
{
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:[{s:s}], s:o, s:o, s:{s:o, s:o, s:o, s:o, s:o}}",
	    "openapi", "3.1.0",
	    "jsonSchemaDialect", "https://spec.openapis.org/oas/3.1/dialect/base",
	    "info", "title", "studiod", "version", "1.0.0", "description", about, "license", "name", "Apache-2.0", "identifier", "Apache-2.0",
	    "servers", "url", "/",
	    "tags", openapi_tags(),
	    "paths", openapi_paths(),
	    "components",
	    "securitySchemes", security_schemes(),
	    "parameters", openapi_parameters(),
	    "headers", openapi_headers(),
	    "responses", openapi_errors(),
	    "schemas", openapi_schemas());
}
