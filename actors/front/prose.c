/* actors/front/prose.c - see prose.h.
 * Licence: Apache-2.0. */
#include <string.h>

#include "actors/front/prose.h"

const struct prose_row prose_rows[] = {
#define PROSE(field, example, text) { NULL, #field, example, text },
#define PROSE_IN(owner, field, example, text) { #owner, #field, example, text },
#include "proto/prose.tbl.h"
};
const size_t prose_count = sizeof prose_rows / sizeof *prose_rows;

const struct prose_row *
prose_of(const char *owner, const char *field)
{
	const struct prose_row *found = NULL;

	for (size_t i = 0; i < prose_count; i++) {
		const struct prose_row *r = &prose_rows[i];
		if (strcmp(r->field, field) != 0)
			continue;
		if (r->owner != NULL && strcmp(r->owner, owner) == 0)
			return r;
		if (r->owner == NULL)
			found = r;
	}
	return found;
}
