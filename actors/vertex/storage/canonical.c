/* actors/vertex/storage/canonical.c - see canonical.h. The lists are short: insertion keeps them in order.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdlib.h>

#include "actors/vertex/storage/canonical.h"
#include "actors/vertex/encode.h"

static const char no_memory[] = "memory is out";

void
canonical_free(struct canonical *c)
{
	for (size_t i = 0; i < c->n; i++) {
		buf_free(&c->v[i].name);
		buf_free(&c->v[i].value);
	}
	c->n = 0;
}

static bool
comes_after(const struct canonical_line *line, const char *name, const char *value)
{
	int order = strcmp(line->name.p, name);

	return order > 0 || (order == 0 && strcmp(line->value.p, value) > 0);
}

/* Takes both buffers over. */
static const char *
line_put(struct canonical *c, struct buf *name, struct buf *value)
{
	const char *n = buf_text(name), *v = buf_text(value);
	size_t at = c->n;

	if (n == NULL || v == NULL || c->n == COUNT(c->v)) {
		buf_free(name);
		buf_free(value);
		return n == NULL || v == NULL ? no_memory : "there are too many headers or query parameters";
	}
	for (; at > 0 && comes_after(&c->v[at - 1], n, v); at--)
		c->v[at] = c->v[at - 1];
	c->v[at] = (struct canonical_line){ *name, *value };
	c->n++;
	return NULL;
}

/* Text of at most `most` bytes without control characters, but perhaps tabs. */
static bool
is_text(const char *s, size_t most, bool tabs)
{
	size_t n = strnlen(s, most + 1);

	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && !(tabs && s[i] == '\t')) || s[i] == 0x7f)
			return false;
	return n <= most && utf8_valid(s, n);
}

const char *
canonical_query(struct canonical *c, const char *name, const char *value)
{
	struct buf n = { 0 }, v = { 0 };

	if (name[0] == '\0' || !is_text(name, CANONICAL_NAME_MAX, false))
		return "the name of a query parameter is empty, over 256 bytes, not UTF-8, or has a control character in it";
	if (!is_text(value, CANONICAL_VALUE_MAX, false))
		return "the value of a query parameter is over 8192 bytes, not UTF-8, or has a control character in it";
	if (percent_encode(&n, name, strlen(name), false) | percent_encode(&v, value, strlen(value), false)) {
		buf_free(&n);
		buf_free(&v);
		return no_memory;
	}
	return line_put(c, &n, &v);
}

/* What would end the name, or the list of names. A slash is no token of HTTP, but Google signs it. */
static bool
is_header_name(const char *name)
{
	size_t n = strnlen(name, CANONICAL_NAME_MAX + 1);

	for (size_t i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] >= 0x7f || name[i] == ':' || name[i] == ';')
			return false;
	return n > 0 && n <= CANONICAL_NAME_MAX;
}

static struct canonical_line *
line_of(struct canonical *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].name.p, name) == 0)
			return &c->v[i];
	return NULL;
}

const char *
canonical_header(struct canonical *c, const char *name, const char *value)
{
	char lower[CANONICAL_NAME_MAX + 1];
	size_t n = 0;

	if (!is_header_name(name))
		return "the name of a header is empty, over 256 bytes, or has another character in it than a name may have";
	if (!is_text(value, CANONICAL_VALUE_MAX, true))
		return "the value of a header is over 8192 bytes, not UTF-8, or has a control character in it";
	for (; name[n] != '\0'; n++)
		lower[n] = (char)tolower((unsigned char)name[n]);
	lower[n] = '\0';
	struct canonical_line *known = line_of(c, lower);
	if (known == NULL) {
		struct buf name_buf = { 0 }, value_buf = { 0 };
		int rc = buf_str(&name_buf, lower) | buf_str(&value_buf, value);
		const char *why = line_put(c, &name_buf, &value_buf);
		return rc != 0 ? no_memory : why;
	}
	if (known->value.n + strlen(value) > CANONICAL_VALUE_MAX)
		return "the values of a header that comes several times are over 8192 bytes";
	return buf_printf(&known->value, ",%s", value) != 0 || buf_text(&known->value) == NULL ? no_memory : NULL;
}

void
canonical_fold(struct canonical *c)
{
	for (size_t i = 0; i < c->n; i++) {
		char *to = c->v[i].value.p;
		bool blank = false;
		for (const char *from = to; *from != '\0'; from++) {
			if (*from == ' ' || *from == '\t') {
				blank = to != c->v[i].value.p;
				continue;
			}
			if (blank)
				*to++ = ' ';
			blank = false;
			*to++ = *from;
		}
		*to = '\0';
		c->v[i].value.n = (size_t)(to - c->v[i].value.p);
	}
}

const char *
canonical_value(struct canonical *c, const char *name)
{
	const struct canonical_line *line = line_of(c, name);

	return line != NULL ? line->value.p : NULL;
}

int
canonical_join_query(struct buf *out, const struct canonical *c)
{
	int rc = 0;

	for (size_t i = 0; i < c->n; i++)
		rc |= buf_printf(out, "%s%s=%s", i > 0 ? "&" : "", c->v[i].name.p, c->v[i].value.p);
	return rc;
}

int
canonical_join_headers(struct buf *out, const struct canonical *c)
{
	int rc = 0;

	for (size_t i = 0; i < c->n; i++)
		rc |= buf_printf(out, "%s:%s\n", c->v[i].name.p, c->v[i].value.p);
	return rc;
}

int
canonical_join_names(struct buf *out, const struct canonical *c)
{
	int rc = 0;

	for (size_t i = 0; i < c->n; i++)
		rc |= buf_printf(out, "%s%s", i > 0 ? ";" : "", c->v[i].name.p);
	return rc;
}
