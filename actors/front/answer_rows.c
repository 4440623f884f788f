/* actors/front/answer_rows.c - see answer_rows.h.
 * Licence: Apache-2.0. */
#include <stddef.h>

#include "actors/front/answer_rows.h"

#define ANSWER(name, prose, rows) static const struct answer_row rows_##name[] = { rows { NULL, S_ANY, ALWAYS, NULL, ANSWER_nothing } };
#define SHOW(name, kind, need, values) { #name, S_##kind, need, values, ANSWER_nothing },
#define SHOW_PART(name, kind, need, answer) { #name, S_##kind, need, NULL, ANSWER_##answer },
#define LIST_OF(name, prose, answer)
#define EITHER(name, prose, one, other)
#define RAW(name, prose, types)
#include "proto/answers.tbl.h"

static const struct answer_spec answers[ANSWER_COUNT] = {
	[ANSWER_nothing] = { .name = "nothing", .prose = "Nothing", .shape = SHAPE_NOTHING },
#define ANSWER(name_, prose_, r) [ANSWER_##name_] = { .name = #name_, .prose = prose_, .shape = SHAPE_ROWS, .rows = rows_##name_ },
#define LIST_OF(name_, prose_, answer) [ANSWER_##name_] = { .name = #name_, .prose = prose_, .shape = SHAPE_LIST, .one = ANSWER_##answer },
#define EITHER(name_, prose_, one_, other_) \
	[ANSWER_##name_] = { .name = #name_, .prose = prose_, .shape = SHAPE_EITHER, .one = ANSWER_##one_, .other = ANSWER_##other_ },
#define RAW(name_, prose_, types_) [ANSWER_##name_] = { .name = #name_, .prose = prose_, .shape = SHAPE_RAW, .types = types_ },
#define SHOW(name, kind, need, values)
#define SHOW_PART(name, kind, need, answer)
#include "proto/answers.tbl.h"
};

const struct answer_spec *
answer_spec(enum answer id)
{
	return &answers[id];
}
