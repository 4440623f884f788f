/* proto/errors.tbl.h - every error that one actor tells another and that a client
 * may see (shared contract, section 1). The name is the client's `code`.
 *     ERR(wire id, name, HTTP status, retryable, text) */

ERR(  1, VALIDATION_ERROR,      400, 0, "The request is not valid")
ERR(  2, BAD_JSON,              400, 0, "The body is not a JSON object")
ERR(  3, UNAUTHORIZED,          401, 0, "Authentication is required")
ERR(  4, TOKEN_EXPIRED,         401, 0, "The token has expired")
ERR(  5, INVALID_CREDENTIALS,   401, 0, "Invalid credentials")
ERR(  6, FORBIDDEN,             403, 0, "You may not do this")
ERR(  7, INVALID_INVITE_CODE,   403, 0, "The invite code is not valid")
ERR(  8, NOT_FOUND,             404, 0, "Not found")
ERR(  9, METHOD_NOT_ALLOWED,    405, 0, "Method not allowed")
ERR( 10, NOT_ACCEPTABLE,        406, 0, "Not acceptable")
ERR( 11, RESOURCE_CONFLICT,     409, 0, "The resource is in use or exists already")
ERR( 12, PAYLOAD_TOO_LARGE,     413, 0, "The body is too large")
ERR( 13, UNSUPPORTED_MEDIA_TYPE,415, 0, "The body must be application/json")
ERR( 14, CONTENT_FILTERED,      422, 0, "The safety filter of the model returned nothing")
ERR( 15, IDEMPOTENCY_KEY_REUSED,422, 0, "The idempotency key was used with another body")
ERR( 16, RATE_LIMITED,          429, 1, "Too many requests")
ERR( 17, QUOTA_EXCEEDED,        429, 1, "The quota of the model is used up for now")
ERR( 18, HEADERS_TOO_LARGE,     431, 0, "The header fields are too large")
ERR( 19, INTERNAL_ERROR,        500, 0, "Internal error")
ERR( 20, IMAGEN_API_ERROR,      502, 0, "The image model refused or failed")
ERR( 21, VEO_API_ERROR,         502, 0, "The video model refused or failed")
ERR( 22, LYRIA_API_ERROR,       502, 0, "The music model refused or failed")
ERR( 23, CHIRP_API_ERROR,       502, 0, "The speech model refused or failed")
ERR( 24, STORAGE_ERROR,         502, 1, "The object storage refused or failed")
ERR( 25, SERVICE_UNAVAILABLE,   503, 1, "Temporarily unavailable")
ERR( 26, TIMEOUT,               504, 1, "The answer did not come in time")
ERR( 27, URI_TOO_LONG,          414, 0, "The request target is too long")

/* Told between actors only; a client sees the row named beside each. */
ERR( 40, PEER_LOST,             503, 1, "The other process ended before it answered")
ERR( 41, QUEUE_FULL,            503, 1, "Too many requests are waiting")
ERR( 42, DATABASE_AWAY,         503, 1, "The database does not answer")
ERR( 43, FENCED,                409, 0, "The lease was given to another worker")
ERR( 44, NOT_SENT,              503, 1, "Google was not reached: nothing was started")
ERR( 45, UNCLEAR,               502, 0, "Google may or may not have started it")
ERR( 46, UPSTREAM_BUSY,         429, 1, "Google asks to come back later")
ERR( 47, BAD_MESSAGE,           500, 0, "The message is malformed or not allowed here")
ERR( 48, DRAINING,              503, 1, "The process is going away")

#undef ERR
