/* actors/vertex/storage/signing_job.h - one request of signing.h while its URLs are made: here (signing.c) or by Google
 * (signing_remote.c).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_SIGNING_JOB_H
#define STUDIOD_VERTEX_SIGNING_JOB_H

#include "actors/vertex/storage/signing.h"

struct job_url {
	struct remote_waiter waiter;	/* where Google signs */
	struct signing_job *job;
	char *key, *url;		/* owned; url is NULL until it is made */
	uint32_t key_n;
};
struct signing_job {
	struct signing *s;
	struct request *rq;
	struct signing_job *next;
	unsigned waiting;		/* for Google; plus one while the request is being taken */
	unsigned err;			/* of the first that failed, and may be had another time */
	char why[256];			/* of that one; or of the first that there is no URL for */
	uint32_t n, at;
	struct job_url v[];
};

void signing_job_free(struct signing_job *j);
/* All URLs are there: answers the request and frees the job. */
void signing_job_answer(struct signing_job *j);
/* Has Google sign what has no URL yet, then answers; counts the job in s->jobs until then. */
void signing_job_remote(struct signing *s, struct signing_job *j);

#endif
