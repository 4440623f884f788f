/* upload_object.c - what an upload becomes: its name, its attributes, the object.
 * Owns:  nothing.
 * Fails: in the dialect of the route; a broken upload leaves no object. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "storage.h"
#include "upload_internal.h"

/* "crc32c=..,md5=.." of an x-goog-hash header, as resource fields. */
void
upload_hashes(struct request *r, json_t *attrs)
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

void
upload_attr(json_t *attrs, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0' && json_text(attrs, key) == NULL)
		json_object_set_new(attrs, key, json_string(value));
}

int
upload_attrs_read(struct request *r, struct upload *u, const struct buf *text)
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

int
upload_name(struct request *r, struct upload *u)
{
	if (u->name == NULL && json_text(u->attrs, "name") != NULL)
		u->name = xstrdup(json_text(u->attrs, "name"));
	if (u->name == NULL) {
		error_storage(r, 400, "required", "Required");
		return -1;
	}
	return storage_names_ok(r, u->bucket, u->name) ? 0 : -1;
}

void
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

void
upload_media_end(struct request *r, struct upload *u)
{
	if (upload_name(r, u) == 0)
		upload_commit(r, u);
}

void
upload_multipart_end(struct request *r, struct upload *u)
{
	if (!multipart_complete(&u->parts)) {
		error_storage(r, 400, "badContent", "Malformed multipart body.");
		return;
	}
	if (upload_attrs_read(r, u, &u->parts.json) < 0 || upload_name(r, u) < 0)
		return;
	upload_attr(u->attrs, "contentType", u->parts.type);
	upload_commit(r, u);
}
