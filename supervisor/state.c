/* supervisor/state.c - see state.h.
 * Licence: Apache-2.0. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/state.h"

void
random_bytes(void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = getrandom((char *)p + at, n - at, 0);
		if (k < 0 && errno != EINTR)
			abort();	/* no key is better than a bad one */
		if (k > 0)
			at += (size_t)k;
	}
}

/* mkdir -p; the last part is private. */
static int
make_path(const char *path)
{
	char part[PATH_MAX];

	if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *p = part + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return mkdir(part, 0700) != 0 && errno != EEXIST ? -1 : 0;
}

static int
lock(struct state *st, struct fault *f)
{
	char text[24] = "";

	st->lock_fd = openat(st->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->lock_fd < 0)
		return fault_set(f, "STATE_DIR %s is not writable (%s): choose another one or change its owner", st->path, strerror(errno));
	if (flock(st->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = pread(st->lock_fd, text, sizeof text - 1, 0);
		return fault_set(f, "another studiod%s%.*s uses STATE_DIR %s: stop it (studioctl stop) or set another STATE_DIR",
		    n > 0 ? ", pid " : "", n > 0 ? (int)strcspn(text, "\n") : 0, text, st->path);
	}
	int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	if (ftruncate(st->lock_fd, 0) != 0 || pwrite(st->lock_fd, text, (size_t)n, 0) != n)
		return fault_set(f, "STATE_DIR %s: %s", st->path, strerror(errno));
	return 0;
}

int
state_open(struct state *st, const char *path, struct fault *f)
{
	*st = (struct state){ .fd = -1, .lock_fd = -1 };
	snprintf(st->path, sizeof st->path, "%s", path);
	if (make_path(path) != 0)
		return fault_set(f, "STATE_DIR %s cannot be made: %s; choose another one or change the owner of what is above it", path, strerror(errno));
	st->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (st->fd < 0 || realpath(path, st->path) == NULL)
		return fault_set(f, "STATE_DIR %s: %s", path, strerror(errno));
	return lock(st, f);
}

/* Gives what the former owner has below a directory to the new one: the numbers of a
 * tree's users change when its state directory is moved. Nobody else's files are touched. */
static void
adopt(int dir_fd, uid_t from, uid_t uid, gid_t gid)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	struct stat sb;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    fstatat(fd, e->d_name, &sb, AT_SYMLINK_NOFOLLOW) != 0 || sb.st_uid != from || (!S_ISDIR(sb.st_mode) && sb.st_nlink > 1))
			continue;
		if (fchownat(fd, e->d_name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(sb.st_mode))
			continue;
		int below = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (below >= 0) {
			adopt(below, from, uid, gid);
			close(below);
		}
	}
	if (d != NULL)
		closedir(d);
}

int
state_dir(const struct state *st, const char *name, mode_t mode, uid_t uid, gid_t gid, struct fault *f)
{
	struct stat sb;
	int fd;

	if (mkdirat(st->fd, name, mode) != 0 && errno != EEXIST)
		return fault_set(f, "%s/%s cannot be made: %s", st->path, name, strerror(errno));
	fd = openat(st->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &sb) != 0) {
		fault_set(f, "%s/%s: %s", st->path, name, strerror(errno));
		goto bad;
	}
	if ((sb.st_uid != uid || sb.st_gid != gid) && fchown(fd, uid, gid) != 0) {
		fault_set(f, "%s/%s belongs to user %u, not %u: start studiod as the user that made it, or set another STATE_DIR",
		    st->path, name, (unsigned)sb.st_uid, (unsigned)uid);
		goto bad;
	}
	if (sb.st_uid != uid && sb.st_uid != geteuid())
		adopt(fd, sb.st_uid, uid, gid);
	if ((sb.st_mode & 07777) != mode && fchmod(fd, mode) != 0) {
		fault_set(f, "%s/%s: %s", st->path, name, strerror(errno));
		goto bad;
	}
	return fd;
bad:
	if (fd >= 0)
		close(fd);
	return -1;
}

ssize_t
state_read(const struct state *st, const char *name, char *out, size_t n, struct fault *f)
{
	int fd = openat(st->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t at = 0;
	ssize_t k = 0;

	if (fd < 0 && errno == ENOENT)
		return 0;
	while (fd >= 0 && at < n - 1 && (k = read(fd, out + at, n - 1 - at)) > 0)
		at += (size_t)k;
	if (fd < 0 || k < 0) {
		fault_set(f, "%s/%s: %s", st->path, name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	while (at > 0 && (out[at - 1] == '\n' || out[at - 1] == '\r'))
		at--;
	out[at] = '\0';
	return (ssize_t)at;
}

int
state_write(const struct state *st, const char *name, const void *p, size_t n, mode_t mode, struct fault *f)
{
	char beside[300];
	bool ok;

	snprintf(beside, sizeof beside, "%s.new", name);
	int fd = openat(st->fd, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	ok = fd >= 0 && write(fd, p, n) == (ssize_t)n && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!ok || renameat(st->fd, beside, st->fd, name) != 0)
		return fault_set(f, "%s/%s cannot be written: %s", st->path, name, strerror(errno));
	return 0;
}

static void
hex(char *out, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(out + 2 * i, "%02x", p[i]);
}

/* What lies under secrets/NAME, or what `make` writes there now. */
static int
kept(const struct state *st, const char *name, size_t bytes, void (*make)(char *, size_t), char *out, struct fault *f)
{
	char path[80];
	int dir = state_dir(st, "secrets", 0700, geteuid(), getegid(), f);

	if (dir < 0)
		return -1;
	close(dir);
	snprintf(path, sizeof path, "secrets/%s", name);
	ssize_t n = state_read(st, path, out, STATE_TEXT_MAX, f);
	if (n != 0)
		return n > 0 ? 0 : -1;
	make(out, bytes);
	return state_write(st, path, out, strlen(out), 0600, f);
}

static void
make_hex(char *out, size_t bytes)
{
	unsigned char raw[64];

	random_bytes(raw, bytes < sizeof raw ? bytes : sizeof raw);
	hex(out, raw, bytes < sizeof raw ? bytes : sizeof raw);
	explicit_bzero(raw, sizeof raw);
}

/* Letters and digits that are not mistaken for each other, at least one of each kind. */
static void
make_password(char *out, size_t n)
{
	static const char kinds[3][32] = { "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789" };
	unsigned char raw[64];

	random_bytes(raw, sizeof raw);
	for (size_t i = 0; i < n; i++) {
		const char *kind = kinds[i < 3 ? i : raw[i] % 3];
		out[i] = kind[raw[i + 32] % strlen(kind)];
	}
	out[n] = '\0';
	explicit_bzero(raw, sizeof raw);
}

int
state_secret(const struct state *st, const char *name, size_t bytes, char *out, struct fault *f)
{
	return kept(st, name, bytes, make_hex, out, f);
}

int
state_password(const struct state *st, const char *name, char *out, struct fault *f)
{
	return kept(st, name, 20, make_password, out, f);
}
