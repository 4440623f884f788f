/* actors/poller/usual.c - see usual.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include "actors/poller/usual.h"

static size_t
slot_of(const char *model)
{
	uint32_t h = 2166136261u;	/* FNV-1a: the names are ours and Google's */

	for (; *model != '\0'; model++)
		h = (h ^ (uint8_t)*model) * 16777619u;
	return h % USUAL_SLOTS;
}

void
usual_note(struct usual *u, const char *model, uint64_t ms)
{
	size_t i = slot_of(model);
	uint32_t took = ms < USUAL_MS_MAX ? (uint32_t)ms : USUAL_MS_MAX;

	if (strlen(model) > USUAL_MODEL_MAX)
		return;
	if (strcmp(u->slot[i].model, model) != 0) {
		memcpy(u->slot[i].model, model, strlen(model) + 1);
		u->slot[i].ms = took;
	}
	u->slot[i].ms = (uint32_t)((3ull * u->slot[i].ms + took) / 4);
}

uint32_t
usual_ms(const struct usual *u, const char *model)
{
	size_t i = slot_of(model);

	return strcmp(u->slot[i].model, model) == 0 ? u->slot[i].ms : 0;
}
