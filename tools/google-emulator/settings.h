/* settings.h - the numbers that shape the emulator, settable at run time.
 * Owns:  one table of doubles behind a lock.
 * Fails: an unknown name or a value out of range is refused with a sentence. */
#ifndef EMULATOR_SETTINGS_H
#define EMULATOR_SETTINGS_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

enum setting_id {
#define SETTING(name, standard, low, high, prose) SET_##name,
#include "settings.tbl.h"
	SET_count
};

double	 setting(enum setting_id);
int	 settings_set(const char *name, double, char *why, size_t size);
int	 settings_set_text(const char *name, const char *, char *why, size_t size);
json_t	*settings_json(void);
void	 settings_help(FILE *);

#endif
