/* gcs_uri.c - gs://bucket/object, taken apart.
 * Owns:  nothing; the parts are copies of fixed size.
 * Fails: -1 for anything a bucket or an object could not be called. */
#include <stdio.h>
#include <string.h>

#include "gcs_uri.h"
#include "util.h"

bool
bucket_name_valid(const char *s)
{
	size_t n = strlen(s);

	return n >= 3 && n <= 222 && s[0] != '-' && s[0] != '.' &&
	    s[n - 1] != '-' && s[n - 1] != '.' &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == n;
}

bool
object_name_valid(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n <= 1024 && strcmp(s, ".") != 0 && strcmp(s, "..") != 0 &&
	    strcspn(s, "\r\n") == n && utf8_valid(s, n);
}

int
gcs_uri_parse(const char *s, bool needs_object, struct gcs_uri *u)
{
	const char	*slash;
	size_t		 n;

	if (strncmp(s, "gs://", 5) != 0)
		return -1;
	s += 5;
	slash = strchr(s, '/');
	n = slash ? (size_t)(slash - s) : strlen(s);
	if (n >= sizeof u->bucket)
		return -1;
	memcpy(u->bucket, s, n);
	u->bucket[n] = '\0';
	if (!bucket_name_valid(u->bucket))
		return -1;
	if (slash == NULL || slash[1] == '\0') {
		u->object[0] = '\0';
		return needs_object ? -1 : 0;
	}
	/* 64 bytes stay free for what the service appends to a prefix */
	if (strlen(slash + 1) > (needs_object ? 1024u : 960u) ||
	    !object_name_valid(slash + 1))
		return -1;
	snprintf(u->object, sizeof u->object, "%s", slash + 1);
	return 0;
}
