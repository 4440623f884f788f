/* tests/fuzz/fuzz_wire.c - readings of targets and header fields, and the splicing of URLs.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/head.h"
#include "actors/front/splice.h"
#include "actors/front/wire.h"
#include "tests/fuzz/fuzz.h"

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
	wire_accepts_json(s);
	wire_accepts_problem(s);
	wire_prefers(s, "respond-async");
	wire_matches(s, "W/\"0123456789abcdef\"");
	wire_framing_clear(s.p, s.n);
	wire_seconds(s);
	head_host_ok(s);
	struct bytes target = s;
	if (head_target(&target) && target.n > s.n + 1)
		abort();
	if (splice_urls(&b, s, &list) == 0 && splice_count(s) != COUNT(urls))
		abort();
	buf_free(&b);
	return 0;
}
