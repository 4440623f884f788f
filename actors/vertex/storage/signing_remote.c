/* actors/vertex/storage/signing_remote.c - see signing_job.h: URLs that Google signs.
 * Licence: Apache-2.0. */
#include <stddef.h>
#include <stdio.h>

#include "actors/vertex/storage/signing_job.h"

/* One wait less; after the last the job is over. */
static void
job_release(struct signing_job *j)
{
	if (--j->waiting > 0)
		return;
	j->s->jobs--;
	if (j->err == 0) {
		signing_job_answer(j);
		return;
	}
	request_fail(j->rq, j->err, j->why);
	signing_job_free(j);
}

static void
on_url(struct remote_waiter *w, const char *url, unsigned err, const char *detail)
{
	struct job_url *t = (struct job_url *)((char *)w - offsetof(struct job_url, waiter));
	struct signing_job *j = t->job;

	if (err == E_STORAGE_ERROR)	/* nobody signs, and nothing is gained by another try */
		url = "";
	t->url = url != NULL ? strdup(url) : NULL;
	if (t->url == NULL && j->err == 0) {
		j->err = err != 0 ? err : E_INTERNAL_ERROR;
		j->why[0] = '\0';
	}
	if (j->why[0] == '\0')
		snprintf(j->why, sizeof j->why, "%s", detail);
	job_release(j);
}

void
signing_job_remote(struct signing *s, struct signing_job *j)
{
	s->jobs++;
	j->waiting = 1;
	for (uint32_t i = 0; i < j->n; i++) {
		struct job_url *t = &j->v[i];
		if (t->url != NULL)
			continue;
		t->job = j;
		t->waiter.told = on_url;
		j->waiting++;
		remote_sign_want(&s->remote, &j->rq->ctx, bytes_of(t->key, t->key_n), &t->waiter);
	}
	job_release(j);
}
