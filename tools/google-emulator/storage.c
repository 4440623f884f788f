/* storage.c - the storage JSON API: read, list, change and delete objects.
 * Owns:  nothing; objects.c keeps the bytes.
 * Fails: in the storage dialect of errors.c. Buckets exist as soon as they are named. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "errors.h"
#include "gcs_uri.h"
#include "handlers.h"
#include "storage.h"

#define PAGE_MAX	1000

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

static void
links_add(struct request *r, json_t *j)
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
	links_add(r, j);
	reply_header(r, "ETag", json_text(j, "etag"));
	reply_header(r, "Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
	reply_json(r, 200, j);
}

/* ---- bytes ---- */

enum range_kind { RANGE_ALL, RANGE_PART, RANGE_BAD };

/* One range of bytes; several, or nonsense, are answered with everything. */
static enum range_kind
range_read(const char *h, uint64_t size, uint64_t *from, uint64_t *len)
{
	unsigned long long	a, b;
	char			*end;

	*from = 0;
	*len = size;
	if (h == NULL || strncasecmp(h, "bytes=", 6) != 0 || strchr(h, ',') != NULL)
		return RANGE_ALL;
	h += 6;
	if (*h == '-') {
		a = strtoull(h + 1, &end, 10);
		if (end == h + 1 || *end != '\0' || h[1] == '-' || h[1] == '+')
			return RANGE_ALL;
		if (a == 0 || size == 0)
			return RANGE_BAD;
		*len = a < size ? a : size;
		*from = size - *len;
		return RANGE_PART;
	}
	if (*h < '0' || *h > '9')
		return RANGE_ALL;
	a = strtoull(h, &end, 10);
	if (*end++ != '-')
		return RANGE_ALL;
	b = UINT64_MAX;
	if (*end != '\0') {
		h = end;
		b = strtoull(h, &end, 10);
		if (*h < '0' || *h > '9' || *end != '\0' || b < a)
			return RANGE_ALL;
	}
	if (a >= size)
		return RANGE_BAD;
	*from = a;
	*len = (b < size - 1 ? b : size - 1) - a + 1;
	return RANGE_PART;
}

/* "etag" in a list of them, with or without quotes and W/. */
static bool
etag_listed(const char *list, const char *etag)
{
	const char *at;

	if (list == NULL)
		return false;
	if (strcmp(list, "*") == 0)
		return true;
	at = strstr(list, etag);
	return at != NULL && strchr("\", \t", at[strlen(etag)]) != NULL;
}

static void
header_if(struct request *r, const char *name, const char *value)
{
	if (value != NULL)
		reply_header(r, name, value);
}

static void
bytes_headers(struct request *r, const json_t *j, const char *etag)
{
	char		*kind = request_query(r, "response-content-type");
	char		*disposition = request_query(r, "response-content-disposition");
	const char	*type = json_text(j, "contentType"), *encoding;
	char		*text, name[80];
	const char	*key;
	json_t		*v;

	reply_header(r, "Content-Type", kind ? kind : type ? type :
	    "application/octet-stream");
	header_if(r, "Content-Disposition", disposition ? disposition :
	    json_text(j, "contentDisposition"));
	encoding = json_text(j, "contentEncoding");
	header_if(r, "Content-Encoding", encoding);
	header_if(r, "Content-Language", json_text(j, "contentLanguage"));
	reply_header(r, "Cache-Control", json_text(j, "cacheControl") ?
	    json_text(j, "cacheControl") : "private, max-age=0");
	reply_header(r, "ETag", etag);
	reply_header(r, "Accept-Ranges", "bytes");
	text = xasprintf("crc32c=%s,md5=%s", json_text(j, "crc32c"), json_text(j, "md5Hash"));
	reply_header(r, "x-goog-hash", text);
	free(text);
	reply_header(r, "x-goog-generation", json_text(j, "generation"));
	reply_header(r, "x-goog-metageneration", json_text(j, "metageneration"));
	reply_header(r, "x-goog-stored-content-length", json_text(j, "size"));
	reply_header(r, "x-goog-stored-content-encoding", encoding ? encoding : "identity");
	reply_header(r, "x-goog-storage-class", "STANDARD");
	json_object_foreach(json_object_get(j, "metadata"), key, v) {
		if (strlen(key) < 60 && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
		    "OPQRSTUVWXYZ0123456789-_") == strlen(key)) {
			snprintf(name, sizeof name, "x-goog-meta-%s", key);
			header_if(r, name, json_string_value(v));
		}
	}
	free(kind);
	free(disposition);
}

static void
last_modified(struct request *r, const json_t *j)
{
	char when[40];

	/* the generation is the moment of creation, in microseconds */
	clock_http(strtoll(json_text(j, "generation"), NULL, 10) / 1000, when);
	reply_header(r, "Last-Modified", when);
}

void
storage_reply_bytes(struct request *r, const json_t *j)
{
	uint64_t	 size = object_size(j), from, len;
	char		*etag = xasprintf("\"%s\"", json_text(j, "etag"));
	const char	*if_range = request_header(r, "If-Range");
	const char	*range = request_header(r, "Range");
	char		 text[80];
	enum range_kind	 kind;
	int		 fd;

	if (if_range != NULL && strcmp(if_range, etag) != 0)
		range = NULL;
	kind = range_read(range, size, &from, &len);
	if (etag_listed(request_header(r, "If-None-Match"), json_text(j, "etag"))) {
		reply_empty(r, 304);
		reply_header(r, "ETag", etag);
	} else if (kind == RANGE_BAD) {
		if (r->route->auth == AUTH_SIGNED)
			error_xml(r, 416, "InvalidRange",
			    "The requested range cannot be satisfied.", range, NULL);
		else
			reply_text(r, 416, "text/html; charset=UTF-8",
			    "Request range not satisfiable");
		snprintf(text, sizeof text, "bytes */%" PRIu64, size);
		reply_header(r, "Content-Range", text);
	} else if ((fd = object_open(j)) < 0) {
		/* overwritten or deleted between the look and the grasp */
		storage_reply_code(r, OBJ_MISSING);
	} else {
		reply_file(r, kind == RANGE_PART ? 206 : 200, fd, from, len);
		bytes_headers(r, j, etag);
		last_modified(r, j);
		if (kind == RANGE_PART) {
			snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
			    from, from + len - 1, size);
			reply_header(r, "Content-Range", text);
		}
	}
	free(etag);
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

/* ---- listing ---- */

struct listing {
	char		*bucket, *prefix, *delimiter;
	size_t		 limit;
	json_t		*found;		/* names, in order */
	json_t		*prefixes;	/* as keys */
	char		*skip;		/* everything below this prefix is listed already */
	char		*next;		/* first name of the next page */
};

static size_t
listing_size(const struct listing *l)
{
	return json_array_size(l->found) + json_object_size(l->prefixes);
}

/* One name: skipped, folded into a prefix, listed, or the start of the next page. */
static bool
listing_take(void *cls, const char *name)
{
	struct listing	*l = cls;
	size_t		 plen = strlen(l->prefix);
	const char	*cut;

	if (strncmp(name, l->prefix, plen) != 0)
		return strcmp(name, l->prefix) < 0;	/* past the prefix: done */
	if (l->skip != NULL && strncmp(name, l->skip, strlen(l->skip)) == 0)
		return true;
	if (listing_size(l) == l->limit) {
		l->next = xstrdup(name);
		return false;
	}
	cut = l->delimiter[0] ? strstr(name + plen, l->delimiter) : NULL;
	if (cut == NULL) {
		json_array_append_new(l->found, json_string(name));
		return true;
	}
	free(l->skip);
	l->skip = xstrndup(name, (size_t)(cut - name) + strlen(l->delimiter));
	json_object_set_new(l->prefixes, l->skip, json_true());
	return true;
}

static json_t *
listing_items(struct request *r, const struct listing *l)
{
	json_t	*items = json_array(), *name;
	size_t	 i;

	json_array_foreach(l->found, i, name) {
		json_t *j = object_get(l->bucket, json_string_value(name));

		if (j != NULL) {	/* it may have gone meanwhile */
			links_add(r, j);
			json_array_append_new(items, j);
		}
	}
	return items;
}

static void
listing_reply(struct request *r, const struct listing *l)
{
	json_t		*out = json_pack("{s:s}", "kind", "storage#objects");
	json_t		*items = listing_items(r, l), *prefixes = json_array(), *v;
	const char	*key;
	char		*token;

	json_object_foreach(l->prefixes, key, v)
		json_array_append_new(prefixes, json_string(key));
	if (json_array_size(items) > 0)
		json_object_set(out, "items", items);
	if (json_array_size(prefixes) > 0)
		json_object_set(out, "prefixes", prefixes);
	json_decref(items);
	json_decref(prefixes);
	if (l->next != NULL) {
		token = base64_encode_url(l->next, strlen(l->next));
		json_object_set_new(out, "nextPageToken", json_string(token));
		free(token);
	}
	reply_json(r, 200, out);
}

static char *
query_or_empty(struct request *r, const char *name)
{
	char *s = request_query(r, name);

	return s ? s : xstrdup("");
}

void
storage_list(struct request *r)
{
	struct listing	 l = { .bucket = r->args[0], .limit = PAGE_MAX };
	char		*max = query_or_empty(r, "maxResults");
	char		*token = query_or_empty(r, "pageToken");
	char		*from = query_or_empty(r, "startOffset");
	unsigned char	*start = NULL;
	size_t		 n = 0;

	l.prefix = query_or_empty(r, "prefix");
	l.delimiter = query_or_empty(r, "delimiter");
	if (atoi(max) > 0 && atoi(max) < PAGE_MAX)
		l.limit = (size_t)atoi(max);
	if (!bucket_name_valid(l.bucket)) {
		error_storage(r, 400, "invalid", "Invalid bucket name: '%s'", l.bucket);
	} else if (base64_decode(token, strlen(token), &start, &n) < 0 ||
	    strlen((char *)start) != n) {
		error_storage(r, 400, "invalid", "Invalid page token");
	} else {
		l.found = json_array();
		l.prefixes = json_object();
		objects_walk(l.bucket, n > 0 ? (char *)start :
		    strcmp(from, l.prefix) > 0 ? from : l.prefix, listing_take, &l);
		listing_reply(r, &l);
		json_decref(l.found);
		json_decref(l.prefixes);
	}
	free(start);
	free(l.skip);
	free(l.next);
	free(l.prefix);
	free(l.delimiter);
	free(max);
	free(token);
	free(from);
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
