/* tools/studioctl/main.c - studioctl: asks the supervisor on its control socket.
 * Sees:  what the supervisor tells: states, log lines, sandbox tables.
 * Never: a secret.
 * Licence: Apache-2.0. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/studioctl/ctl.h"

enum { EXIT_USAGE = 2, STOP_WAIT_MS = 8000, LINES_DEFAULT = 50, LINES_MAX = 10000 };

struct options {
	const char *socket;
	bool json, follow;
	uint32_t lines;
	const char *word;	/* SERVICE or ACTOR, "" where none was given */
	const char *const *words;	/* all of them */
	int nwords;
};

static struct bytes
word_of(const struct options *o)
{
	return bytes_of(o->word, strnlen(o->word, 32));
}

static int
print_json(json_t *report)
{
	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(report);
	return 0;
}

/* Asks; prints the JSON as it is, or hands it to `show`. */
static int
ask_and_show(struct ask *a, const struct options *o, unsigned msg, const void *body,
    void (*join)(json_t *), void (*show)(const json_t *))
{
	json_t *report = ask_json(a, msg, body);

	if (report == NULL)
		return 1;
	if (join != NULL)
		join(report);
	if (o->json)
		return print_json(report);
	show(report);
	json_decref(report);
	return 0;
}

static int
do_status(struct ask *a, const struct options *o)
{
	return ask_and_show(a, o, MSG_ctl_status, "", NULL, show_status);
}

static int
do_tree(struct ask *a, const struct options *o)
{
	return ask_and_show(a, o, MSG_ctl_tree, "", NULL, show_tree);
}

static int
do_sandbox(struct ask *a, const struct options *o)
{
	return ask_and_show(a, o, MSG_ctl_sandbox, &(struct msg_ctl_sandbox){ .service = word_of(o) },
	    sandbox_join, show_sandbox);
}

static void
show_nothing(const json_t *report)
{
	(void)report;
}

static int
do_restart(struct ask *a, const struct options *o)
{
	return ask_and_show(a, o, MSG_ctl_restart, &(struct msg_ctl_restart){ .service = word_of(o) }, NULL, show_nothing);
}

static int
do_stop(struct ask *a, const struct options *o)
{
	int rc = ask_and_show(a, o, MSG_ctl_stop, "", NULL, show_nothing);

	if (rc == 0 && !ask_wait_gone(a, STOP_WAIT_MS)) {
		fputs("studioctl: studiod was asked to stop and is still there\n", stderr);
		rc = 1;
	}
	return rc;
}

static int
do_logs(struct ask *a, const struct options *o)
{
	struct log_view view = { .json = o->json, .colour = !o->json && isatty(STDOUT_FILENO) == 1 };
	int rc = ask_stream(a, MSG_ctl_logs, &(struct msg_ctl_logs){ .service = word_of(o), .follow = o->follow, .last = o->lines },
	    show_logs, &view);

	buf_free(&view.partial);
	return rc == 0 ? 0 : 1;
}

static int
do_queue(struct ask *a, const struct options *o)
{
	struct msg_ctl_queue m;
	json_t *report;

	if (!queue_order(o->words, o->nwords, &m)) {
		fputs("studioctl: queue, queue pause|resume|drain [all|KIND|MODEL], queue limit MODEL N|default\n", stderr);
		return EXIT_USAGE;
	}
	report = ask_json(a, MSG_ctl_queue, &m);
	if (o->nwords > 0 && strcmp(o->words[0], "drain") == 0)
		report = queue_drained(a, &m, report, !o->json);
	if (report == NULL)
		return 1;
	if (o->json)
		return print_json(report);
	show_queue(report);
	json_decref(report);
	return 0;
}

static int
do_help(struct ask *a, const struct options *o);

static const struct command {
	const char *name, *words;
	int least, most;
	const char *help;
	int (*run)(struct ask *, const struct options *);
} commands[] = {
#define COMMAND(name, words, least, most, help) { #name, words, least, most, help, do_##name },
#include "tools/studioctl/commands.tbl.h"
};

static int
do_help(struct ask *a, const struct options *o)
{
	(void)a;
	(void)o;
	puts("studioctl - asks the media studio's supervisor\n\n  studioctl [--socket PATH] [--json] COMMAND\n");
	for (size_t i = 0; i < COUNT(commands); i++)
		printf("  %-8s %-29s %s\n", commands[i].name, commands[i].words, commands[i].help);
	puts("\nThe socket is that of CONTROL_SOCKET, else control.sock in STATE_DIR, else in ./var,\nelse in /var/lib/studiod.");
	return 0;
}

static const char *
default_socket(void)
{
	static char path[4200];
	const char *told = getenv("CONTROL_SOCKET"), *dir = getenv("STATE_DIR");

	if (told != NULL && *told != '\0')
		return told;
	if (dir != NULL && *dir != '\0') {
		snprintf(path, sizeof path, "%.4096s/control.sock", dir);
		return path;
	}
	return access("./var/control.sock", F_OK) == 0 ? "./var/control.sock" : "/var/lib/studiod/control.sock";
}

static bool
lines_parse(const char *text, uint32_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || v == 0 || v > LINES_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static int
usage(const char *what)
{
	fprintf(stderr, "studioctl: %s; see studioctl help\n", what);
	return EXIT_USAGE;
}

static int
run(const struct command *c, const struct options *o)
{
	if (c->run == do_help)
		return do_help(NULL, o);
	struct ask *a = ask_open(o->socket);
	int rc = a != NULL ? c->run(a, o) : 1;
	ask_close(a);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "socket", required_argument, NULL, 's' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
	};
	struct options o = { .socket = default_socket(), .lines = LINES_DEFAULT, .word = "" };
	int c;

	signal(SIGPIPE, SIG_DFL);	/* `studioctl logs -f | head` just ends */
	while ((c = getopt_long(argc, argv, "fn:hj", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			o.socket = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'f':
			o.follow = true;
			break;
		case 'n':
			if (!lines_parse(optarg, &o.lines))
				return usage("-n takes a number from 1 to 10000");
			break;
		case 'h':
			return do_help(NULL, &o);
		default:
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return usage("a command is missing");
	int words = argc - optind - 1;
	o.word = words > 0 ? argv[optind + 1] : "";
	o.words = (const char *const *)&argv[optind + 1];
	o.nwords = words;
	for (size_t i = 0; i < COUNT(commands); i++)
		if (strcmp(commands[i].name, argv[optind]) == 0) {
			if (words < commands[i].least || words > commands[i].most)
				return usage("the command takes other words");
			return run(&commands[i], &o);
		}
	return usage("there is no such command");
}
