/* tests/unit/actor_rig.c - see actor_rig.h.
 * Owns: the process, its control channel, our ends of its edges.
 * Fails: by failing the test.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/actor_rig.h"
#include "actors/common/conn_ev.h"

uint64_t
rig_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
on_log(struct link *l, const char *event, const char *what)
{
	const struct edge_row *row = edge_row(l->edge);
	fprintf(stderr, "rig: %s on %s: %s\n", event, row != NULL ? row->name : "control", what);
}

static const struct link_hooks hooks = { conn_wake, on_log, rig_now_ms };

static void
on_ready(void *state, struct request *rq)
{
	(void)rq;
	((struct rig *)state)->ready = true;
}

static void
on_security_event(void *state, struct request *rq)
{
	(void)state;
	(void)rq;
}

static const struct route control_routes[] = {
	{ MSG_ready, on_ready },
	{ MSG_security_event, on_security_event },
};

/* Sends what was queued on the control link, with a descriptor that is closed here. */
static void
control_send(struct rig *r, int fd)
{
	union { char room[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
	struct bytes b = link_write_next(&r->control);
	struct iovec iov = { (void *)(uintptr_t)b.p, b.n };
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
	assert_int_equal(sendmsg(r->control_conn.fd, &mh, MSG_NOSIGNAL), b.n);
	link_write_done(&r->control, b.n);
	if (fd >= 0)
		close(fd);
}

static size_t
index_of(const struct rig *r, unsigned edge)
{
	for (size_t i = 0; i < r->nedges; i++)
		if (r->edges[i].edge == edge)
			return i;
	fail_msg("no such edge");
	return 0;
}

struct link *
rig_link(struct rig *r, unsigned edge)
{
	return &r->links[index_of(r, edge)];
}

void
rig_cut(struct rig *r, unsigned edge)
{
	conn_close(&r->conns[index_of(r, edge)], NULL);
}

static void
join(struct rig *r, size_t i)
{
	unsigned edge = r->edges[i].edge;
	uint32_t instance = 0;
	int pair[2];

	for (size_t k = 0; k < i; k++)
		instance += r->edges[k].edge == edge;
	conn_close(&r->conns[i], NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(link_notice(&r->control, NULL, MSG_peer,
	    &(struct msg_peer){ .edge = edge, .instance = instance, .incarnation = 1 }), 0);
	control_send(r, pair[1]);
	conn_open(&r->conns[i], &r->links[i], pair[0], false, 0, 1, &loop_ops_ev, r->loop);
}

void
rig_join(struct rig *r, unsigned edge)
{
	join(r, index_of(r, edge));
}

/* The actor's path: beside this test's executable. */
static void
exec_actor(const char *name, int control)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 64);

	while (n > 0 && path[n - 1] != '/')
		n--;
	snprintf(path + (n > 0 ? n : 0), 64, "%s", name);
	setenv("ASAN_OPTIONS", "detect_leaks=0", 0);	/* the leak check needs calls that the filter kills */
	if (dup2(control, 3) == 3)
		execl(path, path, (char *)NULL);
	fprintf(stderr, "rig: %s: %s\n", path, strerror(errno));
	_exit(127);
}

static void
on_gone(struct conn *c, const char *why)
{
	(void)why;
	((struct rig *)c->owner)->gone = true;
}

static struct { const char *name; int fd; } lent = { NULL, -1 };

void
rig_lend(const char *resource, int fd)
{
	lent.name = resource;
	lent.fd = fd;
}

void
rig_spawn(struct rig *r, enum role role, const struct rig_setting *settings,
    const struct rig_edge *edges, size_t nedges, void *state)
{
	int pair[2];

	*r = (struct rig){ .role = role, .program = role_name(role), .nedges = nedges };
	r->loop = ev_default_loop(0);
	signal(SIGCHLD, SIG_DFL);	/* libev would reap our child, and nobody would know how it ended */
	static bool started;
	if (!started)
		conn_ev_start(r->loop);
	started = true;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (r->pid == 0)
		exec_actor(r->program, pair[1]);
	close(pair[1]);
	assert_int_equal(link_init(&r->control, EDGE_control, ROLE_supervisor, role, control_routes,
	    COUNT(control_routes), r, &hooks), 0);
	r->control_conn = (struct conn){ .fd = -1, .owner = r, .on_gone = on_gone };
	conn_open(&r->control_conn, &r->control, pair[0], true, 0, 1, &loop_ops_ev, r->loop);
	for (; settings->name != NULL; settings++) {
		size_t n = settings->n > 0 ? settings->n : strlen(settings->value);
		link_notice(&r->control, NULL, MSG_setting, &(struct msg_setting){ .name = bytes_str(settings->name),
		    .value = bytes_of(settings->value, n), .secret = settings->secret });
		control_send(r, -1);
	}
	if (lent.fd >= 0) {
		link_notice(&r->control, NULL, MSG_resource, &(struct msg_resource){ .name = bytes_str(lent.name) });
		control_send(r, lent.fd);
		lent.fd = -1;
	}
	for (size_t i = 0; i < nedges; i++) {
		const struct edge_row *row = edge_row(edges[i].edge);
		r->edges[i] = edges[i];
		r->conns[i] = (struct conn){ .fd = -1, .link = &r->links[i] };
		assert_int_equal(link_init(&r->links[i], edges[i].edge, row->a == role ? row->b : row->a, role,
		    edges[i].routes, edges[i].nroutes, state, &hooks), 0);
		join(r, i);
	}
	link_notice(&r->control, NULL, MSG_go, &(struct msg_go){ .incarnation = 7 });
	control_send(r, -1);
}

void
rig_start(struct rig *r, enum role role, const struct rig_setting *settings,
    const struct rig_edge *edges, size_t nedges, void *state)
{
	rig_spawn(r, role, settings, edges, nedges, state);
	rig_until(r, &r->ready, 10000);
}

static void
on_slice(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)w;
	(void)events;
	ev_break(loop, EVBREAK_ONE);
}

static void
slice(struct rig *r)
{
	ev_timer t;

	ev_now_update(r->loop);
	ev_timer_init(&t, on_slice, 0.01, 0.);
	ev_timer_start(r->loop, &t);
	ev_run(r->loop, EVRUN_ONCE);
	ev_timer_stop(r->loop, &t);
	for (size_t i = 0; i < r->nedges; i++)
		link_tick(&r->links[i]);
}

void
rig_until(struct rig *r, const bool *flag, uint32_t ms)
{
	uint64_t end = rig_now_ms() + ms;

	while (!*flag) {
		if (rig_now_ms() > end)
			fail_msg("nothing happened within %u ms", ms);
		slice(r);
	}
}

void
rig_run(struct rig *r, uint32_t ms)
{
	uint64_t end = rig_now_ms() + ms;

	while (rig_now_ms() < end)
		slice(r);
}

int
rig_wait(struct rig *r, uint32_t ms)
{
	uint64_t end = rig_now_ms() + ms;
	int status = -1;		/* of none: it neither exited nor was killed */

	while (waitpid(r->pid, &status, WNOHANG) == 0) {
		if (rig_now_ms() > end) {
			kill(r->pid, SIGKILL);
			waitpid(r->pid, &status, 0);
			break;
		}
		slice(r);
	}
	if (r->control_conn.fd >= 0)
		conn_close(&r->control_conn, NULL);
	for (size_t i = 0; i < r->nedges; i++) {
		conn_close(&r->conns[i], NULL);
		link_fini(&r->links[i]);
	}
	link_fini(&r->control);
	if (WIFSIGNALED(status))
		fprintf(stderr, "rig: %s died of signal %d\n", r->program, WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
rig_stop(struct rig *r)
{
	link_notice(&r->control, NULL, MSG_drain, &(struct msg_drain){ .within_ms = 1000 });
	return rig_wait(r, 5000);
}
