/* actors/common/actor.c - see actor.h: from birth to ready, and the control channel after.
 * Owns: the control channel, the links, the settings.
 * Fails: what is wrong before `ready` ends the process with a line that says why.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/common/actor.h"
#include "actors/common/conn.h"
#include "actors/common/secret.h"

static void
die(int code, const char *event, const char *why)
{
	log_event(LOG_ERROR, NULL, event, "why", why);
	_exit(code);
}

/* ---- links ---- */

static void
on_link_log(struct link *l, const char *event, const char *what)
{
	struct conn *c = l->io;
	struct actor *a = c != NULL ? c->owner : NULL;
	const struct edge_row *row = edge_row(l->edge);

	log_event(LOG_SECURITY, NULL, event, "edge", row != NULL ? row->name : "control",
	    "peer", role_name(l->other), "what", what);
	if (a != NULL && l->edge != EDGE_control)
		link_notice(&a->control, NULL, MSG_security_event,
		    &(struct msg_security_event){ .edge = l->edge, .what = bytes_str(what) });
}

static const struct link_hooks hooks = { conn_wake, on_link_log, now_ms };

static const struct edge_routes *
routes_of(const struct actor *a, unsigned edge)
{
	for (size_t i = 0; i < a->nedges; i++)
		if (a->edges[i].edge == edge)
			return &a->edges[i];
	return NULL;
}

static void
on_gone(struct conn *c, const char *why)
{
	struct actor *a = c->owner;

	(void)why;		/* a violation was logged when it was found */
	if (a->on_peer != NULL)
		a->on_peer(a, c->link, false);
}

/* A link to one instance of the other end, with a connection that is not open yet. */
static struct link *
link_add(struct actor *a, unsigned edge, uint32_t instance)
{
	const struct edge_row *row = edge_row(edge);
	const struct edge_routes *routes = routes_of(a, edge);
	struct link *l = calloc(1, sizeof *l);
	struct conn *c = calloc(1, sizeof *c);

	if (l == NULL || c == NULL || a->nlinks == ACTOR_LINKS_MAX ||
	    link_init(l, edge, a->role, row->a == a->role ? row->b : row->a,
	    routes != NULL ? routes->routes : NULL, routes != NULL ? routes->n : 0, a->state, &hooks) != 0)
		die(EXIT_FIX_ME, "link_failed", "out of memory, or more links than an actor can have");
	l->instance = instance;
	c->link = l;
	c->fd = -1;
	c->owner = a;
	c->on_gone = on_gone;
	a->conns[a->nlinks] = c;
	a->links[a->nlinks++] = l;
	return l;
}

static struct link *
link_find(struct actor *a, unsigned edge, uint32_t instance)
{
	for (size_t i = 0; i < a->nlinks; i++)
		if (a->links[i]->edge == edge && a->links[i]->instance == instance)
			return a->links[i];
	return NULL;
}

struct link *
actor_link(struct actor *a, unsigned edge)
{
	for (size_t i = 0; i < a->nlinks; i++)
		if (a->links[i]->edge == edge)
			return a->links[i];
	die(EXIT_FIX_ME, "no_such_edge", "this actor has no end of the edge it asks for");
	return NULL;
}

static struct conn *
conn_of(struct actor *a, const struct link *l)
{
	size_t i = 0;

	while (a->links[i] != l)
		i++;
	return a->conns[i];
}

static void
peer_open(struct actor *a, struct link *l, int fd, uint32_t instance, uint64_t incarnation)
{
	struct conn *c = conn_of(a, l);

	conn_close(c, NULL);
	conn_open(c, l, fd, false, instance, incarnation, a->loop_ops, a->loop);
	if (a->on_peer != NULL)
		a->on_peer(a, l, true);
}

/* ---- control channel ---- */

static void
on_setting(void *state, struct request *rq)
{
	struct actor *a = state;
	const struct msg_setting *m = &rq->body.setting;
	struct setting_value *s = &a->settings[a->nsettings];

	if (a->nsettings == ACTOR_SETTINGS_MAX)
		die(EXIT_FIX_ME, "too_many_settings", "the settings table outgrew this actor");
	snprintf(s->name, sizeof s->name, "%.*s", (int)m->name.n, m->name.p);
	char *p = m->secret ? secret_alloc(m->value.n) : calloc(1, m->value.n + 1u);
	if (p == NULL)
		die(EXIT_AGAIN, "out_of_memory", s->name);
	memcpy(p, m->value.p, m->value.n);
	if (m->secret)		/* the frame it came in */
		explicit_bzero((char *)(uintptr_t)m->value.p, m->value.n);
	s->value = bytes_of(p, m->value.n);
	s->secret = m->secret;
	a->nsettings++;
}

static int
fd_take(struct link *l)
{
	int fd = l->fd_in;
	l->fd_in = -1;
	return fd;
}

static void
on_resource(void *state, struct request *rq)
{
	struct actor *a = state;
	int fd = fd_take(rq->link);

	if (fd < 0 || a->nresources == ACTOR_RESOURCES_MAX) {
		log_event(LOG_ERROR, NULL, "resource_refused", "name", log_bytes(rq->body.resource.name));
		if (fd >= 0)
			close(fd);
		return;
	}
	snprintf(a->resources[a->nresources].name, sizeof a->resources[0].name, "%.*s",
	    (int)rq->body.resource.name.n, rq->body.resource.name.p);
	a->resources[a->nresources++].fd = fd;
}

static void
on_peer(void *state, struct request *rq)
{
	struct actor *a = state;
	const struct msg_peer *m = &rq->body.peer;
	const struct edge_row *row = edge_row(m->edge);
	int fd = fd_take(rq->link);

	if (fd < 0 || row == NULL || (row->a != a->role && row->b != a->role)) {
		log_event(LOG_ERROR, NULL, "peer_refused", "edge", log_u64(m->edge));
		if (fd >= 0)
			close(fd);
		return;
	}
	if (a->take_peer != NULL && a->take_peer(a, m->edge, fd))
		return;
	struct link *l = link_find(a, m->edge, m->instance);
	if (l == NULL)
		l = link_add(a, m->edge, m->instance);
	if (a->loop_ops != NULL) {
		peer_open(a, l, fd, m->instance, m->incarnation);
	} else if (a->nwaiting < ACTOR_LINKS_MAX) {
		a->waiting[a->nwaiting].link = l;
		a->waiting[a->nwaiting].fd = fd;
		a->waiting[a->nwaiting].instance = m->instance;
		a->waiting[a->nwaiting++].incarnation = m->incarnation;
	} else {
		close(fd);
	}
}

static void
on_go(void *state, struct request *rq)
{
	struct actor *a = state;

	a->incarnation = rq->body.go.incarnation;
	a->instance = rq->body.go.instance;
	a->going = true;
}

uint32_t
actor_in_flight(const struct actor *a)
{
	uint32_t n = a->own_work;

	for (size_t i = 0; i < a->nlinks; i++)
		n += a->links[i]->ncalls + a->links[i]->nrequests;
	return n;
}

static void
on_ping(void *state, struct request *rq)
{
	struct actor *a = state;
	struct msg_pong m = { .seq = rq->body.ping.seq, .in_flight = actor_in_flight(a) };

	m.served = a->served;
	m.refused = a->refused;
	for (size_t i = 0; i < a->nlinks; i++) {
		m.served += a->links[i]->stats.answered;
		m.refused += a->links[i]->stats.refused;
	}
	m.queued = a->queued != NULL ? a->queued(a) : 0;
	m.note = bytes_str(a->note);	/* queued may have written it anew */
	uint64_t seq = m.seq;
	request_answer(rq, &m);
	if (actor_probe != NULL && seq == 3)
		actor_probe(a);
}

static void
on_drain(void *state, struct request *rq)
{
	struct actor *a = state;

	if (a->draining)
		return;
	a->draining = true;
	a->drain_until_ms = now_ms() + rq->body.drain.within_ms;
	log_event(LOG_INFO, NULL, "draining", "within_ms", log_u64(rq->body.drain.within_ms));
	if (a->on_drain != NULL)
		a->on_drain(a, rq->body.drain.within_ms);
}

static void
on_process_died(void *state, struct request *rq)
{
	struct actor *a = state;

	if (a->on_process_died != NULL)
		a->on_process_died(a, &rq->body.process_died);
}

static void
on_tree_state(void *state, struct request *rq)
{
	struct actor *a = state;

	if (a->on_tree != NULL)
		a->on_tree(a, &rq->body.tree_state);
}

static void
on_queue_order(void *state, struct request *rq)
{
	struct actor *a = state;

	if (a->on_queue_order != NULL)
		a->on_queue_order(a, rq);
	else
		request_fail(rq, E_NOT_FOUND, "");
}

static const struct route control_routes[] = {
	{ MSG_setting, on_setting },
	{ MSG_resource, on_resource },
	{ MSG_peer, on_peer },
	{ MSG_go, on_go },
	{ MSG_ping, on_ping },
	{ MSG_drain, on_drain },
	{ MSG_process_died, on_process_died },
	{ MSG_queue_order, on_queue_order },
	{ MSG_tree_state, on_tree_state },
};

/* One packet of the control channel, blocking. */
static void
control_read(struct actor *a)
{
	union { char room[CMSG_SPACE(4 * sizeof(int))]; struct cmsghdr align; } control;
	enum { PACKET = 256 << 10 };
	char *to = link_read_room(&a->control, PACKET);
	struct iovec iov = { to, PACKET };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room,
		.msg_controllen = sizeof control.room };
	const char *why = NULL;
	ssize_t n;

	if (to == NULL)
		die(EXIT_AGAIN, "out_of_memory", "control channel");
	do
		n = recvmsg(ACTOR_CONTROL_FD, &mh, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		die(EXIT_FIX_ME, "not_started_by_studiod", "descriptor 3 is no control channel; run studiod, it starts the actors");
	if (n == 0)
		_exit(EXIT_AGAIN);
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
	if (cm != NULL && cm->cmsg_level == SOL_SOCKET && cm->cmsg_type == SCM_RIGHTS)
		memcpy(&a->control.fd_in, CMSG_DATA(cm), sizeof(int));
	int rc = link_read_done(&a->control, (size_t)n, &why);
	if (a->control.in.p != NULL)	/* secrets passed through here */
		explicit_bzero(a->control.in.p, a->control.in.cap);
	if (rc < 0)
		die(EXIT_FIX_ME, "control_channel", why);
}

void
actor_begin(struct actor *a, enum role role, const struct edge_routes *edges, size_t nedges, void *state)
{
	*a = (struct actor){ .role = role, .edges = edges, .nedges = nedges, .state = state };
	prctl(PR_SET_DUMPABLE, 0);
	/* Large blocks go back to the kernel when they are freed: a burst of bodies or password
	 * hashes must not stay as an idle process's memory. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_TRIM_THRESHOLD, 256 << 10);
	mallopt(M_ARENA_MAX, 2);
	prctl(PR_SET_NAME, role_name(role));
	if (link_init(&a->control, EDGE_control, role, ROLE_supervisor,
	    control_routes, COUNT(control_routes), a, &hooks) != 0)
		die(EXIT_AGAIN, "out_of_memory", "control channel");
	for (unsigned e = 1; e < EDGE_COUNT; e++) {
		const struct edge_row *row = edge_row(e);
		if (row != NULL && (row->a == role || row->b == role))
			link_add(a, e, 0);
	}
	link_up(&a->control, 0, 0);
	while (!a->going)
		control_read(a);
	log_level_set(actor_setting(a, "LOG_LEVEL"));
}

static void
on_control_gone(struct conn *c, const char *why)
{
	(void)c;
	(void)why;
	_exit(EXIT_AGAIN);	/* an actor without a supervisor is nobody's */
}

void
actor_attach(struct actor *a, const struct loop_ops *ops, void *loop)
{
	struct conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		die(EXIT_AGAIN, "out_of_memory", "control channel");
	a->loop_ops = ops;
	a->loop = loop;
	a->control_conn = c;
	c->owner = a;
	c->on_gone = on_control_gone;
	conn_open(c, &a->control, ACTOR_CONTROL_FD, true, 0, 0, ops, loop);
	for (size_t i = 0; i < a->nwaiting; i++)
		peer_open(a, a->waiting[i].link, a->waiting[i].fd, a->waiting[i].instance, a->waiting[i].incarnation);
	a->nwaiting = 0;
}

bool
actor_tick(struct actor *a)
{
	uint32_t calls = 0;

	for (size_t i = 0; i < a->nlinks; i++) {
		if (a->links[i]->ncalls > 0)
			link_tick(a->links[i]);
		calls += a->links[i]->ncalls;
	}
	return calls > 0;
}

/* ---- what it was given ---- */

static const struct setting_value *
setting_find(const struct actor *a, const char *name, bool secret)
{
	for (size_t i = 0; i < a->nsettings; i++)
		if (a->settings[i].secret == secret && strcmp(a->settings[i].name, name) == 0)
			return &a->settings[i];
	return NULL;
}

const char *
actor_setting(const struct actor *a, const char *name)
{
	const struct setting_value *s = setting_find(a, name, false);
	return s != NULL ? s->value.p : "";
}

uint64_t
actor_setting_u64(const struct actor *a, const char *name)
{
	return strtoull(actor_setting(a, name), NULL, 10);
}

struct bytes
actor_secret(const struct actor *a, const char *name)
{
	const struct setting_value *s = setting_find(a, name, true);
	return s != NULL ? s->value : (struct bytes){ "", 0 };
}

void
actor_setting_add(struct actor *a, const char *name, const char *text)
{
	struct setting_value *s = &a->settings[a->nsettings];
	char *copy = a->nsettings < ACTOR_SETTINGS_MAX ? strdup(text) : NULL;

	if (copy == NULL)
		return;
	snprintf(s->name, sizeof s->name, "%s", name);
	s->value = bytes_str(copy);
	s->secret = false;
	a->nsettings++;
}

int
actor_resource_look(const struct actor *a, const char *name)
{
	for (size_t i = 0; i < a->nresources; i++)
		if (strcmp(a->resources[i].name, name) == 0)
			return a->resources[i].fd;
	return -1;
}

bool
actor_given(const struct actor *a, const char *name)
{
	return *actor_setting(a, name) != '\0' || actor_secret(a, name).n > 0 || actor_resource_look(a, name) >= 0;
}

int
actor_resource(struct actor *a, const char *name)
{
	for (size_t i = 0; i < a->nresources; i++)
		if (strcmp(a->resources[i].name, name) == 0) {
			int fd = a->resources[i].fd;
			a->resources[i].fd = -1;
			return fd;
		}
	return -1;
}
