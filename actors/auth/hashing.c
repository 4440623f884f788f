/* actors/auth/hashing.c - see hashing.h.
 * Owns: its threads and the jobs in its queue.
 * Fails: over HASH_QUEUE jobs it refuses at once.
 * Licence: Apache-2.0. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "actors/auth/hash_kinds.h"
#include "actors/auth/hashing.h"

enum { STACK_BYTES = 256 << 10, NICE = 5 };

struct hash_job {
	struct hash_job *next;
	struct hashing *owner;
	bool verify, ok;
	double took;			/* seconds: a verification */
	ev_timer late;			/* until then nobody is told */
	char *password;			/* sodium_malloc */
	size_t password_n;
	char hash[HASH_TEXT];		/* made, or to be verified */
	char better[HASH_TEXT];
	hashed_fn *done;
	void *arg;
};

struct hash_list {
	struct hash_job *first, **last;
};

struct hashing {
	struct ev_loop *loop;
	ev_async wake;
	pthread_t threads[HASH_THREADS];
	unsigned nthreads;
	uint32_t queued;		/* only the loop's thread looks at these */
	double took[HASH_KIND_COUNT];	/* what a verification takes, about; 0 where there was none */
	struct hash_list late;

	pthread_mutex_t lock;		/* guards all below */
	pthread_cond_t work;
	struct hash_list waiting, finished;
	bool stop;
};

static void
list_init(struct hash_list *l)
{
	l->first = NULL;
	l->last = &l->first;
}

static void
list_put(struct hash_list *l, struct hash_job *j)
{
	j->next = NULL;
	*l->last = j;
	l->last = &j->next;
}

static struct hash_job *
list_take(struct hash_list *l)
{
	struct hash_job *j = l->first;

	if (j != NULL && (l->first = j->next) == NULL)
		l->last = &l->first;
	return j;
}

static void
job_free(struct hash_job *j)
{
	sodium_free(j->password);	/* wipes */
	sodium_memzero(j->hash, sizeof j->hash);
	sodium_memzero(j->better, sizeof j->better);
	free(j);
}

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
work(struct hash_job *j)
{
	double began = now_s();

	if (!j->verify) {
		j->ok = hash_make(j->hash, j->password, j->password_n);
		return;
	}
	j->ok = hash_verify(j->hash, j->password, j->password_n);
	j->took = now_s() - began;
	if (j->ok && hash_dated(j->hash) && !hash_make(j->better, j->password, j->password_n))
		j->better[0] = '\0';	/* no memory: next time */
}

static void *
worker(void *arg)
{
	struct hashing *h = arg;

	setpriority(PRIO_PROCESS, 0, NICE);	/* of this thread: token checks go first */
	pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		struct hash_job *j = list_take(&h->waiting);
		if (j == NULL) {
			pthread_cond_wait(&h->work, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		work(j);
		pthread_mutex_lock(&h->lock);
		list_put(&h->finished, j);
		ev_async_send(h->loop, &h->wake);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static void
tell(struct hashing *h, struct hash_job *j)
{
	h->queued--;
	j->done(j->arg, j->ok, j->verify ? j->better : j->hash);
	job_free(j);
}

static void
on_late(struct ev_loop *loop, ev_timer *w, int events)
{
	struct hash_job *j = w->data;
	struct hash_list *l = &j->owner->late;
	struct hash_job **at = &l->first;

	(void)loop;
	(void)events;
	while (*at != j)
		at = &(*at)->next;
	if ((*at = j->next) == NULL)
		l->last = at;
	tell(j->owner, j);
}

/* Tells it; a wrong password not before the slower kind would have been done. */
static void
finish(struct hashing *h, struct hash_job *j)
{
	enum hash_kind kind = hash_kind_of(j->hash);
	double wait;

	if (j->verify && kind != HASH_KIND_other)
		h->took[kind] = h->took[kind] == 0 ? j->took : h->took[kind] + (j->took - h->took[kind]) / 8;
	wait = (h->took[HASH_KIND_argon2] > h->took[HASH_KIND_bcrypt] ? h->took[HASH_KIND_argon2] : h->took[HASH_KIND_bcrypt]) - j->took;
	if (!j->verify || j->ok || wait <= 0 || kind == HASH_KIND_other) {
		tell(h, j);
		return;
	}
	list_put(&h->late, j);
	ev_timer_init(&j->late, on_late, wait, 0.);
	j->late.data = j;
	ev_now_update(h->loop);
	ev_timer_start(h->loop, &j->late);
}

static void
on_finished(struct ev_loop *loop, ev_async *w, int events)
{
	struct hashing *h = w->data;
	struct hash_job *j;

	(void)loop;
	(void)events;
	for (;;) {
		pthread_mutex_lock(&h->lock);
		j = list_take(&h->finished);
		pthread_mutex_unlock(&h->lock);
		if (j == NULL)
			return;
		finish(h, j);
	}
}

static int
submit(struct hashing *h, struct bytes password, const char *hash, hashed_fn *done, void *arg)
{
	struct hash_job *j;

	if (h->queued >= HASH_QUEUE)
		return -E_QUEUE_FULL;
	if ((j = calloc(1, sizeof *j)) == NULL)
		return -E_INTERNAL_ERROR;
	if ((j->password = sodium_malloc(password.n + 1u)) == NULL) {
		free(j);
		return -E_INTERNAL_ERROR;
	}
	memcpy(j->password, password.p, password.n);
	j->password[password.n] = '\0';
	j->owner = h;
	j->password_n = password.n;
	j->verify = hash != NULL;
	if (hash != NULL)
		snprintf(j->hash, sizeof j->hash, "%s", hash);
	j->done = done;
	j->arg = arg;
	h->queued++;
	pthread_mutex_lock(&h->lock);
	list_put(&h->waiting, j);
	pthread_cond_signal(&h->work);
	pthread_mutex_unlock(&h->lock);
	return 0;
}

int
hashing_make(struct hashing *h, struct bytes password, hashed_fn *done, void *arg)
{
	return submit(h, password, NULL, done, arg);
}

int
hashing_verify(struct hashing *h, struct bytes password, const char *hash, hashed_fn *done, void *arg)
{
	return submit(h, password, hash, done, arg);
}

uint32_t
hashing_queued(const struct hashing *h)
{
	return h->queued;
}

struct hashing *
hashing_new(struct ev_loop *loop)
{
	struct hashing *h = calloc(1, sizeof *h);
	pthread_attr_t attr;
	sigset_t all, before;

	if (h == NULL)
		return NULL;
	h->loop = loop;
	list_init(&h->waiting);
	list_init(&h->finished);
	list_init(&h->late);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->work, NULL);
	ev_async_init(&h->wake, on_finished);
	h->wake.data = h;
	ev_async_start(loop, &h->wake);

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigfillset(&all);		/* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (h->nthreads < HASH_THREADS && pthread_create(&h->threads[h->nthreads], &attr, worker, h) == 0)
		h->nthreads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (h->nthreads == 0) {
		hashing_free(h);
		return NULL;
	}
	return h;
}

void
hashing_free(struct hashing *h)
{
	struct hash_job *j;

	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_broadcast(&h->work);
	pthread_mutex_unlock(&h->lock);
	for (unsigned i = 0; i < h->nthreads; i++)
		pthread_join(h->threads[i], NULL);
	ev_async_stop(h->loop, &h->wake);
	while ((j = list_take(&h->waiting)) != NULL)
		job_free(j);
	while ((j = list_take(&h->finished)) != NULL)
		job_free(j);
	while ((j = list_take(&h->late)) != NULL) {
		ev_timer_stop(h->loop, &j->late);
		job_free(j);
	}
	pthread_cond_destroy(&h->work);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
