/* operations.h - Veo's long-running operations: kept on disk, worked off in time.
 * Owns:  --data/operations, one JSON file per operation, and two threads: one that
 *        draws films, one that finishes operations when their time has come.
 * Fails: an operation that cannot be kept is not started. */
#ifndef EMULATOR_OPERATIONS_H
#define EMULATOR_OPERATIONS_H

#include <jansson.h>

int	operations_init(int data_dir, char *why, size_t size);
void	operations_fini(void);

/* Keeps and starts an operation; job is what operation_film reads:
 *   name, id, due_ms, look, width, height, seconds, audio, count, filtered,
 *   storage_uri?, prompt, blocked?, error{code,message}?  Takes the reference. */
int	operation_start(json_t *job);
/* The operation as it stands, or NULL if there is none; the caller's. */
json_t	*operation_get(const char *id);
/* The answer of fetchPredictOperation for it. */
json_t	*operation_answer(const json_t *job);

#endif
