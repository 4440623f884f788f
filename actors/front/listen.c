/* actors/front/listen.c - the sockets that the supervisor bound, and who comes through them.
 * Owns: the listening sockets, and a struct client per connection.
 * Fails: over the bound a connection is closed at once, not left waiting.
 * Licence: Apache-2.0. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "actors/front/frames.h"
#include "actors/front/front.h"

enum { ADDRESS_SLOTS = 1 << 16, TURNED_AWAY_MS = 1000 };
enum { ACCEPTS_PER_TURN = 32, UNACKED_MS = 60000, SPARE_DESCRIPTORS = 64 };

static uint32_t most = CONNECTIONS_MAX;
static uint16_t neighbours[ADDRESS_SLOTS];	/* connections by a keyed hash of their address; few share a slot */

static void
on_client_gone(void *p)
{
	struct client *c = p;

	*c->at = c->next;
	if (c->next != NULL)
		c->next->at = c->at;
	if (c->ops) {
		c->front->ops_connections--;
	} else {
		c->front->connections--;
		--*c->neighbours;
	}
	c->front->shut_clients -= c->shut;
	frames_forget(c);
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

size_t
client_holder(const struct client *c, const void **holder)
{
	const struct sockaddr_in6 *in6 = (const void *)&c->address;
	const struct sockaddr_in *in = (const void *)&c->address;

	if (c->address.ss_family != AF_INET6) {
		*holder = &in->sin_addr;
		return 4;
	}
	bool mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
	*holder = in6->sin6_addr.s6_addr + (mapped ? 12 : 0);
	return mapped ? 4 : 8;
}

/* A client in no list yet. */
static struct client *
client_new(struct front *f, const struct sockaddr_storage *address, bool ops)
{
	struct client *c = h2o_mem_alloc(sizeof *c);
	const void *holder;

	memset(c, 0, sizeof *c);
	c->front = f;
	c->ops = ops;
	memcpy(&c->address, address, sizeof c->address);
	address_text(c);
	size_t n = client_holder(c, &holder);
	c->neighbours = &neighbours[siphash(f->limits.hash_key, holder, n) % ADDRESS_SLOTS];
	return c;
}

/* Why it cannot be taken, or NULL. Probes of ours must come through whatever clients do. */
static const char *
no_room(const struct client *c)
{
	const struct front *f = c->front;

	if (c->ops)
		return f->ops_connections >= OPS_CONNECTIONS_MAX ? "too many on the ops listener" : NULL;
	if (f->connections >= most)
		return "too many connections";
	return *c->neighbours >= ADDRESS_CONNECTIONS_MAX ? "too many of this address" : NULL;
}

/* Handshakes of one address must not take auth's signatures from all others. */
static const char *
no_signature(const struct client *c)
{
	struct limit_state state;
	const void *holder;
	size_t n = client_holder(c, &holder);

	return limit_take(&c->front->limits, LIMIT_tls, holder, n, now_ms(), &state) ? NULL : "too many TLS handshakes of this address";
}

static void
turn_away(struct client *c, int fd, const char *why)
{
	static uint64_t next_line, untold;
	uint64_t now = now_ms();

	untold++;
	c->front->turned_away++;
	if (now >= next_line) {
		log_event(LOG_SECURITY, NULL, "turned_away", "why", why, "address", c->text, "connections", log_u64(untold));
		next_line = now + TURNED_AWAY_MS;
		untold = 0;
	}
	close(fd);
	free(c);
}

static void
take(struct acceptor *l, struct client *c, int fd, socklen_t n)
{
	struct front *f = l->front;
	int on = 1, unacked = UNACKED_MS;

	c->next = f->clients;
	c->at = &f->clients;
	if (c->next != NULL)
		c->next->at = &c->next;
	f->clients = c;
	f->accepted++;
	c->moved_ms = now_ms();
	calm_init(&c->calm, c->moved_ms);
	if (c->ops) {
		f->ops_connections++;
	} else {
		f->connections++;
		++*c->neighbours;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked, sizeof unacked);	/* who reads nothing is let go */
	c->sock = h2o_evloop_socket_create(f->loop, fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
	h2o_socket_setpeername(c->sock, (struct sockaddr *)&c->address, n);
	c->sock->on_close.cb = on_client_gone;
	c->sock->on_close.data = c;
	h2o_accept(&l->accept, c->sock);
}

static void
on_accept(h2o_socket_t *sock, const char *err)
{
	struct acceptor *l = sock->data;
	struct sockaddr_storage address;
	const char *why;

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
		struct client *c = client_new(l->front, &address, l == &l->front->acceptors[ACCEPTORS - 1]);
		if ((why = no_room(c)) == NULL && (l->accept.ssl_ctx == NULL || (why = no_signature(c)) == NULL))
			take(l, c, fd, n);
		else
			turn_away(c, fd, why);
	}
}

static void
acceptor_init(struct acceptor *l, struct front *f, const char *resource, h2o_hostconf_t *host, SSL_CTX *ssl)
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

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < CONNECTIONS_MAX + OPS_CONNECTIONS_MAX + SPARE_DESCRIPTORS)
		most = limit.rlim_cur > 3 * SPARE_DESCRIPTORS ?
		    (uint32_t)limit.rlim_cur - OPS_CONNECTIONS_MAX - SPARE_DESCRIPTORS : SPARE_DESCRIPTORS;
	acceptor_init(&f->acceptors[0], f, "http", f->conf.hosts[0], NULL);
	if (ssl != NULL)
		acceptor_init(&f->acceptors[1], f, "https", f->conf.hosts[0], ssl);
	acceptor_init(&f->acceptors[ACCEPTORS - 1], f, "ops", f->conf.hosts[1], NULL);
}

void
listen_open(struct front *f)
{
	for (size_t i = 0; i < ACCEPTORS; i++)
		if (f->acceptors[i].sock != NULL)
			h2o_socket_read_start(f->acceptors[i].sock, on_accept);
}

void
listen_close(struct front *f)
{
	for (size_t i = 0; i < ACCEPTORS; i++)
		if (f->acceptors[i].sock != NULL) {
			h2o_socket_close(f->acceptors[i].sock);
			f->acceptors[i].sock = NULL;
		}
}

struct client *
client_of(h2o_req_t *req)
{
	return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}
