/* actors/front/show.h - writes an answer of proto/answers.tbl.h from the message that has its
 * facts. A row is filled from the field of its name (accessToken from access_token, userId from
 * user, a part `user` from user_json), or is the text that its row gives. Knows no HTTP.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_SHOW_H
#define STUDIOD_FRONT_SHOW_H

#include "actors/front/answer_rows.h"
#include "proto/proto.h"

/* Appends the JSON. 0, or -1 when memory is out or the message lacks a field of it. */
int show_write(struct buf *b, enum answer answer, unsigned msg, const void *body);
/* Whether a message has all that an answer shows: for tests, and for the start. */
bool show_fits(enum answer answer, unsigned msg);

#endif
