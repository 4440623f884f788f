/* actors/front/prose.h - proto/prose.tbl.h as data.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_PROSE_H
#define STUDIOD_FRONT_PROSE_H

#include <stddef.h>

struct prose_row {
	const char *owner, *field;	/* owner NULL: wherever it stands */
	const char *example;		/* JSON, or NULL */
	const char *prose;
};

extern const struct prose_row prose_rows[];
extern const size_t prose_count;

/* What is said of a field of a body or an answer; NULL: nothing. */
const struct prose_row *prose_of(const char *owner, const char *field);

#endif
