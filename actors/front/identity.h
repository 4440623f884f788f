/* actors/front/identity.h - who a bearer token belongs to: asked of auth, and remembered
 * for as long as auth says (a second at most) under a keyed hash of the token, so that no
 * token lies in this process between requests.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_IDENTITY_H
#define STUDIOD_FRONT_IDENTITY_H

#include "proto/proto.h"

enum { TICKET_MAX = 256, IDENTITY_SETS = 512, IDENTITY_WAYS = 4, IDENTITY_MS = 1000 };

struct sealed {
	uint16_t n;
	uint8_t b[TICKET_MAX];
};
struct identity {
	struct id user, session;
	bool admin;
	uint64_t until_ms;		/* of CLOCK_MONOTONIC */
	struct sealed db, vertex, notifier;
	struct sealed listener;		/* for listener_renew: a feed's tickets */
};

/* Makes the cache with a random key. 0, or -1 when memory is out. */
int identity_init(void);
void identity_fini(void);
/* A remembered identity, or NULL. */
const struct identity *identity_find(struct bytes token, uint64_t now);
/* Takes auth's answer over, and remembers it. */
void identity_take(struct identity *out, struct bytes token, const struct msg_identity *m, uint64_t now);
/* A ticket out of a message. */
void sealed_take(struct sealed *out, struct bytes in);
static inline struct bytes
sealed_bytes(const struct sealed *s)
{
	return bytes_of(s->b, s->n);
}

#endif
