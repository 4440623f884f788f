/* object_resource.c - what the store says of an object: made, changed, compared.
 * Owns:  nothing.
 * Fails: OBJ_CONDITION where a precondition does not hold. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects_internal.h"
#include "util.h"

uint64_t
object_size(const json_t *j)
{
	const char *s = json_text(j, "size");

	return s ? strtoull(s, NULL, 10) : 0;
}

static int64_t
number_in(const json_t *j, const char *key)
{
	const char *s = json_text(j, key);

	return s ? strtoll(s, NULL, 10) : 0;	/* 0: the object does not exist */
}

int
conditions_hold(const struct conditions *c, const json_t *j)
{
	int64_t gen = number_in(j, "generation"), meta = number_in(j, "metageneration");

	if (c == NULL)
		return 0;
	return (c->has_match && gen != c->match) ||
	    (c->has_not_match && gen == c->not_match) ||
	    (c->has_meta_match && meta != c->meta_match) ||
	    (c->has_meta_not_match && meta == c->meta_not_match) ? OBJ_CONDITION : 0;
}

static const char *attr_names[] = {
	"contentType", "cacheControl", "contentDisposition", "contentEncoding",
	"contentLanguage",
};

static void
attrs_merge(json_t *j, const json_t *attrs)
{
	const json_t	*meta = json_object_get(attrs, "metadata");
	size_t		 i;

	for (i = 0; i < COUNT(attr_names); i++)
		if (json_text(attrs, attr_names[i]) != NULL)
			json_object_set_new(j, attr_names[i],
			    json_string(json_text(attrs, attr_names[i])));
	if (json_is_object(meta) && json_object_size(meta) > 0)
		json_object_set_new(j, "metadata", json_deep_copy(meta));
}

static void
set_format(json_t *j, const char *key, const char *fmt, ...)
{
	va_list	 ap;
	char	*s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) >= 0)
		json_object_set_new(j, key, json_string(s));
	va_end(ap);
	free(s);
}

/* The etag, as Google makes it: the proto of generation and metageneration. */
static void
etag_set(json_t *j, int64_t generation, int64_t metageneration)
{
	unsigned char	 b[24];
	size_t		 n = 0;
	uint64_t	 v = (uint64_t)generation;
	char		*text;

	b[n++] = 0x08;
	for (; v >= 0x80; v >>= 7)
		b[n++] = (unsigned char)(v | 0x80);
	b[n++] = (unsigned char)v;
	b[n++] = 0x10;
	b[n++] = (unsigned char)(metageneration & 0x7f);
	text = base64_encode(b, n, NULL);
	json_object_set_new(j, "etag", json_string(text));
	free(text);
}

json_t *
object_resource_make(const struct object_writer *w, const char *bucket, const char *name,
    const json_t *attrs, int64_t generation)
{
	static const char *times[] = {
		"timeCreated", "updated", "timeStorageClassUpdated", "timeFinalized",
	};
	unsigned char	 md5[16], crc[4];
	unsigned int	 len = sizeof md5;
	char		 when[32];
	json_t		*j = json_object();
	size_t		 i;

	memset(md5, 0, sizeof md5);
	EVP_DigestFinal_ex(w->md5, md5, &len);
	for (i = 0; i < 4; i++)
		crc[i] = (unsigned char)(w->crc >> (24 - 8 * i));
	json_object_set_new(j, "kind", json_string("storage#object"));
	json_object_set_new(j, "name", json_string(name));
	json_object_set_new(j, "bucket", json_string(bucket));
	set_format(j, "id", "%s/%s/%" PRId64, bucket, name, generation);
	set_format(j, "generation", "%" PRId64, generation);
	json_object_set_new(j, "metageneration", json_string("1"));
	attrs_merge(j, attrs);
	json_object_set_new(j, "storageClass", json_string("STANDARD"));
	set_format(j, "size", "%" PRIu64, w->size);
	json_object_set_new(j, "md5Hash", json_bytes(md5, sizeof md5));
	json_object_set_new(j, "crc32c", json_bytes(crc, sizeof crc));
	etag_set(j, generation, 1);
	clock_rfc3339(clock_ms(), when);
	for (i = 0; i < COUNT(times); i++)
		json_object_set_new(j, times[i], json_string(when));
	set_format(j, "_data", "%s.%" PRId64 ".data", w->tmp, generation);
	return j;
}

json_t *
object_resource_public(json_t *j)
{
	json_t *copy = json_copy(j);

	json_object_del(copy, "_data");
	return copy;
}

void
object_resource_change(json_t *j, const json_t *attrs)
{
	int64_t	next = number_in(j, "metageneration") + 1;
	char	when[32];

	attrs_merge(j, attrs);
	set_format(j, "metageneration", "%" PRId64, next);
	etag_set(j, number_in(j, "generation"), next);
	clock_rfc3339(clock_ms(), when);
	json_object_set_new(j, "updated", json_string(when));
}
