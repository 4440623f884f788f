/* actors/front/body_rows.c - see body_rows.h.
 * Licence: Apache-2.0. */
#include <stddef.h>

#include "actors/front/body_rows.h"

#define FIELD(name, kind, need, low, high, values, goes) { #name, K_##kind, need, low, high, values, BODY_none, goes },
#define PART(name, kind, need, low, high, body, goes) { #name, K_##kind, need, low, high, NULL, BODY_##body, goes },
#define ALIAS(name, of) { #name, K_ALIAS, OPTIONAL, 0, 0, #of, BODY_none, FIELDS },
#define ONE_OF(a, b) { #a, K_ONE_OF, OPTIONAL, 0, 0, #b, BODY_none, FIELDS },
#define BODY(name, rows) static const struct body_row rows_##name[] = { rows { NULL, K_TEXT, OPTIONAL, 0, 0, NULL, BODY_none, FIELDS } };
#include "proto/bodies.tbl.h"

static const struct { const char *name; const struct body_row *rows; } bodies[BODY_COUNT] = {
	[BODY_none] = { "none", NULL },
#define BODY(name, rows) [BODY_##name] = { #name, rows_##name },
#define FIELD(name, kind, need, low, high, values, goes)
#define PART(name, kind, need, low, high, body, goes)
#define ALIAS(name, of)
#define ONE_OF(a, b)
#include "proto/bodies.tbl.h"
};

const struct body_row *
body_rows(enum body id)
{
	return bodies[id].rows;
}

const char *
body_name(enum body id)
{
	return bodies[id].name;
}

bool
body_is_empty(enum body id)
{
	const struct body_row *rows = body_rows(id);

	return rows != NULL && rows->name == NULL;
}
