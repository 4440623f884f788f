/* actors/front/bodies.c - see bodies.h.
 * Owns: nothing. Fails: into the caller's list of problems.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <malloc.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/front/bodies.h"
#include "actors/front/patterns.h"

/* One check under way: where we are in the tree, for the names of fields. */
struct check {
	struct problems *out;
	const char *prefix;
	bool query;
};

/* ---- problems ---- */

/* Cuts a text at a character's border. */
static void
cut(char *s, size_t cap, size_t written)
{
	if (written < cap)
		return;
	size_t n = cap - 1;
	while (n > 0 && ((unsigned char)s[n - 1] & 0xc0) == 0x80)
		n--;
	if (n > 0 && ((unsigned char)s[n - 1] & 0xc0) == 0xc0)
		n--;
	s[n] = '\0';
}

__attribute__((format(printf, 4, 5))) static void
problem(struct check *c, const char *name, const char *code, const char *format, ...)
{
	struct problems *out = c->out;
	char field[sizeof out->v[0].field], text[160];
	va_list ap;

	if (out->n >= PROBLEMS_MAX)
		return;
	cut(field, sizeof field, (size_t)snprintf(field, sizeof field, "%s%s", c->prefix, name));
	va_start(ap, format);
	cut(text, sizeof text, (size_t)vsnprintf(text, sizeof text, format, ap));
	va_end(ap);
	struct problem *p = &out->v[out->n];
	memcpy(p->field, field, sizeof field);
	p->code = code;
	int n = strcmp(code, "whitelistValidation") == 0 ?
	    snprintf(p->message, sizeof p->message, "property %s should not exist", field) :
	    snprintf(p->message, sizeof p->message, "%s %s", field, text);
	cut(p->message, sizeof p->message, (size_t)n);
	out->n++;
}

/* ---- one value ---- */

static bool
empty(const json_t *v)
{
	return v == NULL || json_is_null(v) || (json_is_string(v) && json_string_length(v) == 0);
}

/* Of nothing but white space (as String.prototype.trim knows it) and what has no width? */
static bool
blank(const char *s, size_t n)
{
	static const struct { uint32_t from, to; } spaces[] = {
		{ 0x09, 0x0d }, { 0x20, 0x20 }, { 0xa0, 0xa0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200d },
		{ 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x205f, 0x2060 }, { 0x3000, 0x3000 }, { 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)s[i++];
		uint32_t u = c < 0x80 ? c : c < 0xe0 ? c & 0x1fu : c < 0xf0 ? c & 0x0fu : c & 0x07u;
		while (i < n && ((unsigned char)s[i] & 0xc0) == 0x80)	/* jansson saw to it that it is UTF-8 */
			u = u << 6 | ((unsigned char)s[i++] & 0x3fu);
		bool space = false;
		for (size_t k = 0; k < COUNT(spaces) && !space; k++)
			space = u >= spaces[k].from && u <= spaces[k].to;
		if (!space)
			return false;
	}
	return true;
}

/* Is s one of "A|B|C"? */
static bool
one_of(const char *values, const char *s, bool anycase)
{
	size_t n = strlen(s);

	for (const char *v = values;;) {
		const char *end = strchrnul(v, '|');
		if ((size_t)(end - v) == n && (anycase ? strncasecmp(v, s, n) : strncmp(v, s, n)) == 0)
			return true;
		if (*end == '\0')
			return false;
		v = end + 1;
	}
}

/* "A|B|C" as "A, B, C". */
static const char *
listed(const char *values, char *out, size_t cap)
{
	size_t n = 0;

	for (const char *v = values; *v != '\0' && n + 3 < cap; v++) {
		out[n++] = *v == '|' ? ',' : *v;
		if (*v == '|')
			out[n++] = ' ';
	}
	out[n] = '\0';
	return out;
}

static void
check_length(struct check *c, const struct body_row *r, const char *s, size_t n)
{
	size_t length = r->kind == K_BYTES ? n : utf8_length(s, n);
	const char *unit = r->kind == K_BYTES ? "bytes" : "characters";

	bool hollow = r->low >= 1 && (r->kind == K_TEXT || r->kind == K_BYTES) && blank(s, n);
	if ((double)length < r->low || hollow) {
		if (length == 0 || hollow)
			problem(c, r->name, "isNotEmpty", "must not be empty");
		else
			problem(c, r->name, "minLength", "must be longer than or equal to %.0f %s", r->low, unit);
	}
	if ((double)length > r->high)
		problem(c, r->name, "maxLength", "must be shorter than or equal to %.0f %s", r->high, unit);
}

static void
check_text(struct check *c, const struct body_row *r, const json_t *v)
{
	const char *s = json_string_value(v), *what = NULL;
	size_t n = json_string_length(v);
	char list[160];
	struct id id;

	if (!json_is_string(v)) {
		problem(c, r->name, "isString", "must be a string");
		return;
	}
	switch (r->kind) {
	case K_WORD:
	case K_ANYCASE:
		if (!one_of(r->values, s, r->kind == K_ANYCASE))
			problem(c, r->name, "isIn", "must be one of the following values: %s", listed(r->values, list, sizeof list));
		return;
	case K_UUID:
		if (!id_parse(s, n, &id))
			problem(c, r->name, "isUuid", "must be a UUID");
		return;
	case K_EMAIL:
		if (n > (size_t)r->high || !pattern_email(s, n))
			problem(c, r->name, "isEmail", "must be an email");
		return;
	case K_NAMED:
		if (!pattern_named(r->values, s, n, &what))
			problem(c, r->name, "matches", "must be %s", what);
		else
			check_length(c, r, s, n);
		return;
	case K_PASSWORD:
		check_length(c, r, s, n);
		if (!pattern_password(s, n))
			problem(c, r->name, "isStrongPassword",
			    "must contain an upper-case letter, a lower-case letter and a digit or symbol");
		return;
	default:
		check_length(c, r, s, n);
	}
}

/* In a query a number comes as text: it is replaced in the tree. */
static json_t *
query_number(json_t *root, const struct body_row *r, json_t *v)
{
	const char *s = json_string_value(v);
	char *end;

	if (r->kind == K_FLAG && (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)) {
		json_object_set_new(root, r->name, json_boolean(*s == 't'));
	} else if (r->kind == K_INT && (isdigit((unsigned char)*s) || *s == '-') && strlen(s) < 18) {
		long long n = strtoll(s, &end, 10);
		if (*end == '\0')
			json_object_set_new(root, r->name, json_integer(n));
	}
	return json_object_get(root, r->name);
}

static void
check_number(struct check *c, const struct body_row *r, const json_t *v)
{
	double x = json_number_value(v), low2 = 0, high2 = 0;

	if (r->kind == K_INT && (!json_is_number(v) || x != floor(x))) {
		problem(c, r->name, "isInt", "must be an integer number");
		return;
	}
	if (!json_is_number(v)) {
		problem(c, r->name, "isNumber", "must be a number");
		return;
	}
	if (r->values != NULL && sscanf(r->values, "%lf-%lf", &low2, &high2) == 2) {
		if (!((x >= r->low && x <= r->high) || (x >= low2 && x <= high2)))
			problem(c, r->name, "range", "must be between %g and %g, or between %g and %g", r->low, r->high, low2, high2);
		return;
	}
	if (x < r->low)
		problem(c, r->name, "min", "must not be less than %.10g", r->low);
	if (x > r->high)
		problem(c, r->name, "max", "must not be greater than %.10g", r->high);
}

static void check_object(struct check *c, enum body id, json_t *root);

static void
check_part(struct check *c, const struct body_row *r, json_t *v, const char *index)
{
	char prefix[96];
	struct check in = { c->out, prefix, false };

	int n = snprintf(prefix, sizeof prefix, "%s%s%s.", c->prefix, r->name, index);
	if (!json_is_object(v))
		problem(c, r->name, "isObject", "must be an object");
	else if ((size_t)n < sizeof prefix)
		check_object(&in, r->part, v);
}

static void
check_list(struct check *c, const struct body_row *r, json_t *v)
{
	size_t i;
	json_t *item;
	char index[24];

	if (!json_is_array(v)) {
		problem(c, r->name, "isArray", "must be an array");
		return;
	}
	if ((double)json_array_size(v) > r->high) {
		problem(c, r->name, "arrayMaxSize", "must contain no more than %.0f elements", r->high);
		return;
	}
	json_array_foreach(v, i, item) {
		snprintf(index, sizeof index, ".%zu", i);
		check_part(c, r, item, index);
	}
}

/* ---- one object ---- */

static const struct body_row *
row_of(const struct body_row *rows, const char *name)
{
	for (const struct body_row *r = rows; r->name != NULL; r++)
		if (r->kind != K_ONE_OF && strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

static void
check_names(struct check *c, const struct body_row *rows, json_t *root)
{
	const char *key;
	json_t *v;
	void *tmp;

	json_object_foreach_safe(root, tmp, key, v) {
		const struct body_row *r = row_of(rows, key);
		if (r != NULL && r->kind == K_ALIAS && json_object_get(root, r->values) == NULL) {
			json_object_set(root, r->values, v);
			json_object_del(root, key);
		} else if (r == NULL || r->kind == K_ALIAS) {
			problem(c, key, "whitelistValidation", "%s", "");
		}
	}
}

static void
check_row(struct check *c, const struct body_row *r, json_t *root)
{
	json_t *v = json_object_get(root, r->name);

	if (r->kind == K_ALIAS)
		return;
	if (r->kind == K_ONE_OF) {
		bool a = !empty(v), b = !empty(json_object_get(root, r->values));
		if (a == b)
			problem(c, r->name, "oneOf", "or %s must be given, and only one of them", r->values);
		return;
	}
	if (c->query && empty(v) && !(r->kind == K_NAMED && r->low == 0)) {
		json_object_del(root, r->name);		/* "page=" is not said */
		v = NULL;
	}
	if (v == NULL || json_is_null(v)) {
		if (r->need == REQUIRED)
			problem(c, r->name, "isNotEmpty", "must not be empty");
		return;
	}
	if (json_is_string(v) && memchr(json_string_value(v), 0, json_string_length(v)) != NULL) {
		problem(c, r->name, "isText", "must not contain U+0000");	/* no text of ours or of PostgreSQL may */
		return;
	}
	if (c->query && json_is_string(v))
		v = query_number(root, r, v);
	switch (r->kind) {
	case K_INT:
	case K_NUMBER:
		check_number(c, r, v);
		break;
	case K_FLAG:
		if (!json_is_boolean(v))
			problem(c, r->name, "isBoolean", "must be a boolean value");
		break;
	case K_OBJECT:
		check_part(c, r, v, "");
		break;
	case K_LIST:
		check_list(c, r, v);
		break;
	default:
		if (r->need == REQUIRED && empty(v))
			problem(c, r->name, "isNotEmpty", "must not be empty");
		else if (!(r->low == 0 && empty(v)) || r->kind == K_WORD || r->kind == K_ANYCASE)
			check_text(c, r, v);
	}
}

static void
check_object(struct check *c, enum body id, json_t *root)
{
	check_names(c, body_rows(id), root);
	for (const struct body_row *r = body_rows(id); r->name != NULL; r++)
		check_row(c, r, root);
}

bool
body_names(enum body id, struct bytes name)
{
	const char *dot = memchr(name.p, '.', name.n);
	struct bytes first = bytes_of(name.p, dot != NULL ? (size_t)(dot - name.p) : name.n);

	for (const struct body_row *r = body_rows(id); r != NULL && r->name != NULL; r++)
		if (bytes_eq(first, r->name))
			return true;
	return false;
}

void
body_check(enum body id, json_t *root, bool query, struct problems *out)
{
	struct check c = { out, "", query };

	out->n = 0;
	check_object(&c, id, root);
}

/* ---- memory ---- */

static void
free_wiped(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void
bodies_init(void)
{
	json_set_alloc_funcs(malloc, free_wiped);
}

/* ---- the writer ---- */

json_t *
body_echo(enum body id, const json_t *root, bool with_inline)
{
	json_t *out = json_object();

	for (const struct body_row *r = body_rows(id); out != NULL && r->name != NULL; r++) {
		json_t *v = json_object_get(root, r->name), *item, *copy;
		size_t i;
		if (v == NULL || json_is_null(v) || r->kind == K_ALIAS || r->kind == K_ONE_OF ||
		    r->goes == FIELDS || (r->goes == INLINE && !with_inline))
			continue;
		if (r->kind == K_OBJECT) {
			json_object_set_new(out, r->name, body_echo(r->part, v, with_inline));
		} else if (r->kind == K_LIST) {
			copy = json_array();
			json_array_foreach(v, i, item)
				json_array_append_new(copy, body_echo(r->part, item, with_inline));
			json_object_set_new(out, r->name, copy);
		} else {
			json_object_set(out, r->name, v);
		}
	}
	return out;
}

/* ---- checked fields ---- */

struct bytes
body_text(const json_t *root, const char *name)
{
	const json_t *v = json_object_get(root, name);

	return json_is_string(v) ? bytes_of(json_string_value(v), json_string_length(v)) : (struct bytes){ "", 0 };
}

uint64_t
body_uint(const json_t *root, const char *name, uint64_t absent)
{
	const json_t *v = json_object_get(root, name);

	return json_is_number(v) ? (uint64_t)json_number_value(v) : absent;
}

bool
body_has(const json_t *root, const char *name)
{
	return !empty(json_object_get(root, name));
}

/* ---- problems as JSON ---- */

int
json_text_add(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	bool valid = utf8_valid(s, n);
	char *p = buf_room(b, n * 6 + 2);

	if (p == NULL)
		return -1;
	char *start = p;
	*p++ = '"';
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)s[i];
		if (ch == '"' || ch == '\\') {
			*p++ = '\\';
			*p++ = (char)ch;
		} else if (ch < 0x20 || ch == 0x7f) {
			memcpy(p, "\\u00", 4);
			p[4] = hex[ch >> 4];
			p[5] = hex[ch & 15];
			p += 6;
		} else {
			*p++ = ch >= 0x80 && !valid ? '?' : (char)ch;
		}
	}
	*p++ = '"';
	b->n += (size_t)(p - start);
	return 0;
}

int
problems_json(struct buf *b, const struct problems *p)
{
	int rc = buf_add(b, "[", 1);

	for (size_t i = 0; i < p->n; i++) {
		const struct problem *q = &p->v[i];
		rc |= i > 0 ? buf_add(b, ",", 1) : 0;
		rc |= buf_add(b, "{\"field\":", 9) | json_text_add(b, q->field, strlen(q->field));
		rc |= buf_add(b, ",\"code\":", 8) | json_text_add(b, q->code, strlen(q->code));
		rc |= buf_add(b, ",\"message\":", 11) | json_text_add(b, q->message, strlen(q->message));
		rc |= buf_add(b, "}", 1);
	}
	return rc | buf_add(b, "]", 1);
}

int
problems_message(struct buf *b, const struct problems *p)
{
	int rc = 0;

	for (size_t i = 0; i < p->n; i++) {
		rc |= i > 0 ? buf_add(b, ", ", 2) : 0;
		rc |= buf_add(b, p->v[i].message, strlen(p->v[i].message));
	}
	return rc;
}
