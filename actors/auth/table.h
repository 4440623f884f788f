/* actors/auth/table.h - a bounded table of small records by a 16-byte key. When it is full,
 * the record that was used longest ago makes room.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_TABLE_H
#define STUDIOD_AUTH_TABLE_H

#include "proto/proto.h"

/* The first member of every record. */
struct table_entry {
	struct id key;			/* ours: random, or a keyed hash; nobody outside aims at a bucket */
	struct table_entry *chain;	/* same bucket */
	struct table_entry *newer, *older;
	bool pinned;			/* in use: not to be evicted */
};

struct table {
	size_t size, cap, used;		/* of a record in bytes; records */
	char *records;
	struct table_entry **buckets;
	size_t nbuckets;
	struct table_entry *newest, *oldest;
	struct table_entry *spare;	/* removed records, by chain */
};

/* `cap` records of `size` bytes. 0, or -1 when memory is out. */
int table_init(struct table *t, size_t size, size_t cap);
void table_fini(struct table *t);
/* The record of a key, now the newest; or NULL. */
void *table_find(struct table *t, const struct id *key);
/* A zeroed record for a key that is not there. NULL when all records are pinned. */
void *table_add(struct table *t, const struct id *key);
void table_remove(struct table *t, void *record);

#endif
