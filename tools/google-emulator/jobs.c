/* jobs.c - long-running jobs as they are on disk: one JSON file each.
 * Owns:  --data/operations.
 * Fails: -1 with errno where a file cannot be written; NULL for a job that is not there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobs.h"
#include "util.h"

#define JOB_MAX		(1u << 20)
#define KEPT_S		(48 * 3600)	/* finished ones older than this are swept out */

static int		 jobs_dir = -1;
static pthread_mutex_t	 polling = PTHREAD_MUTEX_INITIALIZER;

int64_t
job_int(const json_t *job, const char *key)
{
	return (int64_t)json_number_value(json_object_get(job, key));
}

static const struct job_kind *const kinds[] = { &veo_jobs, &interaction_jobs };

const struct job_kind *
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

/* ---- files ---- */

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

int
job_save(const json_t *job)
{
	char file[48];

	file_name(json_text(job, "id"), file);
	return file_replace_json(jobs_dir, file, job);
}

void
job_keep(const json_t *job)
{
	if (job_save(job) < 0)
		fprintf(stderr, "event=job_not_saved id=%s error=\"%s\"\n",
		    json_text(job, "id"), strerror(errno));
}

json_t *
job_get(const struct job_kind *kind, const char *id)
{
	char	 file[48];
	json_t	*job;

	if (!id_ok(id))
		return NULL;
	file_name(id, file);
	job = file_read_json(jobs_dir, file, JOB_MAX);
	if (job_kind(job) == kind)
		return job;
	json_decref(job);
	return NULL;
}

json_t *
job_poll(const struct job_kind *kind, const char *id)
{
	json_t	*job;
	int64_t	 left;

	pthread_mutex_lock(&polling);
	job = job_get(kind, id);
	left = job_int(job, "polls");
	if (left > 0 && json_is_true(json_object_get(job, "done"))) {
		json_object_set_new(job, "polls", json_integer((json_int_t)left - 1));
		job_keep(job);
		json_object_del(job, "done");
	}
	pthread_mutex_unlock(&polling);
	return job;
}

/* ---- beginning and end ---- */

int
jobs_open(int data_dir, char *why, size_t size)
{
	if (mkdirat(data_dir, "operations", 0700) == 0 || errno == EEXIST)
		jobs_dir = openat(data_dir, "operations", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (jobs_dir >= 0)
		return 0;
	snprintf(why, size, "--data: cannot make operations/ in it: %s", strerror(errno));
	return -1;
}

void
jobs_close(void)
{
	close(jobs_dir);
}

void
jobs_unfinished(void (*take)(json_t *job))
{
	int		 fd = openat(jobs_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		*d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent	*e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		json_t *job;

		if (strlen(e->d_name) != 41 || strcmp(e->d_name + 36, ".json") != 0)
			continue;
		job = file_read_json(jobs_dir, e->d_name, JOB_MAX);
		if (json_text(job, "id") == NULL || !id_ok(json_text(job, "id")) ||
		    job_kind(job) == NULL) {
			json_decref(job);
		} else if (json_is_true(json_object_get(job, "done"))) {
			if (job_int(job, "due_ms") / 1000 < clock_s() - KEPT_S)
				unlinkat(jobs_dir, e->d_name, 0);
			json_decref(job);
		} else {
			take(job);
		}
	}
	if (d != NULL)
		closedir(d);
}
