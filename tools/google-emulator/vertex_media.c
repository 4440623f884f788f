/* vertex_media.c - media that requests bring or name, and media that go into a bucket.
 * Owns:  nothing.
 * Fails: by leaving a google.rpc.Status in the request. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "media.h"
#include "objects.h"
#include "vertex.h"

const struct field vertex_image_fields[] = {
	{ .name = "bytesBase64Encoded", .kind = F_BYTES },
	{ .name = "gcsUri", .kind = F_GCS_URI },
	{ .name = "mimeType", .kind = F_WORD, .choices = "image/png image/jpeg" },
	{ 0 }
};

int
vertex_bytes(struct request *r, const json_t *bytes, const char *uri, const char *where,
    size_t limit, unsigned char **out, size_t *len)
{
	unsigned char	*b;
	size_t		 n;
	struct gcs_uri	 u;

	if (uri == NULL) {
		if (base64_decode(json_string_value(bytes), json_string_length(bytes), &b,
		    &n) < 0)
			return vertex_wrong(r, where, "Base64 decoding failed.");
	} else if (gcs_uri_parse(uri, true, &u) < 0 ||
	    object_read(u.bucket, u.object, limit, &b, &n) < 0) {
		return vertex_wrong(r, where, "the Cloud Storage object could not be read; "
		    "it does not exist or is too large.");
	}
	if (n <= limit) {
		*out = b;
		*len = n;
		return 0;
	}
	free(b);
	return vertex_wrong(r, where, "the file is larger than the limit.");
}

int
vertex_media(struct request *r, const json_t *j, const char *where, size_t limit,
    unsigned char **out, size_t *len)
{
	const json_t	*bytes = json_object_get(j, "bytesBase64Encoded");
	const char	*uri = json_text(j, "gcsUri");

	if ((bytes != NULL) == (uri != NULL))
		return vertex_wrong(r, where, "exactly one of bytesBase64Encoded and gcsUri "
		    "must be set.");
	return vertex_bytes(r, bytes, uri, where, limit, out, len);
}

int
vertex_image(struct request *r, const json_t *j, const char *where, size_t limit,
    unsigned char **out, size_t *len, int *width, int *height)
{
	const char	*said = json_text(j, "mimeType"), *is;
	unsigned char	*b;

	if (vertex_media(r, j, where, limit, &b, len) < 0)
		return -1;
	is = image_probe(b, *len, width, height);
	if (is != NULL && strcmp(is, "image/webp") == 0)
		is = NULL;
	if (is != NULL && *width > 0 && *height > 0 && (said == NULL ||
	    strcasecmp(said, is) == 0)) {
		*out = b;
		return 0;
	}
	free(b);
	return vertex_wrong(r, where, is == NULL ? "Image is neither PNG nor JPEG, or is "
	    "damaged." : "the image is not of the stated mimeType.");
}

char *
vertex_store(const char *prefix, const char *name, const char *mime, const struct blob *b)
{
	struct gcs_uri	 u;
	char		*object, *uri = NULL;
	size_t		 n;

	if (gcs_uri_parse(prefix, false, &u) < 0)
		return NULL;
	n = strlen(u.object);
	object = xasprintf("%s%s%s", u.object, n > 0 && u.object[n - 1] != '/' ? "/" : "", name);
	if (object_put(u.bucket, object, mime, blob_data(b), blob_len(b)) == 0)
		uri = xasprintf("gs://%s/%s", u.bucket, object);
	free(object);
	return uri;
}
