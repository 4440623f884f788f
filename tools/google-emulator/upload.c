/* upload.c - media, multipart, resumable and signed uploads, streamed to disk.
 * Owns:  each upload in progress, and --data/uploads: one JSON file and one data
 *        file per resumable session, so that sessions outlive a restart.
 * Fails: a broken upload leaves no object; a broken resumable chunk leaves what
 *        arrived of it, as the protocol wants. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errors.h"
#include "handlers.h"
#include "multipart.h"
#include "signed_url.h"
#include "storage.h"
#include "upload.h"

#define JSON_MAX	(1u << 20)
#define LOCK_TRIES	60		/* of 50 ms, for the previous chunk to let go */
#define NO_TOTAL	UINT64_MAX

enum upload_kind { UP_MEDIA, UP_MULTIPART, UP_OPEN, UP_CHUNK, UP_STATUS };

struct upload {
	enum upload_kind	 kind;
	char			*bucket, *name;
	json_t			*attrs;
	struct conditions	 conditions;
	struct object_writer	 writer;
	struct multipart	 parts;
	struct buf		 json;		/* body of UP_OPEN */
	bool			 failed;	/* the disk refused */
	char			 id[33];	/* resumable session */
	int			 fd;		/* its data file, locked */
	uint64_t		 stored;	/* bytes in it */
	uint64_t		 skip;		/* of this body: stored already */
	uint64_t		 total;		/* of the object, or NO_TOTAL */
	uint64_t		 expect;	/* of this body, or NO_TOTAL */
	bool			 last;		/* the end of the body is the end */
};

static int uploads_dir = -1;

int
uploads_init(int data_dir, char *why, size_t size)
{
	if (mkdirat(data_dir, "uploads", 0700) < 0 && errno != EEXIST)
		uploads_dir = -1;
	else
		uploads_dir = openat(data_dir, "uploads", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (uploads_dir >= 0)
		return 0;
	snprintf(why, size, "--data: cannot make uploads/ in it: %s", strerror(errno));
	return -1;
}

static struct upload *
upload_new(enum upload_kind kind)
{
	struct upload *u = xcalloc(1, sizeof *u);

	u->kind = kind;
	u->fd = u->writer.fd = -1;
	u->total = u->expect = NO_TOTAL;
	return u;
}

static void
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

/* ---- attributes ---- */

/* "crc32c=..,md5=.." of an x-goog-hash header, as resource fields. */
static void
attrs_hashes(struct request *r, json_t *attrs)
{
	char	*all = request_header_joined(r, "x-goog-hash"), *at, *save = NULL;
	const char *md5 = request_header(r, "Content-MD5");

	if (md5 != NULL)
		json_object_set_new(attrs, "md5Hash", json_string(md5));
	for (at = all ? strtok_r(all, ", ", &save) : NULL; at; at = strtok_r(NULL, ", ", &save)) {
		if (strncmp(at, "crc32c=", 7) == 0)
			json_object_set_new(attrs, "crc32c", json_string(at + 7));
		else if (strncmp(at, "md5=", 4) == 0)
			json_object_set_new(attrs, "md5Hash", json_string(at + 4));
	}
	free(all);
}

static void
attr_default(json_t *attrs, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0' && json_text(attrs, key) == NULL)
		json_object_set_new(attrs, key, json_string(value));
}

/* The metadata JSON of a multipart or resumable upload; -1 leaves an error. */
static int
attrs_parse(struct request *r, struct upload *u, const struct buf *text)
{
	json_t *j;

	if (text->len == 0)
		return 0;
	j = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(j)) {
		json_decref(j);
		error_storage(r, 400, "parseError", "Parse Error");
		return -1;
	}
	json_object_update_missing(u->attrs, j);
	json_decref(j);
	return 0;
}

/* The name: from the query, else from the metadata. */
static int
name_settle(struct request *r, struct upload *u)
{
	if (u->name == NULL && json_text(u->attrs, "name") != NULL)
		u->name = xstrdup(json_text(u->attrs, "name"));
	if (u->name == NULL) {
		error_storage(r, 400, "required", "Required");
		return -1;
	}
	return storage_names_ok(r, u->bucket, u->name) ? 0 : -1;
}

/* ---- finishing ---- */

static void
upload_commit(struct request *r, struct upload *u)
{
	json_t	*out = NULL;
	int	 rc;

	if (u->failed) {
		error_any(r, 503, NULL);
		return;
	}
	if (!object_writer_matches(&u->writer, u->attrs)) {
		if (r->route->auth == AUTH_SIGNED)
			error_xml(r, 400, "BadDigest", "The digest you specified did not match "
			    "what we computed.", NULL, NULL);
		else
			error_storage(r, 400, "invalid", "Provided hash doesn't match "
			    "calculated hash.");
		return;
	}
	rc = object_writer_commit(&u->writer, u->bucket, u->name, u->attrs,
	    &u->conditions, &out);
	if (rc < 0) {
		free(r->args[1]);
		r->args[1] = xstrdup(u->name);
		storage_reply_code(r, rc);
	} else if (r->route->auth == AUTH_SIGNED) {
		char *etag = xasprintf("\"%s\"", json_text(out, "etag"));

		reply_empty(r, 200);
		reply_header(r, "ETag", etag);
		reply_header(r, "x-goog-generation", json_text(out, "generation"));
		reply_header(r, "x-goog-metageneration", "1");
		reply_header(r, "x-goog-stored-content-length", json_text(out, "size"));
		free(etag);
		json_decref(out);
	} else {
		storage_reply_resource(r, out);
	}
}

static void
media_end(struct request *r, struct upload *u)
{
	if (name_settle(r, u) == 0)
		upload_commit(r, u);
}

static void
multipart_end(struct request *r, struct upload *u)
{
	if (!multipart_complete(&u->parts)) {
		error_storage(r, 400, "badContent", "Malformed multipart body.");
		return;
	}
	if (attrs_parse(r, u, &u->parts.json) < 0 || name_settle(r, u) < 0)
		return;
	attr_default(u->attrs, "contentType", u->parts.type);
	upload_commit(r, u);
}

/* ---- resumable sessions ---- */

static void
session_file(const char *id, const char *kind, char out[48])
{
	snprintf(out, 48, "%.32s.%s", id, kind);
}

static json_t *
conditions_json(const struct conditions *c)
{
	return json_pack("[bbbbIIII]", c->has_match, c->has_not_match, c->has_meta_match,
	    c->has_meta_not_match, (json_int_t)c->match, (json_int_t)c->not_match,
	    (json_int_t)c->meta_match, (json_int_t)c->meta_not_match);
}

static void
conditions_unjson(const json_t *j, struct conditions *c)
{
	bool	*flags[] = { &c->has_match, &c->has_not_match, &c->has_meta_match,
		    &c->has_meta_not_match };
	int64_t	*values[] = { &c->match, &c->not_match, &c->meta_match, &c->meta_not_match };
	size_t	 i;

	for (i = 0; i < 4; i++) {
		*flags[i] = json_is_true(json_array_get(j, i));
		*values[i] = json_integer_value(json_array_get(j, 4 + i));
	}
}

/* Makes a session and tells its address. */
static void
session_open(struct request *r, struct upload *u)
{
	unsigned char	 id[16];
	char		 file[48], *base, *url;
	json_t		*j;
	int		 rc;

	random_bytes(id, sizeof id);
	hex_encode(id, sizeof id, u->id);
	j = json_pack("{s:s, s:s, s:O, s:o, s:b}", "bucket", u->bucket, "name", u->name,
	    "attrs", u->attrs, "conditions", conditions_json(&u->conditions),
	    "signed", r->route->auth == AUTH_SIGNED);
	session_file(u->id, "json", file);
	rc = file_replace_json(uploads_dir, file, j);
	json_decref(j);
	if (rc < 0) {
		error_any(r, 503, NULL);
		return;
	}
	base = request_base(r);
	url = xasprintf("%s/upload/storage/v1/b/%s/o?uploadType=resumable&upload_id=%s",
	    base, u->bucket, u->id);
	reply_empty(r, r->route->auth == AUTH_SIGNED ? 201 : 200);
	reply_header(r, "Location", url);
	reply_header(r, "X-GUploader-UploadID", u->id);
	free(base);
	free(url);
}

static void
open_end(struct request *r, struct upload *u)
{
	if (r->route->auth != AUTH_SIGNED && (attrs_parse(r, u, &u->json) < 0 ||
	    name_settle(r, u) < 0))
		return;
	attr_default(u->attrs, "contentType", request_header(r, "X-Upload-Content-Type"));
	session_open(r, u);
}

static bool
session_id_ok(const char *id)
{
	return id != NULL && strlen(id) == 32 &&
	    strspn(id, "0123456789abcdef") == 32;
}

/* A client that resumes may be faster than our noticing that it had gone. */
static int
session_lock(int fd)
{
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		sleep_ms(50);
	}
	return -1;
}

/* What was uploaded before, or the finished object. NULL: no such session. */
static json_t *
session_load(struct request *r, struct upload *u)
{
	char		*id = request_query(r, "upload_id"), file[48];
	struct stat	 st;
	json_t		*j = NULL;

	if (session_id_ok(id)) {
		snprintf(u->id, sizeof u->id, "%s", id);
		session_file(u->id, "data", file);
		u->fd = openat(uploads_dir, file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (u->fd >= 0 && session_lock(u->fd) == 0 && fstat(u->fd, &st) == 0) {
			u->stored = (uint64_t)st.st_size;
			session_file(u->id, "json", file);
			j = file_read_json(uploads_dir, file, JSON_MAX * 2);
			if (j == NULL) {
				session_file(u->id, "data", file);
				unlinkat(uploads_dir, file, 0);
			}
		}
	}
	free(id);
	return j;
}

static void
reply_308(struct request *r, uint64_t stored)
{
	char text[48];

	reply_empty(r, 308);
	if (stored > 0) {
		snprintf(text, sizeof text, "bytes=0-%" PRIu64, stored - 1);
		reply_header(r, "Range", text);
	}
	reply_header(r, "X-GUploader-UploadID", ((struct upload *)r->upload)->id);
}

/* "bytes A-B/T": B and T may be "*"; "bytes * /T" asks for the state. */
static int
content_range(struct upload *u, const char *h, uint64_t *from)
{
	char *end;
	uint64_t to;

	*from = 0;
	if (h == NULL) {	/* everything at once */
		u->last = true;
		return 0;
	}
	if (strncasecmp(h, "bytes ", 6) != 0)
		return -1;
	h += 6;
	if (*h == '*') {
		u->kind = UP_STATUS;
		end = (char *)h + 1;
	} else {
		if (*h < '0' || *h > '9')
			return -1;
		*from = strtoull(h, &end, 10);
		if (*end++ != '-')
			return -1;
		if (*end == '*') {
			u->last = true;
			end++;
		} else {
			to = strtoull(end, &end, 10);
			if (to < *from || to == UINT64_MAX)
				return -1;
			u->expect = to - *from + 1;
		}
	}
	if (*end++ != '/')
		return -1;
	if (*end == '*')
		return end[1] == '\0' ? 0 : -1;
	u->total = strtoull(end, &end, 10);
	if (*end != '\0')
		return -1;
	u->last = u->last || (u->expect != NO_TOTAL && *from + u->expect == u->total);
	return 0;
}

/* A session that ended keeps its answer, so that a repeated last chunk or a
 * status query still gets it. */
static bool
session_finished(struct request *r, const json_t *session)
{
	json_t *done = json_object_get(session, "done");

	if (done == NULL)
		return false;
	storage_reply_resource(r, json_deep_copy(done));
	return true;
}

static void
chunk_begin(struct request *r)
{
	struct upload	*u = upload_new(UP_CHUNK);
	json_t		*session;
	uint64_t	 from;

	r->upload = u;
	session = session_load(r, u);
	if (session == NULL) {
		error_storage(r, u->fd >= 0 && u->stored > 0 ? 410 : 404, "notFound",
		    "Upload session not found or busy");
		return;
	}
	if (session_finished(r, session)) {
		json_decref(session);
		return;
	}
	u->bucket = xstrdup(json_text(session, "bucket"));
	u->name = xstrdup(json_text(session, "name"));
	u->attrs = json_incref(json_object_get(session, "attrs"));
	conditions_unjson(json_object_get(session, "conditions"), &u->conditions);
	json_decref(session);
	if (content_range(u, request_header(r, "Content-Range"), &from) < 0) {
		error_storage(r, 400, "badRequest", "Failed to parse Content-Range header.");
		return;
	}
	if (u->kind == UP_STATUS)
		return;
	if (from > u->stored) {	/* a gap: tell the client where we are */
		reply_308(r, u->stored);
		return;
	}
	u->skip = u->stored - from;
	if (lseek(u->fd, 0, SEEK_END) < 0)
		u->failed = true;
}

static void
chunk_data(struct upload *u, const char *p, size_t n)
{
	size_t drop = u->skip < n ? (size_t)u->skip : n;

	u->skip -= drop;
	p += drop;
	n -= drop;
	if (u->total != NO_TOTAL && u->stored + n > u->total)
		n = (size_t)(u->total - u->stored);	/* never more than announced */
	if (n == 0 || u->failed)
		return;
	if (write_all(u->fd, p, n) < 0)
		u->failed = true;
	else
		u->stored += n;
}

static void
session_done(struct upload *u, const json_t *resource)
{
	char	 file[48];
	json_t	*j = json_pack("{s:O}", "done", resource);

	session_file(u->id, "json", file);
	file_replace_json(uploads_dir, file, j);
	json_decref(j);
}

static void
session_commit(struct request *r, struct upload *u)
{
	char	 file[48];
	json_t	*again;

	session_file(u->id, "data", file);
	if (object_writer_adopt(&u->writer, uploads_dir, file) < 0) {
		error_any(r, 503, NULL);
		return;
	}
	upload_commit(r, u);
	if (r->reply.status == 200 && (again = object_get(u->bucket, u->name)) != NULL) {
		json_object_del(again, "_data");
		session_done(u, again);
		json_decref(again);
	}
}

static void
chunk_end(struct request *r, struct upload *u)
{
	if (u->failed)
		error_any(r, 503, NULL);
	else if (u->kind == UP_STATUS && (u->total == NO_TOTAL || u->stored < u->total))
		reply_308(r, u->stored);
	else if (u->kind == UP_STATUS || (u->last &&
	    (u->total == NO_TOTAL || u->stored == u->total)))
		session_commit(r, u);
	else
		reply_308(r, u->stored);
}

static void
chunk_stream_data(struct request *r, const char *p, size_t n)
{
	struct upload *u = r->upload;

	if (u->kind == UP_CHUNK)
		chunk_data(u, p, n);
}

void
upload_cancel(struct request *r)
{
	static const char	*kinds[] = { "json", "data" };
	char			*id = request_query(r, "upload_id"), file[48];
	size_t			 i;
	bool			 there = false;

	for (i = 0; session_id_ok(id) && i < COUNT(kinds); i++) {
		session_file(id, kinds[i], file);
		there |= unlinkat(uploads_dir, file, 0) == 0;
	}
	free(id);
	if (there)
		reply_empty(r, 499);
	else
		error_storage(r, 404, "notFound", "Upload session not found");
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
	attr_default(u->attrs, "contentEncoding", encoding);
	free(encoding);
	attrs_hashes(r, u->attrs);
	if (kind == UP_MULTIPART &&
	    multipart_init(&u->parts, request_header(r, "Content-Type")) < 0) {
		error_storage(r, 400, "badContent", "A multipart upload needs Content-Type: "
		    "multipart/related; boundary=..");
		return;
	}
	if (kind == UP_MEDIA)
		attr_default(u->attrs, "contentType", request_header(r, "Content-Type"));
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
	attr_default(u->attrs, "contentType", request_header(r, "Content-Type"));
	attr_default(u->attrs, "cacheControl", request_header(r, "Cache-Control"));
	attr_default(u->attrs, "contentDisposition",
	    request_header(r, "Content-Disposition"));
	attr_default(u->attrs, "contentEncoding", request_header(r, "Content-Encoding"));
	signed_url_metadata(r, u->attrs);
	attrs_hashes(r, u->attrs);
	if (!post && object_writer_open(&u->writer) < 0)
		u->failed = true;
}

void
upload_end(struct request *r)
{
	struct upload *u = r->upload;

	switch (u->kind) {
	case UP_MEDIA:
		media_end(r, u);
		break;
	case UP_MULTIPART:
		multipart_end(r, u);
		break;
	case UP_OPEN:
		open_end(r, u);
		break;
	case UP_CHUNK:
	case UP_STATUS:
		chunk_end(r, u);
		break;
	}
	upload_free(r);
}

const struct stream_ops upload_start_stream = { start_begin, start_data, upload_free };
const struct stream_ops upload_chunk_stream = { chunk_begin, chunk_stream_data, upload_free };
const struct stream_ops upload_signed_stream = { signed_begin, start_data, upload_free };
