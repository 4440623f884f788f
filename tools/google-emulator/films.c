/* films.c - the films of a job: drawn, told apart, put where they were asked for.
 * Owns:  nothing; a job is what operations.c keeps.
 * Fails: NULL or -1 when an encoder or the disk refuses. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "films.h"
#include "gcs_uri.h"
#include "media.h"
#include "objects.h"
#include "operations.h"
#include "settings.h"
#include "util.h"

static const struct {
	const char	*name;
	int		 width, height;	/* at 16:9 */
} resolutions[] = {
	{ "360p", 640, 360 }, { "720p", 1280, 720 }, { "1080p", 1920, 1080 },
	{ "4k", 3840, 2160 },
};

static int
scaled(int side)
{
	int n = (int)(side * setting(SET_video_scale)) & ~1;

	return n < 32 ? 32 : n;
}

void
film_size(const char *resolution, const char *ratio, int *width, int *height)
{
	bool	upright = ratio != NULL && strcmp(ratio, "9:16") == 0;
	size_t	i = 0, at = 1;	/* 720p unless asked for */

	for (; resolution != NULL && i < COUNT(resolutions); i++)
		if (strcasecmp(resolution, resolutions[i].name) == 0)
			at = i;
	*(upright ? height : width) = scaled(resolutions[at].width);
	*(upright ? width : height) = scaled(resolutions[at].height);
}

void
film_job_set(json_t *job, uint64_t look)
{
	char folder[24], text[20];

	snprintf(folder, sizeof folder, "%" PRId64 "%03d", clock_us_unique(),
	    (int)(look % 1000));
	snprintf(text, sizeof text, "%016" PRIx64, look);
	json_object_set_new(job, "look", json_string(text));
	json_object_set_new(job, "folder", json_string(folder));
	json_object_set_new(job, "variant", json_integer((json_int_t)(look %
	    (uint64_t)setting(SET_video_looks))));
}

bool
film_job_makes(const json_t *job)
{
	return json_object_get(job, "error") == NULL &&
	    job_int(job, "count") > job_int(job, "filtered");
}

/* What tells one prompt's film from another's drawn alike: a box players skip. */
unsigned char *
film_copy(const struct blob *b, const json_t *job, int i, size_t *len)
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

struct blob *
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

/* Puts the films where storage_uri says; their uris go into the job. */
static int
film_publish(json_t *job, const struct blob *b)
{
	const char	*uri = json_text(job, "storage_uri");
	int		 count = (int)(job_int(job, "count") - job_int(job, "filtered")), i;
	json_t		*uris = json_array();
	struct gcs_uri	 u;
	int		 rc = gcs_uri_parse(uri, false, &u);

	for (i = 0; i < count && rc == 0; i++) {
		size_t		 len, n = strlen(u.object);
		unsigned char	*film = film_copy(b, job, i, &len);
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

void
film_job_draw(const json_t *job)
{
	if (film_job_makes(job))
		blob_free(film_draw(job));
}

void
film_job_end(json_t *job)
{
	struct blob *b;

	if (!film_job_makes(job))
		return;
	if ((b = film_draw(job)) == NULL)
		job_fail(job, 13, "Internal error encountered.");
	else if (json_text(job, "storage_uri") != NULL && film_publish(job, b) < 0)
		job_fail(job, 13, "The result could not be written to Cloud Storage.");
	blob_free(b);
}
