/* supervisor/logs.c - see logs.h.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/logs.h"

enum { WRITE_AT_ONCE = 4096, READS_PER_TURN = 16 };

static uint64_t
wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static double
clock_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- standard output ---- */

/* Writes while it cannot block: a pipe or terminal that polls writable takes a page.
 * O_NONBLOCK would be seen by everybody who shares the terminal. */
static void
out_write(struct logs *g, int wait_ms)
{
	while (g->out_at < g->out.n) {
		struct pollfd p = { STDOUT_FILENO, POLLOUT, 0 };
		size_t n = g->out.n - g->out_at;
		if (poll(&p, 1, wait_ms) <= 0)
			break;
		ssize_t k = write(STDOUT_FILENO, g->out.p + g->out_at, n < WRITE_AT_ONCE ? n : WRITE_AT_ONCE);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)		/* nobody reads any more */
			k = (ssize_t)n;
		g->out_at += (size_t)k;
	}
	if (g->out_at < g->out.n) {
		if (g->loop != NULL && !ev_is_active(&g->retry))
			ev_timer_again(g->loop, &g->retry);
		return;
	}
	g->out.n = g->out_at = 0;
	if (g->loop != NULL)
		ev_timer_stop(g->loop, &g->retry);
}

void
logs_flush(struct logs *g, int wait_ms)
{
	out_write(g, wait_ms);
}

/* Room for a line? If not, it is counted. */
static bool
out_has_room(struct logs *g)
{
	if (g->out_at > 0 && g->out_at == g->out.n)
		g->out.n = g->out_at = 0;
	if (g->out.n < LOG_OUT_MAX)
		return true;
	if (g->out_at > LOG_OUT_MAX / 2) {
		memmove(g->out.p, g->out.p + g->out_at, g->out.n - g->out_at);
		g->out.n -= g->out_at;
		g->out_at = 0;
		return true;
	}
	g->out_dropped++;
	return false;
}

static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	(void)loop;
	(void)events;
	out_write(w->data, 0);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	out_write(w->data, 0);
}

void
logs_init(struct logs *g, bool json, bool colour, struct log_source *own)
{
	*g = (struct logs){ .json = json, .colour = colour, .rank = loglevel_rank('I'), .own = own };
	log_source_init(own, g, "studiod", 0);
	own->pid = getpid();
}

void
logs_loop(struct logs *g, struct ev_loop *loop)
{
	g->loop = loop;
	ev_prepare_init(&g->prepare, on_prepare);
	g->prepare.data = g;
	ev_prepare_start(loop, &g->prepare);
	ev_unref(loop);
	ev_timer_init(&g->retry, on_retry, 0.05, 0.05);
	g->retry.data = g;
}

void
logs_print(struct logs *g, const char *format, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n > 0)
		buf_add(&g->out, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
	out_write(g, 0);
}

/* ---- lines ---- */

static void
ring_add(struct log_source *s, struct log_entry *e)
{
	while (s->count > 0 && (s->count == LOG_RING_LINES || s->bytes + e->n > LOG_RING_BYTES)) {
		struct log_entry *old = s->ring[s->first];
		s->bytes -= old->n;
		s->ring[s->first] = NULL;
		free(old);
		s->first = (s->first + 1) % LOG_RING_LINES;
		s->count--;
	}
	s->ring[(s->first + s->count++) % LOG_RING_LINES] = e;
	s->bytes += e->n;
}

static void
render(struct logs *g, const struct logline *l, const struct logorigin *o)
{
	if (g->json)
		logline_json(&g->out, l, o, g->project);
	else
		logline_text(&g->out, l, o, g->colour);
}

static void
tell_dropped(struct logs *g)
{
	struct logline l = { .level = 'W', .event = BYTES("lines_dropped") };
	struct logorigin o = { wall(), "studiod", 0, g->own->pid };
	char count[24];

	snprintf(count, sizeof count, "%llu", (unsigned long long)g->out_dropped);
	l.pairs[l.npairs++] = (struct logpair){ BYTES("count"), bytes_str(count) };
	l.pairs[l.npairs++] = (struct logpair){ BYTES("why"), BYTES("standard output was not read") };
	g->out_dropped = 0;
	render(g, &l, &o);
}

void
log_source_line(struct log_source *s, const char *p, size_t n)
{
	struct logs *g = s->logs;
	struct logline l;

	if (n > LOGLINE_LONGEST)
		n = LOGLINE_LONGEST;
	logline_parse(&l, p, n);
	int rank = loglevel_rank(l.level);
	if (rank >= loglevel_rank('W') && n > 0) {
		snprintf(s->last_words, sizeof s->last_words, "%.*s",
		    (int)(n - (l.structured ? 2 : 0)), p + (l.structured ? 2 : 0));
		text_clean(s->last_words, false);
	}
	if (rank < g->rank || n == 0)
		return;
	struct logorigin o = { wall(), s->actor, s->instance, s->pid };
	struct log_entry *e = malloc(sizeof *e + n);
	if (e != NULL) {
		*e = (struct log_entry){ .seq = ++g->seq, .wall_ms = o.wall_ms, .pid = s->pid, .n = (uint32_t)n };
		memcpy(e->text, p, n);
		for (struct log_follower *f = g->followers, *next; f != NULL; f = next) {
			next = f->next;
			f->on_line(f, s->actor, s->instance, e);
		}
		ring_add(s, e);
	}
	if (!out_has_room(g))
		return;
	if (g->out_dropped > 0)
		tell_dropped(g);
	render(g, &l, &o);
	if (g->loop == NULL)
		out_write(g, 0);
}

/* May the source write one more line now? */
static bool
rate_allows(struct log_source *s)
{
	double now = clock_seconds();

	s->tokens += (now - s->refilled) * LOG_RATE;
	if (s->tokens > 2 * LOG_RATE)
		s->tokens = 2 * LOG_RATE;
	s->refilled = now;
	if (s->tokens < 1 || (s->dropped > 0 && s->tokens < LOG_RATE / 2)) {	/* quiet for a while, not at every other line */
		s->dropped++;
		return false;
	}
	s->tokens -= 1;
	if (s->dropped > 0) {
		char line[80];
		int n = snprintf(line, sizeof line, "W lines_dropped count=%llu why=\"too many at once\"",
		    (unsigned long long)s->dropped);
		s->dropped = 0;
		log_source_line(s, line, (size_t)n);
	}
	return true;
}

static void
line_end(struct log_source *s)
{
	if (!s->skipping && rate_allows(s))
		log_source_line(s, s->line, s->n);
	s->skipping = false;
	s->n = 0;
}

static void
take_bytes(struct log_source *s, const char *p, size_t n)
{
	while (n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t part = end != NULL ? (size_t)(end - p) : n, room = LOGLINE_LONGEST - s->n;
		size_t k = part < room ? part : room;

		if (!s->skipping)
			memcpy(s->line + s->n, p, k);
		s->n += s->skipping ? 0 : k;
		if (!s->skipping && k < part) {		/* too long: its head counts */
			line_end(s);
			s->skipping = true;
		}
		if (end != NULL)
			line_end(s);
		p += part + (end != NULL);
		n -= part + (end != NULL);
	}
}

/* ---- pipes ---- */

static void
source_close(struct log_source *s)
{
	if (s->fd < 0)
		return;
	if (s->n > 0)
		line_end(s);
	ev_io_stop(s->logs->loop, &s->io);
	close(s->fd);
	s->fd = -1;
	free(s->line);
	s->line = NULL;
}

static void
source_read(struct log_source *s, int most)
{
	char room[16384];

	for (int i = 0; i < most && s->fd >= 0; i++) {
		ssize_t n = read(s->fd, room, sizeof room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			source_close(s);
		else
			take_bytes(s, room, (size_t)n);
	}
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)events;
	source_read(w->data, READS_PER_TURN);
}

void
log_source_init(struct log_source *s, struct logs *g, const char *actor, uint32_t instance)
{
	*s = (struct log_source){ .logs = g, .actor = actor, .instance = instance, .fd = -1,
		.tokens = 2 * LOG_RATE, .refilled = clock_seconds() };
}

void
log_source_drain(struct log_source *s)
{
	source_read(s, 4 * READS_PER_TURN);
}

int
log_source_open(struct log_source *s)
{
	int p[2];

	log_source_drain(s);
	source_close(s);
	s->line = malloc(LOGLINE_LONGEST);
	if (s->line == NULL || pipe2(p, O_CLOEXEC) != 0) {
		free(s->line);
		s->line = NULL;
		return -1;
	}
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	s->fd = p[0];
	s->n = 0;
	s->skipping = false;
	s->last_words[0] = '\0';
	ev_io_init(&s->io, on_readable, s->fd, EV_READ);
	s->io.data = s;
	ev_io_start(s->logs->loop, &s->io);
	return p[1];
}

/* ---- the supervisor's own ---- */

/* Quotes a value as actors/common/log.c does. */
static void
put_value(struct buf *b, const char *v)
{
	char hex[8];

	buf_add(b, "\"", 1);
	for (; *v != '\0'; v++) {
		unsigned char c = (unsigned char)*v;
		if (c == '"' || c == '\\') {
			buf_add(b, "\\", 1);
			buf_add(b, v, 1);
		} else if (c < ' ' || c == 0x7f) {
			buf_add(b, hex, (size_t)snprintf(hex, sizeof hex, "\\x%02x", c));
		} else {
			buf_add(b, v, 1);
		}
	}
	buf_add(b, "\"", 1);
}

void
slog_pairs(struct logs *g, enum log_level level, const char *event, ...)
{
	struct buf b = { 0 };
	char head[2] = { (char)level, ' ' };
	const char *key, *value;
	va_list ap;

	buf_add(&b, head, 2);
	buf_add(&b, event, strlen(event));
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value == NULL)
			continue;
		buf_add(&b, " ", 1);
		buf_add(&b, key, strlen(key));
		buf_add(&b, "=", 1);
		put_value(&b, value);
	}
	va_end(ap);
	log_source_line(g->own, b.p, b.n);
	buf_free(&b);
}
