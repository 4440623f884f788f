/* cache.c - media already made, by a text that says all about them.
 * Owns:  up to setting cache_mib of bytes; the least recently used go first.
 * Fails: never; a miss is NULL. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "settings.h"
#include "util.h"

#define SLOTS	1024
#define DRAWING_MAX	4

struct blob {
	unsigned char	*data;
	size_t		 len;
	atomic_int	 refs;
};

static struct slot {
	char		*key;
	struct blob	*blob;
	uint64_t	 used;
} slots[SLOTS];
static size_t		 bytes;
static uint64_t		 turn;
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;

static int		 drawing;
static pthread_mutex_t	 drawing_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t	 drawing_less = PTHREAD_COND_INITIALIZER;

void
drawing_begin(void)
{
	pthread_mutex_lock(&drawing_lock);
	while (drawing == DRAWING_MAX)
		pthread_cond_wait(&drawing_less, &drawing_lock);
	drawing++;
	pthread_mutex_unlock(&drawing_lock);
}

void
drawing_end(void)
{
	pthread_mutex_lock(&drawing_lock);
	drawing--;
	pthread_cond_signal(&drawing_less);
	pthread_mutex_unlock(&drawing_lock);
}

struct blob *
blob_new(unsigned char **data, size_t len)
{
	struct blob *b = xcalloc(1, sizeof *b);

	b->data = *data;
	*data = NULL;
	b->len = len;
	atomic_init(&b->refs, 1);
	return b;
}

struct blob *
blob_ref(struct blob *b)
{
	atomic_fetch_add(&b->refs, 1);
	return b;
}

void
blob_free(struct blob *b)
{
	if (b == NULL || atomic_fetch_sub(&b->refs, 1) > 1)
		return;
	free(b->data);
	free(b);
}

const unsigned char *
blob_data(const struct blob *b)
{
	return b->data;
}

size_t
blob_len(const struct blob *b)
{
	return b->len;
}

static void
slot_clear(struct slot *s)
{
	if (s->blob != NULL)
		bytes -= s->blob->len;
	free(s->key);
	blob_free(s->blob);
	memset(s, 0, sizeof *s);
}

struct blob *
cache_get(const char *key)
{
	struct blob	*hit = NULL;
	size_t		 i;

	pthread_mutex_lock(&lock);
	for (i = 0; hit == NULL && i < SLOTS; i++) {
		if (slots[i].key != NULL && strcmp(slots[i].key, key) == 0) {
			slots[i].used = ++turn;
			hit = blob_ref(slots[i].blob);
		}
	}
	pthread_mutex_unlock(&lock);
	return hit;
}

/* A free slot, or that of the least recently used. */
static struct slot *
slot_oldest(bool want_free)
{
	struct slot	*best = NULL;
	size_t		 i;

	for (i = 0; i < SLOTS; i++) {
		if (slots[i].key == NULL) {
			if (want_free)
				return &slots[i];
		} else if (best == NULL || slots[i].used < best->used) {
			best = &slots[i];
		}
	}
	return best;
}

void
cache_put(const char *key, struct blob *b)
{
	size_t		 room = (size_t)(setting(SET_cache_mib) * 1048576);
	struct slot	*s;
	size_t		 i;

	if (b->len > room / 2)
		return;
	pthread_mutex_lock(&lock);
	for (i = 0; i < SLOTS; i++)	/* made twice at the same time: once is enough */
		if (slots[i].key != NULL && strcmp(slots[i].key, key) == 0)
			slot_clear(&slots[i]);
	while (bytes + b->len > room && (s = slot_oldest(false)) != NULL)
		slot_clear(s);
	s = slot_oldest(true);
	slot_clear(s);
	s->key = xstrdup(key);
	s->blob = blob_ref(b);
	s->used = ++turn;
	bytes += b->len;
	pthread_mutex_unlock(&lock);
}

void
cache_fini(void)
{
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < SLOTS; i++)
		slot_clear(&slots[i]);
	pthread_mutex_unlock(&lock);
}
