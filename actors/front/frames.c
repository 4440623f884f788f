/* actors/front/frames.c - see frames.h.
 * Owns: nothing. Fails: into an error of the connection, or a request that is refused.
 * Licence: Apache-2.0. */
#include <dlfcn.h>

#include "actors/front/fields.h"
#include "actors/front/frames.h"
#include "actors/front/front.h"
#include "actors/front/head.h"

enum { FIELDS_MOST = 256 };		/* of a head: over 64 it is 431, over this we read none of it */
enum { CRUMB_BYTES = 64 };		/* a frame or TLS record of less carries next to nothing */
enum { FRAME_POINTS = 1, RESET_POINTS = 10 };	/* a page that is left resets a hundred at once */

enum { FRAME_DATA, FRAME_HEADERS, FRAME_PRIORITY, FRAME_RESET, FRAME_CONTINUATION = 9 };
enum { FLAG_END_STREAM = 1, FLAG_END_HEADERS = 4 };

/* As h2o has it. */
struct frame {
	uint32_t length;
	uint8_t type, flags;
	uint32_t stream;
	const uint8_t *payload;
};

typedef int read_fn(SSL *ssl, void *p, int n);
typedef ssize_t frame_fn(struct frame *f, const uint8_t *p, size_t n, const void *settings, const char **why);
typedef int fields_fn(h2o_req_t *req, void *table, const uint8_t *p, size_t n, int *pseudo, size_t *length,
    void **digests, const char **why);
read_fn SSL_read;
frame_fn h2o_http2_decode_frame;
fields_fn h2o_hpack_parse_headers;
static read_fn *read_record;
static frame_fn *read_frame;
static fields_fn *read_fields;

static struct client *reading;		/* whose bytes h2o looks at; see below */

int
frames_init(void)
{
	*(void **)&read_record = dlsym(RTLD_NEXT, "SSL_read");
	*(void **)&read_frame = dlsym(RTLD_NEXT, "h2o_http2_decode_frame");
	*(void **)&read_fields = dlsym(RTLD_NEXT, "h2o_hpack_parse_headers");
	return read_record != NULL && read_frame != NULL && read_fields != NULL ? 0 : -1;
}

/* h2o reads all records that came, then all frames in them: until the next SSL_read its
 * readers of frames look at bytes of this client. */
int
SSL_read(SSL *ssl, void *p, int n)
{
	const h2o_socket_t *sock = BIO_get_data(SSL_get_rbio(ssl));
	int rc = read_record(ssl, p, n);

	reading = sock->on_close.data;
	if (rc > 0 && rc < CRUMB_BYTES && !client_charge(reading, FRAME_POINTS))
		return -1;
	return rc;
}

void
frames_forget(const struct client *c)
{
	if (reading == c)
		reading = NULL;
}

/* Notes what the frames of a head say before it is read as one; false where it is too large. */
static bool
note_head(struct client *c, const struct frame *f)
{
	if (f->type == FRAME_HEADERS) {
		c->head_ends_stream = (f->flags & FLAG_END_STREAM) != 0;
		c->head_bytes = 0;
	}
	c->head_bytes += f->length;
	return c->head_bytes <= HEAD_BYTES_MAX;
}

static bool
frame_ok(struct client *c, const struct frame *f)
{
	if (f->type == FRAME_DATA && f->length >= CRUMB_BYTES)
		return true;
	if ((f->type == FRAME_HEADERS || f->type == FRAME_CONTINUATION) && !note_head(c, f)) {
		client_shut_out(c, "the head of a request is too large");
		return false;
	}
	return client_charge(c, f->type == FRAME_RESET ? RESET_POINTS : FRAME_POINTS);
}

ssize_t
h2o_http2_decode_frame(struct frame *f, const uint8_t *p, size_t n, const void *settings, const char **why)
{
	ssize_t rc = read_frame(f, p, n, settings, why);

	if (rc < 0)
		return rc;
	if (reading == NULL || (const char *)p != reading->sock->input->bytes)
		return H2O_HTTP2_ERROR_INTERNAL;	/* whose is it? */
	reading->http2 = true;
	return frame_ok(reading, f) ? rc : H2O_HTTP2_ERROR_ENHANCE_YOUR_CALM;
}

/* What is wrong with a head that h2o took, or NULL. */
static const char *
wrong(const h2o_req_t *req, size_t length)
{
	struct bytes method = bytes_of(req->input.method.base, req->input.method.len);
	struct bytes target = bytes_of(req->input.path.base, req->input.path.len), authority;

	if (req->input.scheme != NULL && req->input.scheme != &H2O_URL_SCHEME_HTTPS)
		return "The scheme must be https";	/* what h2o does not know it calls http */
	if (method.p != NULL && !head_token_ok(method))
		return "The method is malformed";
	if (target.p != NULL && (!head_target(&target, &authority) || authority.n > 0))
		return "The request target is malformed";
	if (!head_host_ok(bytes_of(req->input.authority.base, req->input.authority.len)))
		return "The authority is malformed";
	if (h2o_find_header_by_str(&req->headers, H2O_STRLIT("keep-alive"), -1) >= 0 ||
	    h2o_find_header_by_str(&req->headers, H2O_STRLIT("proxy-connection"), -1) >= 0)
		return "A header field speaks of the connection";	/* of the others h2o knows it */
	if (reading->head_ends_stream && length != SIZE_MAX && length > 0)
		return "The body is shorter than its Content-Length";
	return NULL;
}

/* The request then takes the usual way and is answered with our manners. */
static void
refuse(h2o_req_t *req, const char *why)
{
	req->headers.size = 0;
	h2o_add_header_by_str(&req->pool, &req->headers, H2O_STRLIT(HEAD_REFUSED), 0, NULL, why, strlen(why));
}

int
h2o_hpack_parse_headers(h2o_req_t *req, void *table, const uint8_t *p, size_t n, int *pseudo, size_t *length,
    void **digests, const char **why)
{
	size_t before = req->headers.size;

	(void)digests;		/* of what a client has cached: we push nothing, so nobody need parse them */
	if (fields_count(p, n) > FIELDS_MOST) {
		client_shut_out(reading, "a head has too many fields");
		return H2O_HTTP2_ERROR_ENHANCE_YOUR_CALM;
	}
	int rc = read_fields(req, table, p, n, pseudo, length, NULL, why);
	if (pseudo == NULL) {		/* trailers are no header fields */
		req->headers.size = before;
		return rc;
	}
	if (rc != 0 && rc != H2O_HTTP2_ERROR_INVALID_HEADER_CHAR)
		return rc;
	const char *bad = rc != 0 ? "A header field is malformed" : wrong(req, *length);
	if (bad != NULL)
		refuse(req, bad);
	return 0;
}
