/* actors/db/dates.c - see dates.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/db/dates.h"

struct reader {
	const char *p, *end;
};

/* Exactly n digits, or -1. */
static int
digits(struct reader *r, int n)
{
	int v = 0;

	if (r->end - r->p < n)
		return -1;
	for (; n > 0; n--, r->p++) {
		if (*r->p < '0' || *r->p > '9')
			return -1;
		v = v * 10 + (*r->p - '0');
	}
	return v;
}

static bool
take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* "Z", "+01:00", "+0100", or nothing. */
static bool
zone(struct reader *r, char out[8])
{
	snprintf(out, 8, "Z");
	if (r->p == r->end || take(r, 'Z') || take(r, 'z'))
		return true;
	char sign = *r->p;
	if (sign != '+' && sign != '-')
		return false;
	r->p++;
	int h = digits(r, 2);
	take(r, ':');
	int m = digits(r, 2);
	if (h < 0 || h > 14 || m < 0 || m > 59)
		return false;
	snprintf(out, 8, "%c%02u:%02u", sign, (unsigned)h % 100, (unsigned)m % 100);
	return true;
}

bool
date_bound(struct bytes text, bool to, char out[DATE_TEXT])
{
	struct reader r = { text.p, text.p + text.n };
	char z[8], fraction[4] = "000";
	int year = digits(&r, 4), month, day, h = 0, m = 0, s = 0;

	if (year < 1 || !take(&r, '-') || (month = digits(&r, 2)) < 1 || month > 12 || !take(&r, '-') ||
	    (day = digits(&r, 2)) < 1 || day > days_in(year, month))
		return false;
	if (r.p == r.end) {
		snprintf(out, DATE_TEXT, "%04d-%02d-%02dT%s", year, month, day, to ? "23:59:59.999Z" : "00:00:00Z");
		return true;
	}
	if (!take(&r, 'T') && !take(&r, 't') && !take(&r, ' '))
		return false;
	if ((h = digits(&r, 2)) < 0 || h > 23 || !take(&r, ':') || (m = digits(&r, 2)) < 0 || m > 59)
		return false;
	if (take(&r, ':') && ((s = digits(&r, 2)) < 0 || s > 59))
		return false;
	if (take(&r, '.')) {
		int n = 0;
		for (; r.p < r.end && *r.p >= '0' && *r.p <= '9'; r.p++, n++)
			if (n < 3)
				fraction[n] = *r.p;
		if (n == 0)
			return false;
	}
	if (!zone(&r, z) || r.p != r.end)
		return false;
	snprintf(out, DATE_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%s%s", year, month, day, h, m, s, fraction, z);
	return true;
}
