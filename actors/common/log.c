/* actors/common/log.c - see log.h.
 * Owns: nothing but a line on the stack. Fails: silently; a log must never hurt the work.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "actors/common/log.h"

enum { LINE_MAX_BYTES = 4096, SCRATCH_COUNT = 8, SCRATCH_BYTES = 128 };

struct line {
	char p[LINE_MAX_BYTES];
	size_t n;
};

static void
put(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof l->p - 1 - l->n;	/* one byte is kept for the newline */
	if (n > room)
		n = room;
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

static bool
is_plain(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == '"' || *s == '\\' || *s == '=' || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

/* Bytes above 0x7f pass (the text is UTF-8 or the supervisor replaces it); everything
 * that could end the line or the quotes is escaped. */
static void
put_value(struct line *l, const char *s)
{
	char hex[8];

	if (is_plain(s)) {
		put(l, s, strlen(s));
		return;
	}
	put(l, "\"", 1);
	for (; *s != '\0' && l->n < sizeof l->p - 16; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\') {
			put(l, "\\", 1);
			put(l, s, 1);
		} else if (c == '\n') {
			put(l, "\\n", 2);
		} else if (c < ' ' || c == 0x7f) {
			put(l, hex, (size_t)snprintf(hex, sizeof hex, "\\x%02x", c));
		} else {
			put(l, s, 1);
		}
	}
	put(l, "\"", 1);
}

static void
put_pair(struct line *l, const char *key, const char *value)
{
	put(l, " ", 1);
	put(l, key, strlen(key));
	put(l, "=", 1);
	put_value(l, value);
}

static void
put_trace(struct line *l, const uint8_t trace[24])
{
	static const uint8_t none[16];
	char hex[33];

	if (memcmp(trace, none, sizeof none) == 0)
		return;
	hex_lower(hex, trace, 16);
	put_pair(l, "trace", hex);
}

static const struct { const char *name; enum log_level level; } levels[] = {
	{ "debug", LOG_DEBUG }, { "info", LOG_INFO }, { "warning", LOG_WARNING }, { "error", LOG_ERROR },
	{ "security", LOG_SECURITY },
};
static size_t threshold = 1;

void
log_level_set(const char *name)
{
	for (size_t i = 0; i < COUNT(levels); i++)
		if (strcmp(levels[i].name, name) == 0)
			threshold = i;
}

static bool
is_wanted(enum log_level level)
{
	for (size_t i = 0; i < threshold; i++)
		if (levels[i].level == level)
			return false;
	return true;
}

void
log_pairs(enum log_level level, const struct ctx *ctx, const char *event, ...)
{
	struct line l = { .n = 0 };
	char head[2] = { (char)level, ' ' };
	const char *key, *value;
	va_list ap;

	if (!is_wanted(level))
		return;
	put(&l, head, 2);
	put(&l, event, strlen(event));
	if (ctx != NULL) {
		if (ctx->request_id[0] != '\0')
			put_pair(&l, "request_id", ctx->request_id);
		put_trace(&l, ctx->trace);
	}
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value != NULL)
			put_pair(&l, key, value);
	}
	va_end(ap);
	l.p[l.n++] = '\n';
	ssize_t done = write(STDERR_FILENO, l.p, l.n);	/* one write: lines never mix */
	(void)done;
}

static char *
scratch(void)
{
	static _Thread_local char buffers[SCRATCH_COUNT][SCRATCH_BYTES];
	static _Thread_local unsigned next;
	return buffers[next++ % SCRATCH_COUNT];
}

const char *
log_u64(uint64_t v)
{
	char *s = scratch();
	snprintf(s, SCRATCH_BYTES, "%llu", (unsigned long long)v);
	return s;
}

const char *
log_id(const struct id *id)
{
	char *s = scratch();
	id_text(id, s);
	return s;
}

const char *
log_bytes(struct bytes b)
{
	char *s = scratch();
	snprintf(s, SCRATCH_BYTES, "%.*s", (int)(b.n < SCRATCH_BYTES ? b.n : SCRATCH_BYTES - 1), b.n ? b.p : "");
	return s;
}
