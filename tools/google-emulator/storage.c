/* storage.c - the storage JSON API: read, change and delete objects.
 * Owns:  nothing; objects.c keeps the bytes.
 * Fails: in the storage dialect of errors.c. Buckets exist as soon as they are named. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "gcs_uri.h"
#include "handlers.h"
#include "storage.h"

/* ---- shared with the other faces ---- */

bool
storage_names_ok(struct request *r, const char *bucket, const char *object)
{
	bool xml = r->route->auth == AUTH_SIGNED;

	if (bucket == NULL || !bucket_name_valid(bucket)) {
		if (xml)
			error_xml(r, 400, "InvalidBucketName",
			    "The specified bucket is not valid.", NULL, NULL);
		else
			error_storage(r, 400, "invalid", "Invalid bucket name: '%s'",
			    bucket ? bucket : "");
		return false;
	}
	if (object == NULL || !object_name_valid(object)) {
		if (xml)
			error_xml(r, 400, "InvalidArgument", "Invalid object name.", NULL, NULL);
		else
			error_storage(r, 400, "invalid", "Invalid object name");
		return false;
	}
	return true;
}

int
storage_conditions(struct request *r, struct conditions *c)
{
	struct { const char *name; bool *has; int64_t *value; } rows[] = {
		{ "ifGenerationMatch", &c->has_match, &c->match },
		{ "ifGenerationNotMatch", &c->has_not_match, &c->not_match },
		{ "ifMetagenerationMatch", &c->has_meta_match, &c->meta_match },
		{ "ifMetagenerationNotMatch", &c->has_meta_not_match, &c->meta_not_match },
	};
	size_t i;

	memset(c, 0, sizeof *c);
	for (i = 0; i < COUNT(rows); i++) {
		char	*text = request_query(r, rows[i].name), *end;

		if (text == NULL)
			continue;
		*rows[i].value = strtoll(text, &end, 10);
		*rows[i].has = end != text && *end == '\0';
		free(text);
		if (!*rows[i].has) {
			error_storage(r, 400, "invalidParameter", "Invalid value for %s",
			    rows[i].name);
			return -1;
		}
	}
	return 0;
}

void
storage_reply_code(struct request *r, int code)
{
	bool xml = r->route->auth == AUTH_SIGNED;

	if (code == OBJ_MISSING && xml)
		error_xml(r, 404, "NoSuchKey", "The specified key does not exist.", NULL, NULL);
	else if (code == OBJ_MISSING)
		error_storage(r, 404, "notFound", "No such object: %s/%s", r->args[0],
		    r->args[1] ? r->args[1] : "");
	else if (code == OBJ_CONDITION && xml)
		error_xml(r, 412, "PreconditionFailed", "At least one of the pre-conditions "
		    "you specified did not hold.", NULL, NULL);
	else if (code == OBJ_CONDITION)
		error_storage(r, 412, "conditionNotMet", "At least one of the pre-conditions "
		    "you specified did not hold.");
	else
		error_any(r, 503, NULL);
}

void
storage_links_add(struct request *r, json_t *j)
{
	char		*base = request_base(r), *url;
	struct buf	 name = { 0 };

	percent_encode(&name, json_text(j, "name"), false);
	url = xasprintf("%s/storage/v1/b/%s/o/%s", base, json_text(j, "bucket"), name.data);
	json_object_set_new(j, "selfLink", json_string(url));
	free(url);
	url = xasprintf("%s/download/storage/v1/b/%s/o/%s?generation=%s&alt=media", base,
	    json_text(j, "bucket"), name.data, json_text(j, "generation"));
	json_object_set_new(j, "mediaLink", json_string(url));
	free(url);
	free(base);
	buf_free(&name);
	json_object_del(j, "_data");
}

void
storage_reply_resource(struct request *r, json_t *j)
{
	storage_links_add(r, j);
	reply_header(r, "ETag", json_text(j, "etag"));
	reply_header(r, "Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
	reply_json(r, 200, j);
}

/* ---- the JSON API ---- */

static bool
generation_asked(struct request *r, const json_t *j)
{
	char	*g = request_query(r, "generation");
	bool	 ok = g == NULL || strcmp(g, json_text(j, "generation")) == 0;

	free(g);
	return ok;
}

void
storage_get(struct request *r)
{
	struct conditions	 c;
	char			*alt = request_query(r, "alt");
	bool			 media = (alt != NULL && strcmp(alt, "media") == 0) ||
				    strncmp(r->path, "/download/", 10) == 0;
	json_t			*j = NULL;
	int			 rc;

	free(alt);
	if (!storage_names_ok(r, r->args[0], r->args[1]) || storage_conditions(r, &c) < 0)
		return;
	j = object_get(r->args[0], r->args[1]);
	if (j == NULL || !generation_asked(r, j)) {
		storage_reply_code(r, OBJ_MISSING);
		if (media) {	/* for media the 404 is plain text */
			char *text = xasprintf("No such object: %s/%s", r->args[0], r->args[1]);

			reply_clear(r);
			reply_text(r, 404, "text/html; charset=UTF-8", text);
			free(text);
		}
	} else if ((rc = conditions_hold(&c, j)) < 0) {
		storage_reply_code(r, rc);
	} else if (media) {
		storage_reply_bytes(r, j);
	} else {
		storage_reply_resource(r, json_incref(j));
	}
	json_decref(j);
}

void
storage_delete(struct request *r)
{
	struct conditions	c;
	int			rc;

	if (!storage_names_ok(r, r->args[0], r->args[1]) || storage_conditions(r, &c) < 0)
		return;
	if ((rc = object_delete(r->args[0], r->args[1], &c)) < 0)
		storage_reply_code(r, rc);
	else
		reply_empty(r, 204);
}

void
storage_patch(struct request *r)
{
	struct conditions	 c;
	json_t			*out;
	int			 rc;

	if (!storage_names_ok(r, r->args[0], r->args[1]) || storage_conditions(r, &c) < 0)
		return;
	if ((rc = object_patch(r->args[0], r->args[1], r->json, &c, &out)) < 0)
		storage_reply_code(r, rc);
	else
		storage_reply_resource(r, out);
}

void
storage_bucket(struct request *r)
{
	char *link;

	if (!bucket_name_valid(r->args[0])) {
		error_storage(r, 400, "invalid", "Invalid bucket name: '%s'", r->args[0]);
		return;
	}
	link = xasprintf("https://www.googleapis.com/storage/v1/b/%s", r->args[0]);
	reply_json(r, 200, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "kind", "storage#bucket", "id", r->args[0], "name", r->args[0],
	    "selfLink", link, "location", "US-CENTRAL1", "storageClass", "STANDARD",
	    "metageneration", "1"));
	free(link);
}
