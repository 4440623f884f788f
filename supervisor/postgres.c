/* supervisor/postgres.c - see postgres.h.
 * Licence: Apache-2.0. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/postgres.h"

enum { OLD_SERVER_WAIT_MS = 4000 };

/* Where the server sees its directory; both exist wherever the package is installed. */
static const char *const bind_places[] = { "/var/lib/postgresql", "/mnt" };

/* Small, safe, and for this one client. */
static const char *const server_settings[] = {
	"listen_addresses=", "unix_socket_permissions=0777", "port=5432",
	"shared_buffers=32MB", "work_mem=4MB", "maintenance_work_mem=32MB", "max_connections=40",
	"max_wal_senders=0", "wal_level=minimal", "max_wal_size=256MB", "min_wal_size=32MB",
	"max_worker_processes=2", "max_parallel_workers_per_gather=0", "max_logical_replication_workers=0",
	"jit=off", "huge_pages=off", "logging_collector=off", "log_destination=stderr",
	"log_line_prefix=", "log_checkpoints=off", "password_encryption=scram-sha-256",
};

/* ---- programs ---- */

static bool
has_server(const char *dir)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof path, "%s/postgres", dir);
	return access(path, X_OK) == 0;
}

/* The newest /usr/lib/postgresql/N/bin. */
static bool
find_newest(char *out, size_t n)
{
	DIR *d = opendir("/usr/lib/postgresql");
	const struct dirent *e;
	char path[PATH_MAX];
	long best = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		long version = strtol(e->d_name, NULL, 10);
		snprintf(path, sizeof path, "/usr/lib/postgresql/%.16s/bin", e->d_name);
		if (version > best && has_server(path)) {
			best = version;
			snprintf(out, n, "%s", path);
		}
	}
	if (d != NULL)
		closedir(d);
	return best > 0;
}

static int
find_programs(struct postgres *pg, const struct settings *s, struct fault *f)
{
	const char *told = settings_text(s, SET_POSTGRES_BIN);

	if (*told != '\0')
		snprintf(pg->bin, sizeof pg->bin, "%s", told);
	if (*told != '\0' ? !has_server(pg->bin) : !find_newest(pg->bin, sizeof pg->bin))
		return fault_set(f, "PostgreSQL is not installed%s%s: install the package postgresql, set POSTGRES_BIN, or set DATABASE_URL",
		    *told != '\0' ? " in " : "", told);
	snprintf(pg->program, sizeof pg->program, "%s/postgres", pg->bin);
	pg->exec_fd = spawn_open(pg->program, f);
	return pg->exec_fd < 0 ? -1 : 0;
}

/* Without a mount namespace the server's user has to pass through every directory above
 * its data. */
static int
passable(const struct postgres *pg, struct fault *f)
{
	char path[sizeof pg->base];
	struct stat st;

	memcpy(path, pg->base, sizeof path);
	for (char *slash = strrchr(path, '/'); slash != NULL && slash != path; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (stat(path, &st) != 0)
			return fault_set(f, "%s: %s", path, strerror(errno));
		mode_t pass = st.st_uid == pg->user.uid ? S_IXUSR : st.st_gid == pg->user.gid ? S_IXGRP : S_IXOTH;
		if (pg->user.uid != 0 && !(st.st_mode & pass))
			return fault_set(f, "user %s, who runs the database, may not pass through %s, and this host allows "
			    "no mount namespace to go around it: set STATE_DIR to a place like /var/lib/studiod, or chmod o+x %s",
			    pg->user.name, path, path);
	}
	return 0;
}

/* ---- directories ---- */

static int
open_directories(struct postgres *pg, const struct state *st, struct fault *f)
{
	const struct user *u = &pg->user;

	pg->base_fd = state_dir(st, "postgres", 0711, u->uid, u->gid, f);
	if (pg->base_fd < 0)
		return -1;
	pg->run_fd = state_dir(st, "postgres/run", 0711, u->uid, u->gid, f);
	if (pg->run_fd < 0)
		return -1;
	/* db gets this one: it may pass through the directory, not read it */
	int path_fd = openat(pg->run_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	close(pg->run_fd);
	pg->run_fd = path_fd;
	if (path_fd < 0)
		return fault_set(f, "%s/postgres/run: %s", st->path, strerror(errno));
	snprintf(pg->base, sizeof pg->base, "%s/postgres", st->path);
	pg->bind = spawn_can_bind();
	for (size_t i = 0; pg->bind && i < COUNT(bind_places); i++)
		if (access(bind_places[i], F_OK) == 0) {
			snprintf(pg->base, sizeof pg->base, "%s", bind_places[i]);
			return 0;
		}
	pg->bind = false;
	return passable(pg, f);
}

static void
plan_base(struct postgres *pg, struct spawn_plan *plan, const char *path, int exec_fd)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC", NULL };

	*plan = (struct spawn_plan){ .path = path, .exec_fd = exec_fd, .env = env, .fds = { -1, -1, -1 }, .nfds = 3,
		.cwd_fd = -1, .user = pg->user, .nofile = 1024, .death_signal = SIGINT, .cgroup_fd = -1,
		.bind_from_fd = pg->bind ? pg->base_fd : -1, .bind_to = pg->base };
}

/* ---- first start ---- */

static int
run_initdb(struct postgres *pg, struct fault *f)
{
	char path[PATH_MAX + 16], data[PATH_MAX + 32], said[2048];
	const char *argv[] = { path, "-D", data, "-U", "postgres", "-A", "peer", "--encoding=UTF8",
		"--locale=C.UTF-8", "--no-instructions", NULL };
	struct spawn_plan plan;

	snprintf(path, sizeof path, "%s/initdb", pg->bin);
	snprintf(data, sizeof data, "%s/data.new", pg->base);
	int fd = spawn_open(path, f);
	if (fd < 0)
		return -1;
	plan_base(pg, &plan, path, fd);
	plan.argv = argv;
	plan.death_signal = SIGKILL;
	int rc = spawn_run(&plan, NULL, said, sizeof said, f);
	close(fd);
	return rc;
}

/* The server's rules for who may come: the role of db by password, the owner of the
 * process by being it. */
static int
write_access_rules(const struct postgres *pg, int data_fd, struct fault *f)
{
	static const char hba[] = "local all postgres peer map=owner\nlocal studio all scram-sha-256\n";
	char ident[128];
	const struct { const char *name, *text; } files[] = { { "pg_hba.conf", hba }, { "pg_ident.conf", ident } };

	snprintf(ident, sizeof ident, "owner %s postgres\n", pg->user.name);
	for (size_t i = 0; i < COUNT(files); i++) {
		int fd = openat(data_fd, files[i].name, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
		size_t n = strlen(files[i].text);
		bool ok = fd >= 0 && write(fd, files[i].text, n) == (ssize_t)n;
		if (fd >= 0)
			close(fd);
		if (!ok)
			return fault_set(f, "the database's %s cannot be written: %s", files[i].name, strerror(errno));
	}
	return 0;
}

/* The role and the database, through the server's single-user mode: nothing listens yet.
 * It says errors and goes on, so its words are read. */
static int
make_database(struct postgres *pg, const char *password, struct fault *f)
{
	char data[PATH_MAX + 32], sql[512], said[8192];
	const char *argv[] = { pg->program, "--single", "-D", data, "-c", "log_checkpoints=off", "postgres", NULL };
	struct spawn_plan plan;

	snprintf(data, sizeof data, "%s/data.new", pg->base);
	/* The two rooms' roles are made here, not by db: who may create roles on PostgreSQL 15
	 * can grant itself those that run programs. */
	snprintf(sql, sizeof sql, "CREATE ROLE studio_app NOLOGIN\nCREATE ROLE studio_auth NOLOGIN\n"
	    "CREATE ROLE studio LOGIN IN ROLE studio_app, studio_auth PASSWORD '%.100s'\n"
	    "CREATE DATABASE studio OWNER studio ENCODING 'UTF8' TEMPLATE template0\n", password);
	plan_base(pg, &plan, pg->program, pg->exec_fd);
	plan.argv = argv;
	plan.death_signal = SIGKILL;
	int rc = spawn_run(&plan, sql, said, sizeof said, f);
	explicit_bzero(sql, sizeof sql);
	return rc;
}

/* A directory that a broken first start left is removed by initdb's own rules only when
 * empty; its content is ours to delete. */
static void
remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) != 0)
			remove_tree(fd, e->d_name);
	}
	if (d != NULL)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

static int
make_cluster(struct postgres *pg, const char *password, struct fault *f)
{
	remove_tree(pg->base_fd, "data.new");
	if (mkdirat(pg->base_fd, "data.new", 0700) != 0)
		return fault_set(f, "the database's directory cannot be made: %s", strerror(errno));
	int fd = openat(pg->base_fd, "data.new", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int rc = fd >= 0 && fchown(fd, pg->user.uid, pg->user.gid) == 0 ? 0 :
	    fault_set(f, "the database's directory: %s", strerror(errno));
	if (rc == 0)
		rc = run_initdb(pg, f);
	if (rc == 0)
		rc = make_database(pg, password, f);
	if (rc == 0)
		rc = write_access_rules(pg, fd, f);
	if (fd >= 0)
		close(fd);
	if (rc == 0 && renameat(pg->base_fd, "data.new", pg->base_fd, "data") != 0)
		rc = fault_set(f, "the database's directory: %s", strerror(errno));
	return rc;
}

/* ---- an old server ---- */

/* First line of postmaster.pid, and whether its state line says ready. */
static pid_t
pid_file_read(int data_fd, bool *ready)
{
	char text[512];
	int fd = openat(data_fd, "postmaster.pid", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;

	if (fd >= 0)
		close(fd);
	*ready = false;
	if (n <= 0)
		return 0;
	text[n] = '\0';
	const char *p = text;
	for (int line = 1; line < 8 && p != NULL; line++)
		if ((p = strchr(p, '\n')) != NULL)
			p++;
	*ready = p != NULL && strncmp(p, "ready", 5) == 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* A server works in its data directory: that is how a foreign process with a reused
 * number is told from ours. */
static bool
works_in(pid_t pid, int data_fd)
{
	struct stat a, b;
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/cwd/.", (int)pid);
	return pid > 1 && stat(path, &a) == 0 && fstat(data_fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
end_old_server(const struct postgres *pg)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGKILL };
	struct timespec nap = { 0, 20000000 };
	bool ready;
	pid_t pid = pid_file_read(pg->data_fd, &ready);

	for (size_t i = 0; i < COUNT(signals) && works_in(pid, pg->data_fd); i++) {
		kill(pid, signals[i]);
		for (int ms = 0; ms < OLD_SERVER_WAIT_MS && works_in(pid, pg->data_fd); ms += 20)
			nanosleep(&nap, NULL);
	}
}

/* ---- every start ---- */

static void
build_arguments(struct postgres *pg)
{
	size_t n = 0;

	snprintf(pg->data, sizeof pg->data, "%s/data", pg->base);
	pg->argv[n++] = pg->program;
	pg->argv[n++] = "-D";
	pg->argv[n++] = pg->data;
	/* relative to the data directory: no path is too long for a socket then */
	pg->argv[n++] = "-k";
	pg->argv[n++] = "../run";
	for (size_t i = 0; i < COUNT(server_settings); i++) {
		pg->argv[n++] = "-c";
		pg->argv[n++] = server_settings[i];
	}
	pg->argv[n] = NULL;
}

int
postgres_prepare(struct postgres *pg, const struct settings *s, const struct state *st,
    void (*say)(const char *what), char *url, size_t n, struct fault *f)
{
	char password[STATE_TEXT_MAX];

	*pg = (struct postgres){ .base_fd = -1, .data_fd = -1, .run_fd = -1, .exec_fd = -1 };
	if (user_of_postgres(&pg->user, f) != 0 || find_programs(pg, s, f) != 0 || open_directories(pg, st, f) != 0)
		return -1;
	if (state_secret(st, "database_password", 24, password, f) != 0)
		return -1;
	if (faccessat(pg->base_fd, "data", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
		say("making the database: once, this takes some seconds");
		if (make_cluster(pg, password, f) != 0)
			return -1;
	}
	pg->data_fd = openat(pg->base_fd, "data", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (pg->data_fd < 0)
		return fault_set(f, "%s/postgres/data: %s", st->path, strerror(errno));
	end_old_server(pg);
	build_arguments(pg);
	snprintf(url, n, "postgresql://studio:%.100s@/studio", password);
	explicit_bzero(password, sizeof password);
	return 0;
}

void
postgres_plan(struct postgres *pg, struct spawn_plan *plan)
{
	plan_base(pg, plan, pg->program, pg->exec_fd);
	plan->argv = pg->argv;
}

bool
postgres_is_ready(const struct postgres *pg, pid_t pid)
{
	bool ready;

	return pid_file_read(pg->data_fd, &ready) == pid && ready;
}
