/* supervisor/json.c - see json.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "supervisor/json.h"

static void
put(struct json *j, const char *p, size_t n)
{
	if (buf_add(&j->out, p, n) != 0)
		j->failed = true;
}

static void
item(struct json *j)
{
	if (j->comma)
		put(j, ",", 1);
	j->comma = true;
}

void
json_open(struct json *j, char bracket)
{
	item(j);
	put(j, &bracket, 1);
	j->comma = false;
}

void
json_close(struct json *j, char bracket)
{
	put(j, &bracket, 1);
	j->comma = true;
}

/* Length of the UTF-8 sequence at p, or 0. */
static size_t
sequence(const char *p, size_t n)
{
	for (size_t len = 1; len <= 4 && len <= n; len++)
		if (utf8_valid(p, len))
			return len;
	return 0;
}

static void
quoted(struct json *j, const char *p, size_t n)
{
	char esc[8];
	size_t from = 0, i = 0;

	put(j, "\"", 1);
	while (i < n) {
		unsigned char c = (unsigned char)p[i];
		size_t len = c >= ' ' && c < 0x7f ? 1 : sequence(p + i, n - i);
		if (len > 0 && c >= ' ' && c != 0x7f && c != '"' && c != '\\') {
			i += len;
			continue;
		}
		put(j, p + from, i - from);
		if (c == '"' || c == '\\')
			put(j, esc, (size_t)snprintf(esc, sizeof esc, "\\%c", c));
		else
			put(j, esc, (size_t)snprintf(esc, sizeof esc, "\\u%04x", c > 0 && c < 0x80 ? c : 0xfffdu));
		from = ++i;
	}
	put(j, p + from, n - from);
	put(j, "\"", 1);
}

void
json_key(struct json *j, const char *key, size_t n)
{
	item(j);
	quoted(j, key, n);
	put(j, ":", 1);
	j->comma = false;
}

void
json_text(struct json *j, const char *p, size_t n)
{
	item(j);
	quoted(j, p, n);
}

void
json_number(struct json *j, uint64_t v)
{
	char text[24];

	item(j);
	put(j, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)v));
}

void
json_flag(struct json *j, bool v)
{
	item(j);
	put(j, v ? "true" : "false", v ? 4 : 5);
}

void
json_pair_text(struct json *j, const char *key, const char *value)
{
	json_key(j, key, strlen(key));
	json_text(j, value, strlen(value));
}

void
json_pair_number(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key, strlen(key));
	json_number(j, v);
}

void
json_pair_flag(struct json *j, const char *key, bool v)
{
	json_key(j, key, strlen(key));
	json_flag(j, v);
}
