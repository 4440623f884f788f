/* actors/vertex/breaker.c - see breaker.h.
 * Licence: Apache-2.0. */
#include "actors/common/backoff.h"
#include "actors/vertex/breaker.h"

bool
breaker_is_open(const struct breaker *b, uint64_t now_ms)
{
	return b->pauses > 0 && (b->probing || now_ms < b->until_ms);
}

bool
breaker_pass(struct breaker *b)
{
	b->probing = b->pauses > 0;
	return b->probing;
}

static void
pause_begin(struct breaker *b, uint64_t now_ms, uint32_t chance)
{
	uint32_t most = BREAKER_FIRST_MS;

	for (unsigned i = 0; i < b->pauses && most < BREAKER_LONGEST_MS; i++)
		most *= 2;
	if (most > BREAKER_LONGEST_MS)
		most = BREAKER_LONGEST_MS;
	b->until_ms = now_ms + most / 2 + backoff_ms(most / 2, 0, chance);
	if (b->pauses < UINT8_MAX)
		b->pauses++;
	b->failures = 0;
}

bool
breaker_hear(struct breaker *b, bool probe, enum breaker_news news, uint64_t now_ms, uint32_t chance)
{
	bool was_open = b->pauses > 0;

	if (probe)
		b->probing = false;
	switch (news) {
	case BREAKER_WORKS:		/* also of one that began before it opened: the service works */
		*b = (struct breaker){ .probing = b->probing };
		return was_open;
	case BREAKER_BROKEN:
		/* what began before it opened says nothing new when it fails as well */
		if (was_open ? probe : ++b->failures >= BREAKER_FAILURES)
			pause_begin(b, now_ms, chance);
		return !was_open && b->pauses > 0;
	case BREAKER_NOTHING:
	default:
		return false;
	}
}
