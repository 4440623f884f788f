/* operations.c - Veo's long-running operations: kept on disk, worked off in time.
 * Owns:  --data/operations, one JSON file per operation, and two threads: one that
 *        draws films, one that finishes operations when their time has come.
 * Fails: an operation that cannot be kept is not started.
 *
 * Only unfinished operations are held in memory. An emulator that starts again
 * reads their files and goes on: films are drawn anew, the same bytes. */
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

#include "gcs_uri.h"
#include "media.h"
#include "objects.h"
#include "operations.h"
#include "util.h"

#define JOB_MAX		(1u << 20)
#define KEPT_S		(48 * 3600)	/* finished ones older than this are swept out */

enum state { ST_QUEUED, ST_DRAWING, ST_DRAWN, ST_ENDING };

struct pending {
	json_t		*job;
	int64_t		 due_ms;
	enum state	 state;
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

static int64_t
job_int(const json_t *job, const char *key)
{
	return (int64_t)json_number_value(json_object_get(job, key));
}

/* ---- films ---- */

/* What tells one prompt's film from another's drawn alike: a box players skip. */
static unsigned char *
film_mark(const struct blob *b, const json_t *job, int i, size_t *len)
{
	char		*mark = xasprintf("studio emulator %s %d", json_text(job, "look"), i);
	size_t		 n = strlen(mark) + 8;
	unsigned char	*out = xmalloc(blob_len(b) + n), *p = out + blob_len(b);
	size_t		 k;

	memcpy(out, blob_data(b), blob_len(b));
	for (k = 0; k < 4; k++)
		p[k] = (unsigned char)(n >> (24 - 8 * k));
	memcpy(p + 4, "free", 4);
	memcpy(p + 8, mark, n - 8);
	free(mark);
	*len = blob_len(b) + n;
	return out;
}

static struct blob *
film_draw(const json_t *job)
{
	struct video_spec s = {
		.width = (int)job_int(job, "width"), .height = (int)job_int(job, "height"),
		.seconds = json_number_value(json_object_get(job, "seconds")),
		.look = (uint64_t)job_int(job, "variant"),
		.audio = json_is_true(json_object_get(job, "audio")),
	};

	return video_make(&s);
}

static bool
job_makes_film(const json_t *job)
{
	return json_object_get(job, "error") == NULL &&
	    job_int(job, "count") > job_int(job, "filtered");
}

/* ---- finishing ---- */

static void
job_fail(json_t *job, int code, const char *message)
{
	json_object_set_new(job, "error", json_pack("{s:i, s:s}", "code", code,
	    "message", message));
}

/* Puts the films where storageUri says; the uris go into the job. */
static int
job_publish(json_t *job, const struct blob *b)
{
	const char	*uri = json_text(job, "storage_uri");
	int		 count = (int)(job_int(job, "count") - job_int(job, "filtered")), i;
	json_t		*uris = json_array();
	struct gcs_uri	 u;
	int		 rc = 0;

	gcs_uri_parse(uri, false, &u);
	for (i = 0; i < count && rc == 0; i++) {
		size_t		 len, n = strlen(u.object);
		unsigned char	*film = film_mark(b, job, i, &len);
		char		*name = xasprintf("%s%s%s/sample_%d.mp4", u.object,
				    n > 0 && u.object[n - 1] != '/' ? "/" : "",
				    json_text(job, "folder"), i);
		char		*full = xasprintf("gs://%s/%s", u.bucket, name);

		rc = object_put(u.bucket, name, "video/mp4", film, len);
		json_array_append_new(uris, json_string(full));
		free(full);
		free(name);
		free(film);
	}
	json_object_set_new(job, "uris", uris);
	return rc;
}

static void
job_end(json_t *job)
{
	struct blob *b;

	if (job_makes_film(job)) {
		if ((b = film_draw(job)) == NULL)
			job_fail(job, 13, "Internal error encountered.");
		else if (json_text(job, "storage_uri") != NULL && job_publish(job, b) < 0)
			job_fail(job, 13, "The result could not be written to Cloud Storage.");
		blob_free(b);
	}
	json_object_set_new(job, "done", json_true());
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

		if (p == NULL) {
			pthread_cond_wait(&changed, &lock);
			continue;
		}
		p->state = ST_DRAWING;
		pthread_mutex_unlock(&lock);
		if (job_makes_film(p->job))	/* into the cache, ahead of time */
			blob_free(film_draw(p->job));
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
		p->state = ST_ENDING;
		pthread_mutex_unlock(&lock);
		job_end(p->job);
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
		if (json_text(job, "id") == NULL || !id_ok(json_text(job, "id"))) {
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
operation_get(const char *id)
{
	char file[48];

	if (!id_ok(id))
		return NULL;
	file_name(id, file);
	return file_read_json(operations_dir, file, JOB_MAX);
}

/* ---- the answer ---- */

static json_t *
videos_json(const json_t *job)
{
	const json_t	*uris = json_object_get(job, "uris");
	int		 count = (int)(job_int(job, "count") - job_int(job, "filtered")), i;
	json_t		*list = json_array();
	struct blob	*b = uris == NULL && count > 0 ? film_draw(job) : NULL;

	for (i = 0; i < count; i++) {
		json_t		*v = json_pack("{s:s}", "mimeType", "video/mp4");
		unsigned char	*film;
		size_t		 len;

		if (uris != NULL) {
			json_object_set(v, "gcsUri", json_array_get(uris, (size_t)i));
		} else if (b != NULL) {
			film = film_mark(b, job, i, &len);
			json_object_set_new(v, "bytesBase64Encoded", json_bytes(film, len));
			free(film);
		}
		json_array_append_new(list, v);
	}
	blob_free(b);
	return list;
}

static json_t *
response_json(const json_t *job)
{
	int64_t	 filtered = job_int(job, "filtered");
	json_t	*out = json_pack("{s:s, s:I}", "@type", "type.googleapis.com/cloud.ai."
		    "large_models.vision.GenerateVideoResponse", "raiMediaFilteredCount",
		    (json_int_t)filtered);
	json_t	*videos = videos_json(job);

	if (filtered > 0)
		json_object_set_new(out, "raiMediaFilteredReasons", json_pack("[s]",
		    "Veo could not generate videos because the input text contains words that "
		    "violate Vertex AI's usage guidelines. If you think this was an error, send "
		    "feedback. Support codes: 58061214"));
	if (json_array_size(videos) > 0)
		json_object_set(out, "videos", videos);
	json_decref(videos);
	return out;
}

json_t *
operation_answer(const json_t *job)
{
	json_t	*out = json_pack("{s:s}", "name", json_text(job, "name"));
	json_t	*error = json_object_get(job, "error");

	if (!json_is_true(json_object_get(job, "done")))
		return out;
	json_object_set_new(out, "done", json_true());
	if (error != NULL)
		json_object_set(out, "error", error);
	else
		json_object_set_new(out, "response", response_json(job));
	return out;
}
