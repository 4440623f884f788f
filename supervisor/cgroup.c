/* supervisor/cgroup.c - see cgroup.h.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/cgroup.h"

static int above = -1, tree = -1;
static char tree_name[32];

/* Where the unified hierarchy is mounted: the first cgroup2 line of mountinfo. */
static bool
find_mount(char *out, size_t n)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], point[2048];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
		if (strstr(line, " - cgroup2 ") == NULL || sscanf(line, "%*s %*s %*s %*s %2047s", point) != 1)
			continue;
		snprintf(out, n, "%s", point);
		found = true;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/* Our own group, below the mount. */
static bool
find_own(char *out, size_t n)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[4096];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, n, "%s", line + 3);
		found = true;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

void
cgroup_kill(const struct cgroup *c)
{
	int fd = c->dir >= 0 ? openat(c->dir, "cgroup.kill", O_WRONLY | O_CLOEXEC) : -1;
	ssize_t done;

	if (fd < 0)
		return;
	done = write(fd, "1", 1);
	(void)done;
	close(fd);
}

bool
cgroups_open(const char *name)
{
	char mount[2048], own[4096], path[PATH_MAX + 4096];

	if (!find_mount(mount, sizeof mount) || !find_own(own, sizeof own)) {
		errno = ENOENT;
		return false;
	}
	snprintf(path, sizeof path, "%s%s", mount, own);
	above = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above < 0)
		return false;
	snprintf(tree_name, sizeof tree_name, "%s", name);
	if (mkdirat(above, tree_name, 0755) != 0 && errno != EEXIST)
		return false;
	tree = openat(above, tree_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree < 0)
		return false;
	cgroup_kill(&(struct cgroup){ tree, -1 });
	return true;
}

struct cgroup
cgroup_open(const char *name)
{
	struct cgroup c = { -1, -1 };

	if (tree < 0 || (mkdirat(tree, name, 0755) != 0 && errno != EEXIST))
		return c;
	c.dir = openat(tree, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.dir >= 0)
		c.procs = openat(c.dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (c.procs < 0 && c.dir >= 0) {
		close(c.dir);
		c.dir = -1;
	}
	return c;
}

void
cgroup_close(struct cgroup *c, const char *name)
{
	if (c->dir < 0)
		return;
	close(c->dir);
	close(c->procs);
	c->dir = c->procs = -1;
	unlinkat(tree, name, AT_REMOVEDIR);
}

void
cgroups_close(void)
{
	if (tree < 0)
		return;
	close(tree);
	unlinkat(above, tree_name, AT_REMOVEDIR);
	close(above);
	tree = above = -1;
}
