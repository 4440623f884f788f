/* actors/vertex/object_url.c - see object_url.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/gs_uri.h"
#include "actors/vertex/object_url.h"
#include "proto/filename.h"

enum { DISPOSITION_MAX = 600 };		/* bytes: encoded twice they still leave room in 4096 */

static struct bytes
uri_of(struct bytes key, struct bytes *name)
{
	const char *end = memchr(key.p, '\n', key.n);

	if (end == NULL) {
		*name = BYTES("");
		return key;
	}
	*name = bytes_of(end + 1, (size_t)(key.p + key.n - end - 1));
	return bytes_of(key.p, (size_t)(end - key.p));
}

bool
object_url_is_key(struct bytes key)
{
	struct bytes name, bucket, object, uri = uri_of(key, &name);

	return gs_uri_parse(uri, &bucket, &object);
}

/* The ending of the object's own name: "png". */
static void
extension_of(char out[8], struct bytes object)
{
	const char *dot = memrchr(object.p, '.', object.n), *end = object.p + object.n;
	size_t n = dot != NULL ? (size_t)(end - dot - 1) : 0;

	if (n >= 8 || (n > 0 && memchr(dot, '/', n) != NULL))
		n = 0;
	snprintf(out, 8, "%.*s", (int)n, n > 0 ? dot + 1 : "");
}

/* As Google's client writes it for promptSaveAs, and by RFC 8187 what is not ASCII. */
static const char *
disposition(struct buf *text, struct bytes name, struct bytes object)
{
	char clean[FILENAME_BYTES], extension[8];

	extension_of(extension, object);
	filename_clean(clean, name, extension);
	if (filename_disposition(text, "attachment", clean) != 0)
		return NULL;
	const char *more = memmem(text->p, text->n, "; filename*=", 12);
	if (text->n > DISPOSITION_MAX && more != NULL)
		text->n = (size_t)(more - text->p);
	return buf_text(text);
}

const char *
object_url_prepare(struct signed_url *u, struct bytes key, const struct google *g, uint32_t expires_s)
{
	struct url_signing s = { .method = "GET", .endpoint = g->storage, .email = g->oauth.email,
		.time_s = oauth_now_s(&g->oauth), .expires_s = expires_s };
	struct bytes name, uri = uri_of(key, &name);
	struct buf text = { 0 };
	const char *why = gs_uri_parse(uri, &s.bucket, &s.object) ? NULL : "an object cannot be signed for";

	if (why == NULL && name.n > 0) {
		s.query[s.nquery++] = (struct url_pair){ "response-content-disposition", disposition(&text, name, s.object) };
		why = s.query[0].value == NULL ? "memory is out" : NULL;
	}
	if (why == NULL)
		why = signed_url_prepare(u, &s);
	buf_free(&text);
	return why;
}
