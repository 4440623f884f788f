/* actors/front/realtime/resume.c - see resume.h.
 * Licence: Apache-2.0. */
#include <inttypes.h>
#include <stdio.h>

#include "actors/front/limits.h"
#include "actors/front/mint.h"
#include "actors/front/realtime/resume.h"
#include "actors/front/realtime/socketio.h"

enum { MARK_CHARS = 8, MARK_AT = SOCKET_NAME_CHARS + 1, POSITION_AT = MARK_AT + MARK_CHARS + 1 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
mark_of(const struct id *user, char out[MARK_CHARS + 1])
{
	static const uint64_t key[2] = { 0x73747564696f7069, 1 };	/* no secret: the same on every host */

	snprintf(out, MARK_CHARS + 1, "%08x", (unsigned)(siphash(key, user->b, sizeof user->b) & 0xffffffff));
}

/* ---- what it says ---- */

static struct bytes
text_of(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	return json_is_string(v) ? bytes_of(json_string_value(v), json_string_length(v)) : (struct bytes){ "", 0 };
}

/* A text or a number. */
static bool
position_of(const json_t *object, const char *name, uint64_t *out)
{
	const json_t *v = json_object_get(object, name);

	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*out = (uint64_t)json_integer_value(v);
		return true;
	}
	return socketio_position(text_of(object, name), out);
}

/* Does it say anything there? Who has nothing to say yet may do so with null or "". */
static bool
said(const json_t *object, const char *name)
{
	const json_t *v = json_object_get(object, name);

	return v != NULL && !json_is_null(v) && !(json_is_string(v) && json_string_length(v) == 0);
}

void
resume_take(struct resume *r, const json_t *auth)
{
	struct bytes pid = text_of(auth, "pid");
	uint64_t offset = 0, last = 0;
	bool has_offset = position_of(auth, "offset", &offset), has_last = position_of(auth, "lastEventId", &last);
	bool lost = (said(auth, "offset") && !has_offset) || (said(auth, "lastEventId") && !has_last) || (said(auth, "pid") && pid.n == 0);

	*r = (struct resume){ .wanted = !lost && (has_offset || has_last), .lost = lost };
	if (has_offset)
		r->after = offset;
	if (has_last && last > r->after)
		r->after = last;
	if (pid.n >= PID_MAX)
		pid = BYTES("?");	/* none of ours */
	snprintf(r->pid, sizeof r->pid, "%.*s", (int)pid.n, pid.p);
}

/* ---- the pid ---- */

static bool
pid_valid(const char *text, const struct id *user, uint64_t *position)
{
	struct bytes pid = bytes_str(text);
	char mark[MARK_CHARS + 1];

	mark_of(user, mark);
	if (pid.n <= POSITION_AT || pid.p[MARK_AT - 1] != '.' || pid.p[POSITION_AT - 1] != '.' ||
	    memcmp(pid.p + MARK_AT, mark, MARK_CHARS) != 0)
		return false;
	for (size_t i = 0; i < SOCKET_NAME_CHARS; i++)		/* it is given back within JSON */
		if (strchr(digits, pid.p[i]) == NULL)
			return false;
	return socketio_position(bytes_of(pid.p + POSITION_AT, pid.n - POSITION_AT), position);
}

void
resume_check(struct resume *r, const struct id *user)
{
	uint64_t position;

	if (r->pid[0] == '\0')
		return;
	r->lost |= !pid_valid(r->pid, user, &position);
	if (r->lost) {
		r->wanted = false;
		r->pid[0] = '\0';
		return;
	}
	if (!r->wanted || position > r->after)
		r->after = position;
	r->wanted = true;
}

void
resume_begin(struct resume *r, const struct id *user, uint64_t seq, bool missed)
{
	uint8_t random[SOCKET_NAME_CHARS];
	char mark[MARK_CHARS + 1];

	if (r->pid[0] != '\0' && !missed)
		return;
	mint_random(random, sizeof random);
	for (size_t i = 0; i < sizeof random; i++)
		r->pid[i] = digits[random[i] & 63];
	mark_of(user, mark);
	snprintf(r->pid + SOCKET_NAME_CHARS, sizeof r->pid - SOCKET_NAME_CHARS, ".%s.%" PRIu64, mark, seq);
}
