/* actors/front/patterns.c - see patterns.h and bodies.h (body_parse, query_parse).
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/front/bodies.h"
#include "actors/front/patterns.h"

/* ---- shapes ---- */

static bool
google_project(const char *s, size_t n)
{
	if (n < 6 || n > 30 || !islower((unsigned char)s[0]) || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '-')
			return false;
	return true;
}

static bool
gs_uri(const char *s, size_t n)
{
	const char *slash;

	if (n < 8 || memcmp(s, "gs://", 5) != 0 || (slash = memchr(s + 5, '/', n - 5)) == NULL ||
	    slash == s + 5 || slash + 1 == s + n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || s[i] == '"' || s[i] == '\\' || s[i] == '?' || s[i] == '#')
			return false;
	return strstr(s, "/../") == NULL;
}

/* Whose it is decides; what it looks like does not. */
static bool
gs_any(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
			return false;
	return n > 5 && memcmp(s, "gs://", 5) == 0;
}

static bool
base64(const char *s, size_t n)
{
	size_t pad = 0;

	if (n == 0 || n % 4 != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool digit = isalnum((unsigned char)s[i]) || s[i] == '+' || s[i] == '/';
		if (s[i] == '=' && i + 2 >= n)
			pad++;
		else if (!digit || pad > 0)
			return false;
	}
	return true;
}

static bool
model(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && (i == 0 || strchr("._@-", s[i]) == NULL))
			return false;
	return n > 0;
}

/* BCP 47, roughly: letters, then groups of letters and digits. */
static bool
language(const char *s, size_t n)
{
	size_t group = 0, groups = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i == n || s[i] == '-') {
			if (group < (groups == 0 ? 2u : 1u) || group > (groups == 0 ? 3u : 8u))
				return false;
			group = 0;
			groups++;
		} else if (groups == 0 ? !isalpha((unsigned char)s[i]) : !isalnum((unsigned char)s[i])) {
			return false;
		} else {
			group++;
		}
	}
	return true;
}

/* db looks at it more closely (proto/webhook_url.h), and notifier each time. */
static bool
webhook_url(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7f)
			return false;
	return (n > 8 && memcmp(s, "https://", 8) == 0) || (n > 7 && memcmp(s, "http://", 7) == 0);
}

/* What db made of a place in a list: it looks at it more closely. */
static bool
cursor(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return true;
}

/* Two digits at s in low..high. */
static bool
two(const char *s, int low, int high)
{
	if (!isdigit((unsigned char)s[0]) || !isdigit((unsigned char)s[1]))
		return false;
	int v = (s[0] - '0') * 10 + s[1] - '0';
	return v >= low && v <= high;
}

/* YYYY-MM-DD, or with Thh:mm[:ss[.fff]] and Z or +hh:mm. */
static bool
iso_time(const char *s, size_t n)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (n < 10 || !two(s, 0, 99) || !two(s + 2, 0, 99) || s[4] != '-' || !two(s + 5, 1, 12) || s[7] != '-')
		return false;
	int month = (s[5] - '0') * 10 + s[6] - '0', year = atoi(s);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (!two(s + 8, 1, month == 2 && !leap ? 28 : days[month - 1]) || year == 0)
		return false;
	if (n == 10)
		return true;
	if (n < 16 || s[10] != 'T' || !two(s + 11, 0, 23) || s[13] != ':' || !two(s + 14, 0, 59))
		return false;
	const char *p = s + 16, *end = s + n;
	if (end - p >= 3 && *p == ':' && two(p + 1, 0, 59)) {
		p += 3;
		if (end - p >= 2 && *p == '.') {
			const char *from = ++p;
			while (p < end && isdigit((unsigned char)*p))
				p++;
			if (p == from || p - from > 9)
				return false;
		}
	}
	if (p == end)
		return true;
	if (*p == 'Z')
		return p + 1 == end;
	return end - p == 6 && (*p == '+' || *p == '-') && two(p + 1, 0, 15) && p[3] == ':' && two(p + 4, 0, 59);
}

static const struct {
	const char *name;
	bool (*ok)(const char *, size_t);	/* NULL: only a regular expression is asked for */
	const char *what, *regex;
} patterns[] = {
	{ "google_project", google_project, "a valid Google project id", "^[a-z][a-z0-9-]{4,28}[a-z0-9]$" },
	{ "gs_uri", gs_uri, "the Cloud Storage URI of an object",
	  "^(?!.*/\\.\\./)gs://[^/\\u0000-\\u0020\\u007f\"\\\\?#]+/[^\\u0000-\\u0020\\u007f\"\\\\?#]+$" },
	{ "gs_any", gs_any, "the URI of an object in Cloud Storage", "^gs://[^\\u0000-\\u0020\\u007f]+$" },
	{ "base64", base64, "base64 encoded", "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$" },
	{ "model", model, "a model id", "^[A-Za-z0-9][A-Za-z0-9._@-]*$" },
	{ "language", language, "a BCP 47 language tag", "^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$" },
	{ "time", iso_time, "a valid ISO 8601 date string",
	  "^[0-9]{4}-[01][0-9]-[0-3][0-9](?:T[0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,9})?)?(?:Z|[+-][01][0-9]:[0-5][0-9])?)?$" },
	{ "cursor", cursor, "empty, or the nextCursor of an answer", "^[A-Za-z0-9_-]*$" },
	{ "webhook_url", webhook_url, "an https URL", "^https?://[!-~]+$" },
	{ "password", NULL, NULL, "^(?=[^]*[A-Z])(?=[^]*[a-z])(?=[^]*[^A-Za-z])" },
	{ "not_blank", NULL, NULL, "[^\\s\\u200b-\\u200d\\u2060]" },
};

bool
pattern_named(const char *pattern, const char *s, size_t n, const char **what)
{
	for (size_t i = 0; i < COUNT(patterns); i++)
		if (strcmp(patterns[i].name, pattern) == 0 && patterns[i].ok != NULL) {
			*what = patterns[i].what;
			return patterns[i].ok(s, n);
		}
	*what = "known";
	return false;
}

const char *
pattern_regex(const char *pattern)
{
	for (size_t i = 0; i < COUNT(patterns); i++)
		if (strcmp(patterns[i].name, pattern) == 0)
			return patterns[i].regex;
	return NULL;
}

static bool
domain(const char *s, size_t n)
{
	size_t label = 0, dots = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.') {
			if (label == 0 || s[i - 1] == '-')
				return false;
			label = 0;
			dots++;
		} else if (isalnum((unsigned char)s[i]) || (s[i] == '-' && label > 0)) {
			if (++label > 63)
				return false;
		} else {
			return false;
		}
	}
	return label > 0 && s[n - 1] != '-' && (dots > 0 || (n == 9 && memcmp(s, "localhost", 9) == 0));
}

bool
pattern_email(const char *s, size_t n)
{
	const char *at = memrchr(s, '@', n);
	size_t local = at != NULL ? (size_t)(at - s) : 0;

	if (local == 0 || local > 64 || s[0] == '.' || s[local - 1] == '.')
		return false;
	for (size_t i = 0; i < local; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c <= ' ' || c == 0x7f || strchr("\"(),:;<>@[\\]", c) != NULL || (c == '.' && s[i + 1] == '.'))
			return false;
	}
	return domain(at + 1, n - local - 1);
}

bool
pattern_password(const char *s, size_t n)
{
	bool upper = false, lower = false, other = false;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c >= 'A' && c <= 'Z')
			upper = true;
		else if (c >= 'a' && c <= 'z')
			lower = true;
		else
			other = true;
	}
	return upper && lower && other;
}

/* ---- bytes into trees ---- */

/* Deepest nesting of brackets outside strings: looked at before the parser recurses. */
static size_t
depth_of(const char *p, size_t n)
{
	size_t depth = 0, deepest = 0;
	bool text = false;

	for (size_t i = 0; i < n; i++) {
		if (text) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				text = false;
		} else if (p[i] == '"') {
			text = true;
		} else if (p[i] == '{' || p[i] == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if ((p[i] == '}' || p[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return deepest;
}

int
body_parse(const char *p, size_t n, json_t **out, const char **why)
{
	json_error_t error;

	*why = "The body is not a JSON object";
	if (depth_of(p, n) > BODY_DEPTH) {
		*why = "The body nests deeper than 32";
		return -E_BAD_JSON;
	}
	/* NUL is let in so that body_check can name its field */
	json_t *root = json_loadb(p, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (root == NULL) {
		switch (json_error_code(&error)) {
		case json_error_numeric_overflow:
			*why = "a number is out of range";
			return -E_VALIDATION_ERROR;
		case json_error_duplicate_key:
			*why = "The body has a duplicate key";
			break;
		case json_error_invalid_utf8:
			*why = "The body is not UTF-8";
			break;
		default:
			*why = "The body is not valid JSON";
		}
		return -E_BAD_JSON;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		return -E_BAD_JSON;
	}
	*out = root;
	return 0;
}

/* Percent-decodes in place; -1 for a broken escape. */
static long
unescape(char *s, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] != '%') {
			s[to++] = s[i] == '+' ? ' ' : s[i];
			continue;
		}
		if (n - i < 3 || !isxdigit((unsigned char)s[i + 1]) || !isxdigit((unsigned char)s[i + 2]))
			return -1;
		char two_digits[3] = { s[i + 1], s[i + 2], 0 };
		s[to++] = (char)strtoul(two_digits, NULL, 16);
		i += 2;
	}
	return (long)to;
}

int
query_parse(const char *p, size_t n, json_t **out, const char **why)
{
	json_t *root = json_object();
	char *copy = malloc(n + 1), *at = copy;

	*why = "the query is malformed";
	if (root == NULL || copy == NULL)
		goto fail;
	memcpy(copy, p, n);
	copy[n] = '\0';
	for (size_t pairs = 0; at != NULL && pairs < 64; pairs++) {
		char *pair = strsep(&at, "&"), *value = strchrnul(pair, '=');
		size_t name_n = (size_t)(value - pair), value_n = *value ? strlen(value + 1) : 0;
		if (name_n == 0 && value_n == 0)
			continue;
		char *v = *value ? value + 1 : value;
		long a = unescape(pair, name_n), b = unescape(v, value_n);
		if (a <= 0 || b < 0 || memchr(pair, 0, (size_t)a) != NULL || !utf8_valid(pair, (size_t)a) || !utf8_valid(v, (size_t)b))
			goto fail;
		pair[a] = '\0';
		if (json_object_get(root, pair) != NULL) {
			*why = "the query names a parameter twice";
			goto fail;
		}
		if (json_object_set_new(root, pair, json_stringn(v, (size_t)b)) != 0)
			goto fail;
	}
	if (at != NULL)
		goto fail;
	free(copy);
	*out = root;
	return 0;
fail:
	free(copy);
	json_decref(root);
	return -E_VALIDATION_ERROR;
}
