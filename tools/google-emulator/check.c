/* check.c - is this JSON object what the table says it must be?
 * Owns:  nothing.
 * Fails: with the first problem found, in Google's words, and the field's path. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gcs_uri.h"
#include "util.h"

#define BYTES_MAX	(30.0 * 1024 * 1024)

int
problem_set(struct problem *p, const char *field, const char *fmt, ...)
{
	va_list ap;

	snprintf(p->field, sizeof p->field, "%s", field);
	va_start(ap, fmt);
	vsnprintf(p->message, sizeof p->message, fmt, ap);
	va_end(ap);
	return -1;
}

static int
bad_type(struct problem *why, const char *at, const char *type)
{
	return problem_set(why, at, "Invalid value at '%s' (%s).", at, type);
}

/* A JSON number, or for typed messages its text. */
static int
number_of(const struct field *f, const json_t *v, double *out)
{
	char *end;

	if (json_is_number(v)) {
		*out = json_number_value(v);
		return 0;
	}
	if (!(f->flags & F_TYPED) || !json_is_string(v) || json_string_length(v) == 0)
		return -1;
	*out = strtod(json_string_value(v), &end);
	return *end == '\0' && isfinite(*out) ? 0 : -1;
}

static int
check_number(const struct field *f, const json_t *v, const char *at,
    struct problem *why)
{
	double d;

	if (number_of(f, v, &d) < 0)
		return bad_type(why, at, f->kind == F_INT ? "TYPE_INT32" : "TYPE_DOUBLE");
	if (f->kind == F_INT && d != floor(d))
		return bad_type(why, at, "TYPE_INT32");
	if (d < f->min || d > f->max)
		return problem_set(why, at, "%s must be in the range [%g, %g], but got "
		    "%.10g.", f->name, f->min, f->max, d);
	return 0;
}

static int
check_string(const struct field *f, const json_t *v, const char *at,
    struct problem *why)
{
	double max = f->max > 0 ? f->max : 65536;

	if (!json_is_string(v))
		return bad_type(why, at, "TYPE_STRING");
	if ((double)json_string_length(v) < f->min)
		return problem_set(why, at, "%s must not be empty.", f->name);
	if ((double)json_string_length(v) > max)
		return problem_set(why, at, "%s is longer than the limit of %.0f bytes.",
		    f->name, max);
	return 0;
}

static int
check_word(const struct field *f, const json_t *v, const char *at,
    struct problem *why)
{
	if (!json_is_string(v))
		return bad_type(why, at, "TYPE_STRING");
	if (f->flags & F_EXACT ? !word_in(f->choices, json_string_value(v)) :
	    !word_in_any_case(f->choices, json_string_value(v)))
		return problem_set(why, at, "Invalid %s, %.60s. Supported values are: %s.",
		    f->name, json_string_value(v), f->choices);
	return 0;
}

int
check_enum(const json_t *v, const char *choices)
{
	const char	*at = choices;
	const char	*text = json_string_value(v);
	char		 name[64];
	int		 n;

	while (sscanf(at, "%63[^=]=%d", name, &n) == 2) {
		if (text != NULL ? strcmp(text, name) == 0 :
		    json_is_integer(v) && json_integer_value(v) == n)
			return n;
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	return -1;
}

static int
check_bytes(const struct field *f, const json_t *v, const char *at,
    struct problem *why)
{
	unsigned char	*b;
	size_t		 n;
	double		 max = f->max > 0 ? f->max : BYTES_MAX;

	if (!json_is_string(v))
		return bad_type(why, at, "TYPE_BYTES");
	if (base64_decode(json_string_value(v), json_string_length(v), &b, &n) < 0)
		return problem_set(why, at, "Invalid value at '%s' (TYPE_BYTES), Base64 "
		    "decoding failed.", at);
	free(b);
	if (n == 0 || (double)n > max)
		return problem_set(why, at, "%s must hold 1 to %.0f bytes.", f->name, max);
	return 0;
}

static int
check_gcs(const struct field *f, const json_t *v, const char *at,
    struct problem *why)
{
	struct gcs_uri u;

	if (!json_is_string(v))
		return bad_type(why, at, "TYPE_STRING");
	if (gcs_uri_parse(json_string_value(v), f->kind == F_GCS_URI, &u) < 0)
		return problem_set(why, at, "Invalid Cloud Storage URI in %s: %.100s",
		    f->name, json_string_value(v));
	return 0;
}

static int
check_list(const struct field *f, const json_t *v, const char *at,
    struct problem *why)
{
	char	 where[190];
	size_t	 i;
	json_t	*one;

	if (!json_is_array(v))
		return bad_type(why, at, "repeated field");
	if ((double)json_array_size(v) < f->min || (double)json_array_size(v) > f->max)
		return problem_set(why, at, "%s must have from %g to %g entries, but got "
		    "%zu.", f->name, f->min, f->max, json_array_size(v));
	json_array_foreach((json_t *)v, i, one) {
		snprintf(where, sizeof where, "%.140s[%zu]", at, i);
		if (check_object(one, f->sub, where, why) < 0)
			return -1;
	}
	return 0;
}

static int
check_strings(const json_t *v, const char *at, struct problem *why)
{
	size_t		 i;
	json_t		*one;
	const char	*key;

	if (json_is_array(v)) {
		json_array_foreach((json_t *)v, i, one)
			if (!json_is_string(one))
				return bad_type(why, at, "TYPE_STRING");
	} else {
		json_object_foreach((json_t *)v, key, one)
			if (!json_is_string(one))
				return bad_type(why, at, "TYPE_STRING");
	}
	return 0;
}

static int
check_value(const struct field *f, const json_t *v, const char *at,
    struct problem *why)
{
	switch (f->kind) {
	case F_END:
	case F_ANY:
		return 0;
	case F_BOOL:
		return json_is_boolean(v) ? 0 : bad_type(why, at, "TYPE_BOOL");
	case F_INT:
	case F_NUMBER:
		return check_number(f, v, at, why);
	case F_STRING:
		return check_string(f, v, at, why);
	case F_WORD:
		return check_word(f, v, at, why);
	case F_ENUM:
		return check_enum(v, f->choices) >= 0 ? 0 : bad_type(why, at, "TYPE_ENUM");
	case F_BYTES:
		return check_bytes(f, v, at, why);
	case F_GCS_URI:
	case F_GCS_PREFIX:
		return check_gcs(f, v, at, why);
	case F_OBJECT:
		return check_object(v, f->sub, at, why);
	case F_LIST:
		return check_list(f, v, at, why);
	case F_STRINGS:
		return json_is_array(v) ? check_strings(v, at, why) :
		    bad_type(why, at, "repeated field");
	case F_MAP:
		return json_is_object(v) ? check_strings(v, at, why) :
		    bad_type(why, at, "map");
	}
	return 0;
}

static const struct field *
field_find(const struct field *table, const char *name)
{
	for (; table->kind != F_END; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

int
check_object(const json_t *obj, const struct field *table, const char *where,
    struct problem *why)
{
	const struct field	*f;
	const char		*key;
	json_t			*v;
	char			 at[160];

	if (!json_is_object(obj))
		return bad_type(why, where[0] ? where : "body", "object");
	json_object_foreach((json_t *)obj, key, v) {
		if ((f = field_find(table, key)) == NULL) {
			snprintf(at, sizeof at, "%.100s", where);
			return problem_set(why, at, "Invalid JSON payload received. "
			    "Unknown name \"%.60s\"%s%s%s: Cannot find field.", key,
			    where[0] ? " at '" : "", where, where[0] ? "'" : "");
		}
		snprintf(at, sizeof at, "%.100s%s%.50s", where, where[0] ? "." : "", key);
		if (!json_is_null(v) && check_value(f, v, at, why) < 0)
			return -1;
	}
	for (f = table; f->kind != F_END; f++) {
		v = json_object_get(obj, f->name);
		if ((f->flags & F_REQUIRED) && (v == NULL || json_is_null(v))) {
			snprintf(at, sizeof at, "%.100s%s%.50s", where,
			    where[0] ? "." : "", f->name);
			return problem_set(why, at, "%s is required.", at);
		}
	}
	return 0;
}
