/* actors/front/body_rows.h - proto/bodies.tbl.h as data: for the checks of bodies.c and for the
 * schemas of openapi.c.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_BODY_ROWS_H
#define STUDIOD_FRONT_BODY_ROWS_H

#include <stdbool.h>

enum body {
	BODY_none = 0,
#define BODY(name, rows) BODY_##name,
#define FIELD(name, kind, need, low, high, values, goes)
#define PART(name, kind, need, low, high, body, goes)
#define ALIAS(name, of)
#define ONE_OF(a, b)
#include "proto/bodies.tbl.h"
	BODY_COUNT
};

enum body_kind { K_TEXT, K_BYTES, K_INT, K_NUMBER, K_FLAG, K_WORD, K_ANYCASE, K_UUID, K_EMAIL, K_PASSWORD, K_NAMED, K_OBJECT, K_LIST, K_FILE, K_ALIAS, K_ONE_OF };
enum need { OPTIONAL, REQUIRED };
enum goes { FIELDS, ECHO, INLINE };

struct body_row {
	const char *name;	/* NULL ends the rows of a body */
	enum body_kind kind;
	enum need need;
	double low, high;
	const char *values;	/* see the table; an alias' target; the second of ONE_OF */
	enum body part;
	enum goes goes;
};

/* NULL for BODY_none. */
const struct body_row *body_rows(enum body id);
const char *body_name(enum body id);
/* Has it no field at all? Then nothing need be sent. */
bool body_is_empty(enum body id);

#endif
