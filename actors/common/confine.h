/* actors/common/confine.h - what came of confining this process.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CONFINE_H
#define STUDIOD_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

struct confinement {
	bool require;		/* a part that fails ends the process */
	unsigned lacks;		/* parts that could not be set up */
	char text[4000];	/* lines for `studioctl sandbox` */
	size_t n;
};

/* A part could not be set up: fatal or a warning, as `require` says. */
void confine_missing(struct confinement *cf, const char *part, const char *why);
/* The TCP port of a URL or of a plain number; 443 for an empty text. */
unsigned confine_port(const char *url);

#endif
