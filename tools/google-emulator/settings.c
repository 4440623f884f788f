/* settings.c - the numbers that shape the emulator, settable at run time.
 * Owns:  one table of doubles behind a lock.
 * Fails: an unknown name or a value out of range is refused with a sentence. */
#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "settings.h"

static const struct {
	const char	*name;
	double		 standard, low, high;
	const char	*prose;
} table[SET_count] = {
#define SETTING(name, standard, low, high, prose) { #name, standard, low, high, prose },
#include "settings.tbl.h"
};

static double values[SET_count] = {
#define SETTING(name, standard, low, high, prose) standard,
#include "settings.tbl.h"
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

double
setting(enum setting_id id)
{
	double v;

	pthread_mutex_lock(&lock);
	v = values[id];
	pthread_mutex_unlock(&lock);
	return v;
}

/* --video-seconds and "video_seconds" are the same name. */
static int
same_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return 0;
	return *a == *b;
}

int
settings_set(const char *name, double v, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < SET_count; i++) {
		if (!same_name(name, table[i].name))
			continue;
		if (!isfinite(v) || v < table[i].low || v > table[i].high) {
			snprintf(why, size, "%s must be from %g to %g",
			    table[i].name, table[i].low, table[i].high);
			return -1;
		}
		pthread_mutex_lock(&lock);
		values[i] = v;
		pthread_mutex_unlock(&lock);
		return 0;
	}
	snprintf(why, size, "there is no setting %.60s", name);
	return -1;
}

int
settings_set_text(const char *name, const char *text, char *why, size_t size)
{
	char	*end;
	double	 v;

	if (strcasecmp(text, "on") == 0 || strcasecmp(text, "true") == 0)
		return settings_set(name, 1, why, size);
	if (strcasecmp(text, "off") == 0 || strcasecmp(text, "false") == 0)
		return settings_set(name, 0, why, size);
	v = strtod(text, &end);
	if (end == text || *end != '\0') {
		snprintf(why, size, "%.60s: \"%.60s\" is no number", name, text);
		return -1;
	}
	return settings_set(name, v, why, size);
}

json_t *
settings_json(void)
{
	json_t	*out = json_object();
	size_t	 i;

	for (i = 0; i < SET_count; i++)
		json_object_set_new(out, table[i].name, json_real(setting(i)));
	return out;
}

void
settings_help(FILE *f)
{
	char	flag[64];
	size_t	i, k;

	for (i = 0; i < SET_count; i++) {
		snprintf(flag, sizeof flag, "%s", table[i].name);
		for (k = 0; flag[k] != '\0'; k++)
			if (flag[k] == '_')
				flag[k] = '-';
		fprintf(f, "  --%-22s %s (%g; %g to %g)\n", flag, table[i].prose,
		    table[i].standard, table[i].low, table[i].high);
	}
}
