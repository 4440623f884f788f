/* tests/fuzz/fuzz_logline.c - a line that a process wrote, however broken: the supervisor
 * takes it apart and writes one line of JSON and one of text, without control characters.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "supervisor/logline.h"
#include "tests/fuzz/fuzz.h"

static void
must_be_one_clean_line(const struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (((unsigned char)b->p[i] < ' ' && b->p[i] != '\t' && i + 1 < b->n) || (unsigned char)b->p[i] == 0x7f)
			abort();
	if (b->n == 0 || b->p[b->n - 1] != '\n' || !utf8_valid(b->p, b->n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct logorigin origin = { 1795454183012, "front", 1, 4711 };
	struct logline l;
	struct buf json = { 0 }, text = { 0 };

	logline_parse(&l, (const char *)data, n);
	logline_json(&json, &l, &origin, "project");
	logline_text(&text, &l, &origin, false);
	must_be_one_clean_line(&json);
	must_be_one_clean_line(&text);
	buf_free(&json);
	buf_free(&text);
	return 0;
}
