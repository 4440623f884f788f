/* tests/fuzz/fuzz_bodies.c - the reader of request bodies and queries. The first byte of
 * the input chooses the body, its highest bit a query.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/bodies.h"
#include "tests/fuzz/fuzz.h"

/* What the reader says must itself be JSON. */
static void
must_parse(const struct buf *b)
{
	json_t *tree = json_loadb(b->p, b->n, JSON_DECODE_ANY, NULL);

	if (tree == NULL)
		abort();
	json_decref(tree);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct problems problems;
	struct buf b = { 0 };
	const char *why;
	json_t *root;

	if (n == 0)
		return 0;
	enum body id = (enum body)(1 + (data[0] & 0x7f) % (BODY_COUNT - 1));
	bool query = data[0] & 0x80;
	const char *p = (const char *)data + 1;
	if ((query ? query_parse(p, n - 1, &root, &why) : body_parse(p, n - 1, &root, &why)) != 0)
		return 0;
	body_check(id, root, query, &problems);
	if (problems.n > PROBLEMS_MAX || problems_json(&b, &problems) != 0)
		abort();
	must_parse(&b);
	if (problems.n == 0) {
		json_decref(body_echo(id, root, true));
		json_decref(body_echo(id, root, false));
	}
	b.n = 0;
	if (json_text_add(&b, p, n - 1) == 0 && utf8_valid(p, n - 1))
		must_parse(&b);
	buf_free(&b);
	json_decref(root);
	return 0;
}
