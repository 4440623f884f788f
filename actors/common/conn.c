/* actors/common/conn.c - see conn.h.
 * Owns: the descriptor of each connection. Fails: a broken peer is closed and told.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/common/conn.h"

enum { READ_CHUNK = 64 << 10, READ_PACKET = 256 << 10, READS_PER_TURN = 4 };

static struct conn *dirty_head;

void
conn_open(struct conn *c, struct link *l, int fd, bool packets, uint32_t instance, uint64_t incarnation,
    const struct loop_ops *ops, void *loop)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	c->link = l;
	c->fd = fd;
	c->packets = packets;
	c->want_write = false;
	c->ops = ops;
	c->loop = loop;
	l->io = c;
	ops->watch(c);
	link_up(l, instance, incarnation);
}

void
conn_close(struct conn *c, const char *why)
{
	struct link *l = c->link;

	if (c->fd < 0)
		return;
	for (struct conn **d = &dirty_head; c->dirty && *d != NULL; d = &(*d)->next_dirty)
		if (*d == c) {
			*d = c->next_dirty;
			c->dirty = false;
			break;
		}
	c->ops->unwatch(c);
	close(c->fd);
	c->fd = -1;
	l->io = NULL;
	link_down(l);
	if (c->on_gone != NULL)
		c->on_gone(c, why);
}

/* Takes the descriptor out of a control message; a surplus one is closed, not leaked. */
static int
take_fd(struct msghdr *mh)
{
	int got = -1;

	for (struct cmsghdr *cm = CMSG_FIRSTHDR(mh); cm != NULL; cm = CMSG_NXTHDR(mh, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof fd, sizeof fd);
			if (got < 0)
				got = fd;
			else
				close(fd);
		}
	}
	return got;
}

/* One read. Returns what recvmsg did. Only control channels may carry descriptors: on
 * any other link there is no room for one, and the kernel drops it. */
static ssize_t
read_once(struct conn *c, size_t want)
{
	union { char room[CMSG_SPACE(4 * sizeof(int))]; struct cmsghdr align; } control;
	char *to = link_read_room(c->link, want);
	struct iovec iov = { to, want };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (to == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (c->packets) {
		mh.msg_control = control.room;
		mh.msg_controllen = sizeof control.room;
	}
	ssize_t n = recvmsg(c->fd, &mh, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n > 0 && c->packets)
		c->link->fd_in = take_fd(&mh);
	return n;
}

void
conn_readable(struct conn *c)
{
	size_t want = c->packets ? READ_PACKET : READ_CHUNK;
	const char *why = NULL;

	for (int i = 0; i < READS_PER_TURN && c->fd >= 0; i++) {
		ssize_t n = read_once(c, want);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			conn_close(c, NULL);
			return;
		}
		int rc = link_read_done(c->link, (size_t)n, &why);
		if (c->link->fd_in >= 0) {	/* nobody took it */
			close(c->link->fd_in);
			c->link->fd_in = -1;
		}
		if (rc < 0) {
			conn_close(c, why);
			return;
		}
		if (!c->packets && (size_t)n < want)
			return;
	}
}

/* A packet socket takes one frame at a time, a stream whatever there is. */
static size_t
next_write(struct conn *c, struct bytes b)
{
	if (!c->packets)
		return b.n;
	const unsigned char *h = (const unsigned char *)b.p;
	return FRAME_HEADER + ((size_t)h[0] << 24 | (size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3]);
}

static void
flush(struct conn *c)
{
	if (c->fd >= 0 && c->link->broken != NULL) {
		link_condemn(c->link);
		conn_close(c, c->link->broken);
	}
	while (c->fd >= 0) {
		struct bytes b = link_write_next(c->link);
		if (b.n == 0)
			break;
		ssize_t n = send(c->fd, b.p, next_write(c, b), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
			if (!c->want_write) {
				c->want_write = true;
				c->ops->want_write(c, true);
			}
			return;
		}
		if (n < 0) {
			conn_close(c, NULL);
			return;
		}
		link_write_done(c->link, (size_t)n);
	}
	if (c->fd >= 0 && c->want_write) {
		c->want_write = false;
		c->ops->want_write(c, false);
	}
}

void
conn_writable(struct conn *c)
{
	flush(c);
}

void
conn_wake(struct link *l)
{
	struct conn *c = l->io;

	if (c == NULL || c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = dirty_head;
	dirty_head = c;
}

void
conn_flush_all(void)
{
	while (dirty_head != NULL) {
		struct conn *c = dirty_head;
		dirty_head = c->next_dirty;
		c->dirty = false;
		if (c->fd >= 0 && (!c->want_write || c->link->broken != NULL))
			flush(c);
	}
}
