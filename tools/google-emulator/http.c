/* http.c - one request and its answer, between libmicrohttpd and the handlers.
 * Owns:  the daemon, and each request from its first byte to its last.
 * Fails: a request that cannot be served gets an error reply; never the process.
 *
 * One thread per connection: a handler may sleep, encode a film or wait for the
 * disk, and it runs to its end whether or not the client is still there. Paths
 * and queries stay raw, because signatures are over the bytes as sent. */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "account.h"
#include "errors.h"
#include "gemini.h"
#include "http.h"
#include "router.h"
#include "settings.h"

#define BODY_MAX	(64u << 20)	/* of one JSON or form request */
#define BODIES_MAX	(512u << 20)	/* of all of them together */
#define CONNECTIONS_MAX	600
#define IDLE_SECONDS	620		/* more than any delay a fault can ask for */
#define HEADERS_MAX	(160u << 10)

bool http_verbose;

static struct MHD_Daemon	*daemon_;
static int			 listener = -1;
static atomic_size_t		 bodies;	/* bytes kept in r->body right now */

/* ---- reading a request ---- */

const char *
request_header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

struct joiner {
	const char	*name;
	struct buf	 out;
	bool		 found;
};

static enum MHD_Result
join_value(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct joiner *j = cls;

	(void)kind;
	if (strcasecmp(key, j->name) == 0) {
		if (j->found)
			buf_char(&j->out, ',');
		buf_str(&j->out, value ? value : "");
		j->found = true;
	}
	return MHD_YES;
}

char *
request_header_joined(const struct request *r, const char *name)
{
	struct joiner j = { .name = name };

	MHD_get_connection_values(r->conn, MHD_HEADER_KIND, join_value, &j);
	return j.found ? j.out.data : NULL;
}

char *
request_query(const struct request *r, const char *name)
{
	return query_get(r->query, name);
}

char *
request_base(const struct request *r)
{
	const char *host = request_header(r, "Host");

	if (host == NULL || host[0] == '\0' || strspn(host, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") != strlen(host))
		return xasprintf("http://127.0.0.1:%u", http_port());
	return xasprintf("http://%s", host);
}

static const char *
first_text(const json_t *list)
{
	const char	*s = NULL;
	size_t		 i;

	for (i = 0; s == NULL && i < json_array_size(list); i++)
		s = json_text(json_array_get(list, i), "text");
	return s;
}

/* Of an interaction: text, or a list. Of Text-to-Speech: an object. */
static const char *
input_prompt(const json_t *input)
{
	static const char *names[] = { "text", "ssml", "markup" };
	const char	*s = json_is_string(input) ? json_string_value(input) :
			    first_text(input);
	size_t		 i;

	for (i = 0; s == NULL && i < COUNT(names); i++)
		s = json_text(input, names[i]);
	if (s == NULL)
		s = first_text(json_object_get(json_object_get(input, "multiSpeakerMarkup"),
		    "turns"));
	return s;
}

const char *
request_prompt(const struct request *r)
{
	const json_t	*instances = json_object_get(r->json, "instances");
	const char	*s = json_text(json_array_get(instances, 0), "prompt");

	if (s == NULL)
		s = gemini_prompt(json_object_get(r->json, "contents"));
	if (s == NULL)
		s = input_prompt(json_object_get(r->json, "input"));
	return s != NULL ? s : "";
}

/* ---- writing an answer ---- */

void
reply_header(struct request *r, const char *name, const char *value)
{
	struct reply *p = &r->reply;

	if (p->n_headers == COUNT(p->headers) || value[strcspn(value, "\r\n")] != '\0')
		return;
	p->headers[p->n_headers].name = xstrdup(name);
	p->headers[p->n_headers++].value = xstrdup(value);
}

static void
reply_body(struct request *r, unsigned status, const char *type, char *body, size_t n)
{
	free(r->reply.body);
	r->reply.status = status;
	r->reply.body = body;
	r->reply.len = n;
	if (type != NULL)
		reply_header(r, "Content-Type", type);
}

void
reply_json(struct request *r, unsigned status, json_t *j)
{
	char *s = j ? json_dumps(j, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;

	json_decref(j);
	if (s == NULL)
		reply_body(r, 500, "text/plain", xstrdup("unprintable answer\n"), 19);
	else
		reply_body(r, status, "application/json; charset=UTF-8", s, strlen(s));
}

void
reply_text(struct request *r, unsigned status, const char *type, const char *text)
{
	reply_body(r, status, type, xstrdup(text), strlen(text));
}

void
reply_empty(struct request *r, unsigned status)
{
	reply_body(r, status, NULL, NULL, 0);
}

void
reply_file(struct request *r, unsigned status, int fd, uint64_t from, uint64_t len)
{
	reply_body(r, status, NULL, NULL, 0);
	r->reply.fd = fd;
	r->reply.fd_from = from;
	r->reply.fd_len = len;
}

void
reply_clear(struct request *r)
{
	size_t i;

	for (i = 0; i < r->reply.n_headers; i++) {
		free(r->reply.headers[i].name);
		free(r->reply.headers[i].value);
	}
	free(r->reply.body);
	if (r->reply.fd >= 0)
		close(r->reply.fd);
	memset(&r->reply, 0, sizeof r->reply);
	r->reply.fd = -1;
}

/* ---- an answer that is slow or breaks off ---- */

struct source {
	char		*mem;
	int		 fd;
	uint64_t	 from, stop_at;	/* stop_at: break off here; 0 never */
	double		 bytes_per_s;
};

static ssize_t
source_read(void *cls, uint64_t pos, char *out, size_t max)
{
	struct source	*s = cls;
	ssize_t		 n;

	if (s->stop_at > 0 && pos >= s->stop_at)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (s->stop_at > 0 && max > s->stop_at - pos)
		max = s->stop_at - pos;
	if (s->bytes_per_s > 0) {
		double slice = s->bytes_per_s / 10 < 1 ? 1 : s->bytes_per_s / 10;

		if ((double)max > slice)
			max = (size_t)slice;
		sleep_ms(1000.0 * (double)max / s->bytes_per_s);
	}
	if (s->mem != NULL) {
		memcpy(out, s->mem + pos, max);
		return (ssize_t)max;
	}
	n = pread(s->fd, out, max, (off_t)(s->from + pos));
	return n > 0 ? n : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
source_free(void *cls)
{
	struct source *s = cls;

	free(s->mem);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static struct MHD_Response *
response_from_source(struct request *r, uint64_t total)
{
	struct source *s = xcalloc(1, sizeof *s);

	s->mem = r->reply.body;
	s->fd = r->reply.fd;
	s->from = r->reply.fd_from;
	s->stop_at = r->fault.truncate > 0 && (uint64_t)r->fault.truncate < total ?
	    (uint64_t)r->fault.truncate : 0;
	s->bytes_per_s = r->fault.slow_bytes_per_s;
	return MHD_create_response_from_callback(total, 16384, source_read, s, source_free);
}

static struct MHD_Response *
response_make(struct request *r)
{
	struct reply		*p = &r->reply;
	uint64_t		 total = p->fd >= 0 ? p->fd_len : p->len;
	struct MHD_Response	*out;

	if ((r->fault.truncate > 0 || r->fault.slow_bytes_per_s > 0) && total > 0)
		out = response_from_source(r, total);
	else if (p->fd >= 0)
		out = MHD_create_response_from_fd_at_offset64(p->fd_len, p->fd, p->fd_from);
	else
		out = MHD_create_response_from_buffer(p->len, p->body,
		    p->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (out != NULL) {	/* it owns them now */
		p->body = NULL;
		p->fd = -1;
	}
	return out;
}

static void
cors_headers(struct request *r)
{
	reply_header(r, "Access-Control-Allow-Origin", "*");
	reply_header(r, "Access-Control-Expose-Headers", "Content-Type, Content-Length, "
	    "Content-Range, Content-Disposition, ETag, Location, Range, x-goog-hash, "
	    "x-goog-generation, x-goog-metageneration, x-goog-stored-content-length");
}

static enum MHD_Result
reply_send(struct request *r)
{
	struct MHD_Response	*out;
	enum MHD_Result		 rc;
	size_t			 i;
	char			 when[40];

	if (strcmp(r->route->service, "storage") == 0)
		cors_headers(r);
	if ((out = response_make(r)) == NULL)
		return MHD_NO;
	for (i = 0; i < r->reply.n_headers; i++)
		MHD_add_response_header(out, r->reply.headers[i].name,
		    r->reply.headers[i].value);
	clock_http(clock_ms(), when);		/* else MHD tells the real clock's */
	MHD_add_response_header(out, MHD_HTTP_HEADER_DATE, when);
	rc = MHD_queue_response(r->conn, r->reply.status, out);
	MHD_destroy_response(out);
	r->answered = true;
	return rc;
}

/* ---- the life of a request ---- */

static void *
request_new(void *cls, const char *uri, struct MHD_Connection *conn)
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

static void
request_done(void *cls, struct MHD_Connection *conn, void **state,
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
	atomic_fetch_sub(&bodies, r->body.len);
	buf_free(&r->body);
	json_decref(r->json);
	reply_clear(r);
	for (i = 0; i < ROUTE_ARGS; i++)
		free(r->args[i]);
	free(r->method);
	free(r->path);
	free(r->query);
	free(r);
}

/* Null means absent in proto JSON: gone before anybody looks. */
static void
nulls_strip(json_t *j)
{
	const char	*key;
	json_t		*v;
	void		*next;
	size_t		 i;

	if (json_is_array(j)) {
		json_array_foreach(j, i, v)
			nulls_strip(v);
		return;
	}
	json_object_foreach_safe(j, next, key, v) {
		if (json_is_null(v))
			json_object_del(j, key);
		else
			nulls_strip(v);
	}
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

static bool
body_keep(struct request *r, const char *p, size_t n)
{
	if (r->body.len + n > BODY_MAX ||
	    atomic_load(&bodies) + n > BODIES_MAX)
		return false;
	atomic_fetch_add(&bodies, n);
	buf_add(&r->body, p, n);
	return true;
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
	if (!body_keep(r, p, n))
		error_any(r, 413, NULL);
	return true;
}

static void
body_parse(struct request *r)
{
	json_error_t e;

	r->json = json_loadb(r->body.data ? r->body.data : "", r->body.len,
	    JSON_REJECT_DUPLICATES, &e);
	if (r->json != NULL && !json_is_object(r->json)) {
		json_decref(r->json);
		r->json = NULL;
		snprintf(e.text, sizeof e.text, "Root element must be a message.");
	}
	if (r->json == NULL) {
		if (strcmp(r->route->service, "storage") == 0)
			error_storage(r, 400, "parseError", "Parse Error");
		else
			error_rpc(r, 400, "Invalid JSON payload received. %s", e.text);
		return;
	}
	nulls_strip(r->json);
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
		body_parse(r);
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

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url,
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

/* ---- the daemon ---- */

/* Leave every byte as it came. */
static size_t
unescape_nothing(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

static void
mhd_log(void *cls, const char *fmt, va_list ap)
{
	(void)cls;
	if (!http_verbose)
		return;
	fputs("event=http text=", stderr);
	vfprintf(stderr, fmt, ap);
}

static int
listen_on(const char *host, const char *port, char *why, size_t size)
{
	struct addrinfo	 hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV |
			    AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo	*a;
	int		 fd, on = 1;

	if (getaddrinfo(host, port, &hints, &a) != 0) {
		snprintf(why, size, "--listen: %s:%s is no numeric address and port; "
		    "give for example 127.0.0.1:0", host, port);
		return -1;
	}
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 256) == 0) {
			freeaddrinfo(a);
			return fd;
		}
	}
	snprintf(why, size, "cannot listen on %s port %s: %s; choose another port, or 0 "
	    "for any free one", host, port, strerror(errno));
	freeaddrinfo(a);
	if (fd >= 0)
		close(fd);
	return -1;
}

int
http_start(const char *host, const char *port, char *why, size_t size)
{
	if ((listener = listen_on(host, port, why, size)) < 0)
		return -1;
	daemon_ = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
	    MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, NULL,
	    MHD_OPTION_EXTERNAL_LOGGER, mhd_log, NULL,
	    MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener,
	    MHD_OPTION_URI_LOG_CALLBACK, request_new, NULL,
	    MHD_OPTION_UNESCAPE_CALLBACK, unescape_nothing, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, request_done, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)(4u << 20),
	    MHD_OPTION_END);
	if (daemon_ == NULL) {
		snprintf(why, size, "the HTTP server did not start: %s", strerror(errno));
		close(listener);
		return -1;
	}
	return 0;
}

unsigned
http_port(void)
{
	struct sockaddr_storage	 a;
	socklen_t		 n = sizeof a;
	char			 port[16];

	if (getsockname(listener, (struct sockaddr *)&a, &n) < 0 ||
	    getnameinfo((struct sockaddr *)&a, n, NULL, 0, port, sizeof port,
	    NI_NUMERICSERV) != 0)
		return 0;
	return (unsigned)atoi(port);
}

void
http_stop(void)
{
	MHD_stop_daemon(daemon_);
	daemon_ = NULL;
}
