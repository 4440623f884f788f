/* tests/unit/pg_rig.c - see pg_rig.h.
 * Owns: the directory and the server process.
 * Licence: Apache-2.0. */
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg_rig.h"

static void
give_up(const char *what)
{
	fprintf(stderr, "pg_rig: %s\n", what);
	abort();
}

/* The newest one's directory of programs, or NULL. */
static const char *
programs(void)
{
	static char dir[256];
	glob_t g;
	const char *told = getenv("POSTGRES_BIN");

	if (told != NULL)
		return told;
	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &g) != 0)
		return NULL;
	snprintf(dir, sizeof dir, "%s", g.gl_pathv[g.gl_pathc - 1]);
	*strrchr(dir, '/') = '\0';
	globfree(&g);
	return dir;
}

/* PostgreSQL does not run as root. */
static const struct passwd *
owner(void)
{
	return geteuid() == 0 ? getpwnam("postgres") : NULL;
}

static pid_t
run(struct pg_rig *r, const char *const *argv)
{
	char path[320], log[96], *args[32];
	const struct passwd *pw = owner();
	size_t n = 1;
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	if (pw != NULL && (setgroups(0, NULL) != 0 || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a change of user takes it back: only now */
	if (getppid() != parent)
		_exit(126);
	snprintf(path, sizeof path, "%s/%s", programs(), argv[0]);
	snprintf(log, sizeof log, "%s/log", r->dir);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	args[0] = path;		/* whole: initdb finds its server beside itself, wherever PATH leads */
	for (; argv[n] != NULL && n < sizeof args / sizeof args[0] - 1; n++)
		args[n] = (char *)(uintptr_t)argv[n];
	args[n] = NULL;
	if (chdir(r->dir) == 0)
		execv(path, args);
	_exit(127);
}

static void
wait_until_up(const char *url)
{
	for (int i = 0; i < 200; i++) {
		if (PQping(url) == PQPING_OK)
			return;
		usleep(50000);
	}
	give_up("the server does not start");
}

void
pg_rig_again(struct pg_rig *r)
{
	char data[80], sock[80], up[160];
	const char *argv[] = { "postgres", "-D", data, "-k", sock, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "shared_buffers=16MB", NULL };

	snprintf(data, sizeof data, "%s/data", r->dir);
	snprintf(sock, sizeof sock, "%s/sock", r->dir);
	snprintf(up, sizeof up, "postgresql://studio@/postgres?host=%s", sock);
	r->pid = run(r, argv);
	wait_until_up(up);
}

bool
pg_rig_start(struct pg_rig *r)
{
	char data[80], sock[80], url[160];
	const char *initdb[] = { "initdb", "-D", data, "-A", "trust", "-U", "studio", "-E", "UTF8", "--locale=C.UTF-8", "-N", NULL };
	const struct passwd *pw = owner();
	int status;

	if (programs() == NULL || (geteuid() == 0 && pw == NULL)) {
		fprintf(stderr, "PostgreSQL is not installed: skipped\n");
		return false;
	}
	snprintf(r->dir, sizeof r->dir, "/tmp/studiod-pg-XXXXXX");
	if (mkdtemp(r->dir) == NULL || (pw != NULL && chown(r->dir, pw->pw_uid, pw->pw_gid) != 0))
		give_up("no directory");
	snprintf(data, sizeof data, "%s/data", r->dir);
	snprintf(sock, sizeof sock, "%s/sock", r->dir);
	if (mkdir(sock, 0755) != 0 || chmod(r->dir, 0755) != 0 || (pw != NULL && chown(sock, pw->pw_uid, pw->pw_gid) != 0))
		give_up("no directory");
	if (waitpid(run(r, initdb), &status, 0) < 0 || status != 0)
		give_up("initdb failed");
	pg_rig_again(r);
	snprintf(url, sizeof url, "postgresql://studio@/postgres?host=%s", sock);
	snprintf(r->url, sizeof r->url, "postgresql://studio@/studio?host=%s", sock);
	PGconn *c = PQconnectdb(url);
	PGresult *res = PQexec(c, "create database studio");
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		give_up(PQerrorMessage(c));
	PQclear(res);
	PQfinish(c);
	return true;
}

void
pg_rig_kill(struct pg_rig *r)
{
	kill(r->pid, SIGQUIT);		/* its children end too, nothing is written */
	waitpid(r->pid, NULL, 0);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
pg_rig_stop(struct pg_rig *r)
{
	pg_rig_kill(r);
	nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
