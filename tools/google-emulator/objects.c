/* objects.c - the disk store: objects of every bucket, as plain files.
 * Owns:  --data/objects (a data file and a JSON file per object), --data/tmp, and
 *        a sorted index of names in memory. Bytes never pass through memory whole.
 * Fails: 0 or a negative OBJ_ code; nothing half-written is ever visible.
 *
 * objects/<sha256 of bucket and name>.json is the object; its private "_data"
 * names the data file, which belongs to one generation. Replacing the JSON file
 * is the moment an upload happens; readers of the old generation keep their
 * descriptor. */
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

#include "crc32c.h"
#include "objects.h"
#include "util.h"

#define META_MAX	(256u << 10)

static int		 objects_dir = -1, tmp_dir = -1;
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;

/* "bucket\nname", sorted: a bucket name holds no newline, nor does an object's. */
static char		**names;
static size_t		 n_names, cap_names;

/* ---- the index ---- */

static char *
key_make(const char *bucket, const char *name)
{
	return xasprintf("%s\n%s", bucket, name);
}

/* Where key is, or where it would be. */
static size_t
index_find(const char *key, bool *there)
{
	size_t low = 0, high = n_names;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (strcmp(names[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*there = low < n_names && strcmp(names[low], key) == 0;
	return low;
}

static void
index_add(const char *key)
{
	bool	there;
	size_t	at = index_find(key, &there);

	if (there)
		return;
	if (n_names == cap_names) {
		cap_names = cap_names ? cap_names * 2 : 256;
		names = xrealloc(names, cap_names * sizeof *names);
	}
	memmove(names + at + 1, names + at, (n_names - at) * sizeof *names);
	names[at] = xstrdup(key);
	n_names++;
}

static void
index_remove(const char *key)
{
	bool	there;
	size_t	at = index_find(key, &there);

	if (!there)
		return;
	free(names[at]);
	memmove(names + at, names + at + 1, (--n_names - at) * sizeof *names);
}

void
objects_walk(const char *bucket, const char *from,
    bool (*each)(void *cls, const char *name), void *cls)
{
	char	*key = key_make(bucket, from);
	size_t	 blen = strlen(bucket) + 1, at;
	bool	 there;

	pthread_mutex_lock(&lock);
	for (at = index_find(key, &there); at < n_names; at++)
		if (strncmp(names[at], key, blen) != 0 || !each(cls, names[at] + blen))
			break;
	pthread_mutex_unlock(&lock);
	free(key);
}

/* ---- files ---- */

static void
meta_file(const char *bucket, const char *name, char out[80])
{
	unsigned char	 d[32];
	char		*key = key_make(bucket, name);

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
	int		 fd = openat(tmp_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR		*d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent	*e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(tmp_dir, e->d_name, 0);
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
		json_t	*j;
		char	*key;

		if (strlen(e->d_name) != 69 || strcmp(e->d_name + 64, ".json") != 0)
			continue;
		j = file_read_json(objects_dir, e->d_name, META_MAX);
		if (json_text(j, "bucket") != NULL && json_text(j, "name") != NULL) {
			key = key_make(json_text(j, "bucket"), json_text(j, "name"));
			index_add(key);
			free(key);
		}
		json_decref(j);
	}
	closedir(d);
}

int
objects_init(int data_dir, char *why, size_t size)
{
	objects_dir = dir_open(data_dir, "objects");
	tmp_dir = dir_open(data_dir, "tmp");
	if (objects_dir < 0 || tmp_dir < 0) {
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
	while (n_names > 0)
		free(names[--n_names]);
	free(names);
	names = NULL;
	cap_names = 0;
	close(objects_dir);
	close(tmp_dir);
}

/* ---- conditions ---- */

uint64_t
object_size(const json_t *j)
{
	const char *s = json_text(j, "size");

	return s ? strtoull(s, NULL, 10) : 0;
}

static int64_t
number_in(const json_t *j, const char *key)
{
	const char *s = json_text(j, key);

	return s ? strtoll(s, NULL, 10) : 0;	/* 0: the object does not exist */
}

int
conditions_hold(const struct conditions *c, const json_t *j)
{
	int64_t gen = number_in(j, "generation"), meta = number_in(j, "metageneration");

	if (c == NULL)
		return 0;
	return (c->has_match && gen != c->match) ||
	    (c->has_not_match && gen == c->not_match) ||
	    (c->has_meta_match && meta != c->meta_match) ||
	    (c->has_meta_not_match && meta == c->meta_not_match) ? OBJ_CONDITION : 0;
}

/* ---- writing ---- */

static int
writer_begin(struct object_writer *w)
{
	memset(w, 0, sizeof *w);
	w->fd = -1;
	w->md5 = EVP_MD_CTX_new();
	if (w->md5 == NULL || EVP_DigestInit_ex(w->md5, EVP_md5(), NULL) != 1)
		return OBJ_IO;
	return 0;
}

int
object_writer_open(struct object_writer *w)
{
	unsigned char r[16];

	if (writer_begin(w) == 0) {
		random_bytes(r, sizeof r);
		hex_encode(r, sizeof r, w->tmp);
		w->fd = openat(tmp_dir, w->tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	if (w->fd >= 0)
		return 0;
	object_writer_drop(w);
	return OBJ_IO;
}

static int
writer_digest(struct object_writer *w, const void *p, size_t n)
{
	w->size += n;
	w->crc = crc32c(w->crc, p, n);
	return EVP_DigestUpdate(w->md5, p, n) == 1 ? 0 : OBJ_IO;
}

int
object_writer_put(struct object_writer *w, const void *p, size_t n)
{
	if (w->fd < 0 || write_all(w->fd, p, n) < 0)
		return OBJ_IO;
	return writer_digest(w, p, n);
}

int
object_writer_adopt(struct object_writer *w, int dir, const char *name)
{
	unsigned char	 r[16];
	char		*piece;
	ssize_t		 n = -1;

	if (writer_begin(w) < 0)
		return OBJ_IO;
	random_bytes(r, sizeof r);
	hex_encode(r, sizeof r, w->tmp);
	if (renameat(dir, name, tmp_dir, w->tmp) == 0)
		w->fd = openat(tmp_dir, w->tmp, O_RDWR | O_CLOEXEC);
	piece = xmalloc(256 << 10);
	while (w->fd >= 0 && (n = read(w->fd, piece, 256 << 10)) > 0)
		if (writer_digest(w, piece, (size_t)n) < 0)
			break;
	free(piece);
	if (n == 0)
		return 0;
	object_writer_drop(w);
	return OBJ_IO;
}

void
object_writer_drop(struct object_writer *w)
{
	EVP_MD_CTX_free(w->md5);
	w->md5 = NULL;
	if (w->fd >= 0) {
		close(w->fd);
		unlinkat(tmp_dir, w->tmp, 0);
	}
	w->fd = -1;
}

static bool
digest_fits(const json_t *attrs, const char *key, const void *p, size_t n)
{
	const char	*sent = json_text(attrs, key);
	char		*ours;
	bool		 fits;

	if (sent == NULL)
		return true;
	ours = base64_encode(p, n, NULL);
	fits = strcmp(sent, ours) == 0;
	free(ours);
	return fits;
}

bool
object_writer_matches(const struct object_writer *w, const json_t *attrs)
{
	EVP_MD_CTX	*copy = EVP_MD_CTX_new();
	unsigned char	 md5[16] = { 0 }, crc[4];
	unsigned int	 len = sizeof md5;
	size_t		 i;

	if (copy != NULL && EVP_MD_CTX_copy_ex(copy, w->md5) == 1)
		EVP_DigestFinal_ex(copy, md5, &len);
	EVP_MD_CTX_free(copy);
	for (i = 0; i < 4; i++)
		crc[i] = (unsigned char)(w->crc >> (24 - 8 * i));
	return digest_fits(attrs, "md5Hash", md5, sizeof md5) &&
	    digest_fits(attrs, "crc32c", crc, sizeof crc);
}

static const char *attr_names[] = {
	"contentType", "cacheControl", "contentDisposition", "contentEncoding",
	"contentLanguage",
};

static void
attrs_merge(json_t *j, const json_t *attrs)
{
	const json_t	*meta = json_object_get(attrs, "metadata");
	size_t		 i;

	for (i = 0; i < COUNT(attr_names); i++)
		if (json_text(attrs, attr_names[i]) != NULL)
			json_object_set_new(j, attr_names[i],
			    json_string(json_text(attrs, attr_names[i])));
	if (json_is_object(meta) && json_object_size(meta) > 0)
		json_object_set_new(j, "metadata", json_deep_copy(meta));
}

static void
set_format(json_t *j, const char *key, const char *fmt, ...)
{
	va_list	 ap;
	char	*s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) >= 0)
		json_object_set_new(j, key, json_string(s));
	va_end(ap);
	free(s);
}

/* The etag, as Google makes it: the proto of generation and metageneration. */
static void
etag_set(json_t *j, int64_t generation, int64_t metageneration)
{
	unsigned char	 b[24];
	size_t		 n = 0;
	uint64_t	 v = (uint64_t)generation;
	char		*text;

	b[n++] = 0x08;
	for (; v >= 0x80; v >>= 7)
		b[n++] = (unsigned char)(v | 0x80);
	b[n++] = (unsigned char)v;
	b[n++] = 0x10;
	b[n++] = (unsigned char)(metageneration & 0x7f);
	text = base64_encode(b, n, NULL);
	json_object_set_new(j, "etag", json_string(text));
	free(text);
}

static json_t *
resource_make(const struct object_writer *w, const char *bucket, const char *name,
    const json_t *attrs, int64_t generation)
{
	static const char *times[] = {
		"timeCreated", "updated", "timeStorageClassUpdated", "timeFinalized",
	};
	unsigned char	 md5[16], crc[4];
	unsigned int	 len = sizeof md5;
	char		 when[32];
	json_t		*j = json_object();
	size_t		 i;

	memset(md5, 0, sizeof md5);
	EVP_DigestFinal_ex(w->md5, md5, &len);
	for (i = 0; i < 4; i++)
		crc[i] = (unsigned char)(w->crc >> (24 - 8 * i));
	json_object_set_new(j, "kind", json_string("storage#object"));
	json_object_set_new(j, "name", json_string(name));
	json_object_set_new(j, "bucket", json_string(bucket));
	set_format(j, "id", "%s/%s/%" PRId64, bucket, name, generation);
	set_format(j, "generation", "%" PRId64, generation);
	json_object_set_new(j, "metageneration", json_string("1"));
	attrs_merge(j, attrs);
	json_object_set_new(j, "storageClass", json_string("STANDARD"));
	set_format(j, "size", "%" PRIu64, w->size);
	json_object_set_new(j, "md5Hash", json_bytes(md5, sizeof md5));
	json_object_set_new(j, "crc32c", json_bytes(crc, sizeof crc));
	etag_set(j, generation, 1);
	clock_rfc3339(clock_ms(), when);
	for (i = 0; i < COUNT(times); i++)
		json_object_set_new(j, times[i], json_string(when));
	set_format(j, "_data", "%s.%" PRId64 ".data", w->tmp, generation);
	return j;
}

/* What the caller may see: everything but our own note. */
static json_t *
resource_public(json_t *j)
{
	json_t *copy = json_copy(j);

	json_object_del(copy, "_data");
	return copy;
}

/* Under the lock: from here on the new generation is the object. */
static int
commit_locked(struct object_writer *w, const char *bucket, const char *name,
    const struct conditions *c, json_t *j)
{
	char		 file[80], *key;
	json_t		*old;
	const char	*data = json_text(j, "_data");
	int		 rc;

	meta_file(bucket, name, file);
	old = file_read_json(objects_dir, file, META_MAX);
	if ((rc = conditions_hold(c, old)) == 0 &&
	    renameat(tmp_dir, w->tmp, objects_dir, data) < 0)
		rc = OBJ_IO;
	else if (rc == 0 && file_replace_json(objects_dir, file, j) < 0) {
		unlinkat(objects_dir, data, 0);
		rc = OBJ_IO;
	}
	if (rc == 0) {
		key = key_make(bucket, name);
		index_add(key);
		free(key);
		if (json_text(old, "_data") != NULL)
			unlinkat(objects_dir, json_text(old, "_data"), 0);
	}
	json_decref(old);
	return rc;
}

int
object_writer_commit(struct object_writer *w, const char *bucket, const char *name,
    const json_t *attrs, const struct conditions *c, json_t **out)
{
	json_t	*j;
	int	 rc;

	if (w->fd < 0 || file_sync(w->fd) < 0) {
		object_writer_drop(w);
		return OBJ_IO;
	}
	j = resource_make(w, bucket, name, attrs, clock_us_unique());
	pthread_mutex_lock(&lock);
	rc = commit_locked(w, bucket, name, c, j);
	pthread_mutex_unlock(&lock);
	object_writer_drop(w);	/* the file has its final name; unlink finds nothing */
	if (rc == 0 && out != NULL)
		*out = resource_public(j);
	json_decref(j);
	return rc;
}

int
object_put(const char *bucket, const char *name, const char *type, const void *p,
    size_t n)
{
	struct object_writer	 w;
	json_t			*attrs;
	int			 rc;

	if (object_writer_open(&w) < 0)
		return OBJ_IO;
	if (object_writer_put(&w, p, n) < 0) {
		object_writer_drop(&w);
		return OBJ_IO;
	}
	attrs = json_pack("{s:s}", "contentType", type);
	rc = object_writer_commit(&w, bucket, name, attrs, NULL, NULL);
	json_decref(attrs);
	return rc;
}

/* ---- reading and changing ---- */

json_t *
object_get(const char *bucket, const char *name)
{
	char	 file[80];
	json_t	*j;

	meta_file(bucket, name, file);
	pthread_mutex_lock(&lock);
	j = file_read_json(objects_dir, file, META_MAX);
	pthread_mutex_unlock(&lock);
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
	char	 file[80], *key;
	json_t	*j;
	int	 rc = OBJ_MISSING;

	meta_file(bucket, name, file);
	pthread_mutex_lock(&lock);
	j = file_read_json(objects_dir, file, META_MAX);
	if (j != NULL && (rc = conditions_hold(c, j)) == 0) {
		if (unlinkat(objects_dir, file, 0) < 0) {
			rc = OBJ_IO;
		} else {
			unlinkat(objects_dir, json_text(j, "_data"), 0);
			key = key_make(bucket, name);
			index_remove(key);
			free(key);
		}
	}
	pthread_mutex_unlock(&lock);
	json_decref(j);
	return rc;
}

int
object_patch(const char *bucket, const char *name, const json_t *attrs,
    const struct conditions *c, json_t **out)
{
	char	 file[80], when[32];
	json_t	*j;
	int	 rc = OBJ_MISSING;

	meta_file(bucket, name, file);
	pthread_mutex_lock(&lock);
	j = file_read_json(objects_dir, file, META_MAX);
	if (j != NULL && (rc = conditions_hold(c, j)) == 0) {
		int64_t next = number_in(j, "metageneration") + 1;

		attrs_merge(j, attrs);
		set_format(j, "metageneration", "%" PRId64, next);
		etag_set(j, number_in(j, "generation"), next);
		clock_rfc3339(clock_ms(), when);
		json_object_set_new(j, "updated", json_string(when));
		if (file_replace_json(objects_dir, file, j) < 0)
			rc = OBJ_IO;
		else
			*out = resource_public(j);
	}
	pthread_mutex_unlock(&lock);
	json_decref(j);
	return rc;
}
