/* tools/studioctl/ask.c - one question on the control socket, and its answer.
 * Owns: the connection. Fails: with a line that says what to do.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "actors/common/clock.h"
#include "tools/studioctl/ctl.h"

enum { READ_ROOM = 64 << 10, ANSWER_MS = 10000, LOOK_MS = 200 };

struct ask {
	int fd;
	struct link link;
	bool answered, ended;
	unsigned err;
	char detail[512];
	json_t *json;
	void (*on_chunk)(void *arg, struct bytes chunk);
	void *chunk_arg;
};

/* Connects through the directory's descriptor: no path is too long then. */
static int
connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];

	snprintf(dir, sizeof dir, "%.*s", slash != NULL ? (int)(slash - path) : 1, slash != NULL ? path : ".");
	int at = open(slash == path ? "/" : dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = at >= 0 ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%.60s", at, slash != NULL ? slash + 1 : path);
	int rc = fd >= 0 ? connect(fd, (struct sockaddr *)&a, sizeof a) : -1;
	int err = errno;
	if (at >= 0)
		close(at);
	if (rc == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	errno = err;
	return -1;
}

struct ask *
ask_open(const char *path)
{
	static const struct link_hooks hooks = { NULL, NULL, now_ms };
	struct ask *a = calloc(1, sizeof *a);

	if (a == NULL || link_init(&a->link, EDGE_control, ROLE_ctl, ROLE_supervisor, NULL, 0, a, &hooks) != 0) {
		fputs("studioctl: out of memory\n", stderr);
		free(a);
		return NULL;
	}
	a->fd = connect_to(path);
	if (a->fd < 0) {
		if (errno == EACCES || errno == EPERM)
			fprintf(stderr, "studioctl: %s may not be used by you: become root, or join CONTROL_GROUP\n", path);
		else
			fprintf(stderr, "studioctl: no studiod answers at %s (%s): start it, or name its socket with --socket\n", path, strerror(errno));
		link_fini(&a->link);
		free(a);
		return NULL;
	}
	link_up(&a->link, 0, 0);
	return a;
}

void
ask_close(struct ask *a)
{
	if (a == NULL)
		return;
	link_fini(&a->link);
	close(a->fd);
	free(a);
}

static bool
write_all(struct ask *a)
{
	for (;;) {
		struct bytes b = link_write_next(&a->link);
		if (b.n == 0)
			return true;
		ssize_t n = send(a->fd, b.p, b.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		link_write_done(&a->link, (size_t)n);
	}
}

/* Reads once, for at most ms. False at the end of the connection. */
static bool
read_some(struct ask *a, int ms)
{
	struct pollfd p = { a->fd, POLLIN, 0 };
	const char *why;

	int rc = poll(&p, 1, ms);
	if (rc == 0 || (rc < 0 && errno == EINTR))
		return true;
	char *room = link_read_room(&a->link, READ_ROOM);
	ssize_t n = room != NULL ? recv(a->fd, room, READ_ROOM, 0) : -1;
	if (n < 0 && errno == EINTR)
		return true;
	return n > 0 && link_read_done(&a->link, (size_t)n, &why) == 0 && write_all(a);
}

static void
on_answer(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct ask *a = arg;
	json_error_t why;

	a->answered = true;
	a->err = err;
	snprintf(a->detail, sizeof a->detail, "%.*s", (int)detail.n, detail.n > 0 ? detail.p : "");
	if (err == 0)
		a->json = json_loadb(body->ctl_report.json.p, body->ctl_report.json.n, 0, &why);
}

static void
on_chunk(void *arg, struct bytes chunk, bool last, unsigned err)
{
	struct ask *a = arg;

	if (last) {
		a->ended = true;
		a->err = err;
	} else {
		a->on_chunk(a->chunk_arg, chunk);
	}
}

static bool
wait_answer(struct ask *a, int64_t id)
{
	uint64_t until = now_ms() + ANSWER_MS;

	if (id < 0) {
		fprintf(stderr, "studioctl: the question cannot be asked: %s\n", error_row((unsigned)-id)->text);
		return false;
	}
	bool alive = write_all(a);
	while (alive && !a->answered && now_ms() < until)
		alive = read_some(a, LOOK_MS);
	if (a->answered && a->err == 0 && a->json != NULL)
		return true;
	if (a->answered && a->err != 0)
		fprintf(stderr, "studioctl: %s\n", a->detail[0] != '\0' ? a->detail : error_row(a->err)->text);
	else if (!alive)
		fputs("studioctl: studiod refused: become root, or join CONTROL_GROUP\n", stderr);
	else
		fputs("studioctl: studiod does not answer\n", stderr);
	return false;
}

json_t *
ask_json(struct ask *a, unsigned msg, const void *body)
{
	static const struct ctx none;

	a->answered = false;
	a->json = NULL;
	if (!wait_answer(a, link_call(&a->link, &none, msg, body, 0, on_answer, a)))
		return NULL;
	return a->json;
}

int
ask_stream(struct ask *a, unsigned msg, const void *body, void (*on)(void *arg, struct bytes chunk), void *arg)
{
	static const struct ctx none;

	a->answered = a->ended = false;
	a->on_chunk = on;
	a->chunk_arg = arg;
	if (!wait_answer(a, link_call_stream(&a->link, &none, msg, body, 0, on_answer, on_chunk, a)))
		return -1;
	json_decref(a->json);
	while (!a->ended)
		if (!read_some(a, LOOK_MS))
			break;
	return a->ended && a->err != 0 ? -1 : 0;
}

bool
ask_wait_gone(struct ask *a, int ms)
{
	uint64_t until = now_ms() + (uint64_t)ms;

	while (now_ms() < until)
		if (!read_some(a, LOOK_MS))
			return true;
	return false;
}
