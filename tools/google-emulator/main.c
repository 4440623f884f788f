/* main.c - a local stand-in for the Google APIs the studio speaks to.
 * Sees:  prompts, files and tokens of whoever can reach its address.
 * Never: the internet; anything on disk outside --data but the key file. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "account.h"
#include "cache.h"
#include "faults.h"
#include "http.h"
#include "ledger.h"
#include "objects.h"
#include "operations.h"
#include "settings.h"
#include "upload.h"
#include "util.h"
#include "vertex.h"

#define EXIT_USAGE	64	/* the arguments are wrong */
#define EXIT_CONFIG	78	/* what they name is wrong */
#define EXIT_TEMPORARY	111	/* the system refused; try again */

struct options {
	char		host[64], port[8];
	const char	*data, *account;
	int		 ready_fd;
	bool		 die_with_parent;
};

static const char usage_text[] =
    "usage: google-emulator --listen ADDRESS:PORT --data DIR --service-account FILE [..]\n"
    "  --listen               numeric address; port 0 takes a free one\n"
    "  --data                 directory for objects, uploads, operations (made if absent)\n"
    "  --service-account      key file whose signatures are accepted\n"
    "  --ready-fd N           write a newline there once requests are served\n"
    "  --die-with-parent      end when the starting process ends\n"
    "  --gone ID,ID           model ids that answer 404\n"
    "  --now TIME             the clock starts here: epoch seconds or YYYYMMDDTHHMMSSZ\n"
    "  --verbose              one line on stderr per request\n"
    "  --anonymous-storage    the opposite of --require-storage-auth (the default)\n"
    "  --SETTING VALUE        one of these (standard; lowest to highest; on and off too):\n";

static void
fail(int code, const char *why)
{
	fprintf(stderr, "google-emulator: %s\n", why);
	exit(code);
}

/* ---- arguments ---- */

static void
listen_parse(struct options *o, const char *s)
{
	const char	*colon = strrchr(s, ':');
	size_t		 n = colon ? (size_t)(colon - s) : 0;

	if (colon == NULL || n == 0 || n >= sizeof o->host || strlen(colon + 1) == 0 ||
	    strlen(colon + 1) > 5 || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		fail(EXIT_USAGE, "--listen needs ADDRESS:PORT, for example 127.0.0.1:0");
	if (s[0] == '[' && s[n - 1] == ']')	/* [::1]:80 */
		snprintf(o->host, sizeof o->host, "%.*s", (int)n - 2, s + 1);
	else
		snprintf(o->host, sizeof o->host, "%.*s", (int)n, s);
	snprintf(o->port, sizeof o->port, "%s", colon + 1);
}

static int
fd_parse(const char *s)
{
	char	*end;
	long	 n = strtol(s, &end, 10);

	if (*end != '\0' || end == s || n < 0 || n > 65535 || fcntl((int)n, F_GETFD) < 0)
		fail(EXIT_USAGE, "--ready-fd needs the number of an open descriptor");
	return (int)n;
}

/* The flags with a meaning of their own; false: perhaps it is a setting. */
static bool
option_take(struct options *o, const char *name, const char *value)
{
	int64_t now;

	if (strcmp(name, "listen") == 0)
		listen_parse(o, value);
	else if (strcmp(name, "data") == 0)
		o->data = value;
	else if (strcmp(name, "service-account") == 0)
		o->account = value;
	else if (strcmp(name, "ready-fd") == 0)
		o->ready_fd = fd_parse(value);
	else if (strcmp(name, "gone") == 0)
		vertex_gone(value);
	else if (strcmp(name, "now") == 0) {
		if (clock_parse(value, &now) < 0)
			fail(EXIT_USAGE, "--now needs epoch seconds or YYYYMMDDTHHMMSSZ");
		clock_set(now);
	} else
		return false;
	return true;
}

/* Flags without a value. */
static bool
flag_take(struct options *o, const char *name)
{
	char why[200];

	if (strcmp(name, "verbose") == 0)
		http_verbose = true;
	else if (strcmp(name, "die-with-parent") == 0)
		o->die_with_parent = true;
	else if (strcmp(name, "require-storage-auth") == 0)
		settings_set("require_storage_auth", 1, why, sizeof why);
	else if (strcmp(name, "anonymous-storage") == 0)
		settings_set("require_storage_auth", 0, why, sizeof why);
	else if (strcmp(name, "help") == 0) {
		fputs(usage_text, stdout);
		settings_help(stdout);
		exit(0);
	} else
		return false;
	return true;
}

static void
options_parse(struct options *o, int argc, char **argv)
{
	char	why[400], problem[200];
	int	i;

	memset(o, 0, sizeof *o);
	o->ready_fd = -1;
	for (i = 1; i < argc; i++) {
		char *name = argv[i], *value;

		if (strncmp(name, "--", 2) != 0) {
			snprintf(why, sizeof why, "\"%.100s\" is no flag; see --help", name);
			fail(EXIT_USAGE, why);
		}
		name += 2;
		if (flag_take(o, name))
			continue;
		if ((value = strchr(name, '=')) != NULL)
			*value++ = '\0';
		else if (i + 1 < argc)
			value = argv[++i];
		else {
			snprintf(why, sizeof why, "--%.100s needs a value; see --help", name);
			fail(EXIT_USAGE, why);
		}
		if (!option_take(o, name, value) &&
		    settings_set_text(name, value, problem, sizeof problem) < 0) {
			snprintf(why, sizeof why, "--%.100s: %s; see --help", name, problem);
			fail(EXIT_USAGE, why);
		}
	}
	if (o->host[0] == '\0' || o->data == NULL || o->account == NULL)
		fail(EXIT_USAGE, "--listen, --data and --service-account must be given; see "
		    "--help");
}

/* ---- life ---- */

/* The parent may have died before prctl took effect: look twice. */
static void
parent_bind(void)
{
	pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(0);
}

static int
data_open(const char *path)
{
	char	why[300];
	int	fd;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		fd = -1;
	else
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, sizeof why, "--data %.200s: %s; name a directory that can be "
		    "written", path, strerror(errno));
		fail(EXIT_CONFIG, why);
	}
	return fd;
}

static void
modules_start(const struct options *o)
{
	char	why[400];
	int	data;

	if (account_load(o->account, why, sizeof why) < 0)
		fail(EXIT_CONFIG, why);
	data = data_open(o->data);
	if (objects_init(data, why, sizeof why) < 0 ||
	    uploads_init(data, why, sizeof why) < 0 ||
	    operations_init(data, why, sizeof why) < 0)
		fail(EXIT_CONFIG, why);
	close(data);
	if (http_start(o->host, o->port, why, sizeof why) < 0)
		fail(EXIT_TEMPORARY, why);
}

static void
announce(const struct options *o)
{
	bool v6 = strchr(o->host, ':') != NULL;

	printf("listening on http://%s%s%s:%u\n", v6 ? "[" : "", o->host, v6 ? "]" : "",
	    http_port());
	fflush(stdout);
	if (o->ready_fd >= 0) {
		if (write(o->ready_fd, "\n", 1) != 1)
			fputs("google-emulator: --ready-fd: nobody reads it\n", stderr);
		close(o->ready_fd);
	}
}

/* Whatever a handler is busy with, the process is gone within the second:
 * files are replaced as a whole, so there is nothing to lose. */
static void *
last_resort(void *cls)
{
	(void)cls;
	sleep_ms(700);
	_exit(0);
}

int
main(int argc, char **argv)
{
	struct options	o;
	sigset_t	set;
	pthread_t	hurry;
	int		sig;

	options_parse(&o, argc, argv);
	mallopt(M_ARENA_MAX, 4);	/* media come and go: give their memory back */
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);	/* before any thread is born */
	signal(SIGPIPE, SIG_IGN);
	if (o.die_with_parent)
		parent_bind();
	av_log_set_level(AV_LOG_QUIET);		/* hostile images would fill the log */
	modules_start(&o);
	announce(&o);
	while (sigwait(&set, &sig) == 0 && sig == SIGHUP)
		;
	if (pthread_create(&hurry, NULL, last_resort, NULL) != 0)
		_exit(0);
	http_stop();
	operations_fini();
	objects_fini();
	cache_fini();
	faults_fini();
	ledger_fini();
	vertex_gone(NULL);
	account_fini();
	return 0;
}
