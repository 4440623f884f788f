/* actors/vertex/models/rai.h - why a responsible-AI filter held something back, from the texts in which
 * Google says so, as {"code","message"} objects for clients. Pure.
 *
 * Owns: nothing. Fails: never; a list holds each code once, and eight at most.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_RAI_H
#define STUDIOD_VERTEX_RAI_H

#include <jansson.h>
#include <stdbool.h>

/* Adds the reasons behind "Support codes: 1, 2". True if the text has any. */
bool rai_of_codes(json_t *list, const char *text);
/* The same, or what a message of an error without codes says. True if it tells of a filter. */
bool rai_of_text(json_t *list, const char *text);
/* Adds what a text says that came from a filter for sure: it may begin with Gemini's blockReason
 * or finishReason. The part that is for people: a view into it, or a text of ours. */
const char *rai_of_filter(json_t *list, const char *text);

#endif
