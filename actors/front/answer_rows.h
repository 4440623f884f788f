/* actors/front/answer_rows.h - proto/answers.tbl.h as data: for the writer (show.c) and for the
 * schemas of openapi.c.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_ANSWER_ROWS_H
#define STUDIOD_FRONT_ANSWER_ROWS_H

enum answer {
	ANSWER_nothing = 0,		/* no body */
#define ANSWER(name, prose, rows) ANSWER_##name,
#define LIST_OF(name, prose, answer) ANSWER_##name,
#define EITHER(name, prose, one, other) ANSWER_##name,
#define RAW(name, prose, types) ANSWER_##name,
#define SHOW(name, kind, need, values)
#define SHOW_PART(name, kind, need, answer)
#include "proto/answers.tbl.h"
	ANSWER_COUNT
};

enum shape { SHAPE_NOTHING, SHAPE_ROWS, SHAPE_LIST, SHAPE_EITHER, SHAPE_RAW };
enum shown { S_TEXT, S_INT, S_NUMBER, S_FLAG, S_UUID, S_TIME, S_EMAIL, S_URL, S_WORD, S_ANY, S_OBJECT, S_LIST, S_TEXTS };
enum presence { ALWAYS, NULLABLE, SOMETIMES };

struct answer_row {
	const char *name;		/* NULL ends the rows of an answer */
	enum shown kind;
	enum presence need;
	const char *values;
	enum answer part;
};
struct answer_spec {
	const char *name, *prose;
	enum shape shape;
	const struct answer_row *rows;	/* SHAPE_ROWS, else NULL */
	enum answer one, other;		/* SHAPE_LIST: one; SHAPE_EITHER */
	const char *types;		/* SHAPE_RAW: its media types */
};

const struct answer_spec *answer_spec(enum answer id);

#endif
