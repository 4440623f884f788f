/* object_writer.c - an object while it is written: to a file of --data/tmp, digested on its way.
 * Owns:  that file, until it is the object or dropped.
 * Fails: 0 or a negative OBJ_ code; nothing half-written is ever visible. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32c.h"
#include "objects_internal.h"
#include "util.h"

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
		w->fd = openat(objects_tmp_dir, w->tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
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
	if (renameat(dir, name, objects_tmp_dir, w->tmp) == 0)
		w->fd = openat(objects_tmp_dir, w->tmp, O_RDWR | O_CLOEXEC);
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
		unlinkat(objects_tmp_dir, w->tmp, 0);
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

/* Under the lock: from here on the new generation is the object. */
static int
commit_locked(struct object_writer *w, const char *bucket, const char *name,
    const struct conditions *c, json_t *j)
{
	char		 file[80];
	json_t		*old;
	const char	*data = json_text(j, "_data");
	int		 rc;

	object_meta_file(bucket, name, file);
	old = file_read_json(objects_dir, file, META_MAX);
	if ((rc = conditions_hold(c, old)) == 0 &&
	    renameat(objects_tmp_dir, w->tmp, objects_dir, data) < 0)
		rc = OBJ_IO;
	else if (rc == 0 && file_replace_json(objects_dir, file, j) < 0) {
		unlinkat(objects_dir, data, 0);
		rc = OBJ_IO;
	}
	if (rc == 0) {
		object_index_add(bucket, name);
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
	j = object_resource_make(w, bucket, name, attrs, clock_us_unique());
	pthread_mutex_lock(&objects_lock);
	rc = commit_locked(w, bucket, name, c, j);
	pthread_mutex_unlock(&objects_lock);
	object_writer_drop(w);	/* the file has its final name; unlink finds nothing */
	if (rc == 0 && out != NULL)
		*out = object_resource_public(j);
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
