/* storage_bytes.c - the bytes of an object: ranges, conditions, headers.
 * Owns:  nothing; objects.c keeps the bytes.
 * Fails: in the dialect of the route. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "storage.h"

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
