/* supervisor/control.c - see control.h.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "actors/common/conn_ev.h"
#include "supervisor/control.h"
#include "supervisor/logstream.h"
#include "supervisor/order.h"
#include "supervisor/report.h"

enum { CLIENTS_MAX = 16, BACKLOG = 16, GROUPS_MAX = 256 };

struct client {
	struct control *control;
	struct client *next;
	struct link link;
	struct conn conn;
	struct order order;
	bool gone;
};

struct control {
	struct tree *tree;
	int fd, dir_fd;
	char name[64];			/* of the socket in its directory */
	bool has_group;
	gid_t group;
	ev_io accept;
	ev_prepare sweep;
	struct client *clients;
	size_t nclients;
};

/* ---- who may speak ---- */

static bool
in_group(int fd, gid_t primary, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t n = sizeof groups;

	if (primary == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n) != 0)
		return false;
	for (size_t i = 0; i < n / sizeof groups[0]; i++)
		if (groups[i] == group)
			return true;
	return false;
}

static bool
may_speak(const struct control *c, int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return false;
	if (who.uid == 0 || who.uid == geteuid() || (c->has_group && in_group(fd, who.gid, c->group)))
		return true;
	slog(c->tree->logs, LOG_SECURITY, "control_refused", "uid", log_u64(who.uid), "pid", log_u64((uint64_t)who.pid));
	return false;
}

/* ---- answers ---- */

static void
answer_json(struct request *rq, struct json *j)
{
	if (j->failed)
		request_fail(rq, E_INTERNAL_ERROR, "out of memory");
	else
		request_answer(rq, &(struct msg_ctl_report){ .json = bytes_of(j->out.p, j->out.n) });
	buf_free(&j->out);
}

static void
answer_done(struct request *rq)
{
	struct json j = { 0 };

	json_open(&j, '{');
	json_pair_flag(&j, "ok", true);
	json_close(&j, '}');
	answer_json(rq, &j);
}

static void
on_status(void *state, struct request *rq)
{
	struct client *c = state;
	struct json j = { 0 };

	report_status(&j, c->control->tree);
	answer_json(rq, &j);
}

static void
on_tree(void *state, struct request *rq)
{
	struct client *c = state;
	struct json j = { 0 };

	report_tree(&j, c->control->tree);
	answer_json(rq, &j);
}

static void
on_restart(void *state, struct request *rq)
{
	struct client *c = state;
	struct bytes name = rq->body.ctl_restart.service;

	if (!tree_restart(c->control->tree, name.p, name.n)) {
		request_fail(rq, E_NOT_FOUND, "there is no such service; studioctl status lists them");
		return;
	}
	slog(c->control->tree->logs, LOG_INFO, "restart_asked", "actor", log_bytes(name));
	answer_done(rq);
}

static void
on_stop(void *state, struct request *rq)
{
	struct client *c = state;
	struct tree *t = c->control->tree;

	answer_done(rq);
	conn_flush_all();
	tree_stop(t, 0);
}

static void
on_sandbox(void *state, struct request *rq)
{
	struct client *c = state;
	struct bytes name = rq->body.ctl_sandbox.service;
	const struct process *p = tree_find(c->control->tree, name.p, name.n);
	struct json j = { 0 };

	if (p == NULL || p->role < 0) {
		request_fail(rq, E_NOT_FOUND, "there is no such actor; studioctl tree draws them");
		return;
	}
	report_sandbox(&j, p);
	answer_json(rq, &j);
}

static void
on_logs(void *state, struct request *rq)
{
	struct client *c = state;

	logstream_begin(c->control->tree, rq);
}

static void
on_queue(void *state, struct request *rq)
{
	struct client *c = state;

	order_queue(c->control->tree, &c->order, rq);
}

static const struct route routes[] = {
	{ MSG_ctl_status, on_status },
	{ MSG_ctl_tree, on_tree },
	{ MSG_ctl_restart, on_restart },
	{ MSG_ctl_stop, on_stop },
	{ MSG_ctl_logs, on_logs },
	{ MSG_ctl_sandbox, on_sandbox },
	{ MSG_ctl_queue, on_queue },
};

/* ---- clients ---- */

static void
on_link_log(struct link *l, const char *event, const char *what)
{
	struct client *c = l->state;

	slog(c->control->tree->logs, LOG_SECURITY, event, "edge", "ctl", "what", what);
}

/* Called from inside the link's own work: it is freed later, by the sweep. */
static void
on_gone(struct conn *conn, const char *why)
{
	struct client *c = conn->owner;

	(void)why;
	c->gone = true;
}

static void
on_sweep(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct control *c = w->data;

	(void)loop;
	(void)events;
	for (struct client **at = &c->clients; *at != NULL;) {
		struct client *k = *at;
		if (!k->gone) {
			at = &k->next;
			continue;
		}
		*at = k->next;
		c->nclients--;
		order_forget(&k->order);
		link_fini(&k->link);
		free(k);
	}
}

static void
client_add(struct control *c, int fd)
{
	static const struct link_hooks hooks = { conn_wake, on_link_log, now_ms };
	struct client *k = c->nclients < CLIENTS_MAX ? calloc(1, sizeof *k) : NULL;

	if (k == NULL || link_init(&k->link, EDGE_control, ROLE_supervisor, ROLE_ctl, routes, COUNT(routes), k, &hooks) != 0) {
		free(k);
		close(fd);
		return;
	}
	k->control = c;
	k->conn = (struct conn){ .link = &k->link, .fd = -1, .owner = k, .on_gone = on_gone };
	k->next = c->clients;
	c->clients = k;
	c->nclients++;
	conn_open(&k->conn, &k->link, fd, false, 0, 0, &loop_ops_ev, c->tree->loop);
}

static void
on_accept(struct ev_loop *loop, ev_io *w, int events)
{
	struct control *c = w->data;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)loop;
	(void)events;
	if (fd < 0)
		return;
	if (may_speak(c, fd))
		client_add(c, fd);
	else
		close(fd);
}

/* ---- the socket ---- */

/* Binds through the directory's descriptor: no path is too long then. */
static int
bind_socket(struct control *c, const char *path, struct fault *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct stat sb;

	snprintf(dir, sizeof dir, "%.*s", slash != NULL ? (int)(slash - path) : 1, slash != NULL ? path : ".");
	if ((size_t)snprintf(c->name, sizeof c->name, "%s", slash != NULL ? slash + 1 : path) >= sizeof c->name)
		return fault_set(f, "CONTROL_SOCKET %s: its name is too long", path);
	c->dir_fd = open(slash == path ? "/" : dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->dir_fd < 0)
		return fault_set(f, "CONTROL_SOCKET %s: %s", path, strerror(errno));
	if ((size_t)snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", c->dir_fd, c->name) >= sizeof a.sun_path)
		return fault_set(f, "CONTROL_SOCKET %s: its name is too long", path);
	if (fstatat(c->dir_fd, c->name, &sb, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(sb.st_mode))
		unlinkat(c->dir_fd, c->name, 0);	/* a dead one: the state directory is locked by us */
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t old = umask(0117);
	int rc = c->fd >= 0 ? bind(c->fd, (struct sockaddr *)&a, sizeof a) : -1;
	umask(old);
	if (rc != 0 || listen(c->fd, BACKLOG) != 0)
		return fault_set(f, "CONTROL_SOCKET %s: %s", path, strerror(errno));
	if (c->has_group && fchownat(c->dir_fd, c->name, (uid_t)-1, c->group, AT_SYMLINK_NOFOLLOW) != 0)
		return fault_set(f, "CONTROL_GROUP: the socket cannot be given to it: %s", strerror(errno));
	return 0;
}

struct control *
control_open(struct tree *t, struct fault *f)
{
	const struct settings *s = &t->prepared->settings;
	const char *group = settings_text(s, SET_CONTROL_GROUP), *told = settings_text(s, SET_CONTROL_SOCKET);
	struct control *c = calloc(1, sizeof *c);
	char path[PATH_MAX + 32];

	if (c == NULL) {
		fault_set(f, "out of memory");
		return NULL;
	}
	*c = (struct control){ .tree = t, .fd = -1, .dir_fd = -1 };
	if (*group != '\0') {
		const struct group *g = getgrnam(group);
		if (g == NULL) {
			fault_set(f, "CONTROL_GROUP: there is no group %s: make it (groupadd) or name another", group);
			goto bad;
		}
		c->has_group = true;
		c->group = g->gr_gid;
	}
	/* the group has to get as far as the socket; what else lies there stays closed to it */
	if (c->has_group && *told == '\0' &&
	    (fchown(t->prepared->state.fd, (uid_t)-1, c->group) != 0 || fchmod(t->prepared->state.fd, 0710) != 0)) {
		fault_set(f, "CONTROL_GROUP: STATE_DIR cannot be opened to it: %s", strerror(errno));
		goto bad;
	}
	snprintf(path, sizeof path, "%s/control.sock", t->prepared->state.path);
	if (bind_socket(c, *told != '\0' ? told : path, f) != 0)
		goto bad;
	ev_io_init(&c->accept, on_accept, c->fd, EV_READ);
	c->accept.data = c;
	ev_io_start(t->loop, &c->accept);
	ev_prepare_init(&c->sweep, on_sweep);
	c->sweep.data = c;
	ev_prepare_start(t->loop, &c->sweep);
	ev_unref(t->loop);
	return c;
bad:
	if (c->fd >= 0)
		close(c->fd);
	if (c->dir_fd >= 0)
		close(c->dir_fd);
	free(c);
	return NULL;
}

void
control_close(struct control *c)
{
	if (c == NULL)
		return;
	ev_io_stop(c->tree->loop, &c->accept);
	unlinkat(c->dir_fd, c->name, 0);
	close(c->fd);
	close(c->dir_fd);
	conn_flush_all();
	for (struct client *k = c->clients; k != NULL; k = k->next)
		conn_close(&k->conn, NULL);
	on_sweep(c->tree->loop, &c->sweep, 0);
	ev_ref(c->tree->loop);
	ev_prepare_stop(c->tree->loop, &c->sweep);
	free(c);
}
