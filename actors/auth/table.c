/* actors/auth/table.c - see table.h.
 * Owns: its records. Fails: as table.h says; it never grows.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/auth/table.h"

static struct table_entry **
bucket_of(struct table *t, const struct id *key)
{
	uint64_t a, b;

	memcpy(&a, key->b, sizeof a);
	memcpy(&b, key->b + 8, sizeof b);
	return &t->buckets[((a ^ b) * 0x9e3779b97f4a7c15u >> 32) % t->nbuckets];
}

static void
unlink_age(struct table *t, struct table_entry *e)
{
	if (e->newer != NULL)
		e->newer->older = e->older;
	else
		t->newest = e->older;
	if (e->older != NULL)
		e->older->newer = e->newer;
	else
		t->oldest = e->newer;
}

static void
link_newest(struct table *t, struct table_entry *e)
{
	e->newer = NULL;
	e->older = t->newest;
	if (t->newest != NULL)
		t->newest->newer = e;
	else
		t->oldest = e;
	t->newest = e;
}

int
table_init(struct table *t, size_t size, size_t cap)
{
	*t = (struct table){ .size = (size + 15) & ~(size_t)15, .cap = cap, .nbuckets = cap };
	t->records = calloc(cap, t->size);	/* pages that are never used cost nothing */
	t->buckets = calloc(cap, sizeof(struct table_entry *));
	if (t->records != NULL && t->buckets != NULL)
		return 0;
	table_fini(t);
	return -1;
}

void
table_fini(struct table *t)
{
	free(t->records);
	free(t->buckets);
	*t = (struct table){ .size = 0 };
}

void *
table_find(struct table *t, const struct id *key)
{
	for (struct table_entry *e = *bucket_of(t, key); e != NULL; e = e->chain) {
		if (!id_eq(&e->key, key))
			continue;
		unlink_age(t, e);
		link_newest(t, e);
		return e;
	}
	return NULL;
}

void
table_remove(struct table *t, void *record)
{
	struct table_entry *e = record, **at = bucket_of(t, &e->key);

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	unlink_age(t, e);
	e->chain = t->spare;
	t->spare = e;
}

void *
table_add(struct table *t, const struct id *key)
{
	struct table_entry *e = NULL;

	if (t->spare == NULL && t->used == t->cap) {
		struct table_entry *old = t->oldest;
		while (old != NULL && old->pinned)
			old = old->newer;
		if (old == NULL)
			return NULL;
		table_remove(t, old);
	}
	if (t->spare != NULL) {
		e = t->spare;
		t->spare = e->chain;
	} else {
		e = (struct table_entry *)(void *)(t->records + t->used++ * t->size);
	}
	memset(e, 0, t->size);
	e->key = *key;
	e->chain = *bucket_of(t, key);
	*bucket_of(t, key) = e;
	link_newest(t, e);
	return e;
}
