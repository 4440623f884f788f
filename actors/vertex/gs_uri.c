/* actors/vertex/gs_uri.c - see gs_uri.h.
 * Owns: nothing. Fails: false for what is no name of an object.
 * Licence: Apache-2.0. */
#include "actors/vertex/gs_uri.h"

bool
gs_uri_parse(struct bytes uri, struct bytes *bucket, struct bytes *object)
{
	const char *slash;

	if (uri.n < 8 || uri.n >= GS_URI_MAX || memcmp(uri.p, "gs://", 5) != 0)
		return false;
	slash = memchr(uri.p + 5, '/', uri.n - 5);
	if (slash == NULL)
		return false;
	*bucket = bytes_of(uri.p + 5, (size_t)(slash - uri.p - 5));
	*object = bytes_of(slash + 1, (size_t)(uri.p + uri.n - slash - 1));
	if (bucket->n < 3 || bucket->n > 222 || object->n < 1 || object->n > 1024)
		return false;
	for (uint32_t i = 0; i < bucket->n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", bucket->p[i]) == NULL || bucket->p[i] == '\0')
			return false;
	return memchr(object->p, '\n', object->n) == NULL && memchr(object->p, '\r', object->n) == NULL &&
	    utf8_valid(object->p, object->n);
}

bool
gs_uri_below(const char *uri, const char *prefix, size_t n)
{
	if (n == 0 || prefix[n - 1] != '/' || strncmp(uri, prefix, n) != 0 || uri[n] == '\0')
		return false;
	/* Storage takes dots as they are, but whoever follows a URL does not */
	for (const char *step = uri + n; step != NULL; step = strchr(step, '/')) {
		step += *step == '/';
		size_t k = strcspn(step, "/");
		if ((k == 1 && step[0] == '.') || (k == 2 && step[0] == '.' && step[1] == '.'))
			return false;
	}
	return true;
}
