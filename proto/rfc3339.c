/* proto/rfc3339.c - see rfc3339.h.
 * Owns: nothing.
 * Licence: Apache-2.0. */
#include "proto/rfc3339.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

/* A pattern's d is a digit, its other characters are themselves. */
static bool
looks_like(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, text++)
		if (*pattern == 'd' ? !isdigit((unsigned char)*text) : *text != *pattern)
			return false;
	return true;
}

static int
two(const char *digits)
{
	return (digits[0] - '0') * 10 + digits[1] - '0';
}

/* "Z", "+01:00" or "-07:30" to the end of the text. */
static bool
offset_read(const char *text, int *seconds)
{
	bool plus = looks_like(text, "+dd:dd"), minus = looks_like(text, "-dd:dd");

	*seconds = 0;
	if (text[0] == 'Z' || text[0] == 'z')
		return text[1] == '\0';
	if ((!plus && !minus) || text[6] != '\0' || two(text + 1) > 23 || two(text + 4) > 59)
		return false;
	*seconds = (two(text + 1) * 60 + two(text + 4)) * (plus ? 60 : -60);
	return true;
}

/* ".123456": its milliseconds; the text behind it. */
static const char *
fraction_read(const char *text, uint64_t *ms)
{
	uint64_t part = 100;

	*ms = 0;
	if (text[0] != '.' || !isdigit((unsigned char)text[1]))
		return text;
	for (text++; isdigit((unsigned char)*text); text++, part /= 10)
		*ms += part * (uint64_t)(*text - '0');
	return text;
}

static bool
fields_fit(const struct tm *tm)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = tm->tm_year + 1900;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday >= 1 && tm->tm_mday <= days[tm->tm_mon] &&
	    (tm->tm_mon != 1 || tm->tm_mday < 29 || leap) && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec <= 60;
}

bool
rfc3339_ms(const char *text, uint64_t *ms)
{
	struct tm tm = { 0 };
	uint64_t fraction;
	int offset;

	*ms = 0;
	if (text == NULL || (!looks_like(text, "dddd-dd-ddTdd:dd:dd") && !looks_like(text, "dddd-dd-ddtdd:dd:dd")) ||
	    !offset_read(fraction_read(text + 19, &fraction), &offset))
		return false;
	tm.tm_year = two(text) * 100 + two(text + 2) - 1900;
	tm.tm_mon = two(text + 5) - 1;
	tm.tm_mday = two(text + 8);
	tm.tm_hour = two(text + 11);
	tm.tm_min = two(text + 14);
	tm.tm_sec = two(text + 17);
	if (!fields_fit(&tm))
		return false;
	time_t t = timegm(&tm) - offset;
	if (t < 0)
		return false;
	*ms = (uint64_t)t * 1000 + fraction;
	return true;
}
