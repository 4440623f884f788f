/* operations.c - long-running jobs: worked off in time.
 * Owns:  the jobs that run, and two threads: one that draws ahead, one that ends jobs
 *        when their time has come. Their files are those of jobs.c.
 * Fails: a job that cannot be kept is not started.
 *
 * Only unfinished jobs are held in memory. An emulator that starts again reads
 * their files and goes on: media are drawn anew, the same bytes. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "operations.h"
#include "settings.h"
#include "util.h"

enum state { ST_QUEUED, ST_DRAWING, ST_DRAWN, ST_ENDING };

struct pending {
	json_t		*job;
	int64_t		 due_ms;
	enum state	 state;
	bool		 cancelled;	/* its file says so already */
	struct pending	*next;
};

static struct pending	*first;		/* in order of their start */
static bool		 stopping, running;
static pthread_t	 threads[2];
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t	 changed = PTHREAD_COND_INITIALIZER;

/* ---- the two threads ---- */

static struct pending *
pick_queued(void)
{
	struct pending *p;

	for (p = first; p != NULL; p = p->next)
		if (p->state == ST_QUEUED)
			return p;
	return NULL;
}

/* The drawn one whose time has come; *wait_ms tells when the next one is due. */
static struct pending *
pick_due(int64_t *wait_ms)
{
	struct pending	*p;
	int64_t		 now = clock_ms();

	*wait_ms = 1000;
	for (p = first; p != NULL; p = p->next) {
		if (p->state != ST_DRAWN)
			continue;
		if (p->due_ms <= now)
			return p;
		if (p->due_ms - now < *wait_ms)
			*wait_ms = p->due_ms - now;
	}
	return NULL;
}

static void
wait_ms(int64_t ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&changed, &lock, &ts);
}

static void *
draw_thread(void *cls)
{
	(void)cls;
	pthread_mutex_lock(&lock);
	while (!stopping) {
		struct pending	*p = pick_queued();
		bool		 wanted;

		if (p == NULL) {
			pthread_cond_wait(&changed, &lock);
			continue;
		}
		p->state = ST_DRAWING;
		wanted = !p->cancelled;
		pthread_mutex_unlock(&lock);
		if (wanted)
			job_kind(p->job)->draw(p->job);
		pthread_mutex_lock(&lock);
		p->state = ST_DRAWN;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void
pending_remove(struct pending *gone)
{
	struct pending **at;

	for (at = &first; *at != gone; at = &(*at)->next)
		;
	*at = gone->next;
	json_decref(gone->job);
	free(gone);
}

static void *
end_thread(void *cls)
{
	(void)cls;
	pthread_mutex_lock(&lock);
	while (!stopping) {
		int64_t		 ms;
		struct pending	*p = pick_due(&ms);

		if (p == NULL) {
			wait_ms(ms);
			continue;
		}
		if (p->cancelled) {
			pending_remove(p);
			continue;
		}
		p->state = ST_ENDING;
		pthread_mutex_unlock(&lock);
		job_kind(p->job)->end(p->job);
		job_done(p->job);
		job_keep(p->job);
		pthread_mutex_lock(&lock);
		pending_remove(p);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void
pending_add(json_t *job)
{
	struct pending	*p = xcalloc(1, sizeof *p), **at;

	p->job = job;
	p->due_ms = job_int(job, "due_ms");
	pthread_mutex_lock(&lock);
	for (at = &first; *at != NULL; at = &(*at)->next)
		;
	*at = p;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* ---- beginning and end ---- */

int
operations_init(int data_dir, char *why, size_t size)
{
	if (jobs_open(data_dir, why, size) < 0)
		return -1;
	jobs_unfinished(pending_add);
	if (pthread_create(&threads[0], NULL, draw_thread, NULL) != 0 ||
	    pthread_create(&threads[1], NULL, end_thread, NULL) != 0) {
		snprintf(why, size, "cannot start threads: %s", strerror(errno));
		return -1;
	}
	running = true;
	return 0;
}

void
operations_fini(void)
{
	pthread_mutex_lock(&lock);
	stopping = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	if (running) {
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], NULL);
	}
	while (first != NULL)
		pending_remove(first);
	jobs_close();
}

int
operation_start(json_t *job)
{
	json_object_set_new(job, "polls", json_integer((json_int_t)setting(SET_polls)));
	if (job_save(job) < 0) {
		json_decref(job);
		return -1;
	}
	pending_add(job);
	return 0;
}

/* The job itself is read by the drawing thread without the lock: what is written
 * is a copy, and whoever ends jobs drops this one. */
json_t *
operation_cancel(const struct job_kind *kind, const char *id)
{
	struct pending	*p;
	json_t		*job = NULL;

	pthread_mutex_lock(&lock);
	for (p = first; p != NULL; p = p->next)
		if (strcmp(json_text(p->job, "id"), id) == 0 && job_kind(p->job) == kind)
			break;
	if (p != NULL && p->state != ST_ENDING && !p->cancelled) {
		p->cancelled = true;
		p->due_ms = 0;
		job = json_deep_copy(p->job);
		json_object_set_new(job, "cancelled", json_true());
		json_object_del(job, "polls");
		job_done(job);
		job_keep(job);
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return job;
}
