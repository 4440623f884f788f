/* objects_internal.h - what the files of the store share. */
#ifndef EMULATOR_OBJECTS_INTERNAL_H
#define EMULATOR_OBJECTS_INTERNAL_H

#include <pthread.h>

#include "objects.h"

#define META_MAX	(256u << 10)	/* bytes of an object's JSON file */

extern int		 objects_dir, objects_tmp_dir;
extern pthread_mutex_t	 objects_lock;	/* of the index, and of what replaces a JSON file */

/* The name of an object's JSON file. */
void	 object_meta_file(const char *bucket, const char *name, char out[80]);

/* ---- object_index.c; under the lock ---- */

/* What sorts an object: the caller's. */
char	*object_key(const char *bucket, const char *name);
void	 object_index_add(const char *bucket, const char *name);
void	 object_index_remove(const char *bucket, const char *name);
void	 object_index_fini(void);

/* ---- object_resource.c ---- */

/* Of what was written; with "_data", our own note of where its bytes lie. */
json_t	*object_resource_make(const struct object_writer *, const char *bucket, const char *name,
	    const json_t *attrs, int64_t generation);
/* What the caller may see: a copy without our own note. */
json_t	*object_resource_public(json_t *);
/* Takes over what is in attrs, as the next metageneration. */
void	 object_resource_change(json_t *, const json_t *attrs);

#endif
