/* actors/front/routes.tbl.h - every endpoint of the HTTP API (shared contract). From it:
 * the router, 405 and Allow, HEAD, CORS preflight, the guards, the rate limits, OpenAPI. A path
 * with literals only beats one with :names, whatever the order; what stands for a :name is a
 * UUID, or nothing is found.
 *
 *     ROUTE(method, path, who, body, query, limit, status, answer, errors, handler, summary)
 *     ASK(method, path, who, body, query, limit, status, answer, errors, message, summary)
 *                                asks the message's receiver and gives its answer: bind.h
 *     ALIAS(prefix, instead)     the same paths again under another prefix
 *     TAG(prefix, name, prose)   a chapter of the documentation: the first that fits a path
 *     READS(handler, field, prose)   a header field that requests to a handler may carry
 *     TELLS(handler, field, prose)   one that its answers may carry
 *     REFUSES(handler, answer)   how it says 400 and 403, beside the way of all
 *
 * who: PUBLIC, USER (any valid token), ADMIN. body, query: rows of proto/bodies.tbl.h.
 * limit: per client address for `auth`, per user for the others. status: of success. answer: a
 * row of proto/answers.tbl.h. errors: statuses beyond those that the other columns mean (see
 * statuses.h). summary: a line for whoever reads the API. */

/* section 2 */
ASK(POST,   "/api/auth/register",  PUBLIC, register,       no_query,      auth,     201, auth_response, "403 409", auth_register,
    "Open an account and log in")
ASK(POST,   "/api/auth/login",     PUBLIC, login,          no_query,      auth,     200, auth_response, "401", auth_login,
    "Log in")
ASK(POST,   "/api/auth/refresh",   PUBLIC, refresh,        no_query,      auth,     200, auth_response, "401", auth_refresh,
    "Spend a refresh token for new tokens")
ASK(POST,   "/api/auth/logout",    PUBLIC, refresh,        no_query,      auth,     204, nothing, "", auth_logout,
    "End the session of a refresh token")
ASK(GET,    "/api/auth/sessions",  USER,   none,           no_query,      api,      200, sessions, "", auth_sessions,
    "Where the caller is logged in")
ASK(DELETE, "/api/auth/sessions/:id", USER, none,          no_query,      api,      204, nothing, "", auth_session_revoke,
    "End one of the caller's sessions")
ASK(POST,   "/api/auth/change-password", USER, change_password, no_query,  auth,     204, nothing, "", auth_change_password,
    "Change the password; every other session ends")
ASK(POST,   "/api/auth/forgot-password", PUBLIC, forgot_password, no_query, auth,    202, nothing, "", auth_forgot_password,
    "Mail a link for a new password, if there is such an account")
ROUTE(POST, "/api/auth/reset-password", PUBLIC, reset_password, no_query,  auth,     204, nothing, "202", on_reset_password,
    "Set a new password with a token that was mailed; with an e-mail only, as forgot-password")

/* section 3 */
ASK(GET,    "/api/users/profile",  USER,   none,           no_query,      api,      200, user, "", profile_get,
    "Who am I")
ASK(PATCH,  "/api/users/profile",  USER,   profile_change, no_query,      api,      200, user, "", profile_change,
    "Change the own names")
ASK(GET,    "/api/users",          ADMIN,  none,           user_query,    api,      200, user_page, "", user_list,
    "Users, newest first")
ASK(GET,    "/api/users/:id",      ADMIN,  none,           no_query,      api,      200, user, "", user_get,
    "One user")
ASK(PATCH,  "/api/users/:id",      ADMIN,  user_change,    no_query,      api,      200, user, "409", user_change,
    "Change a user")
ASK(DELETE, "/api/users/:id",      ADMIN,  none,           no_query,      api,      204, nothing, "409", user_delete,
    "Delete a user with all that is theirs")

ASK(GET,    "/api/users/me/usage", USER,   none,           usage_query,   api,      200, usage, "", usage_get,
    "What the caller's generations cost: today, the limits, what is left; by day, project and model")

/* section 4 */
ASK(GET,    "/api/projects",       USER,   none,           project_query, api,      200, projects, "", project_list,
    "All projects, newest first")
ASK(POST,   "/api/projects",       ADMIN,  project_create, no_query,      api,      201, project, "", project_create,
    "Make a project")
ASK(GET,    "/api/projects/:id",   USER,   none,           no_query,      api,      200, project, "", project_get,
    "One project")
ASK(PATCH,  "/api/projects/:id",   ADMIN,  project_change, no_query,      api,      200, project, "", project_change,
    "Change a project; null clears")
ASK(DELETE, "/api/projects/:id",   ADMIN,  none,           no_query,      api,      204, nothing, "409", project_delete,
    "Delete a project that nothing uses")

/* section 5 */
ROUTE(POST, "/api/media/image",    USER,   image,          no_query,      generate, 201, media, "202 404 409 422 502", on_generate,
    "Generate images")
ROUTE(POST, "/api/media/image/upscale", USER, upscale,     no_query,      generate, 201, media, "202 404 409 422 502", on_generate,
    "Enlarge an image of one's own")
ROUTE(POST, "/api/media/music",    USER,   music,          no_query,      generate, 201, media, "202 404 409 422 502", on_generate,
    "Generate music")
ROUTE(POST, "/api/media/audio",    USER,   audio,          no_query,      generate, 201, media, "202 404 409 422 502", on_generate,
    "Speak a text")
ROUTE(POST, "/api/media/video",    USER,   video,          no_query,      generate, 202, media, "404 409 422 502", on_generate,
    "Generate videos")
ROUTE(POST, "/api/media/video/async", USER, video,         no_query,      generate, 201, operation, "404 409 422 502", on_generate,
    "Generate videos, and be told what to poll")
ASK(GET,    "/api/media/video/status", USER, none,         operation_query, api,    200, media, "404 502", operation_get,
    "What became of an operation")
ROUTE(GET,  "/api/media/models",   USER,   none,           no_query,      api,      200, models, "", on_models,
    "The ids that `model` may name, and what is called for them")
ASK(GET,    "/api/media/history",  USER,   none,           history_query, api,      200, media_history, "502", generation_list,
    "Own generations, newest first; a `cursor` (empty for the start, then the last nextCursor) reads on instead of pages")
ASK(GET,    "/api/media/:id",      USER,   none,           no_query,      api,      200, media, "502", generation_get,
    "One generation")
ASK(DELETE, "/api/media/:id",      USER,   none,           delete_query,  api,      204, nothing, "", generation_delete,
    "Forget a generation, with `purge` what it stored too; one that is under way is cancelled first")
ASK(POST,   "/api/media/:id/cancel", USER, no_body,        no_query,      api,      200, media, "409 502", generation_cancel,
    "Stop one that is under way: it is FAILED, and its errorMessage is Cancelled")
ASK(POST,   "/api/media/:id/retry", USER,  no_body,        no_query,      generate, 200, media, "409 422", generation_retry,
    "Begin a failed one anew")
ROUTE(GET,  "/api/media/:id/results/:resultId/content", USER, none, no_query, api, 200, content, "206 416 502", on_content,
    "The bytes of a result")

/* section 6 */
ROUTE(POST, "/api/files/upload",   USER,   upload,         no_query,      api,      201, uploaded_file, "502", on_upload,
    "Store a file: JPEG, PNG, WebP, WAV, MP3 or MP4, known by its bytes")
ROUTE(POST, "/api/files/upload-multiple", USER, upload_multiple, no_query, api,     201, uploaded_files, "502", on_upload,
    "Store up to ten files; all of them or none")
ROUTE(GET,  "/api/files/download", USER,   none,           file_query,    api,      200, content, "206 404 416 502", on_download,
    "The bytes of an own upload or result")
ASK(GET,    "/api/files/signed-url", USER, none,           file_query,    api,      200, signed_url, "404 502", file_url,
    "A URL under which an own upload or result can be had without a token")

/* section 7 */
ROUTE(GET,  "/api/events",         USER,   none,           events_query,  api,      200, events, "", on_event_stream,
    "What becomes of the caller's generations, as it happens: Server-Sent Events")
ASK(GET,    "/api/webhooks",       USER,   none,           no_query,      api,      200, webhooks, "", webhook_list,
    "The caller's webhooks")
ASK(POST,   "/api/webhooks",       USER,   webhook_create, no_query,      api,      201, webhook_secret, "403 409", webhook_create,
    "Have one's events sent to an https URL, signed as Standard Webhooks has it; the secret is shown here only")
ASK(GET,    "/api/webhooks/:id",   USER,   none,           no_query,      api,      200, webhook, "403", webhook_get,
    "One webhook")
ASK(PATCH,  "/api/webhooks/:id",   USER,   webhook_change, no_query,      api,      200, webhook, "403", webhook_change,
    "Change a webhook; `enabled` switches it on again after it was disabled")
ASK(DELETE, "/api/webhooks/:id",   USER,   none,           no_query,      api,      204, nothing, "403", webhook_delete,
    "Delete a webhook and what waits for it")
ASK(POST,   "/api/webhooks/:id/rotate", USER, no_body,     no_query,      api,      200, webhook_secret, "403", webhook_rotate,
    "A new secret; the one before signs too for a day")
ASK(POST,   "/api/webhooks/:id/test", USER, no_body,       no_query,      api,      202, delivery, "403 409", webhook_test,
    "Send a test event")
ASK(GET,    "/api/webhooks/:id/deliveries", USER, none,    delivery_query, api,     200, delivery_page, "403", delivery_list,
    "What was sent, waits, or was given up; kept for 30 days")
ASK(GET,    "/api/webhooks/:id/deliveries/:deliveryId", USER, none, no_query, api,  200, delivery, "403", delivery_get,
    "One delivery with what is sent")
ASK(POST,   "/api/webhooks/:id/deliveries/:deliveryId/redeliver", USER, no_body, no_query, api, 202, delivery, "403 409", delivery_again,
    "Send it once more, under the same message id")
ROUTE(GET,  "/socket.io",          PUBLIC, none,           none,          none,     200, socket, "403", on_socket,
    "Socket.IO 5 over Engine.IO 4: a handshake, a long poll, or the upgrade to a WebSocket")
ROUTE(POST, "/socket.io",          PUBLIC, none,           none,          none,     200, socket, "", on_socket,
    "What a client of Socket.IO sends over long-polling")

/* section 8 */
ASK(GET,    "/api/admin/jobs",     ADMIN,  none,           job_query,     api,      200, job_page, "", admin_jobs,
    "Jobs, newest first")
ASK(GET,    "/api/admin/jobs/:id", ADMIN,  none,           no_query,      api,      200, job, "", admin_job,
    "One job with its attempts")
ASK(POST,   "/api/admin/jobs/:id/cancel", ADMIN, no_body,  no_query,      api,      200, job, "409", admin_job_cancel,
    "Stop one that is not over")
ASK(POST,   "/api/admin/jobs/:id/retry", ADMIN, no_body,   no_query,      api,      200, job, "409", admin_job_retry,
    "Begin a failed one anew")
ASK(GET,    "/api/admin/queue",    ADMIN,  none,           no_query,      api,      200, queue, "", queue_get,
    "What waits, what is under way, and what is held back")
ASK(PATCH,  "/api/admin/queue",    ADMIN,  queue_change,   no_query,      api,      200, queue, "409", queue_change,
    "Pause or resume everything, a kind or a model, or limit a model; on all hosts at once")
ASK(GET,    "/api/admin/stats",    ADMIN,  none,           no_query,      api,      200, stats, "", admin_stats,
    "The queue, rates and latencies")
ASK(GET,    "/api/admin/audit",    ADMIN,  none,           audit_query,   api,      200, audit_page, "", admin_audit,
    "Security events, newest first")
ASK(GET,    "/api/admin/usage",    ADMIN,  none,           usage_admin_query, api,  200, usage_page, "", admin_usage,
    "What generations cost, by user, project or model")
ASK(PUT,    "/api/admin/quotas",   ADMIN,  quota_change,   no_query,      api,      200, quota, "404", quota_change,
    "Set a user's or a project's limits of a day; null, or nothing: what the settings say")
ASK(GET,    "/api/admin/prices",   ADMIN,  none,           no_query,      api,      200, model_prices, "", price_list,
    "What models cost")
ASK(PUT,    "/api/admin/prices",   ADMIN,  price_change,   no_query,      api,      200, model_prices, "", price_change,
    "Set a model's price for what is asked for from now on; null, or nothing: its list price")
ROUTE(GET,  "/healthz",            PUBLIC, none,           none,          none,     200, health, "", on_healthz,
    "Is the process alive")
ROUTE(GET,  "/api/health",         PUBLIC, none,           none,          none,     200, health, "", on_healthz,
    "Is the process alive")
ROUTE(GET,  "/readyz",             PUBLIC, none,           none,          none,     200, readiness, "503", on_readyz,
    "Do all parts answer")

ROUTE(GET,  "/api/openapi.json",   PUBLIC, none,           none,          none,     200, openapi, "", on_page,
    "This document")
ROUTE(GET,  "/api/docs",           PUBLIC, none,           none,          none,     200, docs_page, "", on_page,
    "Interactive documentation")
ROUTE(GET,  "/api/docs/swagger-ui-bundle.js", PUBLIC, none, none,         none,     200, docs_script, "", on_page,
    "Swagger UI")
ROUTE(GET,  "/api/docs/start.js",  PUBLIC, none,           none,          none,     200, docs_script, "", on_page,
    "What starts Swagger UI")
ROUTE(GET,  "/api/docs/swagger-ui.css", PUBLIC, none,      none,          none,     200, docs_style, "", on_page,
    "The style of Swagger UI")

/* the existing client calls /api/api/projects and the like */
ALIAS("/api/api/", "/api/")

TAG("/api/auth/",     "auth",     "Accounts, tokens and sessions")
TAG("/api/users",     "users",    "People")
TAG("/api/projects",  "projects", "What generations belong to")
TAG("/api/media",     "media",    "Generations")
TAG("/api/files",     "files",    "Uploads and stored objects")
TAG("/api/events",    "events",   "What happens, as it happens")
TAG("/socket.io",     "events",   "What happens, as it happens")
TAG("/api/webhooks",  "webhooks", "The same, sent to a server of yours")
TAG("/api/admin/",    "admin",    "For those who run the service")
TAG("/api/docs",      "docs",     "This documentation")
TAG("/api/openapi",   "docs",     "This documentation")
TAG("/",              "health",   "Is it alive")

/* what handlers heed and tell in header fields */
READS(on_generate, "Idempotency-Key", "1 to 255 visible ASCII characters: within 24 h the same key and body get the first answer again")
READS(on_generate, "Prefer", "`respond-async`: do not wait for the results, answer 202 at once")
READS(generation_retry, "Idempotency-Key", "as where a generation is made: a second time it is not begun anew")
TELLS(on_generate, "Location", "Where the generation is")
READS(on_socket, "Authorization", "The bearer token, where a CONNECT packet brings none as `auth.token`")
REFUSES(on_socket, socket_refusal)
READS(on_content, "Range", "One range of bytes, from the start or the end; several are answered with the whole")
READS(on_content, "If-Range", "An ETag: with another one than the object's, the range does not count")
READS(on_download, "Range", "One range of bytes, from the start or the end; several are answered with the whole")
READS(on_download, "If-Range", "An ETag: with another one than the object's, the range does not count")
READS(on_event_stream, "Last-Event-ID", "The last `id` that was seen: events after it follow")
TELLS(on_content, "Content-Disposition", "A name for the file")
TELLS(on_content, "Accept-Ranges", "`bytes`")
TELLS(on_content, "Content-Range", "Of a 206: which bytes of how many")
TELLS(on_download, "Content-Disposition", "A name for the file")
TELLS(on_download, "Accept-Ranges", "`bytes`")
TELLS(on_download, "Content-Range", "Of a 206: which bytes of how many")
TELLS(on_generate, "Idempotent-Replayed", "`true`: this Idempotency-Key was used before, nothing new was started")
TELLS(generation_retry, "Idempotent-Replayed", "`true`: this Idempotency-Key was used before, nothing new was started")

#undef ROUTE
#undef ASK
#undef ALIAS
#undef TAG
#undef READS
#undef TELLS
#undef REFUSES
