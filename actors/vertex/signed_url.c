/* actors/vertex/signed_url.c - see signed_url.h.
 *
 * The canonical query is sorted by encoded name; the headers by lower-case name. Both
 * lists are at most a dozen long: insertion keeps them in order.
 *
 * Owns: nothing. Fails: -1, and `out` may hold a beginning.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/signed_url.h"

struct line {
	struct buf name, value;
};
struct lines {
	struct line v[2 * SIGNED_URL_PAIRS];
	size_t n;
};

static void
lines_free(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_free(&l->v[i].name);
		buf_free(&l->v[i].value);
	}
}

/* Takes both buffers over, keeping the order by name. */
static int
lines_put(struct lines *l, struct buf *name, struct buf *value)
{
	const char *key = buf_text(name);
	size_t at = l->n;

	if (key == NULL || buf_text(value) == NULL || l->n == COUNT(l->v)) {
		buf_free(name);
		buf_free(value);
		return -1;
	}
	while (at > 0 && strcmp(l->v[at - 1].name.p, key) > 0) {
		l->v[at] = l->v[at - 1];
		at--;
	}
	l->v[at].name = *name;
	l->v[at].value = *value;
	l->n++;
	return 0;
}

static int
query_put(struct lines *q, const char *name, const char *value)
{
	struct buf n = { 0 }, v = { 0 };
	int rc = percent_encode(&n, name, strlen(name), false) | percent_encode(&v, value, strlen(value), false);

	return rc | lines_put(q, &n, &v);
}

/* Lower-case name; the value trimmed, runs of blanks made one. */
static int
header_put(struct lines *h, const char *name, const char *value)
{
	struct buf n = { 0 }, v = { 0 };
	int rc = 0;

	for (; *name != '\0'; name++) {
		char c = (char)tolower((unsigned char)*name);
		rc |= buf_add(&n, &c, 1);
	}
	for (bool blank = false; *value != '\0'; value++) {
		if (*value == ' ' || *value == '\t') {
			blank = v.n > 0;
			continue;
		}
		if (blank)
			rc |= buf_add(&v, " ", 1);
		blank = false;
		rc |= buf_add(&v, value, 1);
	}
	return rc | lines_put(h, &n, &v);
}

/* name=value&... or name:value\n... */
static int
lines_join(struct buf *out, const struct lines *l, const char *between, const char *after, bool after_last)
{
	int rc = 0;

	for (size_t i = 0; i < l->n; i++) {
		rc |= buf_add(out, l->v[i].name.p, l->v[i].name.n) | buf_str(out, between);
		rc |= buf_add(out, l->v[i].value.p, l->v[i].value.n);
		if (after_last || i + 1 < l->n)
			rc |= buf_str(out, after);
	}
	return rc;
}

static int
names_join(struct buf *out, const struct lines *l)
{
	int rc = 0;

	for (size_t i = 0; i < l->n; i++)
		rc |= buf_add(out, ";", i > 0) | buf_add(out, l->v[i].name.p, l->v[i].name.n);
	return rc;
}

struct parts {
	struct lines headers, query;
	struct buf names, host, path, canonical, to_sign;
	char date[17], scope[64];
};

static int
parts_host(struct parts *p, const struct url_signing *s, struct buf *origin)
{
	const char *host = strstr(s->endpoint, "://");

	if (host == NULL)
		return -1;
	host += 3;
	int rc = buf_add(origin, s->endpoint, (size_t)(host - s->endpoint));
	if (s->virtual_hosted) {
		rc |= buf_printf(&p->host, "%.*s.", (int)s->bucket.n, s->bucket.p);
		rc |= buf_add(origin, p->host.p, p->host.n);
	}
	rc |= buf_str(origin, host);
	/* signed without its port; an IPv6 literal keeps its brackets */
	const char *end = host + strcspn(host, "/");
	const char *colon = memrchr(host, ':', (size_t)(end - host));
	if (colon != NULL && memchr(colon, ']', (size_t)(end - colon)) == NULL)
		end = colon;
	return rc | buf_add(&p->host, host, (size_t)(end - host));
}

static int
parts_path(struct parts *p, const struct url_signing *s)
{
	int rc = 0;

	if (!s->virtual_hosted)
		rc |= buf_str(&p->path, "/") | percent_encode(&p->path, s->bucket.p, s->bucket.n, false);
	if (s->object.n > 0)
		rc |= buf_str(&p->path, "/") | percent_encode(&p->path, s->object.p, s->object.n, true);
	return rc;
}

static int
parts_query(struct parts *p, const struct url_signing *s)
{
	char expires[16];
	struct buf credential = { 0 };
	int rc = buf_printf(&credential, "%s/%s", s->email, p->scope);

	snprintf(expires, sizeof expires, "%u", (unsigned)s->expires_s);
	if (rc == 0 && buf_text(&credential) != NULL)
		rc = query_put(&p->query, "X-Goog-Credential", credential.p);
	buf_free(&credential);
	rc |= query_put(&p->query, "X-Goog-Algorithm", "GOOG4-RSA-SHA256");
	rc |= query_put(&p->query, "X-Goog-Date", p->date);
	rc |= query_put(&p->query, "X-Goog-Expires", expires);
	rc |= query_put(&p->query, "X-Goog-SignedHeaders", p->names.p);
	for (size_t i = 0; i < s->nquery; i++)
		rc |= query_put(&p->query, s->query[i].name, s->query[i].value);
	return rc;
}

static int
parts_headers(struct parts *p, const struct url_signing *s)
{
	int rc = buf_text(&p->host) == NULL ? -1 : header_put(&p->headers, "host", p->host.p);

	for (size_t i = 0; i < s->nheaders; i++)
		rc |= header_put(&p->headers, s->headers[i].name, s->headers[i].value);
	rc |= names_join(&p->names, &p->headers);
	return buf_text(&p->names) == NULL ? -1 : rc;
}

static const char *
payload_of(const struct parts *p)
{
	for (size_t i = 0; i < p->headers.n; i++)
		if (strcmp(p->headers.v[i].name.p, "x-goog-content-sha256") == 0)
			return p->headers.v[i].value.p;
	return "UNSIGNED-PAYLOAD";
}

static int
parts_texts(struct parts *p, const struct url_signing *s)
{
	char hash[65];
	int rc = buf_printf(&p->canonical, "%s\n", s->method);

	rc |= buf_add(&p->canonical, p->path.p, p->path.n) | buf_str(&p->canonical, "\n");
	rc |= lines_join(&p->canonical, &p->query, "=", "&", false) | buf_str(&p->canonical, "\n");
	rc |= lines_join(&p->canonical, &p->headers, ":", "\n", true) | buf_str(&p->canonical, "\n");
	rc |= buf_add(&p->canonical, p->names.p, p->names.n);
	rc |= buf_printf(&p->canonical, "\n%s", payload_of(p));
	sha256_hex(p->canonical.p, p->canonical.n, hash);
	return rc | buf_printf(&p->to_sign, "GOOG4-RSA-SHA256\n%s\n%s\n%s", p->date, p->scope, hash);
}

static int
parts_time(struct parts *p, const struct url_signing *s)
{
	time_t t = (time_t)s->time_s;
	struct tm tm;
	char day[9];

	if (s->expires_s == 0 || s->expires_s > SIGNED_URL_SECONDS_MAX || gmtime_r(&t, &tm) == NULL)
		return -1;
	strftime(p->date, sizeof p->date, "%Y%m%dT%H%M%SZ", &tm);
	strftime(day, sizeof day, "%Y%m%d", &tm);
	snprintf(p->scope, sizeof p->scope, "%s/auto/storage/goog4_request", day);
	return 0;
}

int
signed_url_make(struct buf *out, const struct url_signing *s, struct buf *canonical, struct buf *to_sign)
{
	struct parts p = { 0 };
	uint8_t signature[SIGNED_URL_SIGNATURE_MAX];
	char hex[2 * SIGNED_URL_SIGNATURE_MAX + 1];
	size_t n = 0;
	int rc = parts_time(&p, s);

	if (rc == 0)
		rc = parts_host(&p, s, out);
	if (rc == 0)
		rc = parts_path(&p, s) | parts_headers(&p, s) | (p.names.p == NULL ? -1 : parts_query(&p, s));
	if (rc == 0)
		rc = parts_texts(&p, s);
	if (rc == 0) {
		n = s->sign(s->arg, p.to_sign.p, p.to_sign.n, signature);
		rc = n > 0 ? 0 : -1;
	}
	if (rc == 0) {
		hex_lower(hex, signature, n);
		rc = buf_add(out, p.path.p, p.path.n) | buf_str(out, "?") | lines_join(out, &p.query, "=", "&", false) |
		    buf_printf(out, "&X-Goog-Signature=%s", hex);
	}
	if (rc == 0 && canonical != NULL)
		rc = buf_add(canonical, p.canonical.p, p.canonical.n);
	if (rc == 0 && to_sign != NULL)
		rc = buf_add(to_sign, p.to_sign.p, p.to_sign.n);
	lines_free(&p.headers);
	lines_free(&p.query);
	buf_free(&p.names);
	buf_free(&p.host);
	buf_free(&p.path);
	buf_free(&p.canonical);
	buf_free(&p.to_sign);
	return rc;
}
