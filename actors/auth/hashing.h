/* actors/auth/hashing.h - password hashing in a bounded pool of threads, so that nothing
 * else ever waits behind a hash.
 *
 * Hashes are made with argon2id. One of bcrypt ($2a$, $2b$, $2y$), from an imported database, is
 * verified too; where it or the parameters of an argon2id hash are not today's, a verification
 * that succeeds also makes the hash that takes its place.
 *
 * A password that is wrong is told no sooner than the slower of the two kinds would have been, as
 * they took here so far: by the time nobody sees which kind an account has, or whether there is one.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_AUTH_HASHING_H
#define STUDIOD_AUTH_HASHING_H

#include <ev.h>
#include <sodium.h>

#include "proto/proto.h"

enum { HASH_THREADS = 2, HASH_QUEUE = 64, HASH_TEXT = 256 };

/* argon2id, in one place: passes over the memory, and bytes of memory. */
#define HASH_OPS crypto_pwhash_OPSLIMIT_INTERACTIVE
#define HASH_MEM crypto_pwhash_MEMLIMIT_INTERACTIVE

/* The end of a job, on the loop's thread. Making: ok says whether `hash` was made (it fails
 * when memory is out). Verifying: ok says whether the password is right; `hash` is a better one
 * for it, or "". */
typedef void hashed_fn(void *arg, bool ok, const char *hash);

struct hashing;

/* Starts the threads; call after confinement, which they inherit. NULL when they cannot
 * be started. */
struct hashing *hashing_new(struct ev_loop *loop);
/* Waits for the jobs that run, drops the others. NULL is fine. */
void hashing_free(struct hashing *h);
/* Queue a job; the password is copied into locked memory. 0; -E_QUEUE_FULL;
 * -E_INTERNAL_ERROR when memory is out. Then `done` is not called. */
int hashing_make(struct hashing *h, struct bytes password, hashed_fn *done, void *arg);
int hashing_verify(struct hashing *h, struct bytes password, const char *hash, hashed_fn *done, void *arg);
/* Jobs that wait or run. */
uint32_t hashing_queued(const struct hashing *h);

/* A hash that no password has, to verify against when there is no such account: it costs
 * what a real one costs. */
void hashing_dummy(char out[HASH_TEXT]);

#endif
