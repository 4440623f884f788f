/* actors/front/routes.tbl.h - every endpoint of the HTTP API (shared contract). From it:
 * the router, 405 and Allow, HEAD, CORS preflight, the guards, the rate limits, OpenAPI. A path
 * with literals only beats one with :names, whatever the order; what stands for a :name is a
 * UUID, or nothing is found.
 *
 *     ROUTE(method, path, who, body, query, limit, status, answer, errors, handler)
 *     ASK(method, path, who, body, query, limit, status, answer, errors, message)
 *                                asks the message's receiver and gives its answer: bind.h
 *     ALIAS(prefix, instead)     the same paths again under another prefix
 *
 * who: PUBLIC, USER (any valid token), ADMIN. body, query: rows of proto/bodies.tbl.h.
 * limit: per client address for `auth`, per user for the others. status: of success. answer: a
 * row of proto/answers.tbl.h. errors: statuses beyond those that the other columns mean. */

/* section 2 */
ASK(POST,   "/api/auth/register",  PUBLIC, register,       no_query,      auth,     201, auth_response, "403 409", auth_register)
ASK(POST,   "/api/auth/login",     PUBLIC, login,          no_query,      auth,     200, auth_response, "401", auth_login)
ASK(POST,   "/api/auth/refresh",   PUBLIC, refresh,        no_query,      auth,     200, auth_response, "401", auth_refresh)

/* section 3 */
ASK(GET,    "/api/users/profile",  USER,   none,           no_query,      api,      200, user, "", profile_get)

/* section 4 */
ASK(GET,    "/api/projects",       USER,   none,           project_query, api,      200, projects, "", project_list)
ASK(POST,   "/api/projects",       ADMIN,  project_create, no_query,      api,      201, project, "", project_create)
ASK(GET,    "/api/projects/:id",   USER,   none,           no_query,      api,      200, project, "", project_get)

/* section 5 */
ROUTE(POST, "/api/media/image",    USER,   image,          no_query,      generate, 201, media, "202 404 422 502", on_generate)
ROUTE(POST, "/api/media/music",    USER,   music,          no_query,      generate, 201, media, "202 404 422 502", on_generate)
ROUTE(POST, "/api/media/audio",    USER,   audio,          no_query,      generate, 201, media, "202 404 422 502", on_generate)
ROUTE(POST, "/api/media/video",    USER,   video,          no_query,      generate, 202, media, "404 422 502", on_generate)
ASK(GET,    "/api/media/history",  USER,   none,           history_query, api,      200, media_page, "502", generation_list)
ASK(GET,    "/api/media/:id",      USER,   none,           no_query,      api,      200, media, "502", generation_get)

/* section 8 */
ROUTE(GET,  "/healthz",            PUBLIC, none,           none,          none,     200, health, "", on_healthz)
ROUTE(GET,  "/api/health",         PUBLIC, none,           none,          none,     200, health, "", on_healthz)
ROUTE(GET,  "/readyz",             PUBLIC, none,           none,          none,     200, readiness, "503", on_readyz)

/* the existing client calls /api/api/projects and the like */
ALIAS("/api/api/", "/api/")

#undef ROUTE
#undef ASK
#undef ALIAS
