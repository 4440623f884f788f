/* supervisor/process.c - starting one process of the tree, and looking at one that is stuck.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor/tree.h"

enum { EMULATOR_WORDS = 64, DUMP_LINES = 12 };

/* Sanitizer builds map terabytes of shadow memory and are told how to behave. */
#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* ---- what a child may have in its environment: two words for the dynamic linker and the
 * sanitizers, and nothing of ours ---- */

static const char *const *
child_environment(void)
{
	static char room[2][1024];
	/* Libraries bind their calls lazily else. The first call of each then saves the vector
	 * registers on the stack, with what memcpy left in them: the end of a token, for one. */
	static const char *env[4] = { "LD_BIND_NOW=1" };
	static const char *const names[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS" };
	size_t n = 1;

	for (size_t i = 0; SANITIZED && i < COUNT(names); i++) {
		const char *v = getenv(names[i]);
		if (v == NULL)
			continue;
		snprintf(room[i], sizeof room[i], "%s=%s", names[i], v);
		env[n++] = room[i];
	}
	env[n] = NULL;
	return env;
}

static bool
has_own_network(const struct process *p)
{
	const struct settings *s = &p->tree->prepared->settings;

	switch (p->row->network) {
	case NETWORK_OWN:
		return true;
	case NETWORK_HOST:
		return false;
	case NETWORK_MAIL_OR_HOOKS:
		return !url_is_tcp(settings_text(s, SET_SMTP_URL)) && s->number[SET_WEBHOOKS] == 0;
	default:
		return !url_is_tcp(settings_text(s, (enum setting_id)p->row->network));
	}
}

/* ---- the three kinds ---- */

static void
plan_actor(struct process *p, struct spawn_plan *plan, int control)
{
	static const char *argv[2];

	argv[0] = p->row->name;
	plan->argv = argv;
	plan->fds[3] = control;
	plan->nfds = 4;
	plan->require = strcmp(settings_text(&p->tree->prepared->settings, SET_SANDBOX), "require") == 0;
}

/* Splits EMULATOR_FLAGS at its spaces. */
static size_t
split_words(const char *text, char *room, size_t size, const char **words, size_t most)
{
	size_t n = 0;
	char *save = NULL;

	snprintf(room, size, "%s", text);
	for (char *w = strtok_r(room, " ", &save); w != NULL && n < most; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	return n;
}

static void
plan_emulator(struct process *p, struct spawn_plan *plan, int ready)
{
	static const char *argv[EMULATOR_WORDS + 16];
	static char flags[2048];
	const struct prepared *pr = p->tree->prepared;
	const char *const fixed[] = { "google-emulator", "--listen", pr->emulator_listen, "--data", ".",
		"--service-account", "/proc/self/fd/4", "--die-with-parent", "--ready-fd", "3" };
	size_t n = COUNT(fixed);

	memcpy(argv, fixed, sizeof fixed);
	n += split_words(settings_text(&pr->settings, SET_EMULATOR_FLAGS), flags, sizeof flags, argv + n, EMULATOR_WORDS);
	argv[n] = NULL;
	plan->argv = argv;
	plan->cwd_fd = pr->emulator_dir;
	plan->fds[3] = ready;
	plan->fds[4] = pr->emulator_account;
	plan->nfds = 5;
}

static void
plan_common(struct process *p, struct spawn_plan *plan, const char *path, int exec_fd, int log)
{
	*plan = (struct spawn_plan){ .path = path, .exec_fd = exec_fd, .env = child_environment(),
		.fds = { -1, log, log }, .nfds = 3, .cwd_fd = -1, .user = p->user,
		.own_network = has_own_network(p), .nofile = p->row->files,
		.memory = SANITIZED ? 0 : p->row->memory_mib << 20, .death_signal = SIGKILL,
		.bind_from_fd = -1, .cgroup_fd = p->cgroup.dir >= 0 ? p->cgroup.procs : -1 };
}

/* ---- its words before it is itself ---- */

/* Lines "lacks PART: why" and "failed PART: why" of spawn.c. */
static void
report_end(struct process *p)
{
	char *save = NULL;

	ev_io_stop(p->tree->loop, &p->report);
	close(p->report_fd);
	p->report_fd = -1;
	char copy[sizeof p->report_text];
	memcpy(copy, p->report_text, sizeof copy);
	for (char *line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		bool fatal = strncmp(line, "failed ", 7) == 0;
		slog(p->tree->logs, fatal ? LOG_ERROR : LOG_WARNING, fatal ? "spawn_failed" : "confinement_lacks",
		    "actor", p->row->name, "part", line + (fatal ? 7 : 6));
		if (fatal)
			snprintf(p->log.last_words, sizeof p->log.last_words, "%s", line + 7);
	}
}

static void
report_read(struct process *p)
{
	while (p->report_fd >= 0) {
		size_t at = strlen(p->report_text);
		char scrap[64];
		bool room = at < sizeof p->report_text - 1;
		ssize_t n = read(p->report_fd, room ? p->report_text + at : scrap,
		    room ? sizeof p->report_text - 1 - at : sizeof scrap);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			report_end(p);
		else if (room)
			p->report_text[at + (size_t)n] = '\0';
	}
}

static void
on_report(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)events;
	report_read(w->data);
}

static void
on_emulator_ready(struct ev_loop *loop, ev_io *w, int events)
{
	struct process *p = w->data;
	char byte;
	ssize_t n = read(p->ready_fd, &byte, 1);

	(void)events;
	ev_io_stop(loop, w);
	close(p->ready_fd);
	p->ready_fd = -1;
	if (n == 1)
		tree_event(p, ON_ready, NULL);
}

/* ---- starting ---- */

struct ends {
	int log, theirs, ours;		/* theirs: its control channel, or its readiness pipe */
};

static int
open_ends(struct process *p, struct ends *e)
{
	int pair[2] = { -1, -1 };

	e->log = log_source_open(&p->log);
	if (e->log < 0)
		return -1;
	if (p->row->kind == KIND_ACTOR && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	if (p->row->kind == KIND_EMULATOR && pipe2(pair, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	e->ours = pair[0];
	e->theirs = pair[1];
	return 0;
}

static void
close_end(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* What the parent keeps of a process that was started. */
static void
attach(struct process *p, const struct ends *e)
{
	struct ev_loop *loop = p->tree->loop;

	ev_io_init(&p->report, on_report, p->report_fd, EV_READ);
	p->report.data = p;
	ev_io_start(loop, &p->report);
	if (p->row->kind == KIND_ACTOR) {
		if (wire_open(p, e->ours) == 0)
			wire_introduce(p);
		else
			close(e->ours);
	} else if (p->row->kind == KIND_EMULATOR) {
		p->ready_fd = e->ours;
		ev_io_init(&p->ready, on_emulator_ready, p->ready_fd, EV_READ);
		p->ready.data = p;
		ev_io_start(loop, &p->ready);
	}
}

static pid_t
start(struct process *p, struct ends *e, struct fault *f)
{
	struct prepared *pr = p->tree->prepared;
	char path[PATH_MAX + 64];
	struct spawn_plan plan;
	int exec_fd = -1;

	if (p->row->kind == KIND_POSTGRES) {
		plan_common(p, &plan, pr->postgres.program, pr->postgres.exec_fd, e->log);
		struct spawn_plan own;
		postgres_plan(&pr->postgres, &own);
		own.fds[1] = own.fds[2] = e->log;
		own.cgroup_fd = plan.cgroup_fd;
		plan = own;
	} else {
		snprintf(path, sizeof path, "%s/%s", pr->actors_dir, p->row->program);
		exec_fd = spawn_open(path, f);
		if (exec_fd < 0)
			return -1;
		plan_common(p, &plan, path, exec_fd, e->log);
		if (p->row->kind == KIND_ACTOR)
			plan_actor(p, &plan, e->theirs);
		else
			plan_emulator(p, &plan, e->theirs);
	}
	p->report_text[0] = '\0';
	pid_t pid = spawn_start(&plan, &p->report_fd, f);
	close_end(exec_fd);
	return pid;
}

void
process_spawn(struct process *p)
{
	struct ends e = { -1, -1, -1 };
	struct fault f = { "" };

	process_closed(p);
	random_bytes(&p->incarnation, sizeof p->incarnation);
	p->was_ready = false;
	p->pings = 0;
	p->pulse = (struct pulse){ 0 };
	p->confinement[0] = '\0';
	pid_t pid = open_ends(p, &e) == 0 ? start(p, &e, &f) : fault_set(&f, "%s: %s", p->row->name, strerror(errno));
	int err = errno;
	close_end(e.log);
	close_end(e.theirs);
	if (pid < 0) {
		close_end(e.ours);
		slog(p->tree->logs, LOG_ERROR, "spawn_failed", "actor", p->row->name, "why", f.text);
		snprintf(p->last_words, sizeof p->last_words, "%.500s", f.text);
		tree_event(p, ON_died, &(struct life_cause){ CAUSE_spawn, err });
		return;
	}
	p->pid = p->log.pid = pid;
	slog(p->tree->logs, LOG_INFO, "started", "actor", p->row->name, "pid", log_u64((uint64_t)pid), "user", p->user.name);
	attach(p, &e);
}

void
process_closed(struct process *p)
{
	report_read(p);
	if (p->report_fd >= 0)
		report_end(p);
	if (p->ready_fd >= 0) {
		ev_io_stop(p->tree->loop, &p->ready);
		close(p->ready_fd);
		p->ready_fd = -1;
	}
	if (p->conn.fd >= 0)
		conn_close(&p->conn, NULL);
	wire_drop(p);
}

/* ---- a look at one that is stuck ---- */

static void
dump_file(const struct process *p, const char *name)
{
	char path[64], text[4096], *save = NULL;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)p->pid, name);
	f = fopen(path, "re");
	size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
	if (f != NULL)
		fclose(f);
	text[n] = '\0';
	int lines = 0;
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		bool status = strcmp(name, "status") == 0;
		if (status && strncmp(line, "State:", 6) != 0 && strncmp(line, "VmRSS:", 6) != 0 &&
		    strncmp(line, "Threads:", 8) != 0 && strncmp(line, "SigPnd:", 7) != 0)
			continue;
		if (lines++ < DUMP_LINES)
			slog(p->tree->logs, LOG_WARNING, "dump", "actor", p->row->name, "file", name, "line", line);
	}
}

void
process_dump(struct process *p)
{
	static const char *const files[] = { "status", "wchan", "syscall", "stack" };
	const struct log_source *s = &p->log;

	slog(p->tree->logs, LOG_ERROR, "stuck", "actor", p->row->name, "pid", log_u64((uint64_t)p->pid),
	    "state", life_state_name(p->life.state), "what_follows", "it is killed and replaced");
	for (size_t i = 0; i < COUNT(files); i++)
		dump_file(p, files[i]);
	for (size_t i = s->count > 3 ? s->count - 3 : 0; i < s->count; i++) {
		const struct log_entry *e = s->ring[(s->first + i) % LOG_RING_LINES];
		char line[400];
		snprintf(line, sizeof line, "%.*s", (int)e->n, e->text);
		slog(p->tree->logs, LOG_WARNING, "dump", "actor", p->row->name, "file", "log", "line", line);
	}
}
