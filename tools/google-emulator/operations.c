/* operations.c - long-running jobs: kept on disk, worked off in time.
 * Owns:  --data/operations, one JSON file per job, and two threads: one that draws
 *        ahead, one that ends jobs when their time has come.
 * Fails: a job that cannot be kept is not started.
 *
 * Only unfinished jobs are held in memory. An emulator that starts again reads
 * their files and goes on: media are drawn anew, the same bytes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "operations.h"
#include "util.h"

#define JOB_MAX		(1u << 20)
#define KEPT_S		(48 * 3600)	/* finished ones older than this are swept out */

enum state { ST_QUEUED, ST_DRAWING, ST_DRAWN, ST_ENDING };

struct pending {
	json_t		*job;
	int64_t		 due_ms;
	enum state	 state;
	bool		 cancelled;	/* its file says so already */
	struct pending	*next;
};

static int		 operations_dir = -1;
static struct pending	*first;		/* in order of their start */
static bool		 stopping, running;
static pthread_t	 threads[2];
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t	 changed = PTHREAD_COND_INITIALIZER;

static void
file_name(const char *id, char out[48])
{
	snprintf(out, 48, "%.36s.json", id);
}

static bool
id_ok(const char *id)
{
	return strlen(id) == 36 && strspn(id, "0123456789abcdef-") == 36;
}

static int
job_save(const json_t *job)
{
	char file[48];

	file_name(json_text(job, "id"), file);
	return file_replace_json(operations_dir, file, job);
}

int64_t
job_int(const json_t *job, const char *key)
{
	return (int64_t)json_number_value(json_object_get(job, key));
}

/* ---- kinds ---- */

static const struct job_kind *const kinds[] = { &veo_jobs, &interaction_jobs };

static const struct job_kind *
job_kind(const json_t *job)
{
	const char	*name = json_text(job, "kind");
	size_t		 i;

	for (i = 0; name != NULL && i < COUNT(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

json_t *
job_new(const struct job_kind *kind, double ms)
{
	int64_t	now = clock_ms();
	char	id[37];

	random_uuid(id);
	return json_pack("{s:s, s:s, s:I, s:I}", "kind", kind->name, "id", id,
	    "created_ms", (json_int_t)now, "due_ms", (json_int_t)(now + (int64_t)ms));
}

void
job_fail(json_t *job, int code, const char *message)
{
	json_object_set_new(job, "error", json_pack("{s:i, s:s}", "code", code,
	    "message", message));
}

void
job_done(json_t *job)
{
	json_object_set_new(job, "ended_ms", json_integer((json_int_t)clock_ms()));
	json_object_set_new(job, "done", json_true());
}

void
operation_keep(const json_t *job)
{
	if (job_save(job) < 0)
		fprintf(stderr, "event=operation_not_saved id=%s error=\"%s\"\n",
		    json_text(job, "id"), strerror(errno));
}

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
		operation_keep(p->job);
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

static void
operations_load(void)
{
	int		 fd = openat(operations_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		*d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent	*e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		json_t *job;

		if (strlen(e->d_name) != 41 || strcmp(e->d_name + 36, ".json") != 0)
			continue;
		job = file_read_json(operations_dir, e->d_name, JOB_MAX);
		if (json_text(job, "id") == NULL || !id_ok(json_text(job, "id")) ||
		    job_kind(job) == NULL) {
			json_decref(job);
		} else if (json_is_true(json_object_get(job, "done"))) {
			if (job_int(job, "due_ms") / 1000 < clock_s() - KEPT_S)
				unlinkat(operations_dir, e->d_name, 0);
			json_decref(job);
		} else {
			pending_add(job);
		}
	}
	if (d != NULL)
		closedir(d);
}

int
operations_init(int data_dir, char *why, size_t size)
{
	if (mkdirat(data_dir, "operations", 0700) == 0 || errno == EEXIST)
		operations_dir = openat(data_dir, "operations",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (operations_dir < 0) {
		snprintf(why, size, "--data: cannot make operations/ in it: %s",
		    strerror(errno));
		return -1;
	}
	operations_load();
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
	close(operations_dir);
}

int
operation_start(json_t *job)
{
	if (job_save(job) < 0) {
		json_decref(job);
		return -1;
	}
	pending_add(job);
	return 0;
}

json_t *
operation_get(const struct job_kind *kind, const char *id)
{
	char	 file[48];
	json_t	*job;

	if (!id_ok(id))
		return NULL;
	file_name(id, file);
	job = file_read_json(operations_dir, file, JOB_MAX);
	if (job_kind(job) == kind)
		return job;
	json_decref(job);
	return NULL;
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
		job_done(job);
		operation_keep(job);
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return job;
}
