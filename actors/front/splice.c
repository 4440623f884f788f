/* actors/front/splice.c - see splice.h.
 * Licence: Apache-2.0. */
#include "actors/front/bodies.h"
#include "actors/front/splice.h"

/* The next such URI from p on, with its quotes; false where there is none. One that does
 * not end reaches to the end, with *whole false. */
static bool
next_uri(const char *p, const char *end, struct bytes *uri, bool *whole)
{
	const char *from = p = url_value(p, end);

	if (p == NULL)
		return false;
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	*whole = p < end;
	*uri = bytes_of(from, (size_t)((*whole ? p + 1 : end) - from));
	return true;
}

size_t
splice_count(struct bytes json)
{
	const char *p = json.p, *end = json.p + json.n;
	struct bytes uri;
	bool whole;
	size_t n = 0;

	for (; next_uri(p, end, &uri, &whole); p = uri.p + uri.n)
		n++;
	return n;
}

int
splice_urls(struct buf *out, struct bytes json, const struct bytes_list *urls)
{
	const char *p = json.p, *end = json.p + json.n;
	struct bytes uri;
	bool whole;

	for (uint32_t i = 0; i < urls->n; i++) {
		if (!next_uri(p, end, &uri, &whole) || !whole || buf_add(out, p, (size_t)(uri.p - p)) != 0)
			return -1;
		if ((urls->v[i].n > 0 ? json_text_add(out, urls->v[i].p, urls->v[i].n) : buf_add(out, "null", 4)) != 0)
			return -1;
		p = uri.p + uri.n;
	}
	return next_uri(p, end, &uri, &whole) ? -1 : buf_add(out, p, (size_t)(end - p));
}
