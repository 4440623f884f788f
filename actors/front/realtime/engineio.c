/* actors/front/realtime/engineio.c - see engineio.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/realtime/engineio.h"

bool
engineio_packet(struct bytes text, struct engineio_packet *out)
{
	if (text.n == 0)
		return false;
	if (text.p[0] == 'b') {
		*out = (struct engineio_packet){ ENGINEIO_MESSAGE, true, bytes_of(text.p + 1, text.n - 1u) };
		return true;
	}
	if (text.p[0] < ENGINEIO_OPEN || text.p[0] > ENGINEIO_NOOP)
		return false;
	*out = (struct engineio_packet){ (enum engineio_type)text.p[0], false, bytes_of(text.p + 1, text.n - 1u) };
	return true;
}

bool
engineio_next(struct bytes *payload, struct bytes *packet)
{
	if (payload->p == NULL)
		return false;
	const char *end = memchr(payload->p, ENGINEIO_SEPARATOR, payload->n);
	if (end == NULL) {		/* the last one, which may be empty */
		bool any = payload->n > 0;
		*packet = *payload;
		*payload = (struct bytes){ NULL, 0 };
		return any;
	}
	uint32_t n = (uint32_t)(end - payload->p);
	*packet = bytes_of(payload->p, n);
	*payload = bytes_of(end + 1, payload->n - n - 1);
	return true;
}

/* ---- the query ---- */

static uint32_t
small_number(struct bytes s)
{
	uint32_t v = 0;

	if (s.n == 0 || s.n > 4)
		return 0;
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		v = v * 10 + (uint32_t)(s.p[i] - '0');
	}
	return v;
}

static enum engineio_transport
transport_of(struct bytes s)
{
	return bytes_eq(s, "polling") ? TRANSPORT_POLLING : bytes_eq(s, "websocket") ? TRANSPORT_WEBSOCKET : TRANSPORT_UNKNOWN;
}

static void
take_pair(struct engineio_query *q, unsigned *seen, struct bytes name, struct bytes value)
{
	static const char *const names[] = { "EIO", "transport", "sid", "j" };
	unsigned which = 0;

	while (which < COUNT(names) && !bytes_eq(name, names[which]))
		which++;
	if (which == COUNT(names))
		return;
	q->twice |= (*seen & 1u << which) != 0;
	*seen |= 1u << which;
	if (which == 0)
		q->version = small_number(value);
	else if (which == 1)
		q->transport = transport_of(value);
	else if (which == 2)
		q->sid = value;
	else
		q->jsonp = true;
}

void
engineio_query(struct bytes query, struct engineio_query *out)
{
	const char *p = query.p, *end = query.p + query.n;
	unsigned seen = 0;

	*out = (struct engineio_query){ .sid = { "", 0 } };
	while (query.n > 0 && p <= end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp != NULL ? amp : end;
		const char *eq = memchr(p, '=', (size_t)(stop - p));
		const char *name_end = eq != NULL ? eq : stop, *value = eq != NULL ? eq + 1 : stop;
		take_pair(out, &seen, bytes_of(p, (size_t)(name_end - p)), bytes_of(value, (size_t)(stop - value)));
		p = stop + 1;
	}
}

/* ---- what is said ---- */

int
engineio_open(struct buf *b, const char *sid, bool upgrades)
{
	char text[192];
	int n = snprintf(text, sizeof text, "%c{\"sid\":\"%s\",\"upgrades\":[%s],\"pingInterval\":%d,\"pingTimeout\":%d,\"maxPayload\":%d}",
	    ENGINEIO_OPEN, sid, upgrades ? "\"websocket\"" : "", PING_INTERVAL_MS, PING_TIMEOUT_MS, MAX_PAYLOAD);

	return (size_t)n < sizeof text ? buf_add(b, text, (size_t)n) : -1;
}

int
engineio_error_json(struct buf *b, enum engineio_error error)
{
	static const char *const texts[] = {
		[ENGINEIO_TRANSPORT_UNKNOWN] = "Transport unknown", [ENGINEIO_SESSION_UNKNOWN] = "Session ID unknown",
		[ENGINEIO_BAD_METHOD] = "Bad handshake method", [ENGINEIO_BAD_REQUEST] = "Bad request",
		[ENGINEIO_FORBIDDEN] = "Forbidden", [ENGINEIO_VERSION_UNKNOWN] = "Unsupported protocol version",
	};
	char text[96];
	int n = snprintf(text, sizeof text, "{\"code\":%d,\"message\":\"%s\"}", (int)error, texts[error]);

	return buf_add(b, text, (size_t)n);
}

int
engineio_error_status(enum engineio_error error)
{
	return error == ENGINEIO_FORBIDDEN ? 403 : 400;
}
