/* supervisor/google.h - where the credentials for Google come from, in the order that Google's own
 * libraries keep (Application Default Credentials): the file that is told, gcloud's, the machine's.
 * Owns: nothing. Fails: never; that there are none is an answer.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_GOOGLE_H
#define STUDIOD_GOOGLE_H

#include <limits.h>

#include "supervisor/settings.h"

enum google_source {
	GOOGLE_NOWHERE,
	GOOGLE_FILE,		/* `path` */
	GOOGLE_BUILT_IN,	/* the emulator's account */
	GOOGLE_MACHINE		/* the metadata server */
};

enum google_source google_source(const struct settings *s, char path[PATH_MAX]);

#endif
