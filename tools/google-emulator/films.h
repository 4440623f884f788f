/* films.h - the films of a job: drawn, told apart, put where they were asked for.
 * Owns:  nothing; a job is what operations.c keeps. Here it holds: look, variant,
 *        width, height, seconds, audio, count, filtered; with storage_uri also folder.
 * Fails: a film that cannot be made or written fails its job. */
#ifndef EMULATOR_FILMS_H
#define EMULATOR_FILMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "cache.h"

/* The pixels of a resolution (NULL: 720p) at 16:9 (NULL) or 9:16, scaled by the
 * setting; even, at least 32. */
void	 film_size(const char *resolution, const char *ratio, int *width, int *height);
/* Sets look, variant and folder. */
void	 film_job_set(json_t *job, uint64_t look);
/* Neither failed nor all filtered. */
bool	 film_job_makes(const json_t *job);
void	 film_job_draw(const json_t *job);	/* into the cache, ahead of time */
void	 film_job_end(json_t *job);	/* "uris" set if it has a storage_uri, or "error" */

struct blob	*film_draw(const json_t *job);
/* Film number i, unlike any other job's; the caller's to free. */
unsigned char	*film_copy(const struct blob *, const json_t *job, int i, size_t *len);

#endif
