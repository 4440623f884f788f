/* actors/front/head.c - see head.h.
 * Owns: nothing. Fails: into a request that is refused.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <dlfcn.h>
#include <string.h>
#include <strings.h>

#include "actors/front/head.h"

/* A head over the first is over the bound of exchange.c too; h2o itself would hold 400 KiB. */
enum { HEAD_BYTES_MAX = 32 << 10, EMPTY_LINES = 4 };

typedef int parse_fn(const char *, size_t, const char **, size_t *, const char **, size_t *, int *,
    struct phr_header *, size_t *, size_t);
static parse_fn *parser;

int
head_init(void)
{
	*(void **)&parser = dlsym(RTLD_NEXT, "phr_parse_request");
	return parser != NULL ? 0 : -1;
}

bool
head_host_ok(struct bytes host)
{
	bool literal = host.n > 0 && host.p[0] == '[', port = false;
	size_t i = 0;

	if (literal) {		/* [an IPv6 address] */
		for (i = 1; i < host.n && (isxdigit((unsigned char)host.p[i]) || memchr(":.", host.p[i], 2) != NULL); i++)
			;
		if (i < 3 || i == host.n || host.p[i++] != ']' || (i < host.n && host.p[i] != ':'))
			return false;
	}
	for (; i < host.n; i++) {
		unsigned char c = (unsigned char)host.p[i];
		if (c == ':' && !port)
			port = true;
		else if (port ? !isdigit(c) : !isalnum(c) && memchr("-._~%!$&'()*+,;=", c, 16) == NULL)
			return false;
	}
	return true;
}

bool
head_target(struct bytes *target)
{
	size_t from = target->n > 7 && strncasecmp(target->p, "http://", 7) == 0 ? 7 :
	    target->n > 8 && strncasecmp(target->p, "https://", 8) == 0 ? 8 : 0, to = from;

	if (from == 0)
		return true;
	while (to < target->n && target->p[to] != '/' && target->p[to] != '?')
		to++;
	if (to == from || !head_host_ok(bytes_of(target->p + from, to - from)))
		return false;
	*target = to < target->n && target->p[to] == '/' ? bytes_of(target->p + to, target->n - to) : BYTES("/");
	return true;
}

static bool
is(const struct phr_header *h, const char *name)
{
	return h->name_len == strlen(name) && strncasecmp(h->name, name, h->name_len) == 0;
}

/* What is wrong with a head that the parser took, or NULL. */
static const char *
wrong(const struct phr_header *headers, size_t n)
{
	size_t hosts = 0, lengths = 0;

	for (size_t i = 0; i < n; i++) {
		const struct phr_header *h = &headers[i];
		if (h->name == NULL)
			return "A header field is folded";
		if (is(h, "host") && (hosts++ > 0 || !head_host_ok(bytes_of(h->value, h->value_len))))
			return hosts > 1 ? "The Host header field is given twice" : "The Host header field is malformed";
		if ((is(h, "content-length") || is(h, "transfer-encoding")) && lengths++ > 0)
			return "The length of the body is ambiguous";
	}
	return NULL;
}

/* h2o lowers the names of header fields where they are. */
static char refused_name[] = HEAD_REFUSED;

int
phr_parse_request(const char *buf, size_t n, const char **method, size_t *method_n, const char **path,
    size_t *path_n, int *minor, struct phr_header *headers, size_t *nheaders, size_t seen)
{
	size_t most = *nheaders, skip = 0;
	const char *why = NULL;

	while (skip < EMPTY_LINES && skip < n && (buf[skip] == '\r' || buf[skip] == '\n'))
		skip++;
	int rc = parser(buf + skip, n - skip, method, method_n, path, path_n, minor, headers, nheaders,
	    seen > skip ? seen - skip : 0);
	if (rc >= 0)
		why = wrong(headers, *nheaders);
	else if (rc == -2 && n >= HEAD_BYTES_MAX)
		why = "431";
	else if (rc == -1)
		why = *nheaders == most ? "431" : "The request is malformed";
	if (why == NULL)
		return rc < 0 ? rc : rc + (int)skip;
	if (*method == NULL || *method_n == 0 || *path == NULL || *path_n == 0) {
		*method = "GET";
		*method_n = 3;
		*path = "/";
		*path_n = 1;
	}
	*minor = 1;
	*nheaders = 1;
	headers[0] = (struct phr_header){ refused_name, sizeof refused_name - 1, why, strlen(why) };
	return (int)n;		/* all of it: the connection ends with the answer */
}
