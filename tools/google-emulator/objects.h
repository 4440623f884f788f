/* objects.h - the disk store: objects of every bucket, as plain files.
 * Owns:  --data/objects (a data file and a JSON file per object), --data/tmp, and
 *        a sorted index of names in memory. Bytes never pass through memory whole.
 * Fails: 0 or a negative OBJ_ code; nothing half-written is ever visible. */
#ifndef EMULATOR_OBJECTS_H
#define EMULATOR_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <openssl/evp.h>

enum {
	OBJ_MISSING = -1,	/* no such object */
	OBJ_CONDITION = -2,	/* a precondition did not hold */
	OBJ_IO = -3,		/* the disk refused; errno tells */
};

/* ifGenerationMatch and its family; unset ones do not matter. */
struct conditions {
	bool	has_match, has_not_match, has_meta_match, has_meta_not_match;
	int64_t	match, not_match, meta_match, meta_not_match;
};

struct object_writer {
	int		 fd;		/* -1: not open */
	char		 tmp[48];	/* its name in --data/tmp */
	uint64_t	 size;
	uint32_t	 crc;
	EVP_MD_CTX	*md5;
};

int	objects_init(int data_dir, char *why, size_t size);
void	objects_fini(void);

int	object_writer_open(struct object_writer *);
int	object_writer_put(struct object_writer *, const void *, size_t);
/* Takes over a file already written below --data and digests it. */
int	object_writer_adopt(struct object_writer *, int dir, const char *name);
/* Makes the object; attrs are contentType, cacheControl, .. metadata as sent.
 * On success *out is its full resource (the caller's). Closes the writer. */
int	object_writer_commit(struct object_writer *, const char *bucket,
	    const char *name, const json_t *attrs, const struct conditions *, json_t **out);
void	object_writer_drop(struct object_writer *);
/* Do crc32c and md5Hash, where the uploader sent them, fit what arrived? */
bool	object_writer_matches(const struct object_writer *, const json_t *attrs);

/* The resource without links, or NULL. */
json_t	*object_get(const char *bucket, const char *name);
/* Opens the bytes of a resource; the descriptor outlives a later overwrite. */
int	 object_open(const json_t *resource);
int	 object_delete(const char *bucket, const char *name, const struct conditions *);
int	 object_patch(const char *bucket, const char *name, const json_t *attrs,
	    const struct conditions *, json_t **out);
/* The whole of a small object, for models that read their input from a bucket. */
int	 object_read(const char *bucket, const char *name, size_t limit,
	    unsigned char **out, size_t *len);
/* A file made of bytes in memory, for models that write their output there. */
int	 object_put(const char *bucket, const char *name, const char *type,
	    const void *, size_t);

/* Calls back with names >= from, in order, until it says stop. */
void	 objects_walk(const char *bucket, const char *from,
	    bool (*each)(void *cls, const char *name), void *cls);

uint64_t object_size(const json_t *resource);
int	 conditions_hold(const struct conditions *, const json_t *resource);

#endif
