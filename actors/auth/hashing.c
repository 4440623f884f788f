/* actors/auth/hashing.c - see hashing.h.
 * Owns: its threads and the jobs in its queue.
 * Fails: over HASH_QUEUE jobs it refuses at once.
 * Licence: Apache-2.0. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "actors/auth/hashing.h"

enum { STACK_BYTES = 256 << 10, NICE = 5 };

struct hash_job {
	struct hash_job *next;
	bool verify, ok;
	char *password;			/* sodium_malloc */
	size_t password_n;
	char hash[HASH_TEXT];
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
	uint32_t queued;		/* only the loop's thread looks at it */

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
	free(j);
}

static void
work(struct hash_job *j)
{
	if (j->verify)
		j->ok = crypto_pwhash_str_verify(j->hash, j->password, j->password_n) == 0;
	else
		j->ok = crypto_pwhash_str_alg(j->hash, j->password, j->password_n, HASH_OPS, HASH_MEM,
		    crypto_pwhash_ALG_ARGON2ID13) == 0;
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
		h->queued--;
		j->done(j->arg, j->ok, j->hash);
		job_free(j);
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
	pthread_cond_destroy(&h->work);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void
hashing_dummy(char out[HASH_TEXT])
{
	const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
	uint8_t bytes[32];
	char salt[32], hash[64];

	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2base64(salt, sizeof salt, bytes, 16, variant);
	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2base64(hash, sizeof hash, bytes, 32, variant);
	snprintf(out, HASH_TEXT, "$argon2id$v=19$m=%zu,t=%llu,p=1$%s$%s", (size_t)HASH_MEM / 1024,
	    (unsigned long long)HASH_OPS, salt, hash);
}
