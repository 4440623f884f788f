/* tests/fuzz/fuzz_socketio.c - what clients of Socket.IO send: a query, and a payload of packets. The
 * input is the query, a newline, and the payload.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/front/realtime/engineio.h"
#include "actors/front/realtime/socketio.h"
#include "tests/fuzz/fuzz.h"

static bool
within(struct bytes part, struct bytes whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* What is given back to a client can be put into a payload again. */
static void
look_at_name(struct bytes name)
{
	struct buf b = { 0 };

	if (!utf8_valid(name.p, name.n) || socketio_refused(&b, name, name, "X") != 0 || memchr(b.p, ENGINEIO_SEPARATOR, b.n) != NULL)
		abort();
	buf_free(&b);
}

static void
look_at_message(struct bytes text)
{
	struct socketio_packet p;

	if (!socketio_packet(text, &p))
		return;
	if (!within(p.data, text) || p.name.n > SOCKETIO_NAMESPACE_MAX || p.attachments > SOCKETIO_ATTACHMENTS_MAX)
		abort();
	look_at_name(p.name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	struct engineio_query q;
	struct bytes text;
	struct engineio_packet p;
	uint64_t position;

	if (end == NULL)
		return 0;
	struct bytes query = bytes_of(data, (size_t)(end - data)), payload = bytes_of(end + 1, size - (size_t)(end - data) - 1);
	struct bytes rest = payload;
	engineio_query(query, &q);
	if (!within(q.sid, query))
		abort();
	if (socketio_position(q.sid, &position) && position > INT64_MAX)
		abort();
	while (engineio_next(&rest, &text)) {
		if (!within(text, payload))
			abort();
		if (engineio_packet(text, &p) && p.type == ENGINEIO_MESSAGE)
			look_at_message(p.data);
	}
	return 0;
}
