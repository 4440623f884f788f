/* actors/front/router.c - see router.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/bind.h"
#include "actors/front/router.h"

#ifdef NO_HANDLERS		/* for who only reads the table */
#define HANDLER(function) NULL
#else
#define HANDLER(function) function
#endif

const struct endpoint endpoints[] = {
#define ROUTE(method, path, who, body, query, limit, status, answer, errors, handler, summary) \
	{ HTTP_##method, path, who, BODY_##body, BODY_##query, LIMIT_##limit, status, ANSWER_##answer, errors, HANDLER(handler), MSG_none, #handler, summary },
#define ASK(method, path, who, body, query, limit, status, answer, errors, message, summary) \
	{ HTTP_##method, path, who, BODY_##body, BODY_##query, LIMIT_##limit, status, ANSWER_##answer, errors, HANDLER(on_ask), MSG_##message, #message, summary },
#define ALIAS(prefix, instead)
#define TAG(prefix, name, prose)
#define READS(handler, field, prose)
#define TELLS(handler, field, prose)
#define REFUSES(handler, answer)
#include "actors/front/routes.tbl.h"
};
const size_t endpoint_count = COUNT(endpoints);

static const struct { const char *prefix, *instead; } aliases[] = {
#define ROUTE(method, path, who, body, query, limit, status, answer, errors, handler, summary)
#define ASK(method, path, who, body, query, limit, status, answer, errors, message, summary)
#define ALIAS(prefix, instead) { prefix, instead },
#define TAG(prefix, name, prose)
#define READS(handler, field, prose)
#define TELLS(handler, field, prose)
#define REFUSES(handler, answer)
#include "actors/front/routes.tbl.h"
};

static const char *const names[HTTP_COUNT] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" };

enum http_method
method_of(const char *p, size_t n)
{
	for (unsigned i = 0; i < HTTP_COUNT; i++)
		if (bytes_eq(bytes_of(p, n), names[i]))
			return (enum http_method)i;
	return HTTP_COUNT;
}

/* Does the path fit the pattern? A segment in it that starts with ':' takes any one. */
static bool
fits(const char *pattern, const char *path, size_t n, struct path_params *params)
{
	const char *end = path + n;

	params->n = 0;
	while (*pattern != '\0') {
		if (*pattern == ':') {
			const char *from = path, *name = pattern + 1;
			while (path < end && *path != '/')
				path++;
			while (*pattern != '\0' && *pattern != '/')
				pattern++;
			if (path == from || params->n == PATH_PARAMS_MAX)
				return false;
			params->v[params->n++] = (struct path_param){ bytes_of(name, (size_t)(pattern - name)),
				bytes_of(from, (size_t)(path - from)) };
		} else if (path == end || *pattern++ != *path++) {
			return false;
		}
	}
	return path == end;
}

const struct endpoint *
router_find(enum http_method method, const char *path, size_t n, struct path_params *params, unsigned *allowed)
{
	enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;
	const struct endpoint *found = NULL;

	*allowed = 0;
	params->n = 0;
	for (size_t i = 0; i < COUNT(aliases); i++) {
		size_t from = strlen(aliases[i].prefix), to = strlen(aliases[i].instead);
		if (n < from || memcmp(path, aliases[i].prefix, from) != 0)
			continue;
		path += from - to;	/* an alias ends like what it stands for */
		n -= from - to;
	}
	if (n > 1 && path[n - 1] == '/')
		n--;
	for (int literal = 1; literal >= 0 && *allowed == 0; literal--) {
		for (size_t i = 0; i < endpoint_count; i++) {
			const struct endpoint *e = &endpoints[i];
			struct path_params here;
			if ((strchr(e->path, ':') == NULL) != literal || !fits(e->path, path, n, &here))
				continue;
			*allowed |= 1u << e->method;
			if (e->method == wanted) {
				found = e;
				*params = here;
			}
		}
	}
	return found;
}

const char *
router_methods(unsigned allowed, char out[64])
{
	size_t n = 0;

	if (allowed & 1u << HTTP_GET)
		allowed |= 1u << HTTP_HEAD;
	allowed |= 1u << HTTP_OPTIONS;
	for (unsigned i = 0; i < HTTP_COUNT; i++)
		if (allowed & 1u << i)
			n += (size_t)snprintf(out + n, 64 - n, "%s%s", n > 0 ? ", " : "", names[i]);
	return out;
}
