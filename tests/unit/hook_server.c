/* tests/unit/hook_server.c - see hook_server.h.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/hook_server.h"

struct hook_server hook_server;

struct client {
	ev_io io;
	char in[65536];
	size_t n;
};

static void
client_close(struct client *c)
{
	ev_io_stop(ev_default_loop(0), &c->io);
	close(c->io.fd);
	free(c);
}

/* True when the request is there to its last byte. */
static bool
is_whole(struct client *c)
{
	c->in[c->n] = '\0';
	char *end = strstr(c->in, "\r\n\r\n"), *length = strcasestr(c->in, "\r\nContent-Length:");
	return end != NULL && length != NULL && c->n >= (size_t)(end - c->in) + 4 + strtoul(length + 17, NULL, 10);
}

static void
on_client(struct ev_loop *loop, ev_io *w, int events)
{
	struct hook_server *s = &hook_server;
	struct client *c = w->data;
	ssize_t k = read(w->fd, c->in + c->n, sizeof c->in - 1 - c->n);

	(void)loop;
	(void)events;
	if (k <= 0) {
		client_close(c);
		return;
	}
	c->n += (size_t)k;
	if (!is_whole(c))
		return;
	memcpy(s->last, c->in, c->n + 1);
	c->n = 0;
	const char *answer = s->answers[s->requests < s->n ? s->requests : s->n - 1];
	s->requests++;
	if (answer == NULL)
		client_close(c);
	else if (answer[0] != '\0' && send(w->fd, answer, strlen(answer), MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		fail_msg("server: %s", strerror(errno));
}

static void
on_server(struct ev_loop *loop, ev_io *w, int events)
{
	struct client *c = calloc(1, sizeof *c);
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	assert_true(fd >= 0 && c != NULL);
	hook_server.connections++;
	ev_io_init(&c->io, on_client, fd, EV_READ);
	c->io.data = c;
	ev_io_start(loop, &c->io);
}

void
hook_server_start(const char *const *answers, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	hook_server_stop();
	hook_server = (struct hook_server){ .answers = answers, .n = n, .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	assert_return_code(bind(hook_server.fd, (struct sockaddr *)&at, len), errno);
	assert_return_code(listen(hook_server.fd, 64), errno);
	assert_return_code(getsockname(hook_server.fd, (struct sockaddr *)&at, &len), errno);
	hook_server.port = ntohs(at.sin_port);
	ev_io_init(&hook_server.io, on_server, hook_server.fd, EV_READ);
	ev_io_start(ev_default_loop(0), &hook_server.io);
}

void
hook_server_stop(void)
{
	if (hook_server.fd <= 0)
		return;
	ev_io_stop(ev_default_loop(0), &hook_server.io);
	close(hook_server.fd);
	hook_server.fd = 0;
}

const char *
hook_server_field(const char *name)
{
	static char value[1024];
	char wanted[80];

	snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
	const char *at = strcasestr(hook_server.last, wanted);
	if (at == NULL)
		return "";
	at += strlen(wanted);
	snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}
