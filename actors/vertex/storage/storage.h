/* actors/vertex/storage/storage.h - Cloud Storage: write an object once, look at one, list some.
 *
 * Owns:  the bytes of an upload until it is done.
 * Fails: STORAGE_ERROR with a message, or what google.h says before anything was sent.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_STORAGE_H
#define STUDIOD_VERTEX_STORAGE_H

#include <jansson.h>

#include "actors/vertex/google.h"
#include "actors/vertex/gs_uri.h"
#include "actors/vertex/media_probe.h"

enum { STORAGE_LIST_MAX = 64 };

/* What is known about an object. */
struct stored {
	uint64_t size;
	char mime[64];
	struct media_facts facts;
};

/* err 0: it is there, whole: the checksum in Google's answer is ours. */
typedef void upload_done(void *arg, unsigned err, const char *detail);
/* Writes bytes (taken over) as a new object. It never replaces one: an object that is there
 * already counts as written if its checksum is the same, so repetitions are harmless, and
 * what may pass is tried again within the deadline of ctx. */
void storage_upload(struct google *g, const struct ctx *ctx, const char *uri, const char *mime, struct buf *bytes,
    upload_done *done, void *arg);

/* Size, type and first facts of an object (one without a byte: nothing but its size); err as above or NOT_FOUND, then *s
 * is empty. */
typedef void probe_done(void *arg, unsigned err, const char *detail, const struct stored *s);
void storage_probe(struct google *g, const struct ctx *ctx, const char *uri, probe_done *done, void *arg);

/* Objects whose URI begins with `prefix` (gs://bucket/..), up to STORAGE_LIST_MAX: an array
 * of {name, size, contentType, updated} or NULL. `more`: there are others. */
typedef void list_done(void *arg, unsigned err, const char *detail, const json_t *objects, bool more);
void storage_list(struct google *g, const struct ctx *ctx, const char *prefix, list_done *done, void *arg);

/* Deletes an object; one that is not there counts as deleted. */
typedef void delete_done(void *arg, unsigned err, const char *detail);
void storage_delete(struct google *g, const struct ctx *ctx, const char *uri, delete_done *done, void *arg);

/* ---- for what is built on it: object_read.c, resumable.c ---- */

/* Appends endpoint<path>/b/{bucket}/o[/{object}]. 0 or -1. */
int storage_url(const struct google *g, struct buf *url, const char *path, struct bytes bucket, struct bytes object);
/* The code of a finished exchange that was no success, its words in *o; 0 for a 2xx. */
struct outcome;
unsigned storage_error(struct outcome *o, const struct http_answer *a, unsigned err, const char *detail, const char *project);

/* Has the object that an answer describes this CRC32C (crc32c_text)? */
bool storage_crc_is(const struct http_answer *a, const char *crc);

#endif
