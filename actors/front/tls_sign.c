/* actors/front/tls_sign.c - see tls_sign.h.
 * Owns: the descriptor of the signing edge and the link on it.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/common/actor.h"
#include "actors/front/tls_sign.h"

static struct {
	struct link link;
	int fd;
	void (*look)(void *arg, int ms);	/* for what the supervisor sends: a new connection */
	void *look_arg;
	uint64_t rest_until_ms;		/* after a wait in vain: no handshake waits again so soon */
	/* the call under way */
	bool done;
	int n;
	uint8_t *out;
} signer = { .fd = -1 };

static void
on_violation(struct link *l, const char *event, const char *what)
{
	(void)l;
	log_event(LOG_SECURITY, NULL, event, "edge", "front_sign", "what", what);
}

int
signer_init(void (*look)(void *arg, int ms), void *arg)
{
	static const struct link_hooks hooks = { NULL, on_violation, now_ms };

	signer.look = look;
	signer.look_arg = arg;
	return link_init(&signer.link, EDGE_front_sign, ROLE_front, ROLE_auth, NULL, 0, NULL, &hooks);
}

static void
detach(void)
{
	if (signer.fd < 0)
		return;
	close(signer.fd);
	signer.fd = -1;
	link_down(&signer.link);
}

void
signer_fini(void)
{
	detach();
	link_fini(&signer.link);
}

void
signer_attach(int fd)
{
	detach();
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	signer.fd = fd;
	signer.rest_until_ms = 0;
	link_up(&signer.link, 0, 0);
}

bool
signer_up(void)
{
	return signer.fd >= 0;
}

static void
on_signature(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)arg;
	(void)detail;
	signer.done = true;
	if (err != 0 || body->tls_signature.signature.n > SIGNATURE_MAX)
		return;
	memcpy(signer.out, body->tls_signature.signature.p, body->tls_signature.signature.n);
	signer.n = (int)body->tls_signature.signature.n;
}

/* Writes and reads what can be without waiting. -1: the connection is gone. */
static int
exchange_bytes(void)
{
	const char *why = NULL;
	struct bytes b;

	while ((b = link_write_next(&signer.link)).n > 0) {
		ssize_t n = send(signer.fd, b.p, b.n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			link_write_done(&signer.link, (size_t)n);
	}
	char *to = link_read_room(&signer.link, 4096);
	ssize_t n = to != NULL ? recv(signer.fd, to, 4096, MSG_DONTWAIT) : -1;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return -1;
	return n > 0 ? link_read_done(&signer.link, (size_t)n, &why) : 0;
}

/* A line a second: each handshake of a flood fails alike. */
static int
fail(const char *why)
{
	static uint64_t quiet_until_ms;
	uint64_t now = now_ms();

	if (now < quiet_until_ms)
		return -1;
	quiet_until_ms = now + 1000;
	log_event(LOG_WARNING, NULL, "tls_sign_failed", "why", why);
	return -1;
}

/* Waits for auth's successor. False: it did not come in time. */
static bool
await_peer(uint64_t until)
{
	for (uint64_t now = now_ms(); signer.fd < 0 && now < until; now = now_ms())
		signer.look(signer.look_arg, (int)(until - now));
	return signer.fd >= 0;
}

/* One call. Its length; -1 and a line why not; 0 when auth went away under it. */
static int
sign_once(unsigned scheme, const void *p, size_t n, uint8_t *out, uint64_t until)
{
	struct ctx ctx = { .deadline_ms = until };

	signer.out = out;
	link_tick(&signer.link);	/* ends those that were given up */
	signer.done = false;
	signer.n = -1;
	int64_t id = link_call(&signer.link, &ctx, MSG_tls_sign,
	    &(struct msg_tls_sign){ .scheme = scheme, .input = bytes_of(p, n) }, 0, on_signature, NULL);
	if (id < 0)
		return fail("the call was refused");
	for (uint64_t now = now_ms(); now < until; now = now_ms()) {
		if (exchange_bytes() != 0) {
			detach();	/* the call ends with it */
			return 0;
		}
		if (signer.done)
			return signer.n > 0 ? signer.n : fail("auth refused");
		struct pollfd pfd = { .fd = signer.fd,
			.events = (short)(POLLIN | (link_write_next(&signer.link).n > 0 ? POLLOUT : 0)) };
		poll(&pfd, 1, (int)(until - now));
	}
	link_forget(&signer.link, id);
	return 0;
}

int
signer_sign(unsigned scheme, const void *p, size_t n, uint8_t *out)
{
	uint64_t now = now_ms(), until = now + SIGN_WAIT_MS;

	if (now < signer.rest_until_ms)
		return -1;
	while (now_ms() < until && await_peer(until)) {
		int rc = sign_once(scheme, p, n, out, until);
		if (rc != 0)
			return rc;
	}
	signer.rest_until_ms = now_ms() + SIGN_REST_MS;
	return fail(signer.fd < 0 ? "auth is away" : "auth did not answer in time");
}
