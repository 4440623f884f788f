/* actors/auth/passwords.h - which passwords are taken.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_PASSWORDS_H
#define STUDIOD_AUTH_PASSWORDS_H

#include "proto/proto.h"

enum { PASSWORD_SHORTEST = 8, PASSWORD_LONGEST = 128 };	/* characters */

/* NULL when the password may be used, else a sentence that says what is missing; its first word
 * is `password`. */
const char *password_problem(struct bytes password);
/* True for a password of the shipped list, in any case. */
bool password_is_common(struct bytes password);

#endif
