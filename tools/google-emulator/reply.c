/* reply.c - the answer to a request: what it holds, and how slow or broken it goes out.
 * Owns:  what the answer holds until it is sent.
 * Fails: an answer that cannot be made costs the connection. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_internal.h"

/* ---- what it holds ---- */

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

enum MHD_Result
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
