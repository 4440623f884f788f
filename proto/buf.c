/* proto/buf.c - growing buffers and short-lived memory.
 * Fails: only when memory is out, and then leaves what it had.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "proto/proto.h"

/* What passes through may be a password: nothing of it stays in freed memory. That is
 * also why growing copies by hand where realloc could leave the old bytes behind. */
static void
buf_wipe_and_release(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
}

char *
buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->n < n) {
		size_t cap = b->cap ? b->cap : 512;
		while (cap - b->n < n) {
			if (cap > SIZE_MAX / 2)
				return NULL;
			cap *= 2;
		}
		char *p = malloc(cap);
		if (p == NULL)
			return NULL;
		if (b->n > 0)
			memcpy(p, b->p, b->n);
		buf_wipe_and_release(b);
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->n;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return 0;
	char *to = buf_room(b, n);
	if (to == NULL)
		return -1;
	memcpy(to, p, n);
	b->n += n;
	return 0;
}

void
buf_free(struct buf *b)
{
	buf_wipe_and_release(b);
	*b = (struct buf){ 0 };
}

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	max_align_t data[];
};

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t unit = sizeof(max_align_t);

	if (n > SIZE_MAX - 4096)
		return NULL;
	n = (n + unit - 1) / unit * unit;
	if (a->head == NULL || a->head->size - a->head->used < n) {
		size_t size = n > 1024 ? n : 1024;
		struct arena_block *b = calloc(1, sizeof *b + size);
		if (b == NULL)
			return NULL;
		b->size = size;
		b->next = a->head;
		a->head = b;
	}
	void *p = (char *)a->head->data + a->head->used;
	a->head->used += n;
	return p;
}

void
arena_free(struct arena *a)
{
	while (a->head != NULL) {
		struct arena_block *next = a->head->next;
		free(a->head);
		a->head = next;
	}
}
