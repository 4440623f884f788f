/* actors/db/grants.c - see grants.h.
 * Licence: Apache-2.0. */
#include "actors/common/seal.h"
#include "actors/db/grants.h"

static int
hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

/* One escape; p stands behind the backslash. The bytes that it takes, 0 for one that
 * PostgreSQL does not write: it escapes quotes, backslashes and control characters. */
static size_t
unescape(const char *p, const char *end, char *out)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (p >= end)
		return 0;
	if (*p == 'u') {
		int v = hex4(p + 1, end);
		*out = (char)v;
		return v > 0 && v < 0x80 ? 5 : 0;
	}
	if ((at = memchr(names, *p, sizeof names - 1)) == NULL)
		return 0;
	*out = means[at - names];
	return 1;
}

int
grants_next(struct bytes json, size_t *at, char *out, size_t cap, size_t *n)
{
	const char *end = json.p + json.n;
	const char *p = *at < json.n ? url_value(json.p + *at, end) : NULL;
	bool named = false, cut = false;

	*n = 0;
	if (p == NULL)
		return 0;
	for (p++; p < end && *p != '"'; p++) {
		char c = *p;
		if (c == '\\') {
			size_t taken = unescape(p + 1, end, &c);
			if (taken == 0)
				return -1;
			p += taken;
		}
		named = named || c == '\n';
		if (*n < cap)
			out[(*n)++] = c;
		else
			cut = cut || !named;
	}
	if (cut)
		*n = sizeof "gs://" - 1;
	*at = (size_t)(p - json.p);
	return p < end ? 1 : -1;
}

int
grants_make(struct bytes json, const struct id *user, uint64_t expires_ms, struct bytes key,
    struct arena *a, struct bytes_list *out)
{
	char uri[GRANT_URI_MAX];
	struct bytes *v = NULL;
	size_t at = 0, n;
	uint32_t count = 0;
	int rc;

	while ((rc = grants_next(json, &at, uri, sizeof uri, &n)) > 0) {
		uint8_t sealed[SEAL_MAX];
		struct grant g = { GRANT_READ, *user, expires_ms, bytes_of(uri, n) };
		size_t len = grant_seal(&g, key, sealed);
		char *copy = len > 0 ? arena_alloc(a, len) : NULL;
		if (v == NULL)
			v = arena_alloc(a, GRANTS_MAX * sizeof *v);
		if (copy == NULL || v == NULL || count == GRANTS_MAX)
			return -E_INTERNAL_ERROR;
		memcpy(copy, sealed, len);
		v[count++] = bytes_of(copy, len);
	}
	*out = (struct bytes_list){ v, count };
	return rc < 0 ? -E_INTERNAL_ERROR : 0;
}

bool
grants_any(struct bytes json)
{
	return url_value(json.p, json.p + json.n) != NULL;
}
