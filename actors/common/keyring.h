/* actors/common/keyring.h - several secrets in one setting, so that one can be replaced while what
 * the other has signed is still good. Pure.
 *
 *     NAME:SECRET,NAME:SECRET,..     the first one signs, all of them verify
 *     SECRET                         a single one, without a name
 *
 * A text that begins with a name and a colon is such a list; behind its first item a secret may
 * stand without a name: the single one of before. A secret in a list has no comma.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_KEYRING_H
#define STUDIOD_KEYRING_H

#include "proto/proto.h"

enum { KEYRING_MAX = 8, KEY_SHORTEST = 32, KEY_NAME_MAX = 32 };	/* keys; bytes of a secret; letters, digits, _ - . */

struct keyring {
	size_t n;
	struct { struct bytes name, secret; } v[KEYRING_MAX];	/* views; an absent name is empty */
};

/* 0 and *out; or -1 with *why, a literal without anything secret. */
int keyring_parse(struct bytes text, struct keyring *out, const char **why);
/* Is a secret of the one also in the other? */
bool keyring_shares(const struct keyring *a, const struct keyring *b);

#endif
