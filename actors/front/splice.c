/* actors/front/splice.c - see splice.h.
 * Licence: Apache-2.0. */
#include "actors/front/bodies.h"
#include "actors/front/splice.h"

static const char mark[] = "\"resultUrl\":\"gs://";
enum { MARK = sizeof mark - 1, KEEP = sizeof "\"resultUrl\":" - 1 };

size_t
splice_count(struct bytes json)
{
	const char *p = json.p, *end = json.p + json.n;
	size_t n = 0;

	while (p < end && (p = memmem(p, (size_t)(end - p), mark, MARK)) != NULL) {
		p += MARK;
		n++;
	}
	return n;
}

int
splice_urls(struct buf *out, struct bytes json, const struct bytes_list *urls)
{
	const char *from = json.p, *end = json.p + json.n, *p = from;

	for (uint32_t i = 0; i < urls->n; i++) {
		p = p < end ? memmem(p, (size_t)(end - p), mark, MARK) : NULL;
		if (p == NULL)
			return -1;
		p += KEEP;
		if (buf_add(out, from, (size_t)(p - from)) != 0 || json_text_add(out, urls->v[i].p, urls->v[i].n) != 0)
			return -1;
		for (p++; p < end && *p != '"'; p++)
			if (*p == '\\')
				p++;
		if (p >= end)
			return -1;
		from = ++p;
	}
	if (p < end && memmem(p, (size_t)(end - p), mark, MARK) != NULL)
		return -1;
	return buf_add(out, from, (size_t)(end - from));
}
