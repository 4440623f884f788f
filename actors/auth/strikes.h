/* actors/auth/strikes.h - what failures are held against, as db keeps it: it survives every
 * restart, and all hosts share it. The rules (how many, how long) are in sql/migrations.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_STRIKES_H
#define STUDIOD_AUTH_STRIKES_H

#include "proto/proto.h"

enum strike_kind {
	STRIKE_pair = 1 << 0,		/* an account and an address */
	STRIKE_account = 1 << 1,
	STRIKE_address = 1 << 2,
	STRIKE_register = 1 << 3,	/* the others: an address, but reset_for, an account */
	STRIKE_reset_for = 1 << 4,
	STRIKE_reset_from = 1 << 5,
	STRIKE_reset_with = 1 << 6
};
enum { STRIKE_GUESS = STRIKE_pair | STRIKE_account | STRIKE_address };

enum { SUBJECTS_TEXT = 512, NETWORK_TEXT = 65 };

/* What of an address a client cannot choose: of IPv6 its first 64 bits, else all. */
void strike_network(struct bytes address, char out[NETWORK_TEXT]);
/* The key of one kind. The e-mail in lower case; the network as strike_network gives it. */
struct id strike_key(enum strike_kind kind, const char *email, const char *network);
/* JSON for db of several kinds; a view of `out`. */
struct bytes strike_subjects(unsigned kinds, const char *email, const char *network, char out[SUBJECTS_TEXT]);

#endif
