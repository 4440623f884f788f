/* actors/common/seal.h - tickets and grants: small facts that one actor seals for
 * another, carried by a third that can neither read, make, widen nor outlive them.
 *
 * A seal is XChaCha20-Poly1305 (libsodium) under a key that the supervisor made at start
 * and gave to exactly the two ends; the purpose is its associated data, so that a ticket
 * for one receiver means nothing to another. Expiry is wall-clock time, in milliseconds.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_SEAL_H
#define STUDIOD_SEAL_H

#include "proto/proto.h"

enum { SEAL_KEY_BYTES = 32, SEAL_MAX = 1536, GRANT_URI_MAX = 1200 };

/* What a ticket is good for. A connection that stays open gets new tickets for as long as its
 * session lives, without showing a token again: those allow no more than to listen. */
enum ticket_scope { TICKET_ALL, TICKET_LISTEN };

/* Who the caller is: auth seals it for db, vertex or notifier; one of scope TICKET_LISTEN for
 * itself too, to be shown for the next ones. */
struct ticket {
	struct id user, session;
	bool admin;			/* never with TICKET_LISTEN */
	enum ticket_scope scope;
	uint64_t expires_ms;
};
/* "This object, for this user, for this use, until then": db seals it for vertex. Where the use
 * is deleting, a slash at the end of the URI means all that lies below. */
enum grant_use { GRANT_READ, GRANT_WRITE, GRANT_DELETE };
struct grant {
	enum grant_use use;
	struct id user;
	uint64_t expires_ms;
	struct bytes uri;	/* gs://bucket/object */
};

/* Writes the sealed form to out (SEAL_MAX bytes) and returns its length; 0 when the key
 * is not SEAL_KEY_BYTES long or the grant's URI is over GRANT_URI_MAX. `receiver` is the
 * role that may open it. TICKET_LISTEN seals no admin. */
size_t ticket_seal(const struct ticket *t, enum role receiver, struct bytes key, uint8_t *out);
size_t grant_seal(const struct grant *g, struct bytes key, uint8_t *out);

/* 0 and *out; -E_UNAUTHORIZED for anything that was not sealed so (a grant for another use
 * included), -E_TOKEN_EXPIRED for one that is over. The grant's uri is a view into `scratch` (SEAL_MAX bytes).
 * `use` is what the ticket is shown for: only what is part of listening takes TICKET_LISTEN, which opens
 * both kinds; TICKET_ALL opens no ticket that is for listening alone. */
int ticket_open(struct ticket *out, enum role receiver, enum ticket_scope use, struct bytes key, struct bytes sealed, uint64_t wall_now_ms);
int grant_open(struct grant *out, enum grant_use use, struct bytes key, struct bytes sealed, uint64_t wall_now_ms, uint8_t *scratch);

#endif
