/* actors/vertex/vertex.h - the state of the process that speaks to Google.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_H
#define STUDIOD_VERTEX_H

#include "actors/vertex/gate.h"
#include "actors/vertex/google.h"
#include "actors/vertex/retired.h"
#include "actors/vertex/storage/signing.h"

enum { POLL_MS = 60000 };

struct vertex {
	struct actor *actor;
	struct google google;
	struct gate gate;
	struct retired retired;
	struct signing signing;
	char storage_uri[640];		/* gs://bucket[/prefix], no slash at the end */
	const char *aliases;		/* the setting */
	struct generation *making;	/* those that Google was asked for, or will be */
	struct object_stream *streams;	/* objects that are being read or written */
	uint64_t upload_max;		/* bytes of an object that is written */
};

/* Reads settings and credentials; the last look outside. Ends the process with EXIT_FIX_ME
 * and a line that names the setting when something is wrong. */
void vertex_init(struct vertex *v, struct actor *a, struct ev_loop *loop);
void vertex_fini(struct vertex *v);

void on_sign_urls(void *state, struct request *rq);
void on_health(void *state, struct request *rq);

#endif
