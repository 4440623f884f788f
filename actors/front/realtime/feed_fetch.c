/* actors/front/realtime/feed_fetch.c - events from db, URLs for them from vertex, and who gets them.
 *
 *     lowest position of the listeners -> db: lines after it -> vertex: URLs -> each its next ones
 *
 * Events wait for their URLs, since those after them may not overtake. When vertex could not sign for
 * SIGN_PATIENCE_MS they go without results, as those of a deleted generation do: who is told of
 * SUCCEEDED asks for the generation, and states of others are not held up any longer.
 *
 * Owns: the lines that wait. Fails: what db or vertex refuses is asked for again.
 * Licence: Apache-2.0. */
#include "actors/common/clock.h"
#include "actors/front/bodies.h"
#include "actors/front/realtime/feed_internal.h"
#include "actors/front/splice.h"

enum { EVENTS_LIMIT = 64, SIGN_PATIENCE_MS = 30000, SIGN_BUSY_MS = 200 };
enum { SEQ_DIGITS = 19 };	/* of the largest bigint */

static struct task *
fetching(struct feed *fd)
{
	return &fd->tasks[TASK_fetch];
}

static void
fetch_failed(struct feed *fd, unsigned err)
{
	fd->held.n = 0;
	if (!feed_doubt(fd, err))
		log_event(LOG_DEBUG, NULL, "fetch_failed", "error", error_row(err)->name, "session", log_id(&fd->session));
	task_failed(fetching(fd));
}

/* ---- lines ---- */

/* Cuts the first line off: its number and its JSON. False where it is none. */
static bool
line_next(struct bytes *lines, uint64_t *seq, struct bytes *json)
{
	const char *p = lines->p, *end = memchr(p, '\n', lines->n);
	uint32_t n = 0;

	for (*seq = 0; end != NULL && p + n < end && n < SEQ_DIGITS && p[n] >= '0' && p[n] <= '9'; n++)
		*seq = *seq * 10 + (uint64_t)(p[n] - '0');
	if (n == 0 || p[n] != ' ')
		return false;
	*json = bytes_of(p + n + 1, (size_t)(end - p) - n - 1);
	*lines = bytes_of(end + 1, lines->n - (size_t)(end + 1 - p));
	return json->n > 0 && memchr(json->p, '\r', json->n) == NULL;
}

/* Are they what was asked for: one after the other, up to what there is? */
static bool
lines_ok(const struct feed *fd, struct bytes lines)
{
	uint64_t seq, next = fd->asked_after + 1;
	struct bytes json;

	for (; lines.n > 0; next++)
		if (!line_next(&lines, &seq, &json) || seq != next || seq > fd->seq)
			return false;
	return true;
}

/* The event without what vertex would have had to sign. */
static bool
strip(struct buf *out, uint64_t seq, struct bytes json)
{
	json_t *event = json_loadb(json.p, json.n, 0, NULL);
	char *text = NULL, number[24];
	int rc = -1;

	if (json_is_object(event) && splice_count(json) > 0)
		json_object_del(event, "results");
	if (json_is_object(event) && (text = json_dumps(event, JSON_COMPACT)) != NULL && splice_count(bytes_str(text)) == 0) {
		int n = snprintf(number, sizeof number, "%llu ", (unsigned long long)seq);
		rc = buf_add(out, number, (size_t)n) | buf_add(out, text, strlen(text)) | buf_add(out, "\n", 1);
	}
	free(text);
	json_decref(event);
	return rc == 0;
}

/* All lines so; -1 where one cannot be. */
static int
strip_all(struct feed *fd, struct buf *out, struct bytes lines)
{
	struct bytes json;
	uint64_t seq, n = 0;

	for (; lines.n > 0; n += splice_count(json) > 0)
		if (!line_next(&lines, &seq, &json) || !strip(out, seq, json))
			return -1;
	fd->all->stats.bare += n;
	return 0;
}

/* ---- who gets what ---- */

/* Where a listener begins, or must begin anew. True where it was told. */
static bool
begin(struct feed *fd, struct listener *l)
{
	bool gap = l->has_position && ((fd->missed && l->position == fd->asked_after) || l->position > fd->seq);

	if (l->begun ? !gap : fd->missed && l->has_position && !gap)
		return false;		/* it goes on; or its own question is still to be asked */
	if (!l->has_position || gap)
		l->position = fd->seq;
	l->has_position = l->begun = true;
	fd->all->stats.missed += gap;
	l->calls->begin(l, l->position, gap);
	return true;
}

static uint64_t
begin_all(struct feed *fd)
{
	struct listener *l;
	uint64_t n = 0;

	FEED_EACH(fd, l)
		if (l->asked && !l->full)
			n += begin(fd, l);
	return n;
}

static uint64_t
give_all(struct feed *fd, struct bytes lines)
{
	struct listener *l;
	struct bytes json;
	uint64_t seq, n = 0;

	while (lines.n > 0 && line_next(&lines, &seq, &json))
		FEED_EACH(fd, l)
			if (l->begun && !l->full && l->position + 1 == seq) {
				l->position = seq;
				n++;
				l->calls->event(l, seq, json);
			}
	fd->all->stats.events += n;
	return n;
}

/* Has somebody not all that there is, and would take it? */
static bool
behind(const struct feed *fd)
{
	const struct listener *l;

	LIST_FOREACH(l, &fd->listeners, next)
		if (!l->full && (!l->begun || l->position < fd->seq))
			return true;
	return false;
}

static void
deliver(struct feed *fd, struct bytes lines)
{
	struct task *t = fetching(fd);

	feed_hold(fd);
	uint64_t moved = begin_all(fd) + give_all(fd, lines);
	fd->held.n = 0;
	if (fd->held.cap > 64 << 10)
		buf_free(&fd->held);
	if (fd->hinted > fd->seq || (moved > 0 && behind(fd)))
		t->again = true;
	fd->hinted = 0;		/* a hint is good for one question: it may be wrong */
	if (moved == 0 && !t->again && behind(fd))
		fetch_failed(fd, E_INTERNAL_ERROR);	/* an answer that leads nowhere */
	else
		task_done(t);
	feed_release(fd);
}

/* ---- vertex ---- */

static void
sign_failed(struct feed *fd, unsigned err)
{
	struct bytes lines = bytes_of(fd->held.p, fd->held.n);
	struct buf out = { 0 };
	uint64_t now = now_ms();

	if (fd->unsigned_ms == 0 || now - fd->failed_ms > SIGN_PATIENCE_MS)
		fd->unsigned_ms = now;
	fd->failed_ms = now;
	if (now - fd->unsigned_ms < SIGN_PATIENCE_MS || strip_all(fd, &out, lines) != 0) {
		fetch_failed(fd, err);
	} else {
		log_event(LOG_WARNING, NULL, "events_without_results", "error", error_row(err)->name, "session", log_id(&fd->session));
		deliver(fd, bytes_of(out.p, out.n));
	}
	buf_free(&out);
}

static void
on_signed(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct task *t = arg;
	struct feed *fd = t->feed;
	struct buf out = { 0 };

	(void)detail;
	t->call = 0;
	if (err != 0) {
		sign_failed(fd, err);
	} else if (splice_urls(&out, bytes_of(fd->held.p, fd->held.n), &body->signed_urls.urls) != 0) {
		sign_failed(fd, E_INTERNAL_ERROR);
	} else {
		fd->unsigned_ms = 0;
		deliver(fd, bytes_of(out.p, out.n));
	}
	buf_free(&out);
}

static void
sign(struct feed *fd, const struct msg_events *m)
{
	struct task *t = fetching(fd);

	if (!task_move(t, SLOT_sign)) {		/* others wait for vertex; db is asked again, later */
		fd->held.n = 0;
		task_done(t);
		task_later(t, SIGN_BUSY_MS);
	} else if (!task_call(t, EDGE_front_vertex, MSG_sign_urls,
	    &(struct msg_sign_urls){ .ticket = sealed_bytes(&fd->vertex), .grants = m->grants }, CALL_AGAIN, on_signed)) {
		sign_failed(fd, E_PEER_LOST);
	}
}

/* ---- db ---- */

static void
on_events(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct task *t = arg;
	struct feed *fd = t->feed;
	const struct msg_events *m = err == 0 ? &body->events : NULL;

	(void)detail;
	t->call = 0;
	if (err != 0) {
		fetch_failed(fd, err);
		return;
	}
	fd->all->stats.asked++;
	fd->seq = fd->known = m->seq;
	fd->missed = fd->asked_has && m->missed;
	struct bytes lines = fd->asked_has && !fd->missed ? m->lines : (struct bytes){ "", 0 };
	if (!lines_ok(fd, lines) || (lines.n > 0 && splice_count(lines) != m->grants.n)) {
		log_event(LOG_ERROR, NULL, "events_do_not_fit", "after", log_u64(fd->asked_after), "session", log_id(&fd->session));
		fetch_failed(fd, E_INTERNAL_ERROR);
	} else if (lines.n == 0 || m->grants.n == 0) {
		deliver(fd, lines);
	} else {
		fd->held.n = 0;
		if (buf_add(&fd->held, lines.p, lines.n) == 0)
			sign(fd, m);
		else
			fetch_failed(fd, E_INTERNAL_ERROR);
	}
}

void
fetch_start(struct feed *fd)
{
	struct listener *l;

	fd->asked_has = false;
	fd->asked_after = 0;
	LIST_FOREACH(l, &fd->listeners, next) {
		l->asked = true;
		if (!l->has_position || l->full)	/* who is full keeps nobody back */
			continue;
		if (!fd->asked_has || l->position < fd->asked_after)
			fd->asked_after = l->position;
		fd->asked_has = true;
	}
	if (!task_call(fetching(fd), EDGE_front_db, MSG_events_get, &(struct msg_events_get){ .ticket = sealed_bytes(&fd->db),
	    .has_after = fd->asked_has, .after = fd->asked_after, .limit = EVENTS_LIMIT }, CALL_AGAIN, on_events))
		fetch_failed(fd, E_PEER_LOST);
}
