/* supervisor/values.c - numbers with units, and what a URL tells.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "supervisor/settings.h"

/* Decimal digits and one of the units behind them; the unit "" is the last resort. */
struct unit {
	const char *name;
	uint64_t times;
};

static bool
units_parse(const char *text, const struct unit *units, size_t n, uint64_t *out)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	uint64_t v = strtoull(text, &end, 10);
	if (errno != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(end, units[i].name) == 0) {
			if (v > UINT64_MAX / units[i].times)
				return false;
			*out = v * units[i].times;
			return true;
		}
	return false;
}

bool
duration_parse(const char *text, uint64_t *ms)
{
	static const struct unit units[] = { { "ms", 1 }, { "s", 1000 }, { "", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 } };
	return units_parse(text, units, COUNT(units), ms);
}

bool
bytes_parse(const char *text, uint64_t *n)
{
	static const struct unit units[] = { { "", 1 }, { "b", 1 }, { "kib", 1 << 10 }, { "mib", 1 << 20 },
		{ "gib", 1 << 30 }, { "kb", 1000 }, { "mb", 1000000 }, { "gb", 1000000000 } };
	return units_parse(text, units, COUNT(units), n);
}

static bool
flag_parse(const char *text, uint64_t *v)
{
	static const char *const yes[] = { "on", "true", "yes", "1" }, *const no[] = { "off", "false", "no", "0" };

	for (size_t i = 0; i < COUNT(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*v = strcasecmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

bool
number_parse(enum setting_type t, const char *text, uint64_t *v)
{
	static const struct unit plain[] = { { "", 1 } };

	switch (t) {
	case ST_duration:
		return duration_parse(text, v);
	case ST_bytes:
		return bytes_parse(text, v);
	case ST_flag:
		return flag_parse(text, v);
	default:
		return units_parse(text, plain, 1, v);
	}
}

/* The value of a keyword in "a=1 b=2" or of a parameter in "?a=1&b=2"; NULL if absent. */
static const char *
keyword(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = text; (p = strstr(p, name)) != NULL; p += n)
		if ((p == text || strchr(" ?&", p[-1]) != NULL) && p[n] == '=')
			return p + n + 1;
	return NULL;
}

bool
url_is_tcp(const char *url)
{
	const char *host = strstr(url, "://");
	const char *named = keyword(url, "host");

	if (named == NULL)
		named = keyword(url, "hostaddr");
	if (named != NULL && *named == '\'')
		named++;
	if (named != NULL)
		return *named != '/' && strncasecmp(named, "%2F", 3) != 0 && *named != '@';
	if (host == NULL)
		return false;
	host += 3;
	size_t n = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	return n > 0 && strncasecmp(host, "%2F", 3) != 0;
}
