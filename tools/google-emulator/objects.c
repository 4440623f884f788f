/* objects.c - the disk store: objects of every bucket, as plain files.
 * Owns:  --data/objects (a data file and a JSON file per object) and --data/tmp. Bytes
 *        never pass through memory whole.
 * Fails: 0 or a negative OBJ_ code; nothing half-written is ever visible.
 *
 * objects/<sha256 of bucket and name>.json is the object; its private "_data"
 * names the data file, which belongs to one generation. Replacing the JSON file
 * is the moment an upload happens; readers of the old generation keep their
 * descriptor. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects_internal.h"
#include "util.h"

int			 objects_dir = -1, objects_tmp_dir = -1;
pthread_mutex_t		 objects_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- files ---- */

void
object_meta_file(const char *bucket, const char *name, char out[80])
{
	unsigned char	 d[32];
	char		*key = object_key(bucket, name);

	sha256(key, strlen(key), d);
	free(key);
	hex_encode(d, sizeof d, out);
	strcpy(out + 64, ".json");
}

static int
dir_open(int at, const char *name)
{
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Unfinished uploads of an earlier life are nobody's. */
static void
tmp_clean(void)
{
	int		 fd = openat(objects_tmp_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		*d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent	*e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(objects_tmp_dir, e->d_name, 0);
	closedir(d);
}

static void
index_load(void)
{
	int		 fd = openat(objects_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		*d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent	*e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		json_t *j;

		if (strlen(e->d_name) != 69 || strcmp(e->d_name + 64, ".json") != 0)
			continue;
		j = file_read_json(objects_dir, e->d_name, META_MAX);
		if (json_text(j, "bucket") != NULL && json_text(j, "name") != NULL) {
			object_index_add(json_text(j, "bucket"), json_text(j, "name"));
		}
		json_decref(j);
	}
	closedir(d);
}

int
objects_init(int data_dir, char *why, size_t size)
{
	objects_dir = dir_open(data_dir, "objects");
	objects_tmp_dir = dir_open(data_dir, "tmp");
	if (objects_dir < 0 || objects_tmp_dir < 0) {
		snprintf(why, size, "--data: cannot make objects/ and tmp/ in it: %s",
		    strerror(errno));
		return -1;
	}
	tmp_clean();
	index_load();
	return 0;
}

void
objects_fini(void)
{
	object_index_fini();
	close(objects_dir);
	close(objects_tmp_dir);
}

/* ---- reading and changing ---- */

json_t *
object_get(const char *bucket, const char *name)
{
	char	 file[80];
	json_t	*j;

	object_meta_file(bucket, name, file);
	pthread_mutex_lock(&objects_lock);
	j = file_read_json(objects_dir, file, META_MAX);
	pthread_mutex_unlock(&objects_lock);
	return j;
}

int
object_open(const json_t *j)
{
	const char *data = json_text(j, "_data");

	return data ? openat(objects_dir, data, O_RDONLY | O_CLOEXEC) : -1;
}

int
object_read(const char *bucket, const char *name, size_t limit, unsigned char **out,
    size_t *len)
{
	json_t		*j = object_get(bucket, name);
	uint64_t	 n = object_size(j);
	int		 fd = j ? object_open(j) : -1, rc = OBJ_MISSING;
	size_t		 at = 0;

	json_decref(j);
	if (fd < 0)
		return OBJ_MISSING;
	if (n <= limit) {
		unsigned char *b = xmalloc(n + 1);
		ssize_t got = 1;

		while (at < n && (got = read(fd, b + at, n - at)) > 0)
			at += (size_t)got;
		if (at == n) {
			*out = b;
			*len = at;
			rc = 0;
		} else {
			free(b);
			rc = OBJ_IO;
		}
	}
	close(fd);
	return rc;
}

int
object_delete(const char *bucket, const char *name, const struct conditions *c)
{
	char	 file[80];
	json_t	*j;
	int	 rc = OBJ_MISSING;

	object_meta_file(bucket, name, file);
	pthread_mutex_lock(&objects_lock);
	j = file_read_json(objects_dir, file, META_MAX);
	if (j != NULL && (rc = conditions_hold(c, j)) == 0) {
		if (unlinkat(objects_dir, file, 0) < 0) {
			rc = OBJ_IO;
		} else {
			unlinkat(objects_dir, json_text(j, "_data"), 0);
			object_index_remove(bucket, name);
		}
	}
	pthread_mutex_unlock(&objects_lock);
	json_decref(j);
	return rc;
}

int
object_patch(const char *bucket, const char *name, const json_t *attrs,
    const struct conditions *c, json_t **out)
{
	char	 file[80];
	json_t	*j;
	int	 rc = OBJ_MISSING;

	object_meta_file(bucket, name, file);
	pthread_mutex_lock(&objects_lock);
	j = file_read_json(objects_dir, file, META_MAX);
	if (j != NULL && (rc = conditions_hold(c, j)) == 0) {
		object_resource_change(j, attrs);
		if (file_replace_json(objects_dir, file, j) < 0)
			rc = OBJ_IO;
		else
			*out = object_resource_public(j);
	}
	pthread_mutex_unlock(&objects_lock);
	json_decref(j);
	return rc;
}
