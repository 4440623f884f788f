/* object_index.c - the names of all objects, in order.
 * Owns:  the sorted list, in memory; the store's lock guards it.
 * Fails: never. */
#include <stdlib.h>
#include <string.h>

#include "objects_internal.h"
#include "util.h"

/* "bucket\nname", sorted: a bucket name holds no newline, nor does an object's. */
static char		**names;
static size_t		 n_names, cap_names;

char *
object_key(const char *bucket, const char *name)
{
	return xasprintf("%s\n%s", bucket, name);
}

/* Where key is, or where it would be. */
static size_t
key_find(const char *key, bool *there)
{
	size_t low = 0, high = n_names;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(names[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*there = low < n_names && strcmp(names[low], key) == 0;
	return low;
}

void
object_index_add(const char *bucket, const char *name)
{
	char	*key = object_key(bucket, name);
	bool	 there;
	size_t	 at = key_find(key, &there);

	if (there) {
		free(key);
		return;
	}
	if (n_names == cap_names) {
		cap_names = cap_names ? cap_names * 2 : 256;
		names = xrealloc(names, cap_names * sizeof *names);
	}
	memmove(names + at + 1, names + at, (n_names - at) * sizeof *names);
	names[at] = key;
	n_names++;
}

void
object_index_remove(const char *bucket, const char *name)
{
	char	*key = object_key(bucket, name);
	bool	 there;
	size_t	 at = key_find(key, &there);

	free(key);
	if (!there)
		return;
	free(names[at]);
	memmove(names + at, names + at + 1, (--n_names - at) * sizeof *names);
}

void
object_index_fini(void)
{
	while (n_names > 0)
		free(names[--n_names]);
	free(names);
	names = NULL;
	cap_names = 0;
}

void
objects_walk(const char *bucket, const char *from,
    bool (*each)(void *cls, const char *name), void *cls)
{
	char	*key = object_key(bucket, from);
	size_t	 blen = strlen(bucket) + 1, at;
	bool	 there;

	pthread_mutex_lock(&objects_lock);
	for (at = key_find(key, &there); at < n_names; at++)
		if (strncmp(names[at], key, blen) != 0 || !each(cls, names[at] + blen))
			break;
	pthread_mutex_unlock(&objects_lock);
	free(key);
}
