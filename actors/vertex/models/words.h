/* actors/vertex/models/words.h - which of Google's words a client may read. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_WORDS_H
#define STUDIOD_VERTEX_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Copies a message of Google's without what is nobody's business (URLs, projects, tokens,
 * service accounts); valid UTF-8, at most room - 1 bytes. */
void message_clean(char *to, size_t room, const char *from, const char *project);

/* Fields of our calls are told by the client's names, in place: parameters.aspectRatio is
 * aspectRatio. False if the message names one that no client sends: then it is of no use
 * to them, and has been cut anywhere. */
bool message_rename(char *message);

#endif
