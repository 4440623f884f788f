/* actors/front/head.c - see head.h.
 * Owns: nothing. Fails: into a request that is refused.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <dlfcn.h>
#include <string.h>
#include <strings.h>

#include "actors/front/head.h"

enum { EMPTY_LINES = 4, VERSION_BYTES = 9 };		/* " HTTP/1.x" */
enum { LENGTH_DIGITS = 15 };

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
head_token_ok(struct bytes s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && memchr("!#$%&'*+-.^_`|~", s.p[i], 15) == NULL)
			return false;
	return s.n > 0;
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

/* What no part of a target can hold; bytes over 0x7f some clients send as they are. */
static bool
target_chars_ok(struct bytes s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f || s.p[i] == '#')
			return false;
	return true;
}

bool
head_target(struct bytes *target, struct bytes *authority)
{
	size_t from = target->n > 7 && strncasecmp(target->p, "http://", 7) == 0 ? 7 :
	    target->n > 8 && strncasecmp(target->p, "https://", 8) == 0 ? 8 : 0, to = from;

	if (authority != NULL)
		*authority = (struct bytes){ "", 0 };
	if (!target_chars_ok(*target))
		return false;
	if (from == 0)
		return bytes_eq(*target, "*") || (target->n > 0 && target->p[0] == '/');
	while (to < target->n && target->p[to] != '/' && target->p[to] != '?')
		to++;
	if (to == from || !head_host_ok(bytes_of(target->p + from, to - from)))
		return false;
	if (authority != NULL)
		*authority = bytes_of(target->p + from, to - from);
	*target = to < target->n && target->p[to] == '/' ? bytes_of(target->p + to, target->n - to) : BYTES("/");
	return true;
}

static bool
is(const struct phr_header *h, const char *name)
{
	return h->name_len == strlen(name) && strncasecmp(h->name, name, h->name_len) == 0;
}

static bool
same(struct bytes a, struct bytes b)
{
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* A length as everybody reads it: digits only, and none that makes it octal to some. */
static bool
length_ok(struct bytes s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]))
			return false;
	return s.n > 0 && s.n <= LENGTH_DIGITS && (s.p[0] != '0' || s.n == 1);
}

struct head {
	const char *p;			/* its first line */
	size_t n;			/* with the empty line at its end */
	struct bytes method, target;
	int minor;
	const struct phr_header *fields;
	size_t nfields;
};

static const char *
wrong_fields(const struct head *h)
{
	size_t hosts = 0, lengths = 0;
	struct bytes target = h->target, authority;

	if (!head_target(&target, &authority))
		return "The request target is malformed";
	for (size_t i = 0; i < h->nfields; i++) {
		const struct phr_header *f = &h->fields[i];
		struct bytes value = bytes_of(f->value, f->value_len);
		bool coding = is(f, "transfer-encoding"), length = is(f, "content-length");
		if (is(f, "host") && (hosts++ > 0 || !head_host_ok(value)))
			return hosts > 1 ? "The Host header field is given twice" : "The Host header field is malformed";
		if (is(f, "host") && authority.n > 0 && !same(authority, value))
			return "The target and the Host header field differ";
		if ((length || coding) && lengths++ > 0)
			return "The length of the body is ambiguous";
		if (length && !length_ok(value))
			return "The Content-Length header field is malformed";
		if (coding && (h->minor == 0 || !same(value, BYTES("chunked"))))
			return "The Transfer-Encoding is not chunked";
	}
	return hosts == 0 && h->minor > 0 ? "The Host header field is missing" : NULL;
}

/* What is wrong with a head that the parser took, or NULL. RFC 9112 lets a server be lenient
 * with some of it; we are not, since another in front of us may be lenient in its own way. */
static const char *
wrong(const struct head *h)
{
	if (h->minor > 1)
		return "The version is neither HTTP/1.0 nor HTTP/1.1";
	if (!head_token_ok(h->method))
		return "The method is malformed";
	/* the parser takes LF alone for the end of a line, and tells no CR */
	if (h->p[0] == '\n' || h->target.p[h->target.n + VERSION_BYTES] != '\r' || h->p[h->n - 2] != '\r')
		return "A line does not end with CRLF";
	for (size_t i = 0; i < h->nfields; i++) {
		if (h->fields[i].name == NULL)
			return "A header field is folded";
		if (h->fields[i].value[h->fields[i].value_len] != '\r')
			return "A line does not end with CRLF";
	}
	return wrong_fields(h);
}

/* h2o lowers the names of header fields where they are. */
static char refused_name[] = HEAD_REFUSED;

int
phr_parse_request(const char *buf, size_t n, const char **method, size_t *method_n, const char **path,
    size_t *path_n, int *minor, struct phr_header *headers, size_t *nheaders, size_t seen)
{
	size_t most = *nheaders, skip = 0;
	const char *why = NULL;

	while (skip < EMPTY_LINES && skip + 1 < n && buf[skip] == '\r' && buf[skip + 1] == '\n')
		skip += 2;
	int rc = parser(buf + skip, n - skip, method, method_n, path, path_n, minor, headers, nheaders,
	    seen > skip ? seen - skip : 0);
	if (rc >= 0)
		why = wrong(&(struct head){ buf + skip, (size_t)rc, bytes_of(*method, *method_n), bytes_of(*path, *path_n),
			*minor, headers, *nheaders });
	else if (rc == -2 && n >= HEAD_BYTES_MAX)
		why = memchr(buf + skip, '\n', n - skip) == NULL ? "414" : "431";
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
