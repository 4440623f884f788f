/* actors/front/api_content.c - the bytes of a result or an upload: GET .../content and
 * /api/files/download, in constant memory.
 *
 *     whose is it, and a grant (db) -> open (vertex) -> chunks -> h2o, as fast as the client reads
 *
 * Chunks are credited back when h2o has sent them, so a slow client holds a window of its stream
 * here and one at vertex, and the connection to storage waits. When vertex or storage goes away
 * meanwhile, the rest is asked for anew, once what is here was sent: else each break would add a
 * window for a client that does not read. The object is pinned by its generation.
 *
 * Owns: a download in its request's pool, what came and is not sent yet.
 * Fails: before the first byte into an error; after it the answer breaks off.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"
#include "proto/filename.h"
#include "actors/front/wire.h"

enum { OPEN_MS = 20000, TRIES = 3, ETAG_ROOM = 40 };

struct download {
	h2o_generator_t super;
	struct exchange *x;
	const char *kind;		/* of the Content-Disposition */
	struct buf grant, token;	/* the token again: the head is wiped, and a ticket lives a minute */
	char name[FILENAME_BYTES], mime[256], etag[ETAG_ROOM];
	bool ranged;
	struct wire_range asked;
	uint64_t size, generation;	/* size: as db knows it; 0 unknown */
	uint64_t at, end;		/* bytes of the object that are still to come */
	struct buf held, out;		/* came; being sent by h2o */
	bool started, sending, broken, again;	/* again: the rest is to be asked for when all is sent */
	unsigned tries;			/* since a byte came */
};

static void open_rest(struct download *d);

static void
download_dispose(void *p)
{
	struct download *d = p;

	buf_free(&d->grant);
	buf_free(&d->token);
	buf_free(&d->held);
	buf_free(&d->out);
}

/* The download of an exchange; it is where the generator is. */
static struct download *
download_of(struct exchange *x)
{
	return x->download;
}

/* ---- sending ---- */

/* What h2o holds, and what waits for it, counts against the client. */
static void
account(struct download *d)
{
	struct exchange *x = d->x;
	size_t unsent = d->held.n + d->out.n;

	x->client->unsent += unsent - x->unsent;
	x->unsent = unsent;
}

static void
send_more(struct download *d)
{
	bool over = d->at == d->end || d->broken;
	struct buf empty = d->out;
	h2o_iovec_t iov;

	if (d->sending || (d->held.n == 0 && !over))
		return;
	d->out = d->held;
	d->held = empty;
	d->sending = true;
	account(d);
	d->x->client->moved_ms = now_ms();
	iov = h2o_iovec_init(d->out.p, d->out.n);
	/* the last of these may end the request, and us with it */
	h2o_send(d->x->req, &iov, d->out.n > 0 ? 1 : 0,
	    d->at == d->end ? H2O_SEND_STATE_FINAL : over ? H2O_SEND_STATE_ERROR : H2O_SEND_STATE_IN_PROGRESS);
}

/* h2o has sent what it was given. */
static void
on_proceed(h2o_generator_t *g, h2o_req_t *req)
{
	struct download *d = (struct download *)g;
	uint32_t n = (uint32_t)d->out.n;

	(void)req;
	d->sending = false;
	d->out.n = 0;
	account(d);
	d->x->client->moved_ms = now_ms();
	link_credit(d->x->stream.link, d->x->stream.id, n);
	if (d->again && d->held.n == 0) {
		d->again = false;
		open_rest(d);
	} else {
		send_more(d);
	}
}

static void
on_stop(h2o_generator_t *g, h2o_req_t *req)
{
	(void)req;
	exchange_forget_stream(((struct download *)g)->x);
}

/* ---- what vertex says ---- */

/* The rest comes from a new opening; or the answer breaks off. */
static void
go_on(struct download *d, unsigned err)
{
	struct exchange *x = d->x;

	if ((err == E_PEER_LOST || err == E_UPSTREAM_BUSY || err == E_TOKEN_EXPIRED) && d->tries++ < TRIES) {
		d->again = d->sending || d->held.n > 0;
		if (d->again)
			send_more(d);
		else
			open_rest(d);
		return;
	}
	log_event(LOG_WARNING, &x->ctx, "download_broken", "error", error_row(err)->name, "left", log_u64(d->end - d->at));
	d->broken = true;
	send_more(d);
}

static void
on_chunk(void *arg, struct bytes chunk, bool last, unsigned err)
{
	struct download *d = download_of(arg);

	if (last)
		d->x->stream.id = 0;
	if (chunk.n > d->end - d->at || buf_add(&d->held, chunk.p, chunk.n) != 0) {
		exchange_forget_stream(d->x);
		go_on(d, E_INTERNAL_ERROR);
		return;
	}
	d->at += chunk.n;
	account(d);
	if (chunk.n > 0)
		d->tries = 0;
	if (last && d->at < d->end)
		go_on(d, err != 0 ? err : E_INTERNAL_ERROR);
	else
		send_more(d);
}

static void
headers(struct download *d, uint64_t first, uint64_t total, bool part)
{
	struct buf b = { 0 };
	char range[80];

	answer_header(d->x, "etag", bytes_str(d->etag));
	answer_header(d->x, "accept-ranges", BYTES("bytes"));
	if (filename_disposition(&b, d->kind, d->name) == 0)
		answer_header(d->x, "content-disposition", bytes_of(b.p, b.n));
	buf_free(&b);
	if (part) {
		int n = snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)first,
		    (unsigned long long)(d->end - 1), (unsigned long long)total);
		answer_header(d->x, "content-range", bytes_of(range, (size_t)n));
	}
}

/* Is it what was asked for? Storage may give the whole instead. */
static bool
is_part(const struct download *d, const struct msg_object_opened *m)
{
	if (!d->ranged || m->length == 0)
		return false;
	if (d->asked.suffix)
		return m->first + m->length == m->total && m->length <= d->asked.last;
	return m->first == d->asked.first && m->first + m->length - 1 <= d->asked.last;
}

static void
start(struct download *d, const struct msg_object_opened *m)
{
	struct exchange *x = d->x;
	bool head = x->method == HTTP_HEAD;

	d->generation = m->generation;
	d->at = m->first;
	d->end = head ? m->total : m->first + m->length;
	bool part = !head && is_part(d, m);
	headers(d, m->first, m->total, part);
	d->started = true;
	answer_start(x, part ? 206 : 200, bytes_str(d->mime), d->end - d->at, &d->super);
}

/* The detail of a range behind the end is the object's size. */
static void
answer_behind(struct download *d, struct bytes detail)
{
	char text[64];
	int n = snprintf(text, sizeof text, "bytes */%.*s", (int)(detail.n < 20 ? detail.n : 20), detail.p);

	if (detail.n == 0 || bytes_eq(detail, "0"))
		n = snprintf(text, sizeof text, "bytes */%llu", (unsigned long long)d->size);
	answer_header(d->x, "content-range", bytes_of(text, (size_t)n));
	answer_error(d->x, E_RANGE_NOT_SATISFIABLE, (struct bytes){ "", 0 });
}

static void
on_opened(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct download *d = download_of(arg);
	const struct msg_object_opened *m = err == 0 ? &body->object_opened : NULL;

	if (err != 0)
		d->x->stream.id = 0;
	if (!d->started && err == E_PEER_LOST && d->tries++ < TRIES)
		open_rest(d);
	else if (!d->started && err == E_RANGE_NOT_SATISFIABLE)
		answer_behind(d, detail);
	else if (!d->started && err != 0)
		answer_error(d->x, err, err == E_NOT_FOUND ? (struct bytes){ "", 0 } : detail);
	else if (!d->started)
		start(d, m);
	else if (err != 0)
		go_on(d, err);
	else if (m->first != d->at || m->first + m->length != d->end || m->generation != d->generation)
		go_on(d, E_INTERNAL_ERROR);
}

/* ---- asking ---- */

static void
open_now(struct download *d)
{
	struct exchange *x = d->x;
	struct msg_object_read m = { .ticket = sealed_bytes(&x->who.vertex), .grant = bytes_of(d->grant.p, d->grant.n),
		.generation = d->generation, .head = x->method == HTTP_HEAD };
	char range[64] = "";

	if (d->started)
		snprintf(range, sizeof range, "%llu-%llu", (unsigned long long)d->at, (unsigned long long)(d->end - 1));
	else if (d->ranged && d->asked.suffix)
		snprintf(range, sizeof range, "-%llu", (unsigned long long)d->asked.last);
	else if (d->ranged && d->asked.last == UINT64_MAX)
		snprintf(range, sizeof range, "%llu-", (unsigned long long)d->asked.first);
	else if (d->ranged)
		snprintf(range, sizeof range, "%llu-%llu", (unsigned long long)d->asked.first, (unsigned long long)d->asked.last);
	m.range = bytes_str(range);
	unsigned err = exchange_call_stream(x, EDGE_front_vertex, MSG_object_read, &m, OPEN_MS, on_opened, on_chunk);
	if (err != 0)
		on_opened(x, err, (struct bytes){ "", 0 }, NULL);
}

static void
on_identified(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct download *d = download_of(x);

	(void)detail;
	if (err != 0) {
		go_on(d, err == E_PEER_LOST ? err : E_UNAUTHORIZED);
		return;
	}
	identity_take(&x->who, bytes_of(d->token.p, d->token.n), &body->identity, now_ms());
	open_now(d);
}

/* What is asked for later is asked with a fresh ticket. */
static void
open_rest(struct download *d)
{
	if (!d->started)
		open_now(d);
	else
		exchange_call(d->x, EDGE_front_auth, MSG_token_check, &(struct msg_token_check){ .token = bytes_of(d->token.p, d->token.n) },
		    CALL_AGAIN, 0, on_identified);
}

/* ---- the beginning ---- */

static void
take_object(struct download *d, const struct msg_object_grant *m)
{
	static const char digits[] = "0123456789abcdef";
	char *to = d->etag;

	*to++ = '"';		/* an object never changes: its row stands for its bytes */
	for (size_t i = 0; i < sizeof m->id.b; i++) {
		*to++ = digits[m->id.b[i] >> 4];
		*to++ = digits[m->id.b[i] & 15];
	}
	memcpy(to, "\"", 2);
	filename_clean(d->name, m->name, media_extension(m->mime_type));
	snprintf(d->mime, sizeof d->mime, "%.*s", (int)m->mime_type.n, m->mime_type.p);
	if (d->mime[0] == '\0' || strpbrk(d->mime, "\r\n") != NULL)
		snprintf(d->mime, sizeof d->mime, "application/octet-stream");
	d->size = m->size;
}

static void
on_granted(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct bytes token = exchange_bearer(x), if_range = exchange_header(x, "if-range");
	struct download *d;

	if (err != 0) {
		answer_error(x, err, detail);
		return;
	}
	d = h2o_mem_alloc_shared(&x->req->pool, sizeof *d, download_dispose);
	*d = (struct download){ .super = { on_proceed, on_stop }, .x = x, .kind = x->endpoint->on == on_content ? "inline" : "attachment" };
	x->download = d;
	take_object(d, &body->object_grant);
	if (wire_matches(exchange_list(x, "if-none-match"), d->etag)) {
		answer_header(x, "etag", bytes_str(d->etag));
		answer_unchanged(x);
		return;
	}
	d->ranged = x->method == HTTP_GET && wire_range(exchange_header(x, "range"), &d->asked) &&
	    (if_range.n == 0 || bytes_eq(if_range, d->etag));
	if (buf_add(&d->grant, body->object_grant.grant.p, body->object_grant.grant.n) != 0 || buf_add(&d->token, token.p, token.n) != 0)
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
	else
		open_now(d);
}

void
on_content(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_content_get, &(struct msg_content_get){ .ticket = sealed_bytes(&x->who.db),
	    .id = x->ids[0], .result = x->ids[1] }, CALL_AGAIN, 0, on_granted);
}

void
on_download(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_file_get, &(struct msg_file_get){ .ticket = sealed_bytes(&x->who.db),
	    .gcs_uri = body_text(x->query, "gcsUri") }, CALL_AGAIN, 0, on_granted);
}
