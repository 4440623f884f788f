/* actors/front/show.h - writes an answer of proto/answers.tbl.h from the message that has its
 * facts. A row is filled from the field of its name (accessToken from access_token, userId from
 * user, a part `user` from user_json), or is the text that its row gives. Knows no HTTP.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_SHOW_H
#define STUDIOD_FRONT_SHOW_H

#include "proto/proto.h"

enum answer {
	ANSWER_nothing = 0,		/* no body */
#define ANSWER(name, prose, rows) ANSWER_##name,
#define LIST_OF(name, prose, answer) ANSWER_##name,
#define EITHER(name, prose, one, other) ANSWER_##name,
#define SHOW(name, kind, need, values)
#define SHOW_PART(name, kind, need, answer)
#include "proto/answers.tbl.h"
	ANSWER_COUNT
};

/* Appends the JSON. 0, or -1 when memory is out or the message lacks a field of it. */
int show_write(struct buf *b, enum answer answer, unsigned msg, const void *body);
/* Whether a message has all that an answer shows: for tests, and for the start. */
bool show_fits(enum answer answer, unsigned msg);

#endif
