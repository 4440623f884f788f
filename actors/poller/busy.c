/* actors/poller/busy.c - see busy.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include "actors/poller/busy.h"

static size_t
slot_of(const struct id *job)
{
	uint32_t h = 2166136261u;	/* FNV-1a: nobody outside chooses a job's id */

	for (size_t i = 0; i < sizeof job->b; i++)
		h = (h ^ job->b[i]) * 16777619u;
	return h % BUSY_SLOTS;
}

uint32_t
busy_count(struct busy_memory *m, const struct id *job)
{
	size_t i = slot_of(job);

	if (!id_eq(&m->slot[i].job, job)) {
		m->slot[i].job = *job;
		m->slot[i].count = 0;
	}
	if (m->slot[i].count < BUSY_COUNT_MAX)
		m->slot[i].count++;
	return m->slot[i].count;
}

void
busy_forget(struct busy_memory *m, const struct id *job)
{
	size_t i = slot_of(job);

	if (id_eq(&m->slot[i].job, job))
		m->slot[i].count = 0;
}
