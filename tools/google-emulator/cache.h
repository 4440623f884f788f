/* cache.h - media already made, by a text that says all about them.
 * Owns:  up to setting cache_mib of bytes; the least recently used go first.
 * Fails: never; a miss is NULL. */
#ifndef EMULATOR_CACHE_H
#define EMULATOR_CACHE_H

#include <stddef.h>

/* Bytes that several requests may hold at once. */
struct blob;

struct blob	*blob_new(unsigned char **data, size_t len);	/* takes *data */
struct blob	*blob_ref(struct blob *);
void		 blob_free(struct blob *);			/* NULL is fine */
const unsigned char *blob_data(const struct blob *);
size_t		 blob_len(const struct blob *);

struct blob	*cache_get(const char *key);		/* a reference, or NULL */
void		 cache_put(const char *key, struct blob *); /* takes its own reference */
void		 cache_fini(void);

/* Few draw at a time, however many ask: pixels and encoders are large. */
void		 drawing_begin(void);
void		 drawing_end(void);

#endif
