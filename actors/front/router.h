/* actors/front/router.h - which endpoint a method and a path name. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_ROUTER_H
#define STUDIOD_FRONT_ROUTER_H

#include "actors/front/bodies.h"
#include "actors/front/limits.h"
#include "actors/front/show.h"

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_HEAD, HTTP_OPTIONS, HTTP_COUNT };
enum who { PUBLIC, USER, ADMIN };

enum { PATH_PARAMS_MAX = 3, ENDPOINTS_MAX = 256 };

struct exchange;

struct endpoint {
	enum http_method method;
	const char *path;
	enum who who;
	enum body body, query;		/* BODY_none: no body is taken; any query is let pass */
	enum limit limit;
	int status;			/* of success */
	enum answer answer;		/* its body then */
	const char *errors;		/* statuses beyond those that its other columns mean: "404 409" */
	void (*on)(struct exchange *);
	unsigned msg;			/* what on_ask sends; MSG_none where the handler is another */
	const char *handler;		/* its name: of the message, where on_ask sends one */
	const char *summary;
};

/* What stands in a path for its :names. */
struct path_params {
	size_t n;
	struct path_param { struct bytes name, value; } v[PATH_PARAMS_MAX];
};

extern const struct endpoint endpoints[];
extern const size_t endpoint_count;

/* HTTP_COUNT for one we do not know. */
enum http_method method_of(const char *p, size_t n);

/* The endpoint, HEAD meaning GET, and what its path's :names stand for. NULL where there is
 * none: then *allowed holds 1 << HTTP_ bits of what the path does answer, 0 for an unknown
 * path. *allowed is set either way. */
const struct endpoint *router_find(enum http_method method, const char *path, size_t n, struct path_params *params, unsigned *allowed);

/* "GET, HEAD, OPTIONS" for such bits; out holds 64 bytes. */
const char *router_methods(unsigned allowed, char out[64]);

#endif
