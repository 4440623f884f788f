/* upload.c - media, multipart and signed uploads, streamed to disk.
 * Owns:  each upload in progress.
 * Fails: a broken upload leaves no object. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "errors.h"
#include "handlers.h"
#include "signed_url.h"
#include "storage.h"
#include "upload_internal.h"

struct upload *
upload_new(enum upload_kind kind)
{
	struct upload *u = xcalloc(1, sizeof *u);

	u->kind = kind;
	u->fd = u->writer.fd = -1;
	u->total = u->expect = NO_TOTAL;
	return u;
}

void
upload_free(struct request *r)
{
	struct upload *u = r->upload;

	r->upload = NULL;
	if (u == NULL)
		return;
	object_writer_drop(&u->writer);
	multipart_fini(&u->parts);
	buf_free(&u->json);
	json_decref(u->attrs);
	if (u->fd >= 0)
		close(u->fd);
	free(u->bucket);
	free(u->name);
	free(u);
}

/* ---- starting: POST /upload/.. ---- */

static const struct {
	const char		*name;
	enum upload_kind	 kind;
} upload_types[] = {
	{ "media", UP_MEDIA }, { "multipart", UP_MULTIPART }, { "resumable", UP_OPEN },
};

static int
start_kind(struct request *r, enum upload_kind *kind)
{
	char	*type = request_query(r, "uploadType");
	size_t	 i;
	int	 rc = -1;

	for (i = 0; type != NULL && i < COUNT(upload_types); i++) {
		if (strcmp(type, upload_types[i].name) == 0) {
			*kind = upload_types[i].kind;
			rc = 0;
		}
	}
	if (rc < 0)
		error_storage(r, 400, "invalidParameter", "Invalid upload type: %s; it is one "
		    "of media, multipart, resumable", type ? type : "none");
	free(type);
	return rc;
}

static void
start_begin(struct request *r)
{
	enum upload_kind	 kind;
	struct upload		*u;
	char			*encoding;

	if (start_kind(r, &kind) < 0)
		return;
	r->upload = u = upload_new(kind);
	u->bucket = xstrdup(r->args[0]);
	u->name = request_query(r, "name");
	u->attrs = json_object();
	if (storage_conditions(r, &u->conditions) < 0)
		return;
	encoding = request_query(r, "contentEncoding");
	upload_attr(u->attrs, "contentEncoding", encoding);
	free(encoding);
	upload_hashes(r, u->attrs);
	if (kind == UP_MULTIPART &&
	    multipart_init(&u->parts, request_header(r, "Content-Type")) < 0) {
		error_storage(r, 400, "badContent", "A multipart upload needs Content-Type: "
		    "multipart/related; boundary=..");
		return;
	}
	if (kind == UP_MEDIA)
		upload_attr(u->attrs, "contentType", request_header(r, "Content-Type"));
	if (kind != UP_OPEN && object_writer_open(&u->writer) < 0)
		u->failed = true;
}

static void
writer_sink(void *cls, const char *p, size_t n)
{
	struct upload *u = cls;

	if (!u->failed && object_writer_put(&u->writer, p, n) < 0)
		u->failed = true;
}

static void
start_data(struct request *r, const char *p, size_t n)
{
	struct upload *u = r->upload;

	switch (u->kind) {
	case UP_MEDIA:
		writer_sink(u, p, n);
		break;
	case UP_MULTIPART:
		multipart_feed(&u->parts, p, n, writer_sink, u);
		break;
	default:
		if (u->json.len + n > JSON_MAX)
			error_storage(r, 413, "uploadTooLarge", "Metadata part is too large.");
		else
			buf_add(&u->json, p, n);
	}
}

/* ---- signed: PUT and POST /{bucket}/{object} ---- */

static void
signed_begin(struct request *r)
{
	struct upload	*u;
	const char	*resumable = request_header(r, "x-goog-resumable");
	bool		 post = strcmp(r->method, "POST") == 0;

	if (!signed_url_ok(r) || !storage_names_ok(r, r->args[0], r->args[1]))
		return;
	if (post && (resumable == NULL || strcmp(resumable, "start") != 0)) {
		error_xml(r, 400, "InvalidArgument", "A signed POST needs the header "
		    "x-goog-resumable: start.", NULL, NULL);
		return;
	}
	r->upload = u = upload_new(post ? UP_OPEN : UP_MEDIA);
	u->bucket = xstrdup(r->args[0]);
	u->name = xstrdup(r->args[1]);
	u->attrs = json_object();
	upload_attr(u->attrs, "contentType", request_header(r, "Content-Type"));
	upload_attr(u->attrs, "cacheControl", request_header(r, "Cache-Control"));
	upload_attr(u->attrs, "contentDisposition",
	    request_header(r, "Content-Disposition"));
	upload_attr(u->attrs, "contentEncoding", request_header(r, "Content-Encoding"));
	signed_url_metadata(r, u->attrs);
	upload_hashes(r, u->attrs);
	if (!post && object_writer_open(&u->writer) < 0)
		u->failed = true;
}

void
upload_end(struct request *r)
{
	struct upload *u = r->upload;

	switch (u->kind) {
	case UP_MEDIA:
		upload_media_end(r, u);
		break;
	case UP_MULTIPART:
		upload_multipart_end(r, u);
		break;
	case UP_OPEN:
		upload_open_end(r, u);
		break;
	case UP_CHUNK:
	case UP_STATUS:
		upload_chunk_end(r, u);
		break;
	}
	upload_free(r);
}

const struct stream_ops upload_start_stream = { start_begin, start_data, upload_free };
const struct stream_ops upload_signed_stream = { signed_begin, start_data, upload_free };
