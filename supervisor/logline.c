/* supervisor/logline.c - see logline.h.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "supervisor/json.h"
#include "supervisor/logline.h"

/* ---- taking apart ---- */

struct reader {
	const char *p, *end;
	char *room;		/* free space for unescaped text */
};

static struct bytes
word(struct reader *r, const char *stop)
{
	const char *from = r->p;

	while (r->p < r->end && strchr(stop, *r->p) == NULL)
		r->p++;
	return bytes_of(from, (size_t)(r->p - from));
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* A value in quotes; the reader stands behind the first one. A missing last quote (the
 * line was cut) ends it too. */
static struct bytes
quoted(struct reader *r)
{
	char *from = r->room, *to = from;

	while (r->p < r->end && *r->p != '"') {
		char c = *r->p++;
		if (c == '\\' && r->p < r->end) {
			c = *r->p++;
			if (c == 'n') {
				c = '\n';
			} else if (c == 'x' && r->end - r->p >= 2 && hex_digit(r->p[0]) >= 0 && hex_digit(r->p[1]) >= 0) {
				c = (char)(hex_digit(r->p[0]) * 16 + hex_digit(r->p[1]));
				r->p += 2;
			}
		}
		*to++ = c;	/* never longer than what was read */
	}
	if (r->p < r->end)
		r->p++;
	r->room = to;
	return bytes_of(from, (size_t)(to - from));
}

static bool
is_name(struct bytes b)
{
	for (uint32_t i = 0; i < b.n; i++)
		if (!isalnum((unsigned char)b.p[i]) && strchr("_.-", b.p[i]) == NULL)
			return false;
	return b.n > 0;
}

/* What a foreign program's line says about itself. */
static char
raw_level(const char *p, size_t n)
{
	static const struct { const char *mark; char level; } marks[] = {
		{ "ERROR: AddressSanitizer", 'E' }, { "runtime error:", 'E' }, { "FATAL:", 'E' }, { "PANIC:", 'E' },
		{ "ERROR:", 'E' }, { "error:", 'E' }, { "WARNING:", 'W' },
	};

	for (size_t i = 0; i < COUNT(marks); i++)
		if (memmem(p, n, marks[i].mark, strlen(marks[i].mark)) != NULL)
			return marks[i].level;
	return 'I';
}

static void
parse_raw(struct logline *l, const char *p, size_t n)
{
	l->structured = false;
	l->npairs = 0;
	l->level = raw_level(p, n);
	l->event = bytes_of(p, n);
}

void
logline_parse(struct logline *l, const char *p, size_t n)
{
	if (n > LOGLINE_LONGEST)
		n = LOGLINE_LONGEST;
	struct reader r = { p + 2, p + n, l->room };

	l->npairs = 0;
	l->structured = true;
	if (n < 3 || strchr("DIWES", p[0]) == NULL || p[0] == '\0' || p[1] != ' ') {
		parse_raw(l, p, n);
		return;
	}
	l->level = p[0];
	l->event = word(&r, " ");
	if (!is_name(l->event)) {
		parse_raw(l, p, n);
		return;
	}
	while (r.p < r.end && l->npairs < LOGLINE_PAIRS) {
		if (*r.p == ' ') {
			r.p++;
			continue;
		}
		struct logpair *pair = &l->pairs[l->npairs];
		pair->key = word(&r, " =");
		if (!is_name(pair->key) || r.p >= r.end || *r.p != '=') {
			parse_raw(l, p, n);
			return;
		}
		r.p++;
		if (r.p < r.end && *r.p == '"') {
			r.p++;
			pair->value = quoted(&r);
		} else {
			pair->value = word(&r, " ");
		}
		l->npairs++;
	}
}

int
loglevel_rank(char level)
{
	const char *order = "DIWES", *at = level != '\0' ? strchr(order, level) : NULL;
	return at != NULL ? (int)(at - order) : 1;
}

/* ---- for a machine ---- */

static const struct bytes *
value_of(const struct logline *l, const char *key)
{
	for (size_t i = 0; i < l->npairs; i++)
		if (bytes_eq(l->pairs[i].key, key))
			return &l->pairs[i].value;
	return NULL;
}

/* Keys of front's request lines and their names in Cloud Logging's HttpRequest. */
static const struct {
	const char *key, *name;
	bool number;
} http_keys[] = {
	{ "method", "requestMethod", false }, { "path", "requestUrl", false }, { "status", "status", true },
	{ "bytes", "responseSize", false }, { "address", "remoteIp", false }, { "agent", "userAgent", false },
	{ "protocol", "protocol", false }, { "ms", "latency", false },
};

static bool
is_http(const struct logline *l)
{
	return value_of(l, "method") != NULL && value_of(l, "path") != NULL && value_of(l, "status") != NULL;
}

static bool
is_number(struct bytes b)
{
	for (uint32_t i = 0; i < b.n; i++)
		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
	return b.n > 0 && b.n < 19;
}

static uint64_t
number(struct bytes b)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < b.n; i++)
		v = v * 10 + (uint64_t)(b.p[i] - '0');
	return v;
}

static void
write_http(struct json *j, const struct logline *l)
{
	json_key(j, "httpRequest", 11);
	json_open(j, '{');
	for (size_t i = 0; i < COUNT(http_keys); i++) {
		const struct bytes *v = value_of(l, http_keys[i].key);
		if (v == NULL)
			continue;
		json_key(j, http_keys[i].name, strlen(http_keys[i].name));
		if (http_keys[i].number && is_number(*v)) {
			json_number(j, number(*v));
		} else if (strcmp(http_keys[i].key, "ms") == 0) {
			double ms = is_number(*v) ? (double)number(*v) : 0;
			char s[32];
			if (!is_number(*v)) {	/* a fraction: 1.25 */
				snprintf(s, sizeof s, "%.*s", (int)(v->n < 20 ? v->n : 20), v->p);
				ms = strtod(s, NULL);
			}
			json_text(j, s, (size_t)snprintf(s, sizeof s, "%.6fs", ms / 1000));
		} else {
			json_text(j, v->p, v->n);
		}
	}
	json_close(j, '}');
}

static bool
is_special(struct bytes key, bool http)
{
	if (bytes_eq(key, "trace") || bytes_eq(key, "request_id"))
		return true;
	for (size_t i = 0; http && i < COUNT(http_keys); i++)
		if (bytes_eq(key, http_keys[i].key))
			return true;
	return false;
}

/* Names that the line itself has in JSON: a pair of that name gets a mark. */
static bool
is_taken(struct bytes key)
{
	static const char *const names[] = { "severity", "time", "message", "security", "requestId", "httpRequest" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (bytes_eq(key, names[i]))
			return true;
	return false;
}

static void
write_pair(struct json *j, const struct logpair *p)
{
	char key[64];
	int n = snprintf(key, sizeof key, "%s%.*s", is_taken(p->key) ? "_" : "", (int)(p->key.n < 60 ? p->key.n : 60), p->key.p);

	json_key(j, key, (size_t)n);
	json_text(j, p->value.p, p->value.n);
}

static const char *
severity(char level)
{
	static const char *const names[] = { "DEBUG", "INFO", "WARNING", "ERROR", "ALERT" };
	return names[loglevel_rank(level)];
}

static void
write_labels(struct json *j, const struct logorigin *o)
{
	char text[16];

	json_key(j, "logging.googleapis.com/labels", 29);
	json_open(j, '{');
	json_pair_text(j, "actor", o->actor);
	snprintf(text, sizeof text, "%u", o->instance);
	json_pair_text(j, "instance", text);
	snprintf(text, sizeof text, "%d", o->pid);
	json_pair_text(j, "pid", text);
	json_close(j, '}');
}

static void
write_trace(struct json *j, struct bytes trace, const char *project)
{
	char text[256];
	int n = snprintf(text, sizeof text, *project != '\0' ? "projects/%s/traces/%.*s" : "%s%.*s",
	    project, (int)(trace.n < 64 ? trace.n : 64), trace.p);

	json_key(j, "logging.googleapis.com/trace", 28);
	json_text(j, text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0);
}

void
logline_json(struct buf *out, const struct logline *l, const struct logorigin *o, const char *project)
{
	struct json j = { .out = *out };
	bool http = is_http(l);
	const struct bytes *v;
	struct tm tm;
	time_t sec = (time_t)(o->wall_ms / 1000);
	char when[64], stamp[80];

	gmtime_r(&sec, &tm);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp, sizeof stamp, "%s.%03uZ", when, (unsigned)(o->wall_ms % 1000));
	json_open(&j, '{');
	json_pair_text(&j, "severity", severity(l->level));
	json_pair_text(&j, "time", stamp);
	json_key(&j, "message", 7);
	json_text(&j, l->event.p, l->event.n);
	if (l->level == 'S')
		json_pair_flag(&j, "security", true);
	if ((v = value_of(l, "trace")) != NULL)
		write_trace(&j, *v, project);
	if ((v = value_of(l, "request_id")) != NULL) {
		json_key(&j, "requestId", 9);
		json_text(&j, v->p, v->n);
	}
	write_labels(&j, o);
	if (http)
		write_http(&j, l);
	for (size_t i = 0; i < l->npairs; i++) {
		if (!is_special(l->pairs[i].key, http))
			write_pair(&j, &l->pairs[i]);
	}
	json_close(&j, '}');
	buf_add(&j.out, "\n", 1);
	*out = j.out;
}

/* ---- for a reader ---- */

/* Length of the UTF-8 sequence at p that may be shown on a terminal, or 0. */
static size_t
visible(const char *p, size_t n)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x80)
		return c >= ' ' && c != 0x7f;
	if (c == 0xc2 && n > 1 && (unsigned char)p[1] < 0xa0)	/* the C1 controls */
		return 0;
	for (size_t len = 2; len <= 4 && len <= n; len++)
		if (utf8_valid(p, len))
			return len;
	return 0;
}

void
text_clean(char *s, bool lines)
{
	size_t n = strlen(s);

	for (size_t i = 0, len; i < n; i += len > 0 ? len : 1) {
		len = visible(s + i, n - i);
		if (len == 0 && !(lines && s[i] == '\n'))
			s[i] = '?';
	}
}

static void
put_visible(struct buf *out, struct bytes b, bool quoted_text)
{
	char hex[8];

	for (size_t i = 0, len; i < b.n; i += len > 0 ? len : 1) {
		len = visible(b.p + i, b.n - i);
		if (quoted_text && b.p[i] == '"')
			buf_add(out, "\\\"", 2);
		else if (len > 0 || b.p[i] == '\t')
			buf_add(out, b.p + i, len > 0 ? len : 1);
		else if (b.p[i] == '\n')
			buf_add(out, "\\n", 2);
		else
			buf_add(out, hex, (size_t)snprintf(hex, sizeof hex, "\\x%02x", (unsigned char)b.p[i]));
	}
}

static bool
needs_quotes(struct bytes b)
{
	return b.n == 0 || memchr(b.p, ' ', b.n) != NULL || memchr(b.p, '=', b.n) != NULL || memchr(b.p, '"', b.n) != NULL;
}

static void
put_format(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
put_format(struct buf *out, const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n > 0)
		buf_add(out, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void
logline_text(struct buf *out, const struct logline *l, const struct logorigin *o, bool colour)
{
	static const char *const colours[] = { "\033[2m", "", "\033[33m", "\033[31m", "\033[1;35m" };
	static const char *const words[] = { "debug", "info ", "warn ", "ERROR", "ALERT" };
	int rank = loglevel_rank(l->level);
	time_t sec = (time_t)(o->wall_ms / 1000);
	struct tm tm;
	char when[16], who[48];

	localtime_r(&sec, &tm);
	strftime(when, sizeof when, "%H:%M:%S", &tm);
	if (o->instance > 0)
		snprintf(who, sizeof who, "%s.%u", o->actor, o->instance);
	else
		snprintf(who, sizeof who, "%s", o->actor);
	put_format(out, "%s.%03u %s%s%s %-8s ", when, (unsigned)(o->wall_ms % 1000),
	    colour ? colours[rank] : "", words[rank], colour && *colours[rank] ? "\033[0m" : "", who);
	put_visible(out, l->event, false);
	for (size_t i = 0; i < l->npairs; i++) {
		const struct logpair *p = &l->pairs[i];
		bool q = needs_quotes(p->value);
		buf_add(out, " ", 1);
		put_visible(out, p->key, false);
		buf_add(out, q ? "=\"" : "=", q ? 2 : 1);
		put_visible(out, p->value, q);
		buf_add(out, "\"", q ? 1 : 0);
	}
	buf_add(out, "\n", 1);
}
