/* actors/front/identity.c - see identity.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <sys/random.h>

#include "actors/front/identity.h"
#include "actors/front/limits.h"

struct entry {
	uint64_t tag[2];		/* two keyed hashes of the token */
	struct identity who;
};

static struct entry *entries;
static uint64_t keys[2][2];

int
identity_init(void)
{
	entries = calloc(IDENTITY_SETS * IDENTITY_WAYS, sizeof *entries);
	return entries != NULL && getrandom(keys, sizeof keys, 0) == (ssize_t)sizeof keys ? 0 : -1;
}

void
identity_fini(void)
{
	free(entries);
	entries = NULL;
}

const struct identity *
identity_find(struct bytes token, uint64_t now)
{
	uint64_t a = siphash(keys[0], token.p, token.n), b = siphash(keys[1], token.p, token.n);
	struct entry *set = &entries[a % IDENTITY_SETS * IDENTITY_WAYS];

	for (size_t i = 0; i < IDENTITY_WAYS; i++)
		if (set[i].tag[0] == a && set[i].tag[1] == b && set[i].who.until_ms > now)
			return &set[i].who;
	return NULL;
}

void
sealed_take(struct sealed *out, struct bytes in)
{
	out->n = (uint16_t)in.n;	/* the message's bound is TICKET_MAX */
	memcpy(out->b, in.p, in.n);
}

void
identity_take(struct identity *out, struct bytes token, const struct msg_identity *m, uint64_t now)
{
	uint64_t a = siphash(keys[0], token.p, token.n), b = siphash(keys[1], token.p, token.n);
	struct entry *set = &entries[a % IDENTITY_SETS * IDENTITY_WAYS], *to = set;
	uint32_t valid_ms = m->valid_ms < IDENTITY_MS ? m->valid_ms : IDENTITY_MS;

	*out = (struct identity){ .user = m->user, .session = m->session,
		.admin = bytes_eq(m->role, "ADMIN"), .until_ms = now + valid_ms };
	sealed_take(&out->db, m->db_ticket);
	sealed_take(&out->vertex, m->vertex_ticket);
	sealed_take(&out->notifier, m->notifier_ticket);
	sealed_take(&out->listener, m->listener);
	for (size_t i = 0; i < IDENTITY_WAYS; i++) {
		if (set[i].tag[0] == a && set[i].tag[1] == b) {
			to = &set[i];
			break;
		}
		if (set[i].who.until_ms < to->who.until_ms)
			to = &set[i];
	}
	*to = (struct entry){ { a, b }, *out };
}
