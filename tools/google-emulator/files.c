/* files.c - small files, replaced as a whole or not at all.
 * Owns:  nothing.
 * Fails: -1 or NULL; errno tells. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings.h"
#include "util.h"

ssize_t
write_all(int fd, const void *p, size_t n)
{
	const char	*at = p;
	size_t		 left = n;

	while (left > 0) {
		ssize_t w = write(fd, at, left);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		at += w;
		left -= (size_t)w;
	}
	return (ssize_t)n;
}

int
file_sync(int fd)
{
	return setting(SET_fsync) != 0 ? fdatasync(fd) : 0;
}

int
file_replace(int dir, const char *name, const void *p, size_t n)
{
	unsigned char	r[8];
	char		hex[17], tmp[300];
	int		fd, bad;

	random_bytes(r, sizeof r);
	hex_encode(r, sizeof r, hex);
	snprintf(tmp, sizeof tmp, ".%.200s.%s", name, hex);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	bad = write_all(fd, p, n) < 0 || file_sync(fd) < 0;
	bad |= close(fd) < 0;
	if (bad || renameat(dir, tmp, dir, name) < 0) {
		unlinkat(dir, tmp, 0);
		return -1;
	}
	return file_sync(dir) < 0 && errno != EINVAL ? -1 : 0;
}

int
file_replace_json(int dir, const char *name, const json_t *j)
{
	char	*s = json_dumps(j, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	int	 rc = s == NULL ? -1 : file_replace(dir, name, s, strlen(s));

	free(s);
	return rc;
}

json_t *
file_read_json(int dir, const char *name, size_t limit)
{
	int		 fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat	 st;
	json_t		*j = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (size_t)st.st_size <= limit)
		j = json_loadfd(fd, 0, NULL);
	close(fd);
	return j;
}
