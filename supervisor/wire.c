/* supervisor/wire.c - the control channel of a process: what it is told, and the wires
 * between it and its peers.
 *
 * What the supervisor says goes out as packets of its own, because they may carry
 * descriptors; a scratch link packs them. What the actor says, and the answers to
 * heartbeats, come through the link of the channel.
 * Owns: the outbox of each process. Fails: an actor that does not read is killed.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/common/conn_ev.h"
#include "supervisor/tree.h"

enum { CHANNEL_ROOM = 1 << 20, TOLD_MOST = 10 };

struct packet {
	struct packet *next;
	int fd;
	size_t n;
	char bytes[];
};

/* ---- sending ---- */

/* The frame of a notice; a view that is wiped by pack_done. */
static struct bytes
pack(struct link *scratch, unsigned msg, const void *body)
{
	return link_notice(scratch, NULL, msg, body) == 0 ? link_write_next(scratch) : (struct bytes){ NULL, 0 };
}

static void
pack_done(struct link *scratch)
{
	if (scratch->out.p != NULL)
		explicit_bzero(scratch->out.p, scratch->out.n);
	link_write_done(scratch, link_write_next(scratch).n);
}

static struct link *
scratch_link(struct process *p)
{
	static struct link l;
	static const struct link_hooks hooks = { NULL, NULL, now_ms };

	if (l.calls == NULL && link_init(&l, EDGE_control, ROLE_supervisor, ROLE_front, NULL, 0, p->tree, &hooks) != 0)
		abort();	/* 32 KiB at the start of the supervisor */
	if (!l.up)
		link_up(&l, 0, 0);
	return &l;
}

/* One packet. 0 sent, 1 the channel is full, -1 the channel is gone. */
static int
send_packet(int channel, const void *bytes, size_t n, int fd)
{
	union { char room[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { .room = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		mh.msg_control = control.room;
		mh.msg_controllen = sizeof control.room;
		struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(cm), &fd, sizeof fd);
	}
	if (sendmsg(channel, &mh, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? 1 : -1;
}

static void
packet_free(struct packet *k)
{
	explicit_bzero(k->bytes, k->n);
	if (k->fd >= 0)
		close(k->fd);
	free(k);
}

void
wire_drop(struct process *p)
{
	struct packet *next;

	for (struct packet *k = p->outbox; k != NULL; k = next) {
		next = k->next;
		packet_free(k);
	}
	p->outbox = p->outbox_last = NULL;
	p->outbox_n = 0;
}

static void
outbox_add(struct process *p, struct bytes b, int fd)
{
	struct packet *k = p->outbox_n < OUTBOX_MAX ? malloc(sizeof *k + b.n) : NULL;

	if (k == NULL) {
		slog(p->tree->logs, LOG_ERROR, "control_channel_full", "actor", p->row->name,
		    "what_follows", "it does not read what it is told, and is killed");
		kill(p->pid, SIGKILL);
		return;
	}
	*k = (struct packet){ .fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1, .n = b.n };
	memcpy(k->bytes, b.p, b.n);
	if (p->outbox_last != NULL)
		p->outbox_last->next = k;
	else
		p->outbox = k;
	p->outbox_last = k;
	p->outbox_n++;
	if (!ev_is_active(&p->tree->outbox_timer))
		ev_timer_again(p->tree->loop, &p->tree->outbox_timer);
}

void
wire_retry(struct tree *t)
{
	bool waiting = false;

	for (size_t i = 0; i < t->nprocesses; i++) {
		struct process *p = &t->processes[i];
		while (p->outbox != NULL) {
			struct packet *k = p->outbox;
			if (p->conn.fd >= 0 && send_packet(p->conn.fd, k->bytes, k->n, k->fd) == 1)
				break;
			p->outbox = k->next;
			p->outbox_n--;
			if (p->outbox == NULL)
				p->outbox_last = NULL;
			packet_free(k);
		}
		waiting = waiting || p->outbox != NULL;
	}
	if (!waiting)
		ev_timer_stop(t->loop, &t->outbox_timer);
}

void
wire_tell(struct process *p, unsigned msg, const void *body, int fd)
{
	struct link *scratch = scratch_link(p);

	if (p->conn.fd < 0)
		return;
	struct bytes b = pack(scratch, msg, body);
	if (b.n == 0)
		slog(p->tree->logs, LOG_ERROR, "not_told", "actor", p->row->name, "message", msg_spec(msg)->name,
		    "why", "a field is over its bound");
	else if (p->outbox != NULL || send_packet(p->conn.fd, b.p, b.n, fd) == 1)
		outbox_add(p, b, fd);
	pack_done(scratch);
}

/* ---- introduction ---- */

static void
tell_setting(void *arg, const char *name, struct bytes value, bool secret)
{
	wire_tell(arg, MSG_setting, &(struct msg_setting){ .name = bytes_str(name), .value = value, .secret = secret }, -1);
}

static void
tell_resource(void *arg, const char *name, int fd)
{
	wire_tell(arg, MSG_resource, &(struct msg_resource){ .name = bytes_str(name) }, fd);
}

void
wire_introduce(struct process *p)
{
	enum role role = (enum role)p->role;

	handover_settings(&p->tree->handover, p->tree->prepared, role, tell_setting, p);
	if (role == ROLE_front && listeners_mend(p->tree->prepared))
		slog(p->tree->logs, LOG_SECURITY, "listener_shut_down", "by", p->row->name);
	handover_resources(p->tree->prepared, role, p->instance, tell_resource, p);
	wire_connect(p, 0);
	wire_tell(p, MSG_go, &(struct msg_go){ .incarnation = p->incarnation, .instance = p->instance }, -1);
}

static void
tell_peer(struct process *p, unsigned edge, const struct process *other, int fd)
{
	wire_tell(p, MSG_peer, &(struct msg_peer){ .edge = edge, .instance = other->instance,
		.incarnation = other->incarnation }, fd);
}

static void
connect_pair(struct process *p, struct process *q, unsigned edge)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
		slog(p->tree->logs, LOG_ERROR, "link_failed", "why", strerror(errno));
		return;
	}
	tell_peer(p, edge, q, pair[0]);
	tell_peer(q, edge, p, pair[1]);
	close(pair[0]);
	close(pair[1]);
}

void
wire_connect(struct process *p, unsigned edge)
{
	struct tree *t = p->tree;

	for (unsigned e = 1; e < EDGE_COUNT; e++) {
		const struct edge_row *row = edge_row(e);
		if (row == NULL || (edge != 0 && edge != e) || ((int)row->a != p->role && (int)row->b != p->role))
			continue;
		int other = (int)row->a == p->role ? (int)row->b : (int)row->a;
		for (size_t i = 0; i < t->nprocesses; i++)
			if (t->processes[i].role == other && t->processes[i].conn.fd >= 0)
				connect_pair(p, &t->processes[i], e);
	}
}

/* ---- what actors say ---- */

static void
on_ready(void *state, struct request *rq)
{
	struct process *p = state;
	struct bytes b = rq->body.ready.confinement;

	if (p->was_ready)
		return;
	snprintf(p->confinement, sizeof p->confinement, "%.*s", (int)b.n, b.p);
	text_clean(p->confinement, true);
	tree_event(p, ON_ready, NULL);
}

/* A peer broke the rules on an edge: this process has closed it, and gets a fresh one. */
static void
on_security_event(void *state, struct request *rq)
{
	struct process *p = state;
	const struct msg_security_event *m = &rq->body.security_event;
	const struct edge_row *row = edge_row(m->edge);
	uint64_t now = now_ms();

	p->security_events++;
	if (row == NULL || ((int)row->a != p->role && (int)row->b != p->role))
		return;
	if (now - p->told_since_ms > REWIRE_MS) {
		p->told_since_ms = now;
		p->told = 0;
	}
	if (p->told++ < TOLD_MOST)	/* who breaks rules may also report a great many breaches */
		slog(p->tree->logs, LOG_SECURITY, "link_violation", "told_by", p->row->name, "edge", row->name,
	    "peer", role_name((int)row->a == p->role ? row->b : row->a), "what", log_bytes(m->what));
	if (p->rewired_ms[m->edge] != 0 && now - p->rewired_ms[m->edge] < REWIRE_MS) {
		p->rewire_due[m->edge] = true;	/* the heart does it */
		return;
	}
	p->rewired_ms[m->edge] = now;
	wire_connect(p, m->edge);
}

static const struct route routes[] = {
	{ MSG_ready, on_ready },
	{ MSG_security_event, on_security_event },
};

static void
on_link_log(struct link *l, const char *event, const char *what)
{
	struct process *p = l->state;

	slog(p->tree->logs, LOG_SECURITY, event, "edge", "control", "actor", p->row->name, "what", what);
}

/* A channel that ends by a violation takes its process along; one that just ends is
 * followed by the death of the process, or by missed heartbeats. */
static void
on_gone(struct conn *c, const char *why)
{
	struct process *p = c->owner;

	if (why != NULL && p->pid > 0)
		kill(p->pid, SIGKILL);
}

int
wire_open(struct process *p, int fd)
{
	static const struct link_hooks hooks = { conn_wake, on_link_log, now_ms };
	int room = CHANNEL_ROOM;

	if (p->control.calls == NULL && link_init(&p->control, EDGE_control, ROLE_supervisor, (enum role)p->role,
	    routes, COUNT(routes), p, &hooks) != 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	p->conn = (struct conn){ .link = &p->control, .fd = -1, .owner = p, .on_gone = on_gone };
	conn_open(&p->conn, &p->control, fd, true, p->instance, p->incarnation, &loop_ops_ev, p->tree->loop);
	return 0;
}

/* ---- heartbeat ---- */

static void
on_pong(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct process *p = arg;

	(void)detail;
	if (err != 0 || body->pong.seq < p->ping_seq - p->pings)
		return;
	p->pings = 0;
	p->pulse = (struct pulse){ .queued = body->pong.queued, .in_flight = body->pong.in_flight,
		.served = body->pong.served, .refused = body->pong.refused };
	snprintf(p->pulse.note, sizeof p->pulse.note, "%.*s", (int)body->pong.note.n, body->pong.note.p);
	text_clean(p->pulse.note, false);
}

void
wire_ping(struct process *p)
{
	static const struct ctx ctx;

	p->pings++;
	link_call(&p->control, &ctx, MSG_ping, &(struct msg_ping){ .seq = ++p->ping_seq }, 0, on_pong, p);
}
