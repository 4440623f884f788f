/* actors/front/conduct.c - which connections are shut out: those that ask for nothing and keep
 * us busy, that are too slow, or that hold most when memory is short.
 * Owns: nothing; h2o closes what is marked here. Fails: never.
 * Licence: Apache-2.0. */
#include <linux/tcp.h>
#include <malloc.h>

#include "actors/front/front.h"

enum { MEMORY_HIGH = 512 << 20, RELIEVE_MS = 100, RELIEVE_CLIENTS = 16, HOLDING_MIN = 64 << 10 };
enum { TRIM_OVER = 32 << 20, TRIM_MS = 10000, SWEEP_MS = 1000, UNREAD_LATE_MS = 120000 };
enum { REQUEST_PACE = 16 << 10 };	/* bytes a second of a request that takes longer than REQUEST_MS */
enum { SHUT_MS = 1000 };
/* An answer gives back what its request's frames took; a request that was given up, by a reset
 * or by a frame that made h2o reset it, takes more than its frames: we had begun to work. */
enum { ANSWERED_POINTS = 4, BROKEN_OFF_POINTS = 5 };

/* ---- shutting out ---- */

/* Only marks it: we may be called by h2o, about this very connection. */
void
client_shut_out(struct client *c, const char *why)
{
	if (c->shut)
		return;
	c->shut = true;
	c->front->shut_clients++;
	if (why == NULL)
		return;
	c->front->shut_out++;
	log_event(LOG_SECURITY, NULL, "client_shut_out", "address", c->text, "why", why);
}

/* Closing is h2o's: it is told what it would be told of a broken connection. Writing fails
 * from now on, and who is being read is told so. A request that auth or db works on just
 * now is let go when it is answered; then it is read again, and we come by once more. */
static void
cut_off(struct client *c)
{
	int unacked = SHUT_MS;

	shutdown(h2o_socket_get_fd(c->sock), SHUT_WR);
	setsockopt(h2o_socket_get_fd(c->sock), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked, sizeof unacked);
	if (c->sock->_cb.read != NULL)
		c->sock->_cb.read(c->sock, "shut out");
}

static void
cut_off_all(struct front *f)
{
	for (struct client *c = f->clients, *next; c != NULL && f->shut_clients > 0; c = next) {
		next = c->next;
		if (c->shut)
			cut_off(c);
	}
}

/* ---- what it may ask ---- */

/* Bytes that its connection moved, in both directions. */
static uint64_t
moved(const struct client *c)
{
	struct tcp_info info;
	socklen_t n = sizeof info;

	return getsockopt(h2o_socket_get_fd(c->sock), IPPROTO_TCP, TCP_INFO, &info, &n) == 0 ?
	    info.tcpi_bytes_received + info.tcpi_bytes_acked : 0;
}

bool
client_charge(struct client *c, int points)
{
	if (!c->shut && (calm_take(&c->calm, points) || calm_earn(&c->calm, now_ms(), moved(c))))
		return true;
	client_shut_out(c, "it keeps us busy and asks for nothing");
	return false;
}

void
client_busy(struct client *c)
{
	c->exchanges++;
	c->moved_ms = now_ms();
}

void
client_settle(struct client *c, size_t taken, size_t unsent, bool answered)
{
	calm_give(&c->calm, answered ? ANSWERED_POINTS : -BROKEN_OFF_POINTS);
	c->exchanges--;
	c->moved_ms = now_ms();
	c->settled += taken;
	c->unsent -= unsent;
}

/* Bytes that came and are not settled: of a request that is not whole yet, about. */
static uint64_t
unsettled(const struct client *c)
{
	struct tcp_info info;
	socklen_t n = sizeof info;
	uint64_t received = 0;

	if (getsockopt(h2o_socket_get_fd(c->sock), IPPROTO_TCP, TCP_INFO, &info, &n) == 0)
		received = info.tcpi_bytes_received;
	return received > c->settled ? received - c->settled : 0;
}

/* h2o's times cannot tell a long body from a slow one: for HTTP/1 they are of the whole
 * request, for HTTP/2 they start anew with each byte. */
static bool
too_slow(const struct client *c, uint64_t quiet)
{
	return quiet > REQUEST_MS && unsettled(c) < (quiet - REQUEST_MS) * REQUEST_PACE / 1000;
}

/* Requests that come too slowly, and answers that are not read. Who only waits between two
 * requests is let go without a word; over HTTP/2 h2o has done so, unless something came. */
static void
sweep(struct front *f, uint64_t now)
{
	for (struct client *c = f->clients; c != NULL; c = c->next) {
		uint64_t quiet = now - c->moved_ms;
		if (c->shut || c->upgraded)
			continue;
		if (c->exchanges == 0 && too_slow(c, quiet))
			client_shut_out(c, c->http2 || c->sock->input->size > 0 ? "its request is too slow" : NULL);
		else if (c->unsent > 0 && quiet > UNREAD_LATE_MS)
			client_shut_out(c, "it does not read its answers");
	}
}

/* ---- memory ---- */

/* What came and is not settled, and what did not leave. */
static uint64_t
holding(const struct client *c)
{
	return c->unsent + (c->upgraded ? 0 : unsettled(c));
}

static void
relieve(struct front *f)
{
	for (struct client *c = f->clients; c != NULL; c = c->next)
		c->holding = c->shut ? 0 : holding(c);
	for (int i = 0; i < RELIEVE_CLIENTS; i++) {
		struct client *worst = NULL;
		for (struct client *c = f->clients; c != NULL; c = c->next)
			if (!c->shut && c->holding >= HOLDING_MIN && (worst == NULL || c->holding > worst->holding))
				worst = c;
		if (worst == NULL)
			return;
		client_shut_out(worst, "memory is short, and it holds most");
	}
}

/* malloc keeps what a burst needed; this gives it back once the burst is over. */
static void
trim(const struct mallinfo2 *memory, uint64_t now)
{
	static uint64_t next_trim;

	if (memory->fordblks < (size_t)TRIM_OVER || now < next_trim)
		return;
	next_trim = now + TRIM_MS;
	malloc_trim(0);
}

void
listen_look(struct front *f, uint64_t now)
{
	static uint64_t next_look, next_sweep;

	if (f->shut_clients > 0)
		cut_off_all(f);
	if (now < next_look)
		return;
	next_look = now + RELIEVE_MS;
	struct mallinfo2 memory = mallinfo2();
	if (memory.uordblks + memory.hblkhd >= (size_t)MEMORY_HIGH)
		relieve(f);
	else
		trim(&memory, now);
	if (now >= next_sweep) {
		next_sweep = now + SWEEP_MS;
		sweep(f, now);
	}
}
