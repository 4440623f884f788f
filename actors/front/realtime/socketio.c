/* actors/front/realtime/socketio.c - see socketio.h.
 * Licence: Apache-2.0. */
#include <inttypes.h>
#include <stdio.h>

#include "actors/front/bodies.h"
#include "actors/front/realtime/socketio.h"

/* Takes at most `most` digits off the text; how many there were, more than `most` for too many. */
static uint32_t
take_digits(struct bytes *s, uint32_t most, uint64_t *out)
{
	uint32_t n = 0;

	for (*out = 0; n < s->n && n <= most && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		*out = *out * 10 + (uint64_t)(s->p[n] - '0');
	*s = bytes_of(s->p + n, s->n - n);
	return n;
}

static bool
take_attachments(struct bytes *s, struct socketio_packet *out)
{
	uint64_t v;
	uint32_t n = take_digits(s, 3, &v);

	if (n == 0 || n > 3 || s->n == 0 || s->p[0] != '-')
		return false;
	out->attachments = (uint32_t)v;
	*s = bytes_of(s->p + 1, s->n - 1u);
	return true;
}

/* A name is given back to its client: no control characters, which could end a packet. */
static bool
take_name(struct bytes *s, struct bytes *name)
{
	const char *comma = memchr(s->p, ',', s->n);
	uint32_t n = comma != NULL ? (uint32_t)(comma - s->p) : s->n;

	*name = bytes_of(s->p, n);
	*s = comma != NULL ? bytes_of(comma + 1, s->n - n - 1) : bytes_of(s->p + n, 0);
	for (uint32_t i = 0; i < n; i++)
		if ((unsigned char)name->p[i] < ' ' || name->p[i] == 0x7f)
			return false;
	return n <= SOCKETIO_NAMESPACE_MAX && utf8_valid(name->p, n);
}

bool
socketio_packet(struct bytes s, struct socketio_packet *out)
{
	if (s.n == 0 || s.p[0] < SOCKETIO_CONNECT || s.p[0] > SOCKETIO_BINARY_ACK)
		return false;
	*out = (struct socketio_packet){ .type = (enum socketio_type)s.p[0], .name = BYTES("/") };
	s = bytes_of(s.p + 1, s.n - 1u);
	if (out->type >= SOCKETIO_BINARY_EVENT && !take_attachments(&s, out))
		return false;
	if (s.n > 0 && s.p[0] == '/' && !take_name(&s, &out->name))
		return false;
	uint32_t digits = take_digits(&s, SOCKETIO_ID_DIGITS, &out->id);
	out->has_id = digits > 0;
	out->data = s;
	return digits <= SOCKETIO_ID_DIGITS;
}

bool
socketio_position(struct bytes text, uint64_t *out)
{
	uint32_t n = take_digits(&text, 19, out);

	return n > 0 && n <= 19 && text.n == 0 && *out <= INT64_MAX;
}

/* ---- what is said ---- */

static int
add(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

/* "4", the type, and the namespace where it is not the main one. */
static int
head(struct buf *b, enum socketio_type type, struct bytes name)
{
	char text[] = { '4', (char)type };
	int rc = buf_add(b, text, sizeof text);

	if (!bytes_eq(name, "/"))
		rc |= buf_add(b, name.p, name.n) | add(b, ",");
	return rc;
}

int
socketio_connected(struct buf *b, const char *sid, const char *pid)
{
	return head(b, SOCKETIO_CONNECT, BYTES("/")) | add(b, "{\"sid\":\"") | add(b, sid) | add(b, "\",\"pid\":\"") | add(b, pid) |
	    add(b, "\"}");
}

int
socketio_refused(struct buf *b, struct bytes name, struct bytes message, const char *code)
{
	int rc = head(b, SOCKETIO_CONNECT_ERROR, name) | add(b, "{\"message\":") | json_text_add(b, message.p, message.n);

	if (code != NULL)
		rc |= add(b, ",\"data\":{\"code\":") | json_text_add(b, code, strlen(code)) | add(b, "}");
	return rc | add(b, "}");
}

int
socketio_disconnected(struct buf *b)
{
	return head(b, SOCKETIO_DISCONNECT, BYTES("/"));
}

int
socketio_event(struct buf *b, const char *name, struct bytes json, uint64_t seq)
{
	char text[32];

	snprintf(text, sizeof text, ",\"%" PRIu64 "\"]", seq);
	return head(b, SOCKETIO_EVENT, BYTES("/")) | add(b, "[\"") | add(b, name) | add(b, "\",") | buf_add(b, json.p, json.n) |
	    add(b, text);
}

int
socketio_acknowledged(struct buf *b, uint64_t id, struct bytes json)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64 "[", id);
	return head(b, SOCKETIO_ACK, BYTES("/")) | add(b, text) | buf_add(b, json.p, json.n) | add(b, "]");
}
