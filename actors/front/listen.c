/* actors/front/listen.c - the sockets that the supervisor bound, and who comes through them.
 * Owns: the listeners, and a struct client per connection.
 * Fails: over the bound a connection is closed at once, not left waiting.
 * Licence: Apache-2.0. */
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <linux/tcp.h>
#include <sys/resource.h>

#include "actors/front/front.h"

enum { MEMORY_HIGH = 512 << 20, RELIEVE_MS = 100, RELIEVE_CLIENTS = 16 };
enum { BROKEN_OFF_MAX = 200, BROKEN_OFF_MS = 10000 };
enum { ACCEPTS_PER_TURN = 32, UNACKED_MS = 60000, SPARE_DESCRIPTORS = 64 };

static uint32_t most = CONNECTIONS_MAX;

static void
on_client_gone(void *p)
{
	struct client *c = p;

	*c->at = c->next;
	if (c->next != NULL)
		c->next->at = c->at;
	c->front->connections--;
	free(c);
}

static void
address_text(struct client *c)
{
	const struct sockaddr_in *in = (const void *)&c->address;
	const struct sockaddr_in6 *in6 = (const void *)&c->address;

	if (c->address.ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, c->text, sizeof c->text);
	else if (c->address.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, c->text, sizeof c->text);
	else if (c->address.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, c->text, sizeof c->text);
	else
		strcpy(c->text, "local");
}

static void
take(struct listener *l, int fd, const struct sockaddr_storage *address, socklen_t n)
{
	struct front *f = l->front;
	struct client *c = h2o_mem_alloc(sizeof *c);
	int on = 1, unacked = UNACKED_MS;

	memset(c, 0, sizeof *c);
	c->front = f;
	memcpy(&c->address, address, sizeof c->address);
	c->fd = fd;
	address_text(c);
	c->next = f->clients;
	c->at = &f->clients;
	if (c->next != NULL)
		c->next->at = &c->next;
	f->clients = c;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked, sizeof unacked);	/* who reads nothing is let go */
	h2o_socket_t *sock = h2o_evloop_socket_create(f->loop, fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
	h2o_socket_setpeername(sock, (struct sockaddr *)&c->address, n);
	sock->on_close.cb = on_client_gone;
	sock->on_close.data = c;
	f->connections++;
	f->accepted++;
	h2o_accept(&l->accept, sock);
}

static void
on_accept(h2o_socket_t *sock, const char *err)
{
	struct listener *l = sock->data;
	struct sockaddr_storage address;

	(void)err;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		socklen_t n = sizeof address;
		memset(&address, 0, sizeof address);
		int fd = accept4(h2o_socket_get_fd(sock), (struct sockaddr *)&address, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE)
				log_event(LOG_WARNING, NULL, "accept_failed", "why", "no descriptor left");
			return;
		}
		if (l->front->connections < most) {
			take(l, fd, &address, n);
		} else {
			close(fd);
			l->front->turned_away++;
		}
	}
}

static void
listener_init(struct listener *l, struct front *f, const char *resource, h2o_hostconf_t *host, SSL_CTX *ssl)
{
	int fd = actor_resource(&f->a, resource);

	if (fd < 0)
		return;
	l->front = f;
	l->hosts[0] = host;
	l->accept = (h2o_accept_ctx_t){ .ctx = &f->ctx, .hosts = l->hosts, .ssl_ctx = ssl };
	l->sock = h2o_evloop_socket_create(f->loop, fd, H2O_SOCKET_FLAG_DONT_READ);
	l->sock->data = l;
}

void
listen_init(struct front *f, SSL_CTX *ssl)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < CONNECTIONS_MAX + SPARE_DESCRIPTORS)
		most = limit.rlim_cur > 2 * SPARE_DESCRIPTORS ? (uint32_t)limit.rlim_cur - SPARE_DESCRIPTORS : SPARE_DESCRIPTORS;
	listener_init(&f->listeners[0], f, "http", f->conf.hosts[0], NULL);
	if (ssl != NULL)
		listener_init(&f->listeners[1], f, "https", f->conf.hosts[0], ssl);
	listener_init(&f->listeners[2], f, "ops", f->conf.hosts[1], NULL);
}

void
listen_open(struct front *f)
{
	for (size_t i = 0; i < LISTENERS; i++)
		if (f->listeners[i].sock != NULL)
			h2o_socket_read_start(f->listeners[i].sock, on_accept);
}

void
listen_close(struct front *f)
{
	for (size_t i = 0; i < LISTENERS; i++)
		if (f->listeners[i].sock != NULL) {
			h2o_socket_close(f->listeners[i].sock);
			f->listeners[i].sock = NULL;
		}
}

struct client *
client_of(h2o_req_t *req)
{
	return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

static void
shut_out(struct client *c, const char *why)
{
	log_event(LOG_SECURITY, NULL, "client_shut_out", "address", c->text, "why", why);
	shutdown(c->fd, SHUT_RDWR);	/* h2o finds the end and cleans up */
	c->shut = true;
}

void
client_broke_off(struct client *c)
{
	uint64_t now = now_ms();

	if (now - c->counted_ms > BROKEN_OFF_MS) {
		c->counted_ms = now;
		c->broken_off = 0;
	}
	if (++c->broken_off == BROKEN_OFF_MAX)
		shut_out(c, "it breaks its requests off");
}

void
listen_relieve(struct front *f, uint64_t now)
{
	static uint64_t next_look;
	struct tcp_info info;

	if (now < next_look)
		return;
	next_look = now + RELIEVE_MS;
	struct mallinfo2 memory = mallinfo2();
	if (memory.uordblks + memory.hblkhd < (size_t)MEMORY_HIGH)
		return;
	for (struct client *c = f->clients; c != NULL; c = c->next) {
		socklen_t n = sizeof info;
		c->received = getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 ? info.tcpi_bytes_received : 0;
	}
	for (int i = 0; i < RELIEVE_CLIENTS; i++) {
		struct client *most_sent = NULL;
		for (struct client *c = f->clients; c != NULL; c = c->next)
			if (!c->shut && (most_sent == NULL || c->received > most_sent->received))
				most_sent = c;
		if (most_sent == NULL)
			return;
		shut_out(most_sent, "memory is short, and it sent most");
	}
}
