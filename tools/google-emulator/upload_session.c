/* upload_session.c - resumable uploads: sessions, and the chunks that come to them.
 * Owns:  --data/uploads: one JSON file and one data file per session, so that
 *        sessions outlive a restart.
 * Fails: a broken chunk leaves what arrived of it, as the protocol wants. */
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
#include "storage.h"
#include "upload.h"
#include "upload_internal.h"

#define LOCK_TRIES	60		/* of 50 ms, for the previous chunk to let go */

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

void
upload_open_end(struct request *r, struct upload *u)
{
	if (r->route->auth != AUTH_SIGNED && (upload_attrs_read(r, u, &u->json) < 0 ||
	    upload_name(r, u) < 0))
		return;
	upload_attr(u->attrs, "contentType", request_header(r, "X-Upload-Content-Type"));
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

void
upload_chunk_end(struct request *r, struct upload *u)
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

const struct stream_ops upload_chunk_stream = { chunk_begin, chunk_stream_data, upload_free };
