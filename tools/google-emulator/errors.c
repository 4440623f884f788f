/* errors.c - how Google says no: google.rpc.Status, storage JSON, storage XML.
 * Owns:  the texts.
 * Fails: never; it is what failing looks like. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"

static const struct {
	unsigned	 http;
	int		 grpc;
	const char	*name;
	const char	*storage_reason;
	const char	*message;
} statuses[] = {
	{ 400, 3,  "INVALID_ARGUMENT",	 "invalid",	   "Request contains an invalid argument." },
	{ 401, 16, "UNAUTHENTICATED",	 "authError",	   "Invalid Credentials" },
	{ 403, 7,  "PERMISSION_DENIED",	 "forbidden",	   "The caller does not have permission" },
	{ 404, 5,  "NOT_FOUND",		 "notFound",	   "Requested entity was not found." },
	{ 408, 4,  "DEADLINE_EXCEEDED",	 "requestTimeout", "Request Timeout" },
	{ 409, 10, "ABORTED",		 "conflict",	   "The operation was aborted." },
	{ 411, 3,  "INVALID_ARGUMENT",	 "required",	   "Length Required" },
	{ 412, 9,  "FAILED_PRECONDITION", "conditionNotMet", "At least one of the pre-conditions you specified did not hold." },
	{ 413, 3,  "INVALID_ARGUMENT",	 "uploadTooLarge", "Request payload size exceeds the limit." },
	{ 416, 11, "OUT_OF_RANGE",	 "requestedRangeNotSatisfiable", "Request range not satisfiable" },
	{ 429, 8,  "RESOURCE_EXHAUSTED", "rateLimitExceeded", "Resource has been exhausted (e.g. check quota)." },
	{ 499, 1,  "CANCELLED",		 "clientClosedRequest", "The operation was cancelled." },
	{ 500, 13, "INTERNAL",		 "backendError",   "Internal error encountered." },
	{ 501, 12, "UNIMPLEMENTED",	 "notImplemented", "Operation is not implemented." },
	{ 502, 14, "UNAVAILABLE",	 "badGateway",	   "Bad Gateway" },
	{ 503, 14, "UNAVAILABLE",	 "backendError",   "The service is currently unavailable." },
	{ 504, 4,  "DEADLINE_EXCEEDED",	 "gatewayTimeout", "Deadline expired before operation could complete." },
};

static size_t
status_row(unsigned http)
{
	size_t i;

	for (i = 0; i < COUNT(statuses); i++)
		if (statuses[i].http == http)
			return i;
	return http >= 500 ? 12 : 0;
}

const char *
error_status_name(unsigned http)
{
	return statuses[status_row(http)].name;
}

int
error_grpc_code(unsigned http)
{
	return statuses[status_row(http)].grpc;
}

const char *
error_grpc_name(int grpc)
{
	size_t i;

	for (i = 0; i < COUNT(statuses); i++)
		if (statuses[i].grpc == grpc)
			return statuses[i].name;
	return "UNKNOWN";
}

static char *
message_vformat(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		return xstrdup(fmt);
	return s;
}

/* Any text as a JSON string: bytes that are no UTF-8 become question marks. */
static json_t *
safe_string(const char *s)
{
	json_t	*j = json_string(s);
	char	*copy, *p;

	if (j != NULL)
		return j;
	copy = xstrdup(s);
	for (p = copy; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	j = json_string(copy);
	free(copy);
	return j;
}

void
error_rpc_details(struct request *r, unsigned http, const char *message, json_t *details)
{
	json_t *e = json_object();

	json_object_set_new(e, "code", json_integer(http));
	json_object_set_new(e, "message", safe_string(message));
	json_object_set_new(e, "status", json_string(error_status_name(http)));
	if (details != NULL)
		json_object_set_new(e, "details", details);
	reply_json(r, http, json_pack("{s:o}", "error", e));
}

void
error_rpc(struct request *r, unsigned http, const char *fmt, ...)
{
	va_list	 ap;
	char	*message;

	va_start(ap, fmt);
	message = message_vformat(fmt, ap);
	va_end(ap);
	error_rpc_details(r, http, message, NULL);
	free(message);
}

void
error_field(struct request *r, const char *field, const char *message)
{
	json_t *details = json_pack("[{s:s, s:[{s:o, s:o}]}]",
	    "@type", "type.googleapis.com/google.rpc.BadRequest",
	    "fieldViolations",
	    "field", safe_string(field), "description", safe_string(message));

	error_rpc_details(r, 400, message, details);
}

void
error_storage(struct request *r, unsigned http, const char *reason,
    const char *fmt, ...)
{
	va_list	 ap;
	char	*message;

	va_start(ap, fmt);
	message = message_vformat(fmt, ap);
	va_end(ap);
	reply_json(r, http, json_pack("{s:{s:i, s:o, s:[{s:o, s:s, s:s}]}}",
	    "error", "code", (int)http, "message", safe_string(message),
	    "errors", "message", safe_string(message),
	    "domain", "global", "reason", reason));
	free(message);
}

void
xml_escape(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			buf_str(b, "&amp;");
			break;
		case '<':
			buf_str(b, "&lt;");
			break;
		case '>':
			buf_str(b, "&gt;");
			break;
		default:
			/* control bytes cannot be said in XML 1.0 at all */
			buf_char(b, (unsigned char)*s < 0x20 && *s != '\n' &&
			    *s != '\t' ? '?' : *s);
		}
	}
}

void
error_xml(struct request *r, unsigned http, const char *code, const char *message,
    const char *details, const char *extra)
{
	struct buf b = { 0 };

	buf_fmt(&b, "<?xml version='1.0' encoding='UTF-8'?><Error><Code>%s</Code>"
	    "<Message>", code);
	xml_escape(&b, message);
	buf_str(&b, "</Message>");
	if (details != NULL) {
		buf_str(&b, "<Details>");
		xml_escape(&b, details);
		buf_str(&b, "</Details>");
	}
	if (extra != NULL)
		buf_str(&b, extra);
	buf_str(&b, "</Error>");
	reply_text(r, http, "application/xml; charset=UTF-8", b.data);
	buf_free(&b);
}

void
error_oauth(struct request *r, unsigned http, const char *error,
    const char *description)
{
	reply_json(r, http, json_pack("{s:s, s:s}", "error", error,
	    "error_description", description));
}

void
error_html(struct request *r, unsigned http)
{
	char *page = xasprintf("<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
	    "  <title>Error %u (Not Found)!!1</title>\n  <p><b>%u.</b> <ins>That’s an "
	    "error.</ins>\n  <p>The requested URL was not found on this server. "
	    "<ins>That’s all we know.</ins>\n", http, http);

	reply_text(r, http, "text/html; charset=UTF-8", page);
	free(page);
}

void
error_any(struct request *r, unsigned http, const char *message)
{
	const char *service = r->route->service, *own = message;

	if (message == NULL)
		message = statuses[status_row(http)].message;
	if (strcmp(service, "token") == 0)
		error_oauth(r, http, http >= 500 ? "internal_failure" : "invalid_grant",
		    message);
	else if (r->route->auth == AUTH_SIGNED)
		error_xml(r, http, http == 503 ? "ServiceUnavailable" :
		    http == 429 ? "SlowDown" : http >= 500 ? "InternalError" :
		    http == 404 ? "NoSuchKey" : "AccessDenied", message, NULL, NULL);
	else if (strcmp(service, "storage") == 0)
		error_storage(r, http, statuses[status_row(http)].storage_reason, "%s",
		    message);
	else if (http == 403 && r->route->auth == AUTH_BEARER)
		error_forbidden(r, own);
	else if (http == 429 && own == NULL)
		error_quota(r, message);
	else
		error_rpc(r, http, "%s", message);
}
