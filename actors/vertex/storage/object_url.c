/* actors/vertex/storage/object_url.c - see object_url.h.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/gs_uri.h"
#include "actors/vertex/storage/object_url.h"
#include "proto/filename.h"

enum { SIGNATURE_ROOM = sizeof "&X-Goog-Signature=" - 1 + 2 * SIGNATURE_MAX };

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

/* The ending of the object's own name: "png". */
static void
extension_of(char out[8], struct bytes object)
{
	const char *dot = memrchr(object.p, '.', object.n);
	size_t n = dot != NULL ? (size_t)(object.p + object.n - dot - 1) : 0;

	for (size_t i = 1; i <= n; i++)
		if (!isalnum((unsigned char)dot[i]))
			n = 0;
	snprintf(out, 8, "%.*s", n < 8 ? (int)n : 0, n > 0 ? dot + 1 : "");
}

/* Shown where it can be, and saved under this name; by RFC 8187 what is not ASCII. NULL: memory is out. */
static const char *
disposition(struct buf *text, struct bytes name, struct bytes object)
{
	char clean[FILENAME_BYTES], extension[8];

	extension_of(extension, object);
	filename_clean(clean, name, extension);
	return filename_disposition(text, "inline", clean) == 0 ? buf_text(text) : NULL;
}

static const char *
prepare_named(struct signed_url *u, struct url_signing *s, struct bytes name)
{
	const char *why = "memory is out";
	struct buf text = { 0 };

	s->nquery = name.n > 0;
	if (name.n > 0)
		s->query[0] = (struct url_pair){ "response-content-disposition", disposition(&text, name, s->object) };
	if (name.n == 0 || s->query[0].value != NULL)
		why = signed_url_prepare(u, s);
	buf_free(&text);
	return why;
}

const char *
object_url_prepare(struct signed_url *u, struct bytes key, const struct google *g, uint32_t expires_s)
{
	struct url_signing s = { .method = "GET", .endpoint = g->storage, .email = g->oauth.email,
		.time_s = oauth_now_s(&g->oauth), .expires_s = expires_s };
	struct bytes name, uri = uri_of(key, &name);

	if (!gs_uri_parse(uri, &s.bucket, &s.object))
		return "it names no object";
	for (;;) {		/* a character of the name may take 20 bytes of the URL */
		const char *why = prepare_named(u, &s, name);
		if (why != NULL || u->url.n <= OBJECT_URL_MAX - SIGNATURE_ROOM)
			return why;
		if (name.n == 0)
			return "its URL would be too long";
		signed_url_free(u);
		name.n /= 2;
	}
}
