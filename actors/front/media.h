/* actors/front/media.h - answers that hold generations: their storage URIs become signed
 * URLs on the way out.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_MEDIA_H
#define STUDIOD_FRONT_MEDIA_H

#include "actors/front/exchange.h"

/* Answers with db's JSON and this status, after vertex has signed what it names. */
void media_answer(struct exchange *x, int status, const struct msg_media *m);

#endif
