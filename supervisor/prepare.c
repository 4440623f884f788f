/* supervisor/prepare.c - see prepare.h.
 * Licence: Apache-2.0. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/common/secret.h"
#include "supervisor/google.h"
#include "supervisor/prepare.h"
#include "supervisor/services.h"

enum { FILE_LONGEST = 65535, BACKLOG = 4096 };

/* etc/dev/service-account.json, part of this program (dev_account.S). */
extern const char dev_account[], dev_account_end[];

static void
give(struct prepared *p, enum setting_id id, const char *text, struct problems *wrong)
{
	settings_give(&p->settings, id, text, wrong);
}

/* ---- secrets ---- */

static int
make_secrets(struct prepared *p, struct problems *wrong, struct fault *f)
{
	static const struct { enum setting_id id; const char *name; bool password; } rows[] = {
		{ SET_JWT_SECRET, "jwt_secret", false },
		{ SET_JWT_REFRESH_SECRET, "jwt_refresh_secret", false },
		{ SET_WEBHOOK_KEY, "webhook_key", false },
		{ SET_ADMIN_PASSWORD, "admin_password", true },
	};
	char text[STATE_TEXT_MAX];

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!settings_generated(&p->settings, rows[i].id))
			continue;
		int rc = rows[i].password ? state_password(&p->state, rows[i].name, text, f) :
		    state_secret(&p->state, rows[i].name, 48, text, f);
		if (rc != 0)
			return -1;
		give(p, rows[i].id, text, wrong);
	}
	explicit_bzero(text, sizeof text);
	return 0;
}

/* ---- files ---- */

/* The content of a file in secret memory; NULL with a fault. */
static char *
file_content(const char *setting, const char *path, struct fault *f)
{
	char *text = secret_alloc(FILE_LONGEST);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t n = -1;

	while (text != NULL && fd >= 0 && at < FILE_LONGEST && (n = read(fd, text + at, FILE_LONGEST - at)) > 0)
		at += (size_t)n;
	if (fd < 0 || n < 0)
		fault_set(f, "%s: %s: %s", setting, path, strerror(errno));
	else if (at == FILE_LONGEST || at == 0)
		fault_set(f, "%s: %s is %s", setting, path, at == 0 ? "empty" : "too long");
	else
		f->text[0] = '\0';
	if (fd >= 0)
		close(fd);
	if (f->text[0] == '\0')
		return text;
	secret_free(text, FILE_LONGEST);
	return NULL;
}

static char *
secret_copy(const char *from, size_t n)
{
	char *text = n < FILE_LONGEST ? secret_alloc(FILE_LONGEST) : NULL;

	if (text != NULL)
		memcpy(text, from, n);
	return text;
}

/* ---- certificate ---- */

/* A small program makes key and certificate, so that this process parses neither. */
static int
run_make_cert(const struct prepared *p, char *pem, size_t n, struct fault *f)
{
	static const char *const env[] = { NULL };
	char path[PATH_MAX + 16];
	const char *argv[] = { path, NULL };
	struct spawn_plan plan = { .path = path, .argv = argv, .env = env, .fds = { -1, -1, -1 }, .nfds = 3,
		.cwd_fd = -1, .nofile = 64, .death_signal = SIGKILL, .bind_from_fd = -1, .cgroup_fd = -1 };

	snprintf(path, sizeof path, "%s/make-cert", p->actors_dir);
	plan.exec_fd = spawn_open(path, f);
	if (plan.exec_fd < 0)
		return -1;
	user_of_service(&plan.user, "make-cert", 31, 0, p->state.path);
	int rc = spawn_run(&plan, NULL, pem, n, f);
	close(plan.exec_fd);
	return rc;
}

/* make-cert writes the key first, then the certificate. */
static int
make_certificate(struct prepared *p, struct fault *f)
{
	static const char mark[] = "-----BEGIN CERTIFICATE-----";
	char *pem = secret_alloc(STATE_TEXT_MAX);
	int rc = pem != NULL ? run_make_cert(p, pem, STATE_TEXT_MAX, f) : -1;
	const char *cert = rc == 0 ? strstr(pem, mark) : NULL;

	if (rc == 0 && cert == NULL)
		rc = fault_set(f, "make-cert wrote no certificate");
	if (rc == 0)
		rc = state_write(&p->state, "tls/key.pem", pem, (size_t)(cert - pem), 0600, f);
	if (rc == 0)
		rc = state_write(&p->state, "tls/cert.pem", cert, strlen(cert), 0644, f);
	secret_free(pem, STATE_TEXT_MAX);
	return rc;
}

static int
take_certificate(struct prepared *p, void (*say)(const char *), struct problems *wrong, struct fault *f)
{
	char path[PATH_MAX + 16];

	if (settings_generated(&p->settings, SET_TLS_CERT)) {
		int dir = state_dir(&p->state, "tls", 0700, geteuid(), getegid(), f);
		if (dir < 0)
			return -1;
		bool has = faccessat(dir, "cert.pem", F_OK, 0) == 0 && faccessat(dir, "key.pem", F_OK, 0) == 0;
		close(dir);
		if (!has) {
			say("making a self-signed certificate");
			if (make_certificate(p, f) != 0)
				return -1;
		}
		snprintf(path, sizeof path, "%s/tls/cert.pem", p->state.path);
		give(p, SET_TLS_CERT, path, wrong);
		snprintf(path, sizeof path, "%s/tls/key.pem", p->state.path);
		give(p, SET_TLS_KEY, path, wrong);
	}
	p->tls_cert = file_content("TLS_CERT", settings_text(&p->settings, SET_TLS_CERT), f);
	if (p->tls_cert == NULL)
		return -1;
	p->tls_key = file_content("TLS_KEY", settings_text(&p->settings, SET_TLS_KEY), f);
	return p->tls_key != NULL ? 0 : -1;
}

/* ---- listening sockets ---- */

static uint16_t
port_of(int fd)
{
	union { struct sockaddr any; struct sockaddr_in in; struct sockaddr_in6 in6; } a;
	socklen_t n = sizeof a;

	if (getsockname(fd, &a.any, &n) != 0)
		return 0;
	return ntohs(a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port);
}

/* A socket bound to address and port; -1 with errno. */
static int
bind_to(const char *address, uint16_t port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool six = strchr(address, ':') != NULL;
	int on = 1, off = 0;

	if (inet_pton(six ? AF_INET6 : AF_INET, address, six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	int rc = six ? bind(fd, (const struct sockaddr *)&in6, sizeof in6) : bind(fd, (const struct sockaddr *)&in, sizeof in);
	if (rc == 0)
		return fd;
	int err = errno;
	close(fd);
	errno = err;
	return -1;
}

static int
open_listener(struct prepared *p, struct listener *l, struct problems *wrong, struct fault *f)
{
	const char *name = setting_rows[l->setting].name;
	const char *address = l->setting == SET_OPS_PORT ? "127.0.0.1" : settings_text(&p->settings, SET_LISTEN_ADDRESS);
	uint16_t port = (uint16_t)p->settings.number[l->setting];
	char text[8];

	if (p->settings.value[l->setting] == NULL)
		return 0;
	l->fd = bind_to(address, port);
	if (l->fd < 0 && errno == EAFNOSUPPORT && strcmp(address, "::") == 0)
		l->fd = bind_to("0.0.0.0", port);	/* a host without IPv6 */
	if (l->fd < 0 && errno == EADDRINUSE)
		return fault_set(f, "%s: port %u is in use by another program: stop it, or set another %s", name, port, name);
	if (l->fd < 0 && errno == EACCES)
		return fault_set(f, "%s: port %u is reserved for root: set another %s", name, port, name);
	if (l->fd < 0)
		return fault_set(f, "%s: %s port %u: %s", name, address, port, strerror(errno));
	if (listen(l->fd, BACKLOG) != 0)	/* two can bind, only one can listen */
		return fault_set(f, "%s: port %u is in use by another program: stop it, or set another %s", name, port, name);
	snprintf(text, sizeof text, "%u", port_of(l->fd));
	give(p, l->setting, text, wrong);
	return 0;
}

static int
open_listeners(struct prepared *p, struct problems *wrong, struct fault *f)
{
	static const struct listener rows[LISTENERS] = {
		{ "http", SET_PORT, -1 }, { "https", SET_HTTPS_PORT, -1 }, { "ops", SET_OPS_PORT, -1 },
	};

	memcpy(p->listeners, rows, sizeof rows);
	for (size_t i = 0; i < LISTENERS; i++)
		if (open_listener(p, &p->listeners[i], wrong, f) != 0)
			return -1;
	return 0;
}

bool
listeners_mend(struct prepared *p)
{
	bool mended = false;

	for (size_t i = 0; i < LISTENERS; i++) {
		struct listener *l = &p->listeners[i];
		int listens = 0;
		socklen_t n = sizeof listens;
		struct fault f = { 0 };
		struct problems wrong = { 0 };

		if (l->fd < 0 || (getsockopt(l->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens))
			continue;
		mended = true;
		if (listen(l->fd, BACKLOG) == 0)
			continue;
		close(l->fd);		/* it was connected somewhere: a new one in its place */
		l->fd = -1;
		open_listener(p, l, &wrong, &f);
	}
	return mended;
}

/* ---- emulator ---- */

/* A free port is chosen once and kept: signed URLs stay valid over restarts. */
static int
choose_emulator_port(struct prepared *p, uint16_t *port, struct fault *f)
{
	uint16_t told = (uint16_t)p->settings.number[SET_EMULATOR_PORT];
	char text[32] = "";
	ssize_t n = told != 0 ? 0 : state_read(&p->state, "emulator_port", text, sizeof text, f);

	if (n < 0)
		return -1;
	uint16_t wanted = told != 0 ? told : (uint16_t)strtoul(text, NULL, 10);
	int fd = bind_to("127.0.0.1", wanted);
	if (fd < 0 && told != 0)
		return fault_set(f, "EMULATOR_PORT: port %u is in use by another program: set another one", told);
	if (fd < 0)
		fd = bind_to("127.0.0.1", 0);
	if (fd < 0)
		return fault_set(f, "there is no free port for the emulator: %s", strerror(errno));
	*port = port_of(fd);
	close(fd);		/* the emulator binds it itself */
	if (told != 0 || *port == wanted)
		return 0;
	int k = snprintf(text, sizeof text, "%u\n", *port);
	return state_write(&p->state, "emulator_port", text, (size_t)k, 0644, f);
}

static void
point_at_emulator(struct prepared *p, uint16_t port, struct problems *wrong)
{
	static const enum setting_id endpoints[] = { SET_VERTEX_ENDPOINT, SET_TEXT_TO_SPEECH_ENDPOINT,
		SET_STORAGE_ENDPOINT, SET_OAUTH_ENDPOINT, SET_IAM_ENDPOINT };
	char url[64];

	snprintf(p->emulator_listen, sizeof p->emulator_listen, "127.0.0.1:%u", port);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
	for (size_t i = 0; i < COUNT(endpoints); i++)
		if (!settings_told(&p->settings, endpoints[i]))
			give(p, endpoints[i], url, wrong);
	if (!settings_told(&p->settings, SET_GCE_METADATA_HOST))
		give(p, SET_GCE_METADATA_HOST, p->emulator_listen, wrong);
	if (!settings_told(&p->settings, SET_VERTEX_AI_PROJECT_ID))
		give(p, SET_VERTEX_AI_PROJECT_ID, "studio-test", wrong);
	if (!settings_told(&p->settings, SET_VERTEX_AI_STORAGE_URI))
		give(p, SET_VERTEX_AI_STORAGE_URI, "gs://studio-test-media/studio", wrong);
}

static int
prepare_emulator(struct prepared *p, struct problems *wrong, struct fault *f)
{
	size_t n = (size_t)(dev_account_end - dev_account);
	struct user u;
	uint16_t port = 0;

	p->has_emulator = p->settings.number[SET_EMBEDDED_EMULATOR] != 0;
	if (!p->has_emulator)
		return 0;
	user_of_service(&u, service_rows[SERVICE_emulator].name, SERVICE_emulator, 0, p->state.path);
	p->emulator_dir = state_dir(&p->state, "emulator", 0700, u.uid, u.gid, f);
	if (p->emulator_dir < 0 || choose_emulator_port(p, &port, f) != 0)
		return -1;
	p->emulator_account = memfd_create("service-account.json", MFD_CLOEXEC);
	if (p->emulator_account < 0 || write(p->emulator_account, dev_account, n) != (ssize_t)n)
		return fault_set(f, "memfd: %s", strerror(errno));
	point_at_emulator(p, port, wrong);
	return 0;
}

/* ---- Google's credentials ---- */

/* After the emulator's: settings that point at it are not told ones. */
static int
take_google(struct prepared *p, struct problems *wrong, struct fault *f)
{
	static const char machine[] = "{\"type\":\"metadata\"}";
	char path[PATH_MAX] = "";

	switch (google_source(&p->settings, path)) {
	case GOOGLE_FILE:
		p->google_credentials = file_content("GOOGLE_APPLICATION_CREDENTIALS", path, f);
		break;
	case GOOGLE_BUILT_IN:
		snprintf(path, sizeof path, "(built in)");
		p->google_credentials = secret_copy(dev_account, (size_t)(dev_account_end - dev_account));
		break;
	case GOOGLE_MACHINE:
		snprintf(path, sizeof path, "(metadata server)");
		p->google_credentials = secret_copy(machine, sizeof machine - 1);
		break;
	case GOOGLE_NOWHERE:
		return fault_set(f, "GOOGLE_APPLICATION_CREDENTIALS is missing, and nothing else gives credentials");
	}
	if (p->google_credentials == NULL)
		return -1;
	if (!settings_told(&p->settings, SET_GOOGLE_APPLICATION_CREDENTIALS))
		give(p, SET_GOOGLE_APPLICATION_CREDENTIALS, path, wrong);
	return 0;
}

/* ---- mail ---- */

static int
prepare_mail(struct prepared *p, struct problems *wrong, struct fault *f)
{
	const struct settings *s = &p->settings;
	bool tls = s->value[SET_PORT] == NULL;
	struct user u;
	char url[64];

	if (settings_generated(s, SET_RESET_URL)) {	/* the frontend is served beside the API */
		snprintf(url, sizeof url, "%s://localhost:%llu/reset-password", tls ? "https" : "http",
		    (unsigned long long)s->number[tls ? SET_HTTPS_PORT : SET_PORT]);
		give(p, SET_RESET_URL, url, wrong);
	}
	if (settings_told(s, SET_SMTP_CA) && (p->smtp_ca = file_content("SMTP_CA", settings_text(s, SET_SMTP_CA), f)) == NULL)
		return -1;
	if (s->number[SET_MAIL_FILES] == 0 || s->value[SET_SMTP_URL] != NULL)
		return 0;
	user_of_service(&u, service_rows[SERVICE_notifier].name, SERVICE_notifier, 0, p->state.path);
	p->mail_dir = state_dir(&p->state, "mail", 0700, u.uid, u.gid, f);
	return p->mail_dir >= 0 ? 0 : -1;
}

/* ---- all of it ---- */

static int
find_actors(struct prepared *p, struct fault *f)
{
	const char *told = settings_text(&p->settings, SET_ACTORS_DIR);
	char own[PATH_MAX];
	ssize_t n;

	if (*told != '\0') {
		if (realpath(told, p->actors_dir) == NULL)
			return fault_set(f, "ACTORS_DIR %s: %s", told, strerror(errno));
		return 0;
	}
	n = readlink("/proc/self/exe", own, sizeof own - 1);
	if (n <= 0)
		return fault_set(f, "where studiod itself lies is unknown (%s): set ACTORS_DIR", strerror(errno));
	own[n] = '\0';
	*strrchr(own, '/') = '\0';
	snprintf(p->actors_dir, sizeof p->actors_dir, "%s", own);
	return 0;
}

static int
prepare_database(struct prepared *p, void (*say)(const char *), struct problems *wrong, struct fault *f)
{
	char url[512];

	p->has_postgres = p->settings.number[SET_EMBEDDED_POSTGRES] != 0;
	if (!p->has_postgres)
		return 0;
	if (postgres_prepare(&p->postgres, &p->settings, &p->state, say, url, sizeof url, f) != 0)
		return -1;
	give(p, SET_DATABASE_URL, url, wrong);
	explicit_bzero(url, sizeof url);
	return 0;
}

int
prepare_all(struct prepared *p, void (*say)(const char *what), struct fault *f)
{
	struct problems wrong = { 0 };
	int rc = 0;

	p->emulator_dir = p->emulator_account = p->mail_dir = -1;
	for (size_t i = 0; i < LISTENERS; i++)
		p->listeners[i].fd = -1;
	if (find_actors(p, f) != 0 || state_open(&p->state, settings_text(&p->settings, SET_STATE_DIR), f) != 0 ||
	    open_listeners(p, &wrong, f) != 0 ||	/* before what takes long: it fails most often */
	    make_secrets(p, &wrong, f) != 0 ||
	    take_certificate(p, say, &wrong, f) != 0 ||
	    prepare_mail(p, &wrong, f) != 0 ||
	    prepare_emulator(p, &wrong, f) != 0 ||
	    take_google(p, &wrong, f) != 0 ||
	    prepare_database(p, say, &wrong, f) != 0)
		rc = -1;
	if (rc == 0 && wrong.n > 0)
		rc = fault_set(f, "%s", wrong.v[0]);
	problems_free(&wrong);
	return rc;
}

void
prepare_free(struct prepared *p)
{
	for (size_t i = 0; i < LISTENERS; i++)
		if (p->listeners[i].fd >= 0)
			close(p->listeners[i].fd);
	secret_free(p->tls_cert, FILE_LONGEST);
	secret_free(p->tls_key, FILE_LONGEST);
	secret_free(p->google_credentials, FILE_LONGEST);
	secret_free(p->smtp_ca, FILE_LONGEST);
	if (p->mail_dir >= 0)
		close(p->mail_dir);
	settings_free(&p->settings);
}
