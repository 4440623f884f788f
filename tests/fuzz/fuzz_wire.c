/* tests/fuzz/fuzz_wire.c - readings of targets and header fields, and the splicing of URLs.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <string.h>

#include "actors/front/chunks.h"
#include "actors/front/fields.h"
#include "actors/front/head.h"
#include "actors/front/splice.h"
#include "actors/front/wire.h"
#include "tests/fuzz/fuzz.h"

/* However it is cut, a body is the same. */
static void
chunked(const uint8_t *data, size_t n)
{
	struct chunks whole = { 0 }, cut = { 0 };
	char *a = malloc(n + 1), *b = malloc(n + 1);
	size_t na = n, held = 0, at = 0;
	ssize_t rc_a, rc_b = -2;

	memcpy(a, data, n);
	rc_a = phr_decode_chunked(&whole, a, &na);
	for (; at < n && rc_b == -2; at++) {
		size_t one = 1;
		b[held] = (char)data[at];
		rc_b = phr_decode_chunked(&cut, b + held, &one);
		held += one;
	}
	if ((rc_a < 0 ? rc_a != rc_b : rc_b != 0 || (size_t)rc_a != n - at) || (rc_a != -1 && (na != held || memcmp(a, b, na) != 0)))
		abort();
	free(a);
	free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct bytes urls[] = { { "https://a", 9 }, { "https://b", 9 } };
	struct bytes s = bytes_of(data, n);
	struct bytes_list list = { urls, COUNT(urls) };
	struct buf b = { 0 };
	uint8_t trace[24] = { 0 };
	char text[56];

	wire_visible(s, 128);
	if (wire_traceparent(s, trace))
		wire_traceparent_text(trace, text);
	wire_is_json(s);
	wire_accepts(s, "application/json|text/html");
	wire_accepts_problem(s);
	wire_coding(s, true);
	wire_prefers(s, "respond-async");
	wire_matches(s, "W/\"0123456789abcdef\"");
	wire_seconds(s);
	head_host_ok(s);
	struct bytes target = s;
	if (head_target(&target, NULL) && target.n > s.n + 1)
		abort();
	if (fields_count(data, n) > n)
		abort();
	chunked(data, n);
	if (splice_urls(&b, s, &list) == 0 && splice_count(s) != COUNT(urls))
		abort();
	buf_free(&b);
	return 0;
}
