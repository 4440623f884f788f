/* storage.h - what the JSON, upload and XML faces of storage have in common.
 * Owns:  nothing.
 * Fails: by leaving an error reply in the request. */
#ifndef EMULATOR_STORAGE_H
#define EMULATOR_STORAGE_H

#include "http.h"
#include "objects.h"

/* Reads ifGenerationMatch .. from the query; -1 leaves a 400 behind. */
int	storage_conditions(struct request *, struct conditions *);
/* Adds selfLink and mediaLink, and takes away what is ours alone. */
void	storage_links_add(struct request *, json_t *resource);
/* Answers with a resource, links added. Takes the reference. */
void	storage_reply_resource(struct request *, json_t *);
/* Answers with the bytes of a resource: ranges, ETag, hashes, types. */
void	storage_reply_bytes(struct request *, const json_t *resource);
/* Says what an OBJ_ code means, in the dialect of the route. */
void	storage_reply_code(struct request *, int code);
/* True if bucket and object could exist; otherwise an error reply is left. */
bool	storage_names_ok(struct request *, const char *bucket, const char *object);

#endif
