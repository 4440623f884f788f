/* actors/front/multipart.c - see multipart.h.
 * Owns: nothing. Fails: with words for a client.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <strings.h>

#include "actors/front/multipart.h"

/* ---- parameters: of the Content-Type of the body, of the Content-Disposition of a part ---- */

static bool
is(struct bytes s, const char *text)
{
	return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

static void
skip_space(struct bytes *s)
{
	while (s->n > 0 && (*s->p == ' ' || *s->p == '\t')) {
		s->p++;
		s->n--;
	}
}

static struct bytes
take(struct bytes *s, size_t n)
{
	struct bytes taken = bytes_of(s->p, n);

	s->p += n;
	s->n -= (uint32_t)n;
	return taken;
}

static bool
is_token_char(char c)
{
	return c > ' ' && c < 0x7f && memchr("()<>@,;:\\\"/[]?=", c, 15) == NULL;
}

static struct bytes
take_token(struct bytes *s)
{
	size_t n = 0;

	while (n < s->n && is_token_char(s->p[n]))
		n++;
	return take(s, n);
}

/* Behind its opening quote. A backslash before a quote or a backslash escapes it; before anything
 * else it is itself, as in the paths that old browsers send. */
static bool
take_quoted(struct bytes *s, struct bytes *value)
{
	size_t n = 0;

	while (n < s->n && s->p[n] != '"')
		n += s->p[n] == '\\' && n + 1 < s->n && (s->p[n + 1] == '"' || s->p[n + 1] == '\\') ? 2 : 1;
	if (n >= s->n)
		return false;
	*value = take(s, n);
	take(s, 1);
	return true;
}

/* `; name=value` or `; name="value"`. 1, 0 at the end of s, -1 for anything else. */
static int
next_parameter(struct bytes *s, struct bytes *name, struct bytes *value)
{
	skip_space(s);
	if (s->n == 0)
		return 0;
	if (*s->p != ';')
		return -1;
	take(s, 1);
	skip_space(s);
	*name = take_token(s);
	if (name->n == 0 || s->n == 0 || *s->p != '=')
		return -1;
	take(s, 1);
	if (s->n > 0 && *s->p == '"') {
		take(s, 1);
		return take_quoted(s, value) ? 1 : -1;
	}
	*value = take_token(s);
	return value->n > 0 ? 1 : -1;
}

/* ---- the body ---- */

/* type/subtype */
static struct bytes
take_type(struct bytes *s)
{
	const char *from = s->p;

	take_token(s);
	if (s->n > 0 && *s->p == '/')
		take(s, 1);
	take_token(s);
	return bytes_of(from, (size_t)(s->p - from));
}

bool
multipart_is(struct bytes content_type)
{
	skip_space(&content_type);
	return is(take_type(&content_type), "multipart/form-data");
}

static bool
boundary_ok(struct bytes b)
{
	for (uint32_t i = 0; i < b.n; i++)
		if (!isalnum((unsigned char)b.p[i]) && memchr("'()+_,-./:=? ", b.p[i], 13) == NULL)
			return false;
	return b.n > 0 && b.n <= MULTIPART_BOUNDARY_MAX && b.p[b.n - 1] != ' ';
}

int
multipart_begin(struct multipart *m, struct bytes content_type, struct bytes body, const char **why)
{
	struct bytes name, value, boundary = { "", 0 };
	int rc;

	*m = (struct multipart){ .p = body.p, .end = body.p + body.n };
	skip_space(&content_type);
	take_type(&content_type);
	while ((rc = next_parameter(&content_type, &name, &value)) > 0) {
		if (!is(name, "boundary"))
			continue;
		if (boundary.n > 0)
			rc = -1;
		boundary = value;
		if (rc < 0)
			break;
	}
	*why = "Content-Type must name one boundary of 1 to 70 characters";
	if (rc < 0 || !boundary_ok(boundary))
		return -1;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.p, boundary.n);
	m->delimiter_n = 4 + boundary.n;
	/* the first one has no line before it */
	*why = "The form does not begin with its boundary";
	if (body.n >= 2 && memcmp(m->p, "\r\n", 2) == 0)
		m->p += 2;
	if ((size_t)(m->end - m->p) < m->delimiter_n - 2 || memcmp(m->p, m->delimiter + 2, m->delimiter_n - 2) != 0)
		return -1;
	m->p += m->delimiter_n - 2;
	return 0;
}

/* ---- a part ---- */

/* A line up to its CRLF; false where there is none, or a control character. */
static bool
take_line(struct bytes *s, struct bytes *line)
{
	const char *end = s->n > 0 ? memmem(s->p, s->n, "\r\n", 2) : NULL;

	if (end == NULL)
		return false;
	*line = take(s, (size_t)(end - s->p));
	take(s, 2);
	for (uint32_t i = 0; i < line->n; i++)
		if (((unsigned char)line->p[i] < ' ' && line->p[i] != '\t') || line->p[i] == 0x7f)
			return false;
	return true;
}

/* form-data; name="x"; filename="y" */
static bool
read_disposition(struct part *part, struct bytes value)
{
	struct bytes name, text;
	bool named = false;
	int rc;

	if (!is(take_token(&value), "form-data"))
		return false;
	while ((rc = next_parameter(&value, &name, &text)) > 0) {
		if (is(name, "name")) {
			if (named)
				return false;
			named = true;
			part->name = text;
		} else if (is(name, "filename")) {
			if (part->is_file)
				return false;
			part->is_file = true;
			part->filename = text;
		} else if (!is(name, "filename*")) {	/* RFC 7578 forbids that one: it is not read */
			return false;
		}
	}
	return rc == 0 && part->name.n > 0;
}

static const char *
read_field(struct part *part, struct bytes line, bool *disposed, bool *typed)
{
	struct bytes name = take_token(&line);

	if (name.n == 0 || line.n == 0 || *line.p != ':')
		return "A part of the form has a malformed head";
	take(&line, 1);
	skip_space(&line);
	if (is(name, "content-disposition")) {
		if (*disposed || !read_disposition(part, line))
			return "A part of the form has no usable Content-Disposition";
		*disposed = true;
	} else if (is(name, "content-type")) {
		if (*typed || (line.n >= 10 && strncasecmp(line.p, "multipart/", 10) == 0))
			return "A part of the form is a form itself";
		*typed = true;
	} else if (is(name, "content-transfer-encoding") && !is(line, "binary") && !is(line, "8bit") && !is(line, "7bit")) {
		return "A part of the form is encoded";
	}
	return NULL;
}

/* NULL, or what is wrong. */
static const char *
read_head(struct multipart *m, struct part *part)
{
	size_t left = (size_t)(m->end - m->p);
	struct bytes s = bytes_of(m->p, left < MULTIPART_HEAD_MAX ? left : MULTIPART_HEAD_MAX), line;
	bool disposed = false, typed = false;

	for (size_t lines = 0; lines <= MULTIPART_FIELDS_MAX; lines++) {
		if (!take_line(&s, &line))
			return left < MULTIPART_HEAD_MAX && memmem(s.p, s.n, "\r\n", 2) == NULL ? "The form ends too early" :
			    "A part of the form has a malformed head";
		if (line.n == 0) {
			m->p = s.p;
			return disposed ? NULL : "A part of the form has no Content-Disposition";
		}
		const char *why = read_field(part, line, &disposed, &typed);
		if (why != NULL)
			return why;
	}
	return "A part of the form has too many header fields";
}

/* Behind a boundary: a line's end, or the end of all. */
static int
behind_boundary(struct multipart *m, const char **why)
{
	struct bytes s = bytes_of(m->p, (size_t)(m->end - m->p));

	if (s.n >= 2 && memcmp(s.p, "--", 2) == 0) {
		take(&s, 2);
		skip_space(&s);
		m->over = true;
		*why = "Something follows the end of the form";
		return s.n == 0 || (s.n == 2 && memcmp(s.p, "\r\n", 2) == 0) ? 0 : -1;
	}
	skip_space(&s);
	*why = s.n < 2 ? "The form ends too early" : "The form has a malformed boundary";
	if (s.n < 2 || memcmp(s.p, "\r\n", 2) != 0)
		return -1;
	m->p = s.p + 2;
	return 1;
}

int
multipart_next(struct multipart *m, struct part *part, const char **why)
{
	const char *next;
	int rc;

	*part = (struct part){ .name = { "", 0 }, .filename = { "", 0 }, .content = { "", 0 } };
	if (m->over)
		return 0;
	if ((rc = behind_boundary(m, why)) <= 0)
		return rc;
	if ((*why = read_head(m, part)) != NULL)
		return -1;
	/* an empty part's boundary begins with the end of its head */
	m->p -= 2;
	next = memmem(m->p, (size_t)(m->end - m->p), m->delimiter, m->delimiter_n);
	*why = "The form ends without its last boundary";
	if (next == NULL)
		return -1;
	if (next > m->p)
		part->content = bytes_of(m->p + 2, next >= m->p + 2 ? (size_t)(next - m->p - 2) : 0);
	m->p = next + m->delimiter_n;
	return 1;
}
