/* tests/redteam/probe.c - linked into actors by `make PROBE=1` only: from inside a
 * confined actor, tries what a compromised one would, and logs each outcome as
 *     I probe what=NAME result=OK|ERRNO
 * The red-team test reads those lines; a process killed by its filter shows as a death.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "actors/common/actor.h"

enum { NEIGHBOURS = 64 };

static void
report(const char *what, bool ok)
{
	log_event(LOG_INFO, NULL, "probe", "what", what, "result", ok ? "OK" : strerrorname_np(errno));
}

static bool
try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
try_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	bool ok = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
	int err = errno;
	close(fd);
	errno = err;
	return ok;
}

static bool
try_tcp(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	bool ok = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
	int err = errno;
	close(fd);
	errno = err;
	return ok;
}

/* Siblings were started around the same time: their pids are close to ours. */
static void
try_siblings(void)
{
	pid_t self = getpid();
	bool proc = false, trace = false, memory = false, signalled = false;
	int proc_err = ENOENT, trace_err = ESRCH, memory_err = ESRCH, signal_err = ESRCH;
	char path[64], byte;

	for (pid_t p = self - NEIGHBOURS; p <= self + NEIGHBOURS; p++) {
		if (p <= 1 || p == self)
			continue;
		snprintf(path, sizeof path, "/proc/%d/maps", (int)p);
		if (try_open(path))
			proc = true;
		else if (errno != ENOENT)
			proc_err = errno;
		if (ptrace(PTRACE_ATTACH, p, NULL, NULL) == 0)
			trace = true;
		else if (errno != ESRCH)
			trace_err = errno;
		struct iovec local = { &byte, 1 }, remote = { (void *)0x400000, 1 };
		if (process_vm_readv(p, &local, 1, &remote, 1, 0) >= 0)
			memory = true;
		else if (errno != ESRCH)
			memory_err = errno;
		if (kill(p, 0) == 0)
			signalled = true;
		else if (errno != ESRCH)
			signal_err = errno;
	}
	errno = proc_err;
	report("proc_of_sibling", proc);
	errno = trace_err;
	report("ptrace_sibling", trace);
	errno = memory_err;
	report("memory_of_sibling", memory);
	errno = signal_err;
	report("signal_sibling", signalled);
}

void
actor_probe(struct actor *a)
{
	char *const argv[] = { "true", NULL };

	(void)a;
	report("open_passwd", try_open("/etc/passwd"));
	report("open_own_proc", try_open("/proc/self/maps"));
	report("unix_socket", try_unix("/tmp/studiod-probe.sock"));
	report("tcp_postgres", try_tcp(5432));
	report("tcp_other", try_tcp(22));
	execve("/bin/true", argv, NULL);
	report("execve", false);
	try_siblings();
	report("done", true);
}
