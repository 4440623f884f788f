/* actors/front/routes.tbl.h - every endpoint of the HTTP API (shared contract). From it:
 * the router, 405 and Allow, HEAD, CORS preflight, the guards and the rate limits. A path
 * with a literal beats one with :id, whatever the order.
 *
 *     ROUTE(method, path, who, body, query, limit, success status, handler)
 *     ALIAS(prefix, instead)     the same paths again under another prefix
 *
 * who: PUBLIC, USER (any valid token), ADMIN. body, query: rows of proto/bodies.tbl.h.
 * limit: per client address for `auth`, per user for the others. */

/* section 2 */
ROUTE(POST, "/api/auth/register",  PUBLIC, register,       no_query,      auth,     201, on_register)
ROUTE(POST, "/api/auth/login",     PUBLIC, login,          no_query,      auth,     200, on_login)
ROUTE(POST, "/api/auth/refresh",   PUBLIC, refresh,        no_query,      auth,     200, on_refresh)

/* section 3 */
ROUTE(GET,  "/api/users/profile",  USER,   none,           no_query,      api,      200, on_profile)

/* section 4 */
ROUTE(GET,  "/api/projects",       USER,   none,           project_query, api,      200, on_projects)
ROUTE(POST, "/api/projects",       ADMIN,  project_create, no_query,      api,      201, on_project_create)
ROUTE(GET,  "/api/projects/:id",   USER,   none,           no_query,      api,      200, on_project)

/* section 5 */
ROUTE(POST, "/api/media/image",    USER,   image,          no_query,      generate, 201, on_generate)
ROUTE(POST, "/api/media/music",    USER,   music,          no_query,      generate, 201, on_generate)
ROUTE(POST, "/api/media/audio",    USER,   audio,          no_query,      generate, 201, on_generate)
ROUTE(POST, "/api/media/video",    USER,   video,          no_query,      generate, 202, on_generate)
ROUTE(GET,  "/api/media/history",  USER,   none,           history_query, api,      200, on_history)
ROUTE(GET,  "/api/media/:id",      USER,   none,           no_query,      api,      200, on_media)

/* section 8 */
ROUTE(GET,  "/healthz",            PUBLIC, none,           none,          none,     200, on_healthz)
ROUTE(GET,  "/api/health",         PUBLIC, none,           none,          none,     200, on_healthz)
ROUTE(GET,  "/readyz",             PUBLIC, none,           none,          none,     200, on_readyz)

/* the existing client calls /api/api/projects and the like */
ALIAS("/api/api/", "/api/")

#undef ROUTE
#undef ALIAS
