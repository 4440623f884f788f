/* supervisor/logstream.c - see logstream.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "supervisor/logstream.h"

enum { LOG_BACKLOG = 256 << 10, LINES_DEFAULT = 50 };

/* A stream of log lines to one client. What it has not read yet waits in `text`; over
 * LOG_BACKLOG the oldest whole lines go, and are counted. */
struct log_stream {
	struct log_follower follower;	/* first: recovered from it */
	struct tree *tree;
	struct request *rq;
	char service[33];
	bool follow;
	struct buf text;
	uint64_t dropped;
};

/* A line as studioctl expects it: time, actor, instance, pid, and the line as written. */
static void
stream_add(struct log_stream *s, const char *actor, uint32_t instance, const struct log_entry *e)
{
	char head[96];
	int n = snprintf(head, sizeof head, "%llu %s %u %d ", (unsigned long long)e->wall_ms, actor, instance, e->pid);

	buf_add(&s->text, head, (size_t)n);
	buf_add(&s->text, e->text, e->n);
	buf_add(&s->text, "\n", 1);
	while (s->text.n > LOG_BACKLOG) {
		const char *end = memchr(s->text.p, '\n', s->text.n);
		size_t k = (size_t)(end + 1 - s->text.p);
		memmove(s->text.p, s->text.p + k, s->text.n - k);
		s->text.n -= k;
		s->dropped++;
	}
}

static void
stream_end(struct log_stream *s)
{
	struct log_follower **f = &s->tree->logs->followers;

	while (*f != NULL && *f != &s->follower)
		f = &(*f)->next;
	if (*f != NULL)
		*f = s->follower.next;
	request_stream_end(s->rq, 0);
	buf_free(&s->text);
	free(s);
}

/* Sends whole lines only as far as credit goes: a cut line would be joined by the reader,
 * but dropping works on whole ones. True when the stream has ended (and is gone). */
static bool
stream_push(struct log_stream *s)
{
	if (s->dropped > 0 && s->rq->credit > 128) {
		char line[96];
		int n = snprintf(line, sizeof line, "0 studiod 0 0 W dropped count=%llu why=\"this reader was too slow\"\n",
		    (unsigned long long)s->dropped);
		request_stream_write(s->rq, line, (size_t)n);
		s->dropped = 0;
	}
	size_t n = s->text.n;
	if (n > s->rq->credit) {
		n = (size_t)s->rq->credit;
		while (n > 0 && s->text.p[n - 1] != '\n')
			n--;
	}
	if (n > 0) {
		request_stream_write(s->rq, s->text.p, n);
		memmove(s->text.p, s->text.p + n, s->text.n - n);
		s->text.n -= n;
	}
	if (s->text.n > 0 || s->follow)
		return false;
	stream_end(s);
	return true;
}

static void
on_line(struct log_follower *f, const char *actor, uint32_t instance, const struct log_entry *e)
{
	struct log_stream *s = (struct log_stream *)f;

	if (s->service[0] != '\0' && strcmp(s->service, actor) != 0)
		return;
	stream_add(s, actor, instance, e);
	stream_push(s);
}

static void
on_credit(struct request *rq, void *arg)
{
	struct log_stream *s = arg;

	if (!request_alive(rq))
		stream_end(s);
	else
		stream_push(s);
}

static const struct log_source *
source_at(const struct tree *t, size_t i)
{
	return i == 0 ? t->logs->own : i <= t->nprocesses ? &t->processes[i - 1].log : NULL;
}

/* The latest `last` lines of the sources that are wanted, in the order they came. */
static void
stream_history(struct log_stream *s, size_t last)
{
	const struct tree *t = s->tree;
	size_t at[PROCESSES_MAX + 1] = { 0 }, total = 0, skip;
	const struct log_source *src;

	for (size_t i = 0; (src = source_at(t, i)) != NULL; i++)
		if (s->service[0] == '\0' || strcmp(s->service, src->actor) == 0)
			total += src->count;
		else
			at[i] = src->count;
	skip = total > last ? total - last : 0;
	for (size_t k = 0; k < total; k++) {
		const struct log_entry *best = NULL;
		size_t from = 0;
		for (size_t i = 0; (src = source_at(t, i)) != NULL; i++) {
			const struct log_entry *e = at[i] < src->count ? src->ring[(src->first + at[i]) % LOG_RING_LINES] : NULL;
			if (e != NULL && (best == NULL || e->seq < best->seq)) {
				best = e;
				from = i;
			}
		}
		if (best == NULL)
			break;
		at[from]++;
		if (k >= skip)
			stream_add(s, source_at(t, from)->actor, source_at(t, from)->instance, best);
	}
}

void
logstream_begin(struct tree *t, struct request *rq)
{
	const struct msg_ctl_logs *m = &rq->body.ctl_logs;
	struct log_stream *s;

	if (m->service.n > 0 && !bytes_eq(m->service, "studiod") && tree_find(t, m->service.p, m->service.n) == NULL) {
		request_fail(rq, E_NOT_FOUND, "there is no such service; studioctl status lists them");
		return;
	}
	if ((s = calloc(1, sizeof *s)) == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "out of memory");
		return;
	}
	*s = (struct log_stream){ .follower = { on_line, NULL }, .tree = t, .rq = rq, .follow = m->follow };
	snprintf(s->service, sizeof s->service, "%.*s", (int)m->service.n, m->service.n > 0 ? m->service.p : "");
	rq->on_credit = on_credit;
	rq->stream_arg = s;
	request_answer(rq, &(struct msg_ctl_report){ .json = BYTES("{}") });
	stream_history(s, m->last > 0 ? m->last : LINES_DEFAULT);
	if (s->follow) {
		s->follower.next = t->logs->followers;
		t->logs->followers = &s->follower;
	}
	stream_push(s);
}
