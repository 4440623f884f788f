/* supervisor/main.c - studiod: starts, wires, confines, watches and restarts all others.
 * Sees:  settings, secrets, what the processes of its own tree log and tell.
 * Never: a byte that a remote peer wrote, except as a bounded value of a log line.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actors/common/conn_ev.h"
#include "supervisor/control.h"
#include "supervisor/privileges.h"
#include "supervisor/tree.h"

enum { EXIT_USAGE = 2 };

extern char **environ;

static struct log_source own_log;
static struct logs logs;
static struct prepared prepared;
static struct tree tree;
static struct control *control;

/* ---- words ---- */

static int
die(const struct fault *f)
{
	fflush(stdout);
	logs_flush(&logs, 500);
	fprintf(stderr, "studiod: %s\n", f->text);
	return 1;
}

static void
say(const char *what)
{
	slog(&logs, LOG_INFO, "preparing", "what", what);
	logs_flush(&logs, 0);
}

static int
tell_problems(struct problems *p)
{
	for (size_t i = 0; i < p->n; i++)
		fprintf(stderr, "studiod: %s\n", p->v[i]);
	problems_free(p);
	return 1;
}

static void
usage(FILE *f)
{
	fputs("studiod - the media studio's supervisor\n\n"
	    "  studiod [--config FILE]           start the tree and stay in the foreground\n"
	    "  studiod [--config FILE] --check   check the settings and start nothing\n"
	    "  studiod --sample                  write a commented studio.conf\n"
	    "  studiod --help                    this text\n\n"
	    "Settings come from the environment, then from FILE, then from the defaults of the\n"
	    "profile (STUDIO_ENV). A secret NAME may be given as NAME_FILE=path.\n\n", f);
	settings_help(f);
}

/* For the person at the terminal; where logs go to a machine they stay as they are. */
static void
print_welcome(const struct settings *s)
{
	const struct listener *l = prepared.listeners;

	logs_print(&logs, "\n");
	if (l[0].fd >= 0)
		logs_print(&logs, "  http     http://localhost:%llu\n", (unsigned long long)s->number[SET_PORT]);
	logs_print(&logs, "  docs     %s://localhost:%llu/api/docs\n", l[0].fd >= 0 ? "http" : "https",
	    (unsigned long long)s->number[l[0].fd >= 0 ? SET_PORT : SET_HTTPS_PORT]);
	logs_print(&logs, "  https    https://localhost:%llu\n", (unsigned long long)s->number[SET_HTTPS_PORT]);
	logs_print(&logs, "  metrics  http://127.0.0.1:%llu/metrics\n", (unsigned long long)s->number[SET_OPS_PORT]);
	if (*settings_text(s, SET_ADMIN_EMAIL) != '\0')
		logs_print(&logs, "  admin    %s\n", settings_text(s, SET_ADMIN_EMAIL));
	if (!s->production && *settings_text(s, SET_ADMIN_PASSWORD) != '\0')
		logs_print(&logs, "  password %s\n", settings_text(s, SET_ADMIN_PASSWORD));
	logs_print(&logs, "  state    %s\n\n", prepared.state.path);
}

static void
on_up(struct tree *t)
{
	static bool before;

	slog(&logs, LOG_INFO, "tree_ready", "after_ms", log_u64(now_ms() - t->started_ms));
	if (logs.json || before)
		return;
	before = true;
	print_welcome(&prepared.settings);
	logs_print(&logs, "ready\n");
}

static void
on_ended(struct tree *t)
{
	slog(&logs, LOG_INFO, "stopped");
	ev_break(t->loop, EVBREAK_ALL);
}

static void
on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	tree_stop(&tree, 0);
}

/* ---- what the supervisor gives up ---- */

/* Keys and secrets lie in this memory: no core, no debugger, no swap file of a core. */
static void
protect_self(void)
{
	struct rlimit none = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
}

/* Descriptors that the shell left open would reach no child (they are all closed there),
 * but 0 to 2 must be something. */
static void
open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* ---- the story ---- */

static int
run(void)
{
	struct ev_loop *loop = ev_default_loop(EVFLAG_NOENV);
	static ev_signal ends[3];
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct fault f = { "" };

	if (prepare_all(&prepared, say, &f) != 0)
		return die(&f);
	if (loop == NULL) {
		fault_set(&f, "libev could not set up its loop");
		return die(&f);
	}
	snprintf(logs.project, sizeof logs.project, "%s", settings_text(&prepared.settings, SET_VERTEX_AI_PROJECT_ID));
	logs_loop(&logs, loop);
	conn_ev_start(loop);
	for (size_t i = 0; i < COUNT(signals); i++) {
		ev_signal_init(&ends[i], on_signal, signals[i]);
		ev_signal_start(loop, &ends[i]);
	}
	if (tree_init(&tree, loop, &logs, &prepared, &f) != 0 || (control = control_open(&tree, &f)) == NULL) {
		tree_fini(&tree);
		return die(&f);
	}
	tree.on_up = on_up;
	tree.on_ended = on_ended;
	tree_start(&tree);
	ev_run(loop, 0);

	control_close(control);
	tree_fini(&tree);
	prepare_free(&prepared);
	logs_flush(&logs, 500);
	return tree.fault.text[0] != '\0' ? die(&tree.fault) : tree.exit_code;
}

static void
start_logs(const struct settings *s)
{
	bool json = strcmp(settings_text(s, SET_LOG_FORMAT), "json") == 0;
	const char *level = settings_text(s, SET_LOG_LEVEL);

	logs_init(&logs, json, isatty(STDOUT_FILENO) == 1, &own_log);
	logs.rank = *level == 'd' ? 0 : *level == 'w' ? 2 : *level == 'e' ? 3 : 1;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'f' }, { "check", no_argument, NULL, 'c' },
		{ "sample", no_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	struct problems wrong = { 0 };
	const char *file = NULL;
	bool check = false;
	int o;

	open_standard_fds();
	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'f':
			file = optarg;
			break;
		case 'c':
			check = true;
			break;
		case 's':
			settings_sample(stdout);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			fputs("studiod: see studiod --help\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "studiod: %s: there are no such arguments; see studiod --help\n", argv[optind]);
		return EXIT_USAGE;
	}
	protect_self();
	privileges_limit();
	settings_load(&prepared.settings, file, environ, &wrong);
	settings_missing(&prepared.settings, &wrong);
	if (wrong.n > 0)
		return tell_problems(&wrong);
	if (check) {
		puts("the settings are complete and valid");
		return 0;
	}
	start_logs(&prepared.settings);
	if (prepared.settings.port_ignored)
		slog(&logs, LOG_WARNING, "setting_ignored", "setting", "PORT", "why", "plain HTTP is served in development only");
	if (prepared.settings.value[SET_SMTP_URL] == NULL && prepared.settings.number[SET_MAIL_FILES] == 0)
		slog(&logs, LOG_WARNING, "no_mail", "setting", "SMTP_URL", "why", "it is not set",
		    "what_follows", "who forgets a password cannot be sent a link");
	return run();
}
