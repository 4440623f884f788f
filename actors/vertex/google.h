/* actors/vertex/google.h - a call to a Google service: where it goes, the token it
 * carries, and the one repetition after a 401.
 *
 * Owns:  HTTP and OAuth. Fails: as http.h and oauth.h; the asker always gets an answer.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_GOOGLE_H
#define STUDIOD_VERTEX_GOOGLE_H

#include "actors/common/actor.h"
#include "actors/vertex/http.h"
#include "actors/vertex/credentials/oauth.h"

struct google {
	struct http http;
	struct oauth oauth;
	struct oauth source;		/* of impersonated credentials: who impersonates; else unused */
	struct oauth *signs_as;		/* who may ask for signatures as oauth.email: one of these two */
	/* scheme://host[:port] without a slash at the end; vertex is "" for Google's own
	 * hosts, which depend on the location */
	char vertex[256], speech[256], storage[256], iam[256];
	char project[64], location[64];
};

/* How a call ended: err 0 and what HTTP says, or an E_ code of ours before anything was
 * sent, with `detail` (and of the answer only `asked`). */
typedef void google_done(void *arg, struct http_answer *answer, unsigned err, const char *detail);

/* Reads settings and credentials. NULL, or what is wrong. */
const char *google_init(struct google *g, const struct actor *a, struct ev_loop *loop);
void google_fini(struct google *g);

/* Appends scheme://host/v1/projects/P/locations/L/publishers/google/models/M:verb. An
 * empty project or location means the configured one. 0 or -1. */
int google_model_url(const struct google *g, struct buf *url, const char *project, const char *location,
    const char *model, const char *verb);
/* The same of scheme://host/v1beta1/projects/P/locations/L/interactions. */
int google_interactions_url(const struct google *g, struct buf *url, const char *project, const char *location);
/* Appends scheme://host of the Vertex service at a location. */
int google_vertex_host(const struct google *g, struct buf *url, const char *location);

/* As http_start with a token, once it is there; a 401 gets one fresh token and one
 * repetition (Google did nothing then). The deadline of ctx shortens the time-out. */
void google_call(struct google *g, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg);

/* The same as another identity. */
void google_call_as(struct google *g, struct oauth *who, const struct ctx *ctx, const struct http_ask *ask, google_done *done, void *arg);

#endif
