/* tests/unit/test_actor_mail.c - the notifier process and its mails, between an auth and a mail
 * server that this test plays: each connection of the server follows a script.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/actor_rig.h"
#include "actors/common/encode.h"
#include "actors/notifier/mail.h"

#define KEY "33333333333333333333333333333333"

/* ---- the server ---- */

/* What it says at each point: NULL closes the connection, "" says nothing. */
struct script {
	const char *greeting, *ehlo, *mail, *rcpt, *data, *body;
};
#define FINE "220 hello\r\n", "250-mx\r\n250 8BITMIME\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n"

static struct server {
	int fd;
	ev_io io;
	char url[128];
	const struct script *scripts;	/* one for each connection; the last one again */
	size_t n, connections, open, mails, logins;
	char mail[65536], from[512], to[512], login[512], hello[512];
} server;

struct client {
	ev_io io;
	const struct script *script;
	char in[65536];
	size_t n;
	bool in_mail, in_login, welcome;
};

static void
client_close(struct client *c)
{
	ev_io_stop(ev_default_loop(0), &c->io);
	close(c->io.fd);
	free(c);
	server.open--;
}

/* False when the script ends the connection. */
static bool
client_say(struct client *c, const char *text)
{
	if (text == NULL)
		client_close(c);
	else if (write(c->io.fd, text, strlen(text)) < 0)
		fail_msg("server: %s", strerror(errno));
	return text != NULL;
}

static bool
client_login(struct client *c, const char *line)
{
	struct buf b = { 0 };

	server.logins++;
	c->in_login = false;
	assert_int_equal(base64_decode(&b, line, strlen(line)), 0);
	for (size_t i = 0; i < b.n; i++)
		server.login[i] = b.p[i] != '\0' ? b.p[i] : '|';
	server.login[b.n] = '\0';
	buf_free(&b);
	c->welcome = strstr(c->script->ehlo, "refuse") == NULL;
	return client_say(c, c->welcome ? "235 yes\r\n" : "535 no\r\n");
}

/* One command. False when the connection is closed. */
static bool
client_line(struct client *c, char *line)
{
	const struct script *s = c->script;

	if (strncmp(line, "EHLO ", 5) == 0) {
		snprintf(server.hello, sizeof server.hello, "%.500s", line + 5);
		return client_say(c, s->ehlo);
	}
	if (c->in_login)
		return client_login(c, line);
	if (strcmp(line, "AUTH PLAIN") == 0) {
		c->in_login = true;
		return client_say(c, "334 \r\n");
	}
	if (strncmp(line, "MAIL ", 5) == 0) {
		if (strstr(s->ehlo, "AUTH") != NULL && !c->welcome)
			fail_msg("who was refused goes on");
		snprintf(server.from, sizeof server.from, "%.500s", line);
		return client_say(c, s->mail);
	}
	if (strncmp(line, "RCPT ", 5) == 0) {
		snprintf(server.to, sizeof server.to, "%.500s", line);
		return client_say(c, s->rcpt);
	}
	if (strcmp(line, "DATA") == 0) {
		c->in_mail = true;
		return client_say(c, s->data);
	}
	return client_say(c, strcmp(line, "QUIT") == 0 ? NULL : "502 what\r\n");
}

/* The mail up to its dot, unstuffed. */
static bool
client_mail(struct client *c, const char *end)
{
	size_t n = 0;

	for (const char *p = c->in; p < end + 2; p++)
		if (!(p[0] == '.' && (p == c->in || p[-1] == '\n')))
			server.mail[n++] = *p;
	server.mail[n] = '\0';
	server.mails++;
	c->in_mail = false;
	return client_say(c, c->script->body);
}

static void
on_client(struct ev_loop *loop, ev_io *w, int events)
{
	struct client *c = w->data;
	ssize_t k = read(w->fd, c->in + c->n, sizeof c->in - 1 - c->n);
	bool go = true;

	(void)loop;
	(void)events;
	if (k <= 0) {
		client_close(c);
		return;
	}
	c->n += (size_t)k;
	while (go) {
		c->in[c->n] = '\0';
		char *end = strstr(c->in, c->in_mail ? "\r\n.\r\n" : "\r\n");
		size_t used = end != NULL ? (size_t)(end - c->in) + (c->in_mail ? 5 : 2) : 0;
		if (end == NULL)
			return;
		if (!c->in_mail)
			*end = '\0';
		go = c->in_mail ? client_mail(c, end) : client_line(c, c->in);
		if (!go)
			return;
		memmove(c->in, c->in + used, c->n - used);
		c->n -= used;
	}
}

static void
on_server(struct ev_loop *loop, ev_io *w, int events)
{
	struct client *c = calloc(1, sizeof *c);
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	assert_true(fd >= 0 && c != NULL);
	c->script = &server.scripts[server.connections < server.n ? server.connections : server.n - 1];
	server.connections++;
	server.open++;
	ev_io_init(&c->io, on_client, fd, EV_READ);
	c->io.data = c;
	ev_io_start(loop, &c->io);
	client_say(c, c->script->greeting);
}

static void
serve(const struct script *scripts, size_t n, const char *login)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	if (server.fd > 0) {
		ev_io_stop(ev_default_loop(0), &server.io);
		close(server.fd);
	}
	memset(&server, 0, sizeof server);
	server.scripts = scripts;
	server.n = n;
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(bind(server.fd, (struct sockaddr *)&at, len), errno);
	assert_return_code(listen(server.fd, 64), errno);
	assert_return_code(getsockname(server.fd, (struct sockaddr *)&at, &len), errno);
	snprintf(server.url, sizeof server.url, "smtp://%s127.0.0.1:%u", login, ntohs(at.sin_port));
	ev_io_init(&server.io, on_server, server.fd, EV_READ);
	ev_io_start(ev_default_loop(0), &server.io);
}

/* ---- the asker ---- */

static struct rig rig;
static const struct rig_edge edges[] = { { EDGE_auth_notifier, NULL, 0 }, { EDGE_front_notifier, NULL, 0 }, { EDGE_notifier_db, NULL, 0 } };

struct got {
	bool done, again;
	unsigned err;
};

static void
start(const char *url, const char *tls, const char *attempts, const char *timeout)
{
	const struct rig_setting settings[] = {
		{ "SANDBOX", "warn", 0, false }, { "SEAL_KEY_NOTIFIER", KEY, 0, true }, { "LOG_LEVEL", "info", 0, false },
		{ "MAIL_FROM", "no-reply@studio.example", 0, false }, { "MAIL_FROM_NAME", "Studio", 0, false },
		{ "RESET_URL", "https://studio.example/reset", 0, false }, { "MAIL_BACKOFF", "10", 0, false },
		{ "MAIL_ATTEMPTS", attempts, 0, false }, { "SMTP_TIMEOUT", timeout, 0, false }, { "SMTP_TLS", tls, 0, false },
		{ url != NULL ? "SMTP_URL" : NULL, url, 0, true }, { NULL, NULL, 0, false },
	};

	rig_start(&rig, ROLE_notifier, settings, edges, COUNT(edges), NULL);
}

static void
usual(const struct script *scripts, size_t n)
{
	serve(scripts, n, "");
	start(server.url, "auto", "5", "2000");
}

static void
stop(void)
{
	assert_int_equal(rig_stop(&rig), 0);
}

static void
on_queued(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct got *g = arg;

	(void)detail;
	g->done = true;
	g->err = err;
	g->again = err == 0 && body->mail_queued.again;
}

static struct msg_mail_send
mail_of(uint8_t id, const char *to)
{
	return (struct msg_mail_send){ .mail = { { id } }, .template = BYTES("password_reset"), .to = bytes_str(to),
		.first_name = BYTES("Ada"), .token = BYTES("t0ken.secret"), .valid_minutes = 30 };
}

static struct got
ask(const struct msg_mail_send *m)
{
	static struct got g;
	struct ctx ctx = { .deadline_ms = rig_now_ms() + 5000 };

	g = (struct got){ 0 };
	assert_true(link_call(rig_link(&rig, EDGE_auth_notifier), &ctx, MSG_mail_send, m, CALL_AGAIN, on_queued, &g) > 0);
	rig_until(&rig, &g.done, 5000);
	return g;
}

static struct got
ask_to(uint8_t id, const char *to)
{
	struct msg_mail_send m = mail_of(id, to);
	return ask(&m);
}

/* Waits until the server has seen so many of something. */
static void
until(const size_t *what, size_t n)
{
	uint64_t end = rig_now_ms() + 20000;

	while (*what < n) {
		if (rig_now_ms() > end)
			fail_msg("%zu of %zu", *what, n);
		rig_run(&rig, 10);
	}
}

/* ---- tests ---- */

static void
a_mail_arrives_once(void **state)
{
	static const struct script fine = { FINE };

	(void)state;
	usual(&fine, 1);
	struct got g = ask_to(1, "ada@example.org");
	assert_int_equal(g.err, 0);
	assert_false(g.again);
	until(&server.mails, 1);
	assert_string_equal(server.hello, "studio.example");
	assert_string_equal(server.from, "MAIL FROM:<no-reply@studio.example>");
	assert_string_equal(server.to, "RCPT TO:<ada@example.org>");
	assert_non_null(strstr(server.mail, "\r\nTo: <ada@example.org>\r\n"));
	assert_non_null(strstr(server.mail, "\r\nHello Ada,\r\n"));
	assert_non_null(strstr(server.mail, "https://studio.example/reset?token=3Dt0ken.secret"));
	assert_non_null(strstr(server.mail, "\r\n--=_01000000-0000-0000-0000-000000000000--\r\n"));
	g = ask_to(1, "ada@example.org");
	assert_int_equal(g.err, 0);
	assert_true(g.again);
	assert_int_equal(ask_to(2, "j\xc3\xb6rg@example.org").err, 0);
	until(&server.mails, 2);
	assert_string_equal(server.from, "MAIL FROM:<no-reply@studio.example> BODY=8BITMIME SMTPUTF8");
	rig_run(&rig, 100);
	assert_int_equal(server.connections, 2);
	stop();
}

static void
what_may_pass_is_tried_again(void **state)
{
	static const struct script scripts[] = {	/* three at a time: pauses double */
		{ "421 busy\r\n", NULL, NULL, NULL, NULL, NULL },
		{ NULL, NULL, NULL, NULL, NULL, NULL },
		{ "HTTP/1.1 400 Bad Request\r\n\r\n", NULL, NULL, NULL, NULL, NULL },
		{ FINE },
		{ "220 hello\r\n", NULL, NULL, NULL, NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "451 later\r\n", NULL, NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", NULL, NULL, NULL, NULL },
		{ FINE },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "450 greylisted\r\n", NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "451 later\r\n", NULL },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "250 what\r\n", NULL },
		{ FINE },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n250 ok\r\n354 go on\r\n", NULL, NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "fine\r\n", NULL, NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", NULL, NULL, NULL },
		{ FINE },
	};

	(void)state;
	usual(scripts, COUNT(scripts));
	for (uint8_t i = 1; i <= COUNT(scripts) / 4; i++) {
		assert_int_equal(ask_to(i, "ada@example.org").err, 0);
		until(&server.mails, i);
	}
	rig_run(&rig, 100);
	assert_int_equal(server.mails, COUNT(scripts) / 4);
	assert_int_equal(server.connections, COUNT(scripts));
	stop();
}

/* The server's last word decides, whatever it did before. */
static void
the_last_word_counts(void **state)
{
	static const struct script scripts[] = {
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "452 full\r\n" },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", NULL },
		{ FINE },
	};
	static char first[200];

	(void)state;
	usual(scripts, COUNT(scripts));
	ask_to(1, "ada@example.org");
	until(&server.mails, 1);
	snprintf(first, sizeof first, "%.*s", 40, strstr(server.mail, "Message-ID:"));
	until(&server.mails, 3);
	assert_memory_equal(strstr(server.mail, "Message-ID:"), first, 40);	/* a receiver may see that it is one mail */
	rig_run(&rig, 100);
	assert_int_equal(server.connections, 3);
	stop();
}

static void
what_is_refused_for_good_is_not_tried_again(void **state)
{
	static const struct script scripts[] = {
		{ "220 hello\r\n", "250 mx\r\n", "550 not from you\r\n", NULL, NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "550-5.1.1 there is\r\n550 5.1.1 nobody\r\n", NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "554 no\r\n", NULL },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "554 spam: t0ken.secret\r\n" },
		{ FINE },
	};

	(void)state;
	usual(scripts, COUNT(scripts));
	for (uint8_t i = 1; i <= COUNT(scripts); i++) {
		ask_to(i, "ada@example.org");
		until(&server.connections, i);
		rig_run(&rig, 60);
		assert_int_equal(server.connections, i);
	}
	assert_int_equal(server.mails, 2);
	stop();
}

static void
tries_have_an_end(void **state)
{
	static const struct script away = { NULL, NULL, NULL, NULL, NULL, NULL };

	(void)state;
	usual(&away, 1);
	ask_to(1, "ada@example.org");
	until(&server.connections, 5);
	rig_run(&rig, 400);
	assert_int_equal(server.connections, 5);
	stop();
}

/* Silence at any point costs that try only, and meanwhile the process answers. */
static void
a_silent_server_is_left(void **state)
{
	static const struct script scripts[] = {
		{ "", NULL, NULL, NULL, NULL, NULL },
		{ "220 hello\r\n", "", NULL, NULL, NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "", NULL, NULL, NULL },
		{ "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "" },
		{ FINE },
	};

	(void)state;
	serve(scripts, COUNT(scripts), "");
	start(server.url, "auto", "10", "300");
	ask_to(1, "ada@example.org");
	for (size_t i = 1; i < COUNT(scripts); i++) {
		until(&server.connections, i);
		uint64_t began = rig_now_ms();
		assert_true(ask_to(1, "ada@example.org").again);
		assert_true(rig_now_ms() - began < 250);
	}
	until(&server.mails, 2);
	stop();
}

static void
one_connection_at_a_time(void **state)
{
	static const struct script fine = { FINE };
	size_t most = 0;

	(void)state;
	usual(&fine, 1);
	for (uint8_t i = 1; i <= 20; i++)
		ask_to(i, "ada@example.org");
	while (server.mails < 20) {
		rig_run(&rig, 1);
		most = server.open > most ? server.open : most;
	}
	assert_true(most <= 2);		/* the one before may still be closing */
	stop();
}

static void
the_login_of_the_url(void **state)
{
	static const struct script scripts[] = {
		{ "220 hello\r\n", "250-mx\r\n250 AUTH PLAIN refuse\r\n", "250 ok\r\n", NULL, NULL, NULL },
		{ "220 hello\r\n", "250-mx\r\n250 AUTH LOGIN PLAIN\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n" },
	};

	(void)state;
	serve(scripts, COUNT(scripts), "us%40er:p%3Aw@");
	start(server.url, "auto", "5", "5000");
	ask_to(1, "ada@example.org");
	until(&server.mails, 1);
	assert_string_equal(server.login, "|us@er|p:w");
	assert_int_equal(server.logins, 2);
	stop();
}

static void
required_tls_is_required(void **state)
{
	static const struct script scripts[] = { { FINE } };

	(void)state;
	serve(scripts, 1, "");
	start(server.url, "require", "2", "5000");
	ask_to(1, "ada@example.org");
	until(&server.connections, 2);
	rig_run(&rig, 100);
	assert_string_equal(server.from, "");
	assert_int_equal(server.mails, 0);
	stop();
}

static void
settings_that_cannot_be(void **state)
{
	static const struct { const char *url, *tls; } rows[] = {
		{ "smtp://user:secret@mail.example.org", "off" }, { "smtp://", "auto" }, { "http://mail.example.org", "auto" }, { "nonsense", "auto" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct rig_setting settings[] = {
			{ "SANDBOX", "warn", 0, false }, { "SEAL_KEY_NOTIFIER", KEY, 0, true }, { "MAIL_FROM", "a@b.c", 0, false },
			{ "RESET_URL", "https://studio.example/reset", 0, false }, { "SMTP_TLS", rows[i].tls, 0, false },
			{ "SMTP_URL", rows[i].url, 0, true }, { NULL, NULL, 0, false },
		};
		rig_spawn(&rig, ROLE_notifier, settings, edges, COUNT(edges), NULL);
		assert_int_equal(rig_wait(&rig, 5000), 100);
	}
}

static void
what_is_no_mail_is_refused(void **state)
{
	static const struct script fine = { FINE };
	static const char *const bad[] = { "", "ada", "a@b.c\r\nRCPT TO:<eve@evil.example>", "a@b.c> SIZE=1", "\"a b\"@c.d" };

	(void)state;
	usual(&fine, 1);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(ask_to((uint8_t)(1 + i), bad[i]).err, E_VALIDATION_ERROR);
	struct msg_mail_send m = mail_of(50, "ada@example.org");
	m.template = BYTES("nothing");
	assert_int_equal(ask(&m).err, E_VALIDATION_ERROR);
	m = mail_of(50, "ada@example.org");
	m.token = BYTES("");
	assert_int_equal(ask(&m).err, E_VALIDATION_ERROR);
	m = mail_of(50, "ada@example.org");
	m.valid_minutes = 0;
	assert_int_equal(ask(&m).err, E_VALIDATION_ERROR);
	rig_run(&rig, 50);
	assert_int_equal(server.connections, 0);
	stop();
}

static void
a_full_queue_refuses(void **state)
{
	static const struct script silent = { "", NULL, NULL, NULL, NULL, NULL };
	unsigned refused = 0;

	(void)state;
	usual(&silent, 1);
	for (unsigned i = 0; i < MAILS_MAX + 3; i++) {
		struct msg_mail_send m = mail_of(0, "ada@example.org");
		m.mail.b[0] = (uint8_t)(i >> 8);
		m.mail.b[1] = (uint8_t)i;
		struct got g = ask(&m);
		assert_true(g.err == (i < MAILS_MAX ? 0 : E_QUEUE_FULL));
		refused += g.err != 0;
	}
	assert_int_equal(refused, 3);
	assert_true(ask_to(0, "ada@example.org").again);	/* what waits is still known */
	stop();
}

/* Leaving waits for the mail under way, and for no other. */
static void
draining_ends_what_was_begun(void **state)
{
	static const struct script scripts[] = { { "220 hello\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 taken\r\n" } };

	(void)state;
	usual(scripts, 1);
	ask_to(1, "ada@example.org");
	ask_to(2, "ada@example.org");
	until(&server.connections, 1);
	stop();
	assert_true(server.mails >= 1);
}

/* ---- without a server ---- */

static size_t
files_in(const char *dir, char *text, size_t n)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	size_t files = 0;

	while ((e = readdir(d)) != NULL) {
		int fd = e->d_name[0] != '.' ? openat(dirfd(d), e->d_name, O_RDONLY) : -1;
		if (fd < 0)
			continue;
		files++;
		assert_string_equal(strrchr(e->d_name, '.'), ".eml");
		ssize_t k = read(fd, text, n - 1);
		text[k > 0 ? k : 0] = '\0';
		close(fd);
		unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	return files;
}

static void
without_a_server_it_is_a_file(void **state)
{
	static char text[65536];
	char dir[] = "/tmp/studiod-test-mail-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	rig_lend("maildir", open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	start(NULL, "auto", "5", "5000");
	assert_int_equal(ask_to(1, "ada@example.org").err, 0);
	assert_true(ask_to(1, "ada@example.org").again);
	assert_int_equal(files_in(dir, text, sizeof text), 1);
	assert_non_null(strstr(text, "\r\nTo: <ada@example.org>\r\n"));
	assert_non_null(strstr(text, "token=3Dt0ken.secret"));
	stop();
	assert_int_equal(rmdir(dir), 0);
}

static void
without_anything_it_is_taken_and_told(void **state)
{
	(void)state;
	start(NULL, "auto", "5", "5000");
	assert_int_equal(ask_to(1, "ada@example.org").err, 0);
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_arrives_once),
		cmocka_unit_test(what_may_pass_is_tried_again),
		cmocka_unit_test(the_last_word_counts),
		cmocka_unit_test(what_is_refused_for_good_is_not_tried_again),
		cmocka_unit_test(tries_have_an_end),
		cmocka_unit_test(a_silent_server_is_left),
		cmocka_unit_test(one_connection_at_a_time),
		cmocka_unit_test(the_login_of_the_url),
		cmocka_unit_test(required_tls_is_required),
		cmocka_unit_test(settings_that_cannot_be),
		cmocka_unit_test(what_is_no_mail_is_refused),
		cmocka_unit_test(a_full_queue_refuses),
		cmocka_unit_test(draining_ends_what_was_begun),
		cmocka_unit_test(without_a_server_it_is_a_file),
		cmocka_unit_test(without_anything_it_is_taken_and_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
