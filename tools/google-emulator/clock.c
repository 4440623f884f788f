/* clock.c - the emulator's clock, and how it is told.
 * Owns:  how far it is from the machine's.
 * Fails: -1 for what is no time. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util.h"

static int64_t clock_offset_ms;

static int64_t
real_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
clock_set(int64_t now_s)
{
	clock_offset_ms = now_s * 1000 - real_us() / 1000;
}

int64_t
clock_ms(void)
{
	return real_us() / 1000 + clock_offset_ms;
}

int64_t
clock_s(void)
{
	return clock_ms() / 1000;
}

int64_t
clock_us_unique(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int64_t last;
	int64_t now = real_us();

	pthread_mutex_lock(&lock);
	if (now <= last)
		now = last + 1;
	last = now;
	pthread_mutex_unlock(&lock);
	return now;
}

void
clock_rfc3339(int64_t ms, char out[32])
{
	time_t		t = (time_t)(ms / 1000);
	struct tm	tm;
	size_t		n;

	gmtime_r(&t, &tm);
	n = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(ms % 1000));
}

void
clock_http(int64_t ms, char out[40])
{
	time_t		t = (time_t)(ms / 1000);
	struct tm	tm;

	gmtime_r(&t, &tm);
	strftime(out, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

int
clock_parse(const char *s, int64_t *out)
{
	struct tm	 tm = { 0 };
	char		*end;
	long long	 n;

	if (strlen(s) == 16 && s[8] == 'T') {
		end = strptime(s, "%Y%m%dT%H%M%SZ", &tm);
		if (end == NULL || *end != '\0')
			return -1;
		*out = timegm(&tm);
		return 0;
	}
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || n < 0 || n > 99999999999)
		return -1;
	*out = n;
	return 0;
}

void
sleep_ms(double ms)
{
	struct timespec ts;

	if (!(ms > 0))
		return;
	ts.tv_sec = (time_t)(ms / 1000);
	ts.tv_nsec = (long)((ms - (double)ts.tv_sec * 1000) * 1e6);
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}
