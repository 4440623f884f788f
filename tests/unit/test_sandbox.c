/* tests/unit/test_sandbox.c - each actor's real tables, installed in a child that then does
 * what a taken-over actor would: every attempt must be refused with an errno or by death.
 * Runs as root too, where nothing but the tables stands in the way.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/common/actor.h"
#include "actors/common/sandbox.h"

enum { MPTCP = 262, EXEC_MAP = 4096 };

/* Made before the child is confined: sockets that it would otherwise have to make. */
static struct {
	struct sockaddr_in tcp_to;
	struct sockaddr_un unix_to;
	int tcp, local, listener;
	pid_t parent;
	char dir[64];			/* where notifier may make files, with one in it */
	int dir_fd;
} world;

/* Each returns a negative number with errno set when it was refused. */
static long open_passwd(void) { return open("/etc/passwd", O_RDONLY); }
static long open_shadow(void) { return open("/etc/shadow", O_RDONLY); }
static long open_proc(void) { return open("/proc/self/environ", O_RDONLY); }
static long open_write(void) { return open("/tmp/studiod-must-not-be", O_WRONLY | O_CREAT, 0600); }
static long open_root(void) { return open("/", O_RDONLY | O_DIRECTORY); }
static long make_dir(void) { return mkdir("/tmp/studiod-must-not-be", 0700); }
static long remove_file(void) { return unlink("/tmp/studiod-must-not-be"); }
static long mail_make(void) { return openat(world.dir_fd, "made.eml", O_WRONLY | O_CREAT, 0600); }
static long mail_read(void) { return openat(world.dir_fd, "other.eml", O_RDONLY); }
static long mail_remove(void) { return unlinkat(world.dir_fd, "other.eml", 0); }
static long mail_beside(void) { return openat(world.dir_fd, "../studiod-must-not-be", O_WRONLY | O_CREAT, 0600); }
static long mail_link(void) { return symlinkat("/etc/passwd", world.dir_fd, "link.eml"); }
static long socket_tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long socket_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static long socket_raw(void) { return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static long socket_packet(void) { return socket(AF_PACKET, SOCK_RAW, 0); }
static long socket_mptcp(void) { return socket(AF_INET, SOCK_STREAM, MPTCP); }
static long socket_vsock(void) { return socket(AF_VSOCK, SOCK_STREAM, 0); }
static long connect_tcp(void) { return connect(world.tcp, (struct sockaddr *)&world.tcp_to, sizeof world.tcp_to); }
static long connect_unix(void) { return connect(world.local, (struct sockaddr *)&world.unix_to, sizeof world.unix_to); }
static long bind_any(void) { return bind(world.tcp, (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET }, sizeof(struct sockaddr_in)); }
static long exec_true(void) { return execve("/bin/true", (char *[]){ "true", NULL }, NULL); }
static long exec_fd(void) { return syscall(SYS_execveat, world.listener, "", NULL, NULL, 0x1000); }
static long trace_parent(void) { return ptrace(PTRACE_ATTACH, world.parent, NULL, NULL); }
static long signal_parent(void) { return kill(world.parent, 0); }
static long signal_thread(void) { return syscall(SYS_tgkill, world.parent, world.parent, 0); }
static long pidfd(void) { return syscall(SYS_pidfd_open, world.parent, 0); }
static long new_namespace(void) { return unshare(CLONE_NEWUSER); }
static long mount_it(void) { return mount("none", "/tmp", "tmpfs", 0, NULL); }
static long change_root(void) { return chroot("/"); }
static long become_root(void) { return setuid(0); }
static long map_exec(void) { return (long)mmap(NULL, EXEC_MAP, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0; }
static long io_ring(void) { return syscall(SYS_io_uring_setup, 1, NULL); }
static long kernel_keys(void) { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }
static long bpf_call(void) { return syscall(SYS_bpf, 0, NULL, 0); }
static long perf(void) { return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0); }
static long fault_fd(void) { return syscall(SYS_userfaultfd, 0); }
static long module(void) { return syscall(SYS_init_module, NULL, 0, ""); }

static long
fork_one(void)
{
	long pid = syscall(SYS_fork);
	if (pid == 0)
		_exit(0);
	return pid;
}

static long
clone_one(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(0);
	return pid;
}

static long
make_exec(void)
{
	void *p = mmap(NULL, EXEC_MAP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mprotect(p, EXEC_MAP, PROT_READ | PROT_EXEC);
}

static long
read_parent(void)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { &world, 1 };
	return process_vm_readv(world.parent, &local, 1, &remote, 1, 0);
}

/* TCP Fast Open connects where connect() is forbidden; Landlock does not ask then. */
static long
fast_open(void)
{
	return sendto(world.tcp, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&world.tcp_to, sizeof world.tcp_to);
}

static long
fast_open_msg(void)
{
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_name = &world.tcp_to, .msg_namelen = sizeof world.tcp_to, .msg_iov = &iov, .msg_iovlen = 1 };
	return sendmsg(world.tcp, &m, MSG_FASTOPEN);
}

#define BIT(actor) (1u << ROLE_##actor)
/* Sections of their tables. */
enum { DB_BY_TCP = 1 << 16, WITH_SMTP = 1 << 17, WITH_FILES = 1 << 18, WITH_HOOKS = 1 << 19 };

static const struct attempt {
	const char *name;
	long (*fn)(void);
	unsigned may;		/* the roles, and sections, whose row names it */
	bool must;		/* and it works then */
} attempts[] = {
#define TRY(fn, may) { #fn, fn, may, false }
#define WORKS(fn, may) { #fn, fn, may, true }
	TRY(open_passwd, 0), TRY(open_shadow, 0), TRY(open_proc, 0), TRY(open_write, 0), TRY(open_root, 0), TRY(make_dir, 0), TRY(remove_file, 0),
	WORKS(mail_make, WITH_FILES), TRY(mail_read, 0), TRY(mail_remove, 0), TRY(mail_beside, 0), TRY(mail_link, 0),
	WORKS(socket_tcp, BIT(vertex) | DB_BY_TCP | WITH_SMTP | WITH_HOOKS), WORKS(socket_unix, BIT(db)), TRY(socket_raw, 0), TRY(socket_packet, 0),
	TRY(socket_mptcp, 0), TRY(socket_vsock, 0), TRY(connect_tcp, 0), WORKS(connect_unix, BIT(db) | BIT(vertex) | WITH_SMTP | WITH_HOOKS), TRY(bind_any, 0),
	TRY(fast_open, 0), TRY(fast_open_msg, 0),
	TRY(exec_true, 0), TRY(exec_fd, 0), TRY(fork_one, 0), TRY(clone_one, 0),
	TRY(trace_parent, 0), TRY(read_parent, 0), TRY(signal_parent, 0), TRY(signal_thread, 0), TRY(pidfd, 0),
	TRY(new_namespace, 0), TRY(mount_it, 0), TRY(change_root, 0), TRY(become_root, 0), TRY(map_exec, 0), TRY(make_exec, 0),
	TRY(io_ring, 0), TRY(kernel_keys, 0), TRY(bpf_call, 0), TRY(perf, 0), TRY(fault_fd, 0), TRY(module, 0),
#undef TRY
#undef WORKS
};

/* A listening TCP port, a listening Unix socket, and unconnected sockets towards them. */
static int
make_world(void **state)
{
	socklen_t n = sizeof world.tcp_to;

	(void)state;
	world.parent = getpid();
	world.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	world.tcp_to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_return_code(bind(world.listener, (struct sockaddr *)&world.tcp_to, n), errno);
	assert_return_code(listen(world.listener, 64), errno);
	assert_return_code(getsockname(world.listener, (struct sockaddr *)&world.tcp_to, &n), errno);
	int at = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	world.unix_to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(world.unix_to.sun_path, sizeof world.unix_to.sun_path, "/tmp/studiod-test-sandbox-%d", (int)getpid());
	assert_return_code(bind(at, (struct sockaddr *)&world.unix_to, sizeof world.unix_to), errno);
	assert_return_code(listen(at, 64), errno);
	world.tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	world.local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(world.dir, sizeof world.dir, "/tmp/studiod-test-mail-XXXXXX");
	assert_non_null(mkdtemp(world.dir));
	world.dir_fd = open(world.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(openat(world.dir_fd, "other.eml", O_WRONLY | O_CREAT, 0600));
	return world.tcp < 0 || world.local < 0 || world.dir_fd < 0;
}

static int
end_world(void **state)
{
	(void)state;
	unlinkat(world.dir_fd, "made.eml", 0);
	unlinkat(world.dir_fd, "other.eml", 0);
	return unlink(world.unix_to.sun_path) | rmdir(world.dir);
}

/* What makes the sections of the tables hold. The port is nobody's, so no attempt may reach it. */
static void
give(struct actor *a, const char *section)
{
	if (section == NULL)
		return;
	if (strcmp(section, "maildir") == 0) {
		snprintf(a->resources[0].name, sizeof a->resources[0].name, "maildir");
		a->resources[a->nresources++].fd = open(world.dir, O_RDONLY | O_DIRECTORY);
	} else {
		actor_setting_add(a, section, strcmp(section, "WEBHOOKS_TO") == 0 ? "1,2" : "1");
	}
}

/* What a child of this role gets for one attempt: 0 it worked, -1 it died of its filter,
 * else the errno. */
static int
outcome(enum role role, const char *section, const struct attempt *at)
{
	int status;
	pid_t pid = fork();

	assert_return_code(pid, errno);
	if (pid == 0) {
		static struct actor a;
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);	/* what lacks because this is no real actor */
		close(null);
		a.role = role;
		give(&a, section);
		actor_confine(&a, sandbox_of(role));
		errno = 0;
		long rc = at->fn();
		_exit(rc >= 0 ? 0 : errno != 0 ? errno : 255);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? -1 : 254;
	return WEXITSTATUS(status);
}

static bool
is_refusal(int got)
{
	return got == -1 || got == EPERM || got == EACCES || got == ENOSYS || got == EAFNOSUPPORT;
}

static void
attempts_of(enum role role, const char *section, unsigned as)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT(attempts); i++) {
		int got = outcome(role, section, &attempts[i]);
		bool may = (attempts[i].may & as) != 0;
		if (is_refusal(got) ? !(may && attempts[i].must) : may)
			continue;
		print_error("%s: %s was %s (%s)\n", role_name((int)role), attempts[i].name, may ? "refused" : "not refused",
		    got == 0 ? "it worked" : got < 0 ? "death" : strerror(got));
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

#define ACTOR(actor) static void from_inside_##actor(void **state) { (void)state; attempts_of(ROLE_##actor, NULL, BIT(actor)); }
ACTOR(front)
ACTOR(auth)
ACTOR(db)
ACTOR(vertex)
ACTOR(poller)
ACTOR(notifier)
static void from_inside_db_by_tcp(void **state) { (void)state; attempts_of(ROLE_db, "DATABASE_PORT", BIT(db) | DB_BY_TCP); }
static void from_inside_notifier_with_smtp(void **state) { (void)state; attempts_of(ROLE_notifier, "SMTP_PORT", BIT(notifier) | WITH_SMTP); }
static void from_inside_notifier_with_hooks(void **state) { (void)state; attempts_of(ROLE_notifier, "WEBHOOKS_TO", BIT(notifier) | WITH_HOOKS); }
static void from_inside_notifier_with_files(void **state) { (void)state; attempts_of(ROLE_notifier, "maildir", BIT(notifier) | WITH_FILES); }

/* Without its filter the same child gets through: the attempts are real ones. */
static void
the_attempts_work_outside(void **state)
{
	static long (*const real[])(void) = { open_passwd, socket_tcp, socket_unix, connect_tcp, connect_unix, fork_one, clone_one, signal_parent, map_exec, make_exec };

	(void)state;
	for (size_t i = 0; i < COUNT(real); i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0)
			_exit(real[i]() >= 0 ? 0 : 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

/* Every row has a reason, and no actor's table overrides what must stay refused. */
static void
rows_have_reasons(void **state)
{
	(void)state;
	for (unsigned role = 0; role < ROLE_COUNT; role++) {
		const struct sandbox *sb = sandbox_of(role);
		if (sb == NULL)
			continue;
		for (size_t i = 0; i < sb->ncalls; i++)
			assert_true(strlen(sb->calls[i].reason) > 3);
		for (size_t i = 0; i < sb->npaths; i++)
			assert_true(strlen(sb->paths[i].reason) > 3 && (sb->paths[i].directory || sb->paths[i].named || sb->paths[i].path[0] == '/'));
		for (size_t i = 0; i < sb->nports; i++)
			assert_true(strlen(sb->ports[i].reason) > 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_attempts_work_outside),
		cmocka_unit_test(from_inside_front),
		cmocka_unit_test(from_inside_auth),
		cmocka_unit_test(from_inside_db),
		cmocka_unit_test(from_inside_vertex),
		cmocka_unit_test(from_inside_poller),
		cmocka_unit_test(from_inside_notifier),
		cmocka_unit_test(from_inside_db_by_tcp),
		cmocka_unit_test(from_inside_notifier_with_smtp),
		cmocka_unit_test(from_inside_notifier_with_hooks),
		cmocka_unit_test(from_inside_notifier_with_files),
		cmocka_unit_test(rows_have_reasons),
	};
	return cmocka_run_group_tests(tests, make_world, end_world);
}
