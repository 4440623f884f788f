/* http.c - the life of a request, from its first byte to its answer.
 * Owns:  each request.
 * Fails: a request that cannot be served gets an error reply; never the process.
 *
 * Paths and queries stay raw, because signatures are over the bytes as sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account.h"
#include "errors.h"
#include "http_internal.h"
#include "router.h"
#include "settings.h"

bool http_verbose;

void *
http_request_new(void *cls, const char *uri, struct MHD_Connection *conn)
{
	struct request	*r = xcalloc(1, sizeof *r);
	const char	*q;

	(void)cls;
	r->conn = conn;
	r->reply.fd = -1;
	r->started_us = clock_us_unique();
	r->route = &router_nowhere;
	if (strncasecmp(uri, "http://", 7) == 0) {	/* absolute form */
		uri += 7;
		uri += strcspn(uri, "/?");
	}
	q = strchr(uri, '?');
	r->path = q ? xstrndup(uri, (size_t)(q - uri)) : xstrdup(uri);
	r->query = xstrdup(q ? q + 1 : "");
	return r;
}

static void
log_line(const struct request *r)
{
	fprintf(stderr, "event=request method=%s path=%s service=%s status=%u "
	    "in=%llu out=%llu ms=%.1f%s\n", r->method ? r->method : "?", r->path,
	    r->route->service, r->reply.status, (unsigned long long)r->received,
	    (unsigned long long)(r->reply.fd_len ? r->reply.fd_len : r->reply.len),
	    (double)(clock_us_unique() - r->started_us) / 1000.0,
	    r->fault.active ? " fault=yes" : "");
}

void
http_request_done(void *cls, struct MHD_Connection *conn, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct request	*r = *state;
	size_t		 i;

	(void)cls;
	(void)conn;
	(void)code;
	if (r == NULL)
		return;
	*state = NULL;
	if (r->upload != NULL && r->route->stream != NULL)
		r->route->stream->drop(r);
	if (http_verbose)
		log_line(r);
	request_body_drop(r);
	reply_clear(r);
	for (i = 0; i < ROUTE_ARGS; i++)
		free(r->args[i]);
	free(r->method);
	free(r->path);
	free(r->query);
	free(r);
}

static void
auth_check(struct request *r)
{
	const char *h = request_header(r, "Authorization");
	enum auth_kind kind = r->route->auth;

	if (kind == AUTH_NONE || kind == AUTH_SIGNED)
		return;
	if (h == NULL) {
		if (kind == AUTH_BEARER || setting(SET_require_storage_auth) != 0)
			error_unauthenticated(r, true);
		return;
	}
	if (strncasecmp(h, "Bearer ", 7) != 0 || !bearer_valid(h + 7))
		error_unauthenticated(r, false);
}

static void
preflight(struct request *r)
{
	const char *h = request_header(r, "Access-Control-Request-Headers");

	reply_header(r, "Access-Control-Allow-Origin", "*");
	reply_header(r, "Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE");
	reply_header(r, "Access-Control-Allow-Headers", h ? h : "*");
	reply_header(r, "Access-Control-Max-Age", "3600");
	reply_empty(r, 204);
}

/* What models are called in faults: imagen, veo, lyria, gemini; otherwise the route's. */
static const char *
fault_service(const struct request *r)
{
	static const char *families[] = { "imagen", "imagegeneration", "veo", "lyria", "gemini" };
	size_t i;

	for (i = 0; r->args[2] != NULL && i < COUNT(families); i++)
		if (strncmp(r->args[2], families[i], strlen(families[i])) == 0)
			return i == 1 ? "imagen" : families[i];
	return r->route->service;
}

/* The headers are in: find the route, check who asks, open a streamed body. */
static void
request_begin(struct request *r, const char *method)
{
	const struct route	*route;
	bool			 other_method;

	r->begun = true;
	r->method = xstrdup(method);
	if (strcmp(method, "OPTIONS") == 0) {
		preflight(r);
		return;
	}
	route = router_find(method, r->path, request_header(r, "Host"), r->args,
	    &other_method);
	if (route == NULL) {
		error_html(r, other_method ? 405 : 404);
		return;
	}
	r->route = route;
	auth_check(r);
	if (route->body != BODY_STREAM || r->reply.status != 0)
		return;
	faults_pick(fault_service(r), r->path, "", &r->fault);
	sleep_ms(r->fault.delay_ms);
	if (r->fault.status != 0 && r->fault.idle)
		error_any(r, (unsigned)r->fault.status,
		    r->fault.message[0] ? r->fault.message : NULL);
	else
		route->stream->begin(r);
}

/* False: give the connection up. */
static bool
request_data(struct request *r, const char *p, size_t n)
{
	r->received += n;
	if (r->route->body == BODY_STREAM) {
		if (r->reply.status == 0)
			r->route->stream->data(r, p, n);
		return true;
	}
	if (r->reply.status != 0 || r->route->body == BODY_NONE)
		return r->received <= BODY_MAX;	/* read on, so that the answer arrives */
	if (!request_body_keep(r, p, n))
		error_any(r, 413, NULL);
	return true;
}

static void
service_delay(const struct request *r)
{
	if (strcmp(r->route->service, "storage") == 0)
		sleep_ms(setting(SET_storage_ms));
	else if (strcmp(r->route->service, "token") == 0)
		sleep_ms(setting(SET_token_ms));
}

/* Half a JSON text, honestly measured: what a broken proxy leaves behind. */
static void
spoil_json(struct request *r)
{
	struct reply *p = &r->reply;

	p->status = 200;
	if (p->fd >= 0 || p->len < 8) {
		reply_clear(r);
		reply_text(r, 200, "application/json; charset=UTF-8", "{\"predictions\": [");
		return;
	}
	p->len /= 2;
}

/* The body is in: do the work, and whatever should go wrong with it. */
static enum MHD_Result
request_finish(struct request *r)
{
	struct fault	*f = &r->fault;
	const char	*message;

	if (r->reply.status == 0 && r->route->body == BODY_JSON)
		request_body_parse(r);
	if (r->reply.status == 0 && r->route->body != BODY_STREAM) {
		faults_pick(fault_service(r), r->path, request_prompt(r), f);
		sleep_ms(f->delay_ms);
	}
	message = f->message[0] ? f->message : NULL;
	if (r->reply.status == 0 && f->token_expired) {
		token_revoke_all();
		error_unauthenticated(r, false);
	}
	if (r->reply.status == 0 && f->idle && f->status != 0)
		error_any(r, (unsigned)f->status, message);
	if (f->idle && f->cut)
		return MHD_NO;
	if (r->reply.status == 0) {
		service_delay(r);
		r->route->handle(r);
	}
	if (f->active && f->status != 0 && !f->idle) {
		reply_clear(r);
		error_any(r, (unsigned)f->status, message);
	}
	if (f->cut)
		return MHD_NO;
	if (f->wrong_json)
		spoil_json(r);
	return reply_send(r);
}

enum MHD_Result
http_on_request(void *cls, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *n,
    void **state)
{
	struct request *r = *state;

	(void)cls;
	(void)conn;
	(void)url;
	(void)version;
	if (r == NULL)
		return MHD_NO;
	if (!r->begun) {
		request_begin(r, method);
		return MHD_YES;
	}
	if (*n > 0) {
		if (!request_data(r, data, *n))
			return MHD_NO;
		*n = 0;
		return MHD_YES;
	}
	return r->answered ? MHD_YES : request_finish(r);
}
