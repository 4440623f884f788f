/* actors/front/pages.c - see pages.h.
 * Owns: the document. Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/front/api.h"
#include "actors/front/coding.h"
#include "actors/front/exchange.h"
#include "actors/front/openapi/openapi.h"

#define ASSET(name) extern const char docs_##name[], docs_##name##_end[], docs_##name##_gz[], docs_##name##_gz_end[];
ASSET(index)
ASSET(start)
ASSET(bundle)
ASSET(style)

enum { DOCUMENT, INDEX, START, BUNDLE, STYLE };

/* The library's files change with a release; the others are asked for each time. */
#define AGAIN "no-cache"
#define HOUR "public, max-age=3600"

static struct page pages[] = {
	[DOCUMENT] = { .path = "/api/openapi.json", .type = "application/json; charset=utf-8", .cache = AGAIN },
	[INDEX] = { .path = "/api/docs", .type = "text/html; charset=utf-8", .cache = AGAIN },
	[START] = { .path = "/api/docs/start.js", .type = "text/javascript; charset=utf-8", .cache = AGAIN },
	[BUNDLE] = { .path = "/api/docs/swagger-ui-bundle.js", .type = "text/javascript; charset=utf-8", .cache = HOUR },
	[STYLE] = { .path = "/api/docs/swagger-ui.css", .type = "text/css; charset=utf-8", .cache = HOUR },
};

static int
document(struct page *p)
{
	json_t *tree = openapi_document();
	char *text = tree != NULL ? json_dumps(tree, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

	json_decref(tree);
	if (text == NULL)
		return -1;
	p->plain = bytes_str(text);
	p->gzip = coding_encode(NULL, "gzip", p->plain);
	p->br = coding_encode(NULL, "br", p->plain);
	return p->gzip.n > 0 && p->br.n > 0 ? 0 : -1;
}

int
pages_init(void)
{
#define TAKE(page, name) \
	pages[page].plain = bytes_of(docs_##name, (size_t)(docs_##name##_end - docs_##name)); \
	pages[page].gzip = bytes_of(docs_##name##_gz, (size_t)(docs_##name##_gz_end - docs_##name##_gz))
	TAKE(INDEX, index);
	TAKE(START, start);
	TAKE(BUNDLE, bundle);
	TAKE(STYLE, style);
	return document(&pages[DOCUMENT]);
}

/* Only when it is asked for: two megabytes that nobody reads need not be in memory. */
static void
tag(struct page *p)
{
	static const uint64_t key[2] = { 0x7061676573, 1 };	/* no secret */

	if (p->tag[0] == '\0')
		snprintf(p->tag, sizeof p->tag, "W/\"%016llx\"", (unsigned long long)siphash(key, p->plain.p, p->plain.n));
}

const struct page *
page_of(const char *path)
{
	for (size_t i = 0; i < COUNT(pages); i++)
		if (strcmp(pages[i].path, path) == 0) {
			tag(&pages[i]);
			return &pages[i];
		}
	return NULL;
}

void
on_page(struct exchange *x)
{
	answer_page(x, page_of(x->endpoint->path));
}
