/* signed_url_text.c - what a V4 signature signs: the request, spelled by the rule.
 * Owns:  nothing.
 * Fails: -1 for a query that cannot be decoded, or a signed header that did not come.
 *
 * The path is taken raw. The query is decoded, encoded again by the rule and
 * sorted, so that the order and habits of the sender do not matter but a value
 * signed under another spelling than Google's does. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "signed_url_internal.h"

static int
pair_order(const void *a, const void *b)
{
	const struct pair	*x = a, *y = b;
	int			 rc = strcmp(x->key, y->key);

	return rc ? rc : strcmp(x->value, y->value);
}

static char *
encode_again(const char *s, size_t n)
{
	char		*plain = percent_decode(s, n, false);
	struct buf	 b = { 0 };

	if (plain == NULL)
		return NULL;
	percent_encode(&b, plain, false);
	free(plain);
	return b.data;
}

int
signing_pairs(struct signing *s, const char *query)
{
	const char *at = query;

	for (; *at != '\0'; at += *at == '&') {
		size_t		 n = strcspn(at, "&"), k = strcspn(at, "=&");
		struct pair	*p = &s->pairs[s->n_pairs];

		if (n > 0) {
			if (s->n_pairs == COUNT(s->pairs))
				return -1;
			p->key = encode_again(at, k);
			p->value = k < n ? encode_again(at + k + 1, n - k - 1) : xstrdup("");
			s->n_pairs++;
			if (p->key == NULL || p->value == NULL)
				return -1;
		}
		at += n;
	}
	qsort(s->pairs, s->n_pairs, sizeof *s->pairs, pair_order);
	return 0;
}

/* ---- the canonical request ---- */

/* Bytes that may not stand raw in a path are shown encoded, as Google sees them. */
static void
canonical_path(struct buf *b, const char *path)
{
	char one[2] = "";

	for (; *path != '\0'; path++) {
		if (*path == '%') {
			buf_char(b, '%');
		} else {
			one[0] = *path;
			percent_encode(b, one, true);
		}
	}
}

static void
canonical_query(struct buf *b, const struct signing *s)
{
	const char	*sep = "";
	size_t		 i;

	for (i = 0; i < s->n_pairs; i++) {
		if (strcmp(s->pairs[i].key, "X-Goog-Signature") == 0)
			continue;
		buf_fmt(b, "%s%s=%s", sep, s->pairs[i].key, s->pairs[i].value);
		sep = "&";
	}
}

/* Trimmed, and every run of white space one space. */
static void
canonical_value(struct buf *b, const char *v)
{
	bool gap = false, any = false;

	for (; *v != '\0'; v++) {
		if (*v == ' ' || *v == '\t' || *v == '\r' || *v == '\n') {
			gap = true;
			continue;
		}
		if (gap && any)
			buf_char(b, ' ');
		buf_char(b, *v);
		gap = false;
		any = true;
	}
}

static char *
header_value(struct request *r, const char *name, bool with_port)
{
	char	*v = request_header_joined(r, name);
	char	*colon;

	if (v != NULL && strcasecmp(name, "host") == 0 && !with_port) {
		colon = strrchr(v, ':');
		if (colon != NULL && strchr(colon, ']') == NULL)
			*colon = '\0';
	}
	return v;
}

/* -1: a signed header did not come. */
static int
canonical_headers(struct buf *b, struct request *r, const char *list, bool with_port)
{
	char	*names = xstrdup(list), *save = NULL, *name;
	int	 rc = 0;

	for (name = strtok_r(names, ";", &save); name && rc == 0;
	    name = strtok_r(NULL, ";", &save)) {
		char *v = header_value(r, name, with_port);

		if (v == NULL) {
			rc = -1;
		} else {
			buf_fmt(b, "%s:", name);
			canonical_value(b, v);
			buf_char(b, '\n');
		}
		free(v);
	}
	free(names);
	return rc;
}

static char *
payload_hash(struct request *r, const char *list)
{
	const char *v = strstr(list, "x-goog-content-sha256") ?
	    request_header(r, "x-goog-content-sha256") : NULL;

	return xstrdup(v ? v : "UNSIGNED-PAYLOAD");
}

int
signing_canonical(struct buf *b, struct request *r, const struct signing *s,
    bool with_port)
{
	char	*payload;
	int	 rc;

	buf_fmt(b, "%s\n", r->method);
	canonical_path(b, r->path);
	buf_char(b, '\n');
	canonical_query(b, s);
	buf_char(b, '\n');
	rc = canonical_headers(b, r, s->headers, with_port);
	payload = payload_hash(r, s->headers);
	buf_fmt(b, "\n%s\n%s", s->headers, payload);
	free(payload);
	return rc;
}

void
signing_text(struct buf *b, const struct signing *s, const struct buf *canonical)
{
	unsigned char	d[32];
	char		hex[65];

	sha256(canonical->data, canonical->len, d);
	hex_encode(d, sizeof d, hex);
	buf_fmt(b, "GOOG4-RSA-SHA256\n%s\n%.8s/auto/storage/goog4_request\n%s", s->date,
	    s->date, hex);
}
