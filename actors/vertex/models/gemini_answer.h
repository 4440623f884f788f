/* actors/vertex/models/gemini_answer.h - what an answer of :generateContent holds: media, or why there are none. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_GEMINI_ANSWER_H
#define STUDIOD_VERTEX_GEMINI_ANSWER_H

#include "actors/vertex/models/maker.h"

/* Adds the first piece of media of the first candidate; drafts of its thoughts are none. `mime`: its type where Google
 * says no other of that sort. Where there is none, Google's word for that and what it, or the model, says about it are
 * added as a reason: "IMAGE_SAFETY: what it says". False: neither came, and nothing is said of why. */
bool gemini_answer_read(json_t *answer, const char *mime, struct items *out);

#endif
