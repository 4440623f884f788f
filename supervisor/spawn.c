/* supervisor/spawn.c - see spawn.h. The order of the child's steps matters: what needs
 * rights comes before they are dropped, and nothing comes between the last drop and exec.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/spawn.h"

enum { FD_HIGH = 100, CAPABILITIES = 64 };

/* ---- in the child ---- */

struct child {
	const struct spawn_plan *plan;
	int report;		/* moved above FD_HIGH */
	bool own_user_ns;
};

static void
tell(const struct child *c, const char *word, const char *part, int err)
{
	char line[256];
	int n = snprintf(line, sizeof line, "%s %s: %s\n", word, part, strerror(err));
	ssize_t done = write(c->report, line, (size_t)n);
	(void)done;
}

static void __attribute__((noreturn))
give_up(const struct child *c, const char *part)
{
	tell(c, "failed", part, errno);
	_exit(SPAWN_FAILED);
}

/* A part of the confinement could not be set up. */
static void
lacks(const struct child *c, const char *part)
{
	if (c->plan->require)
		give_up(c, part);
	tell(c, "lacks", part, errno);
}

static void
reset_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		sigaction(s, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Moves what is needed above FD_HIGH, then down to where the program expects it, so that
 * no step overwrites what a later one needs. */
static int
place_fds(struct child *c, int null, int *exec_fd, int *cwd, int *bind, int *cgroup)
{
	const struct spawn_plan *p = c->plan;
	int high[SPAWN_FDS];

	c->report = fcntl(c->report, F_DUPFD_CLOEXEC, FD_HIGH);
	*exec_fd = fcntl(p->exec_fd, F_DUPFD_CLOEXEC, FD_HIGH);
	*cwd = p->cwd_fd >= 0 ? fcntl(p->cwd_fd, F_DUPFD_CLOEXEC, FD_HIGH) : -1;
	*bind = p->bind_from_fd >= 0 ? fcntl(p->bind_from_fd, F_DUPFD_CLOEXEC, FD_HIGH) : -1;
	*cgroup = p->cgroup_fd >= 0 ? fcntl(p->cgroup_fd, F_DUPFD_CLOEXEC, FD_HIGH) : -1;
	for (size_t i = 0; i < p->nfds; i++)
		if ((high[i] = fcntl(p->fds[i] >= 0 ? p->fds[i] : null, F_DUPFD_CLOEXEC, FD_HIGH)) < 0)
			return -1;
	for (size_t i = 0; i < p->nfds; i++)
		if (dup2(high[i], (int)i) < 0)
			return -1;
	syscall(SYS_close_range, (unsigned)p->nfds, (unsigned)FD_HIGH - 1, 0);
	syscall(SYS_close_range, (unsigned)FD_HIGH, ~0u, CLOSE_RANGE_CLOEXEC);
	return *exec_fd < 0 || c->report < 0 ? -1 : 0;
}

static void
set_limit(const struct child *c, int what, uint64_t v, const char *name)
{
	struct rlimit r = { v, v }, old;

	if (getrlimit(what, &old) == 0 && old.rlim_max < v)	/* without root it can only go down */
		r.rlim_cur = r.rlim_max = old.rlim_max;
	if (setrlimit(what, &r) != 0)
		lacks(c, name);
}

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Without root, namespaces come with a user namespace in which we stay who we are. */
static bool
enter_user_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[48];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
		return false;
	prctl(PR_SET_DUMPABLE, 1);	/* else /proc/self belongs to root; exec sets it again anyway */
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "%u %u 1\n", (unsigned)uid, (unsigned)uid);
	bool ok = write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "%u %u 1\n", (unsigned)gid, (unsigned)gid);
	return ok && write_file("/proc/self/gid_map", map);
}

static void
enter_namespaces(struct child *c)
{
	if (!c->plan->own_network)
		return;
	if (geteuid() != 0) {
		c->own_user_ns = enter_user_namespace();
		if (!c->own_user_ns)
			lacks(c, "network namespace");
		return;
	}
	if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
		lacks(c, "network namespace");
}

/* The directory appears at bind_to for this process only. It is named by being the
 * working directory: a descriptor would still point into the old namespace. */
static void
bind_directory(const struct child *c, int from)
{
	if (from < 0)
		return;
	if (fchdir(from) != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(".", c->plan->bind_to, NULL, MS_BIND, NULL) != 0)
		give_up(c, "mount namespace");
}

static void
drop_privileges(const struct child *c)
{
	const struct user *u = &c->plan->user;
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	for (int cap = 0; cap < CAPABILITIES; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && u->change)
			lacks(c, "capability bounding set");
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (u->change && (setgroups(0, NULL) != 0 || setresgid(u->gid, u->gid, u->gid) != 0 ||
	    setresuid(u->uid, u->uid, u->uid) != 0))
		give_up(c, "switching the user");
	if (syscall(SYS_capset, &head, none) != 0)
		lacks(c, "empty capability set");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		lacks(c, "no_new_privs");
}

static void __attribute__((noreturn))
child_run(const struct spawn_plan *p, int report, pid_t parent)
{
	struct child c = { .plan = p, .report = report };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), exec_fd, cwd, bind, cgroup;

	reset_signals();
	setsid();
	umask(077);
	if (null < 0 || place_fds(&c, null, &exec_fd, &cwd, &bind, &cgroup) != 0)
		give_up(&c, "placing descriptors");
	if (cgroup >= 0 && write(cgroup, "0", 1) != 1)
		lacks(&c, "cgroup");
	set_limit(&c, RLIMIT_CORE, 0, "core limit");
	set_limit(&c, RLIMIT_NOFILE, p->nofile, "descriptor limit");
	if (p->memory > 0)
		set_limit(&c, RLIMIT_AS, p->memory, "memory limit");
	bind_directory(&c, bind);
	enter_namespaces(&c);
	if (cwd >= 0 ? fchdir(cwd) != 0 : chdir("/") != 0)
		give_up(&c, "working directory");
	drop_privileges(&c);
	/* the kernel forgets it when the user changes: now or never */
	if (prctl(PR_SET_PDEATHSIG, p->death_signal, 0, 0, 0) != 0)
		lacks(&c, "parent-death signal");
	if (getppid() != parent)
		_exit(SPAWN_FAILED);
	syscall(SYS_execveat, exec_fd, "", p->argv, p->env, AT_EMPTY_PATH);
	give_up(&c, "execveat");
}

/* ---- in the supervisor ---- */

int
spawn_open(const char *path, struct fault *f)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return fault_set(f, "the program %s is missing or unreachable (%s): run make, or set ACTORS_DIR", path, strerror(errno));
	return fd;
}

pid_t
spawn_start(const struct spawn_plan *plan, int *report, struct fault *f)
{
	pid_t parent = getpid();
	int p[2];

	if (pipe2(p, O_CLOEXEC) != 0)
		return fault_set(f, "%s cannot be started: %s", plan->path, strerror(errno));
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	pid_t pid = fork();
	if (pid == 0)
		child_run(plan, p[1], parent);
	close(p[1]);
	if (pid < 0) {
		close(p[0]);
		return fault_set(f, "%s cannot be started: %s", plan->path, strerror(errno));
	}
	*report = p[0];
	return pid;
}

/* Feeds and reads one child until it closes its output. The texts are small enough for
 * the pipes' buffers; a larger input would have to be written while reading. */
static size_t
exchange(int in, int out, const char *input, char *text, size_t n)
{
	size_t at = 0;
	char scrap[4096];
	ssize_t k;

	k = write(in, input, strlen(input));
	close(in);
	for (;;) {
		bool keep = text != NULL && at < n - 1;
		k = read(out, keep ? text + at : scrap, keep ? n - 1 - at : sizeof scrap);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		at += keep ? (size_t)k : 0;
	}
	if (text != NULL)
		text[at] = '\0';
	return at;
}

int
spawn_run(struct spawn_plan *plan, const char *input, char *out, size_t n, struct fault *f)
{
	int in[2], from[2], report, status;
	char words[256] = "";

	if (pipe2(in, O_CLOEXEC) != 0)
		return fault_set(f, "%s cannot be started: %s", plan->path, strerror(errno));
	if (pipe2(from, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return fault_set(f, "%s cannot be started: %s", plan->path, strerror(errno));
	}
	plan->fds[0] = in[0];
	plan->fds[1] = from[1];
	plan->fds[2] = STDERR_FILENO;
	if (plan->nfds < 3)
		plan->nfds = 3;
	pid_t pid = spawn_start(plan, &report, f);
	close(in[0]);
	close(from[1]);
	if (pid < 0) {
		close(in[1]);
		close(from[0]);
		return -1;
	}
	exchange(in[1], from[0], input != NULL ? input : "", out, n);
	close(from[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	ssize_t k = read(report, words, sizeof words - 1);
	close(report);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (k > 0)
		words[strcspn(words, "\n")] = '\0';
	if (WIFSIGNALED(status))
		return fault_set(f, "%s was ended by signal %d", plan->path, WTERMSIG(status));
	return fault_set(f, "%s left with code %d%s%s", plan->path, WEXITSTATUS(status), k > 0 ? ": " : "", words);
}

bool
spawn_can_bind(void)
{
	int status;
	pid_t pid = geteuid() == 0 ? fork() : -1;

	if (pid < 0)
		return false;
	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : 1);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
