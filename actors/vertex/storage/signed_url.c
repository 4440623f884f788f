/* actors/vertex/storage/signed_url.c - see signed_url.h.
 *
 * Owns: nothing. Fails: with a sentence, and the texts may hold a beginning.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "actors/vertex/storage/canonical.h"
#include "actors/vertex/encode.h"
#include "actors/vertex/storage/signed_url.h"

static const char no_memory[] = "memory is out";
static const char wrong_host[] = "the host must be NAME[:PORT]";

enum { BUCKET_MAX = 222, OBJECT_MAX = 1024 };
_Static_assert(SIGNED_URL_PAIRS + 8 <= CANONICAL_LINES_MAX, "host, and what X-Goog-* adds");

struct parts {
	struct canonical headers, query;
	struct buf names, host, path;
	char date[17], scope[64];
};

static void
parts_free(struct parts *p)
{
	canonical_free(&p->headers);
	canonical_free(&p->query);
	buf_free(&p->names);
	buf_free(&p->host);
	buf_free(&p->path);
}

/* ---- what may be asked for ---- */

static const char *
method_check(const char *method)
{
	static const char *const methods[] = { "GET", "HEAD", "PUT", "POST", "DELETE" };

	for (size_t i = 0; i < COUNT(methods); i++)
		if (strcmp(methods[i], method) == 0)
			return NULL;
	return "the method must be GET, HEAD, PUT, POST or DELETE";
}

static bool
only(struct bytes s, const char *allowed)
{
	for (uint32_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || strchr(allowed, s.p[i]) == NULL)
			return false;
	return true;
}

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const char *
names_check(const struct url_signing *s)
{
	struct bytes object = s->object;

	if (s->bucket.n == 0 || s->bucket.n > BUCKET_MAX || !only(s->bucket, ALNUM "._-"))
		return "the bucket must be 1 to 222 letters, digits, dots, dashes and underscores";
	if (object.n > OBJECT_MAX || (object.n > 0 && !utf8_valid(object.p, object.n)))
		return "the object's name is over 1024 bytes, or not UTF-8";
	if (object.n > 0 && (memchr(object.p, '\r', object.n) != NULL || memchr(object.p, '\n', object.n) != NULL ||
	    memchr(object.p, '\0', object.n) != NULL))
		return "the object's name has the end of a line in it";
	if (s->email[0] == '\0' || strlen(s->email) > 255 || !only(bytes_str(s->email), ALNUM ".-_@+%:"))
		return "the account that signs has no usable name";
	return NULL;
}

/* name, 127.0.0.1 or [::1], with a port or without; *n: the host alone, as it is signed. */
static const char *
host_check(const char *host, bool named, size_t *n)
{
	size_t k = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	const char *port = strlen(host) < k ? "" : host + k;
	bool ok = host[0] == '[' ? k > 3 && only(bytes_of(host + 1, k - 2), "0123456789abcdefABCDEF:.") && host[k - 1] == ']'
	    : k > 0 && k < 254 && only(bytes_of(host, k), ALNUM ".-_") && host[0] != '.' && host[0] != '-';

	*n = k;
	if (!ok)
		return wrong_host;
	if (port[0] != '\0' && (port[0] != ':' || port[1] == '\0' || strlen(port) > 6 || !only(bytes_str(port + 1), "0123456789") ||
	    atoi(port + 1) < 1 || atoi(port + 1) > 65535))
		return "the port must be 1 to 65535";
	if (named && (host[0] == '[' || strspn(host, "0123456789.") == k))
		return "in the virtual style the host must be a name: the bucket becomes a part of it";
	return NULL;
}

/* ---- the parts ---- */

static const char *
parts_time(struct parts *p, const struct url_signing *s)
{
	time_t t = (time_t)s->time_s;
	struct tm tm;
	char day[9];

	if (s->expires_s == 0 || s->expires_s > SIGNED_URL_SECONDS_MAX)
		return "a signed URL lives 1 to 604800 seconds";
	if (s->time_s > 253402300799u || gmtime_r(&t, &tm) == NULL)
		return "the time lies behind the year 9999";
	strftime(p->date, sizeof p->date, "%Y%m%dT%H%M%SZ", &tm);
	strftime(day, sizeof day, "%Y%m%d", &tm);
	snprintf(p->scope, sizeof p->scope, "%s/auto/storage/goog4_request", day);
	return NULL;
}

/* Appends scheme://host[:port] to the URL. */
static const char *
parts_host(struct parts *p, const struct url_signing *s, struct buf *url)
{
	bool tls = strncmp(s->endpoint, "https://", 8) == 0;
	const char *host = s->endpoint + (tls ? 8 : 7), *why;
	size_t n;
	int rc = 0;

	if (!tls && strncmp(s->endpoint, "http://", 7) != 0)
		return "the scheme must be http or https";
	why = host_check(host, s->style == URL_VIRTUAL, &n);
	if (why != NULL)
		return why;
	if (s->style == URL_VIRTUAL)
		rc |= buf_add(&p->host, s->bucket.p, s->bucket.n) | buf_str(&p->host, ".");
	rc |= buf_printf(url, "%s://", tls ? "https" : "http") | buf_add(url, p->host.p, p->host.n) | buf_str(url, host);
	rc |= buf_add(&p->host, host, n);		/* without its port */
	return rc != 0 || buf_text(&p->host) == NULL ? no_memory : NULL;
}

static const char *
parts_path(struct parts *p, const struct url_signing *s)
{
	bool bucket = s->style == URL_PATH;
	int rc = 0;

	if (bucket)
		rc |= buf_str(&p->path, "/") | percent_encode(&p->path, s->bucket.p, s->bucket.n, false);
	if (!bucket || s->object.n > 0)
		rc |= buf_str(&p->path, "/") | percent_encode(&p->path, s->object.p, s->object.n, true);
	return rc != 0 ? no_memory : NULL;
}

static const char *
parts_headers(struct parts *p, const struct url_signing *s)
{
	const char *why = canonical_header(&p->headers, "host", p->host.p), *payload;

	for (size_t i = 0; i < s->nheaders && why == NULL; i++)
		why = strcasecmp(s->headers[i].name, "host") == 0 ? "the header host is signed anyway: it follows from the host"
		    : canonical_header(&p->headers, s->headers[i].name, s->headers[i].value);
	if (why != NULL)
		return why;
	canonical_fold(&p->headers);
	payload = canonical_value(&p->headers, "x-goog-content-sha256");
	if (payload != NULL && (payload[0] == '\0' || !only(bytes_str(payload), "0123456789abcdefABCDEF")))
		return "the header X-Goog-Content-SHA256 must be hexadecimal";
	return canonical_join_names(&p->names, &p->headers) != 0 || buf_text(&p->names) == NULL ? no_memory : NULL;
}

static bool
is_reserved(const char *name)
{
	static const char *const ours[] = { "X-Goog-Algorithm", "X-Goog-Credential", "X-Goog-Date", "X-Goog-Expires",
		"X-Goog-SignedHeaders", "X-Goog-Signature" };

	for (size_t i = 0; i < COUNT(ours); i++)
		if (strcasecmp(ours[i], name) == 0)
			return true;
	return false;
}

static const char *
parts_query(struct parts *p, const struct url_signing *s)
{
	char expires[16], credential[384];
	const char *why = NULL;

	snprintf(expires, sizeof expires, "%u", (unsigned)s->expires_s);
	snprintf(credential, sizeof credential, "%s/%s", s->email, p->scope);
	const struct url_pair ours[] = { { "X-Goog-Algorithm", "GOOG4-RSA-SHA256" }, { "X-Goog-Credential", credential },
		{ "X-Goog-Date", p->date }, { "X-Goog-Expires", expires }, { "X-Goog-SignedHeaders", p->names.p } };
	for (size_t i = 0; i < COUNT(ours) && why == NULL; i++)
		why = canonical_query(&p->query, ours[i].name, ours[i].value);
	for (size_t i = 0; i < s->nquery && why == NULL; i++)
		why = is_reserved(s->query[i].name) ? "a query parameter has the name of one that belongs to the signature"
		    : canonical_query(&p->query, s->query[i].name, s->query[i].value);
	return why;
}

/* ---- the texts ---- */

static const char *
texts_write(struct signed_url *u, struct parts *p, const struct url_signing *s)
{
	const char *payload = canonical_value(&p->headers, "x-goog-content-sha256");
	struct buf query = { 0 };
	char hash[65];
	int rc = canonical_join_query(&query, &p->query);

	rc |= buf_add(&u->url, p->path.p, p->path.n) | buf_str(&u->url, "?") | buf_add(&u->url, query.p, query.n);
	rc |= buf_printf(&u->canonical, "%s\n", s->method) | buf_add(&u->canonical, p->path.p, p->path.n);
	rc |= buf_str(&u->canonical, "\n") | buf_add(&u->canonical, query.p, query.n) | buf_str(&u->canonical, "\n");
	rc |= canonical_join_headers(&u->canonical, &p->headers) | buf_str(&u->canonical, "\n");
	rc |= buf_add(&u->canonical, p->names.p, p->names.n);
	rc |= buf_printf(&u->canonical, "\n%s", payload != NULL ? payload : "UNSIGNED-PAYLOAD");
	buf_free(&query);
	if (rc != 0)
		return no_memory;
	if (u->url.n > SIGNED_URL_MAX - 2 * SIGNATURE_MAX - 32)
		return "the URL would be over 16384 bytes";
	sha256_hex(u->canonical.p, u->canonical.n, hash);
	rc = buf_printf(&u->to_sign, "GOOG4-RSA-SHA256\n%s\n%s\n%s", p->date, p->scope, hash);
	return rc != 0 ? no_memory : NULL;
}

const char *
signed_url_prepare(struct signed_url *u, const struct url_signing *s)
{
	struct parts p = { 0 };
	const char *why = method_check(s->method);

	if (why == NULL)
		why = names_check(s);
	if (why == NULL)
		why = parts_time(&p, s);
	if (why == NULL)
		why = parts_host(&p, s, &u->url);
	if (why == NULL)
		why = parts_path(&p, s);
	if (why == NULL)
		why = parts_headers(&p, s);
	if (why == NULL)
		why = parts_query(&p, s);
	if (why == NULL)
		why = texts_write(u, &p, s);
	parts_free(&p);
	return why;
}

const char *
signed_url_finish(struct signed_url *u, const uint8_t *signature, size_t n)
{
	char hex[2 * SIGNATURE_MAX + 1];

	if (n == 0 || n > SIGNATURE_MAX)
		return NULL;
	hex_lower(hex, signature, n);
	return buf_printf(&u->url, "&X-Goog-Signature=%s", hex) == 0 ? buf_text(&u->url) : NULL;
}

const char *
signed_url_make(struct signed_url *u, const struct url_signing *s, const struct signer *key)
{
	uint8_t signature[SIGNATURE_MAX];
	const char *why = signed_url_prepare(u, s);

	if (why != NULL)
		return why;
	size_t n = signer_sign(key, u->to_sign.p, u->to_sign.n, signature);
	return signed_url_finish(u, signature, n) != NULL ? NULL : "the key did not sign";
}

void
signed_url_free(struct signed_url *u)
{
	buf_free(&u->url);
	buf_free(&u->canonical);
	buf_free(&u->to_sign);
}
