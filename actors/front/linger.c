/* actors/front/linger.c - see linger.h.
 * Owns: a duplicate of a descriptor for each connection that lingers, at most LINGERS.
 * Fails: into closing at once.
 * Licence: Apache-2.0. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>

#include "actors/front/front.h"
#include "actors/front/linger.h"

enum { LINGERS = 256, LINGER_MS = 10000, LINGER_BYTES = 64 << 20, READS = 4 };

struct lingerer {
	h2o_socket_t *sock;		/* NULL: free */
	uint64_t until_ms;
	uint32_t bytes;
	bool ended;			/* our end was sent */
};
static struct lingerer all[LINGERS];
static unsigned lingering;

void h2o_socket_close(h2o_socket_t *sock);
static void (*close_socket)(h2o_socket_t *sock);

int
linger_init(void)
{
	*(void **)&close_socket = dlsym(RTLD_NEXT, "h2o_socket_close");
	return close_socket != NULL ? 0 : -1;
}

static void
end(struct lingerer *l)
{
	h2o_socket_t *sock = l->sock;

	l->sock = NULL;
	lingering--;
	close_socket(sock);
}

static void
on_bytes(h2o_socket_t *sock, const char *err)
{
	static char waste[64 << 10];
	struct lingerer *l = sock->data;
	ssize_t n = 0;

	(void)err;
	for (int i = 0; i < READS && l->bytes < LINGER_BYTES && (n = read(h2o_socket_get_fd(sock), waste, sizeof waste)) > 0; i++)
		l->bytes += (uint32_t)n;
	explicit_bzero(waste, sizeof waste);	/* a body may hold a password */
	if (n == 0 || (n < 0 && errno != EAGAIN) || l->bytes >= LINGER_BYTES)
		end(l);
}

/* A turn later, so that TLS has said its own farewell. */
void
linger_look(uint64_t now)
{
	for (size_t i = 0; i < LINGERS && lingering > 0; i++) {
		struct lingerer *l = &all[i];
		if (l->sock == NULL)
			continue;
		if (!l->ended)
			shutdown(h2o_socket_get_fd(l->sock), SHUT_WR);
		l->ended = true;
		if (now >= l->until_ms)
			end(l);
	}
}

static void
keep(h2o_socket_t *sock, struct front *f)
{
	size_t i = 0;
	int fd;

	while (i < LINGERS && all[i].sock != NULL)
		i++;
	if (i == LINGERS || (fd = fcntl(h2o_socket_get_fd(sock), F_DUPFD_CLOEXEC, 0)) < 0)
		return;
	all[i] = (struct lingerer){ h2o_evloop_socket_create(f->loop, fd, H2O_SOCKET_FLAG_DONT_READ), now_ms() + LINGER_MS, 0, false };
	all[i].sock->data = &all[i];
	h2o_socket_read_start(all[i].sock, on_bytes);
	lingering++;
}

void
h2o_socket_close(h2o_socket_t *sock)
{
	const struct client *c = sock->on_close.data;	/* of a listener or a link it is NULL */

	if (c != NULL && c->lingers && !c->shut)
		keep(sock, c->front);
	close_socket(sock);
}
