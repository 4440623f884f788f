/* supervisor/cgroup.h - a cgroup (v2) for each process where the system gives us one: its end
 * is then certain, whatever it forked.
 * Fails: softly; without cgroups the tree works, and says so.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_CGROUP_H
#define STUDIOD_CGROUP_H

#include <stdbool.h>

struct cgroup {
	int dir;		/* -1: there is none */
	int procs;		/* cgroup.procs, for the child to enter */
};

/* Makes the tree's group below our own, or takes over the one that an earlier studiod left,
 * and kills what is still in it; false (with errno) where it cannot. The name belongs to
 * this tree alone. */
bool cgroups_open(const char *name);
/* A group of this name in it; dir is -1 where there is none. */
struct cgroup cgroup_open(const char *name);
/* Kills whatever is left in it. */
void cgroup_kill(const struct cgroup *c);
void cgroup_close(struct cgroup *c, const char *name);
void cgroups_close(void);

#endif
