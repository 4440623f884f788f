/* router.c - which handler a raw path belongs to.
 * Owns:  the table of routes (routes.tbl.h).
 * Fails: NULL for a path nobody serves; *other_method tells a known one. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gcs_uri.h"
#include "handlers.h"
#include "ledger.h"
#include "router.h"

static const struct route routes[] = {
#define ROUTE(methods, pattern, service, auth, body, handler, stream) \
	{ methods, pattern, service, auth, body, handler, stream },
#include "routes.tbl.h"
};

/* The XML API: any bucket's path, only through a signed URL. */
static const struct route xml_read =
    { "GET HEAD DELETE", "", "storage", AUTH_SIGNED, BODY_NONE, xml_call, NULL };
static const struct route xml_write =
    { "PUT POST", "", "storage", AUTH_SIGNED, BODY_STREAM, xml_call,
      &upload_signed_stream };

const struct route router_nowhere =
    { "", "", "nowhere", AUTH_NONE, BODY_NONE, NULL, NULL };

static const char *virtual_suffixes[] = {
	".storage.googleapis.com", ".storage.localhost",
};
/* First segments that are ours and therefore never a bucket's name. */
static const char reserved[] = "storage upload download token oauth2 v1 v1beta1 "
    "emulator computeMetadata b batch resumable";

static void
args_free(char *args[ROUTE_ARGS])
{
	size_t i;

	for (i = 0; i < ROUTE_ARGS; i++) {
		free(args[i]);
		args[i] = NULL;
	}
}

/* "{n}" or "{n*}" at p: stores the argument, returns what follows the path's part. */
static const char *
take_arg(const char *p, const char *path, char *args[ROUTE_ARGS])
{
	size_t	 i = (size_t)(p[1] - '0');
	size_t	 n = p[2] == '*' ? strlen(path) : strcspn(path, "/");

	if (n == 0)
		return NULL;
	free(args[i]);
	args[i] = percent_decode(path, n, false);
	return args[i] != NULL ? path + n : NULL;
}

static bool
pattern_matches(const char *p, const char *path, char *args[ROUTE_ARGS])
{
	while (*p != '\0') {
		if (*p == '{') {
			if ((path = take_arg(p, path, args)) == NULL)
				return false;
			p = strchr(p, '}') + 1;
		} else if (*p++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

/* The bucket in front of a virtual-hosted Host, or NULL. */
static char *
virtual_bucket(const char *host)
{
	size_t	 n = host ? strcspn(host, ":") : 0, i;
	char	*bucket;

	for (i = 0; i < COUNT(virtual_suffixes); i++) {
		size_t s = strlen(virtual_suffixes[i]);

		if (n <= s || strncasecmp(host + n - s, virtual_suffixes[i], s) != 0)
			continue;
		bucket = xstrndup(host, n - s);
		if (bucket_name_valid(bucket))
			return bucket;
		free(bucket);
	}
	return NULL;
}

static const struct route *
xml_route(const char *method)
{
	if (word_in(xml_read.methods, method))
		return &xml_read;
	return word_in(xml_write.methods, method) ? &xml_write : NULL;
}

/* args: 0 bucket, 1 object (absent for the bucket itself). */
static const struct route *
xml_find(const char *method, const char *path, char *args[ROUTE_ARGS])
{
	const char	*rest = path + 1;
	size_t		 n = strcspn(rest, "/");

	args[0] = percent_decode(rest, n, false);
	if (args[0] == NULL || !bucket_name_valid(args[0]) || word_in(reserved, args[0])) {
		args_free(args);
		return NULL;
	}
	if (rest[n] == '/' && rest[n + 1] != '\0')
		args[1] = percent_decode(rest + n + 1, strlen(rest + n + 1), false);
	return xml_route(method);
}

const struct route *
router_find(const char *method, const char *path, const char *host,
    char *args[ROUTE_ARGS], bool *other_method)
{
	size_t i;

	*other_method = false;
	if (path[0] != '/')
		return NULL;
	if ((args[0] = virtual_bucket(host)) != NULL) {
		args[1] = path[1] ? percent_decode(path + 1, strlen(path + 1), false) : NULL;
		return xml_route(method);
	}
	for (i = 0; i < COUNT(routes); i++) {
		if (pattern_matches(routes[i].pattern, path, args)) {
			if (word_in(routes[i].methods, method))
				return &routes[i];
			*other_method = true;
		}
		args_free(args);
	}
	return *other_method ? NULL : xml_find(method, path, args);
}
