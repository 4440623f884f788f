/* actors/front/api_upload.c - POST /api/files/upload and /upload-multiple: files from a form into
 * storage.
 *
 *     for each file: a row and a grant to write (db) -> the bytes, by credit (vertex)
 *     then: they are there (db) -> signed URLs (vertex) -> answer
 *
 * h2o holds a body whole before it calls us, so the form lies in our memory until the answer; how
 * much of that there may be is bounded here, in all and of each user. Because the bytes are still
 * here, a file whose vertex died is begun anew.
 *
 * Owns: an upload in its request's pool. What was begun and not finished is db's to sweep.
 * Fails: into an error; none of the files counts then.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"
#include "proto/filename.h"
#include "actors/front/media.h"

enum {
	UPLOADS_BYTES = 256 << 20, UPLOADS_OF_USER = 96 << 20,	/* bodies that lie here at once */
	WRITE_MS = 120000, WRITE_RATE = 64 << 10,	/* a file's time: this, and what its bytes take */
	FRESH_MS = 30000,		/* of a ticket's minute */
	TRIES = 3
};

struct upload {
	struct exchange *x;
	struct upload *next, **at;	/* all of them */
	size_t bytes;
	size_t file, sent;		/* the file in hand, and how much of it is gone */
	unsigned tries;
	uint64_t identified_ms;
	void (*then)(struct upload *);
	char ids[FORM_FILES_MAX * 40 + 4];	/* ["uuid","uuid" */
	char id[37];
	struct buf grant;
};

static struct upload *uploads;

static void file_begin(struct upload *u);

static void
upload_dispose(void *p)
{
	struct upload *u = p;

	*u->at = u->next;
	if (u->next != NULL)
		u->next->at = u->at;
	buf_free(&u->grant);
}

static const struct form_file *
file_of(const struct upload *u)
{
	return &u->x->form->v[u->file];
}

/* ---- identity: a long upload outlives its tickets ---- */

static void
on_identified(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct upload *u = x->upload;

	if (err != 0) {
		answer_error(x, err, detail);
		return;
	}
	exchange_identify(x, &body->identity);
	u->identified_ms = now_ms();
	u->then(u);
}

/* Goes on with tickets that hold for a while. */
static void
identified(struct upload *u, void (*then)(struct upload *))
{
	u->then = then;
	if (now_ms() - u->identified_ms < FRESH_MS)
		then(u);
	else
		exchange_call(u->x, EDGE_front_auth, MSG_token_check, &(struct msg_token_check){ .token = exchange_bearer(u->x) },
		    CALL_AGAIN, 0, on_identified);
}

/* ---- the end ---- */

static void
on_stored(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	if (err != 0)
		answer_error(x, err, detail);
	else
		media_answer(x, x->endpoint->status, &body->media);
}

static void
all_stored(struct upload *u)
{
	struct exchange *x = u->x;

	strcat(u->ids, "]");
	exchange_call(x, EDGE_front_db, MSG_files_stored, &(struct msg_files_stored){ .ticket = sealed_bytes(&x->who.db),
	    .ids_json = bytes_str(u->ids), .many = body_rows(x->endpoint->body)[0].high > 1 }, CALL_AGAIN, 0, on_stored);
}

/* ---- a file's bytes ---- */

static void
on_room(void *arg)
{
	struct exchange *x = arg;
	struct upload *u = x->upload;
	struct bytes b = file_of(u)->content;

	if (u->sent == b.n)
		return;
	u->sent += link_up_write(x->stream.link, x->stream.id, b.p + u->sent, b.n - u->sent);
	if (u->sent == b.n)
		link_up_end(x->stream.link, x->stream.id, 0);
}

static void
on_written(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct exchange *x = arg;
	struct upload *u = x->upload;

	(void)body;
	x->stream.id = 0;
	if ((err == E_PEER_LOST || err == E_TOKEN_EXPIRED) && ++u->tries < TRIES) {
		log_event(LOG_WARNING, &x->ctx, "upload_begun_anew", "error", error_row(err)->name, "sent", log_u64(u->sent));
		identified(u, file_begin);
	} else if (err != 0) {
		answer_error(x, err, detail);
	} else {
		snprintf(u->ids + strlen(u->ids), sizeof u->ids - strlen(u->ids), "%s\"%s\"", u->file > 0 ? "," : "", u->id);
		u->tries = 0;
		u->file++;
		identified(u, u->file < x->form->n ? file_begin : all_stored);
	}
}

static void
file_write(struct upload *u)
{
	struct exchange *x = u->x;
	const struct form_file *f = file_of(u);
	struct msg_object_write m = { .ticket = sealed_bytes(&x->who.vertex), .grant = bytes_of(u->grant.p, u->grant.n),
		.mime_type = bytes_str(f->type->mime), .size = f->content.n };

	u->sent = 0;
	unsigned err = exchange_call_up(x, EDGE_front_vertex, MSG_object_write, &m,
	    WRITE_MS + (uint64_t)f->content.n / WRITE_RATE * 1000, on_written, on_room);
	if (err != 0)
		answer_error(x, err, (struct bytes){ "", 0 });
	else
		on_room(x);
}

static void
on_created(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct upload *u = x->upload;

	if (err != 0) {
		answer_error(x, err, detail);
		return;
	}
	u->grant.n = 0;
	id_text(&body->object_grant.id, u->id);
	if (buf_add(&u->grant, body->object_grant.grant.p, body->object_grant.grant.n) != 0)
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
	else
		identified(u, file_write);
}

/* A row and an object of its own, each time: what became of the one before nobody needs to know. */
static void
file_begin(struct upload *u)
{
	struct exchange *x = u->x;
	const struct form_file *f = file_of(u);
	char name[FILENAME_BYTES];

	filename_clean(name, f->given, f->type->extension);
	exchange_call(x, EDGE_front_db, MSG_file_create, &(struct msg_file_create){ .ticket = sealed_bytes(&x->who.db),
	    .name = bytes_str(name), .mime_type = bytes_str(f->type->mime), .size = f->content.n }, CALL_AGAIN, 0, on_created);
}

/* ---- the beginning ---- */

static bool
there_is_room(const struct exchange *x)
{
	uint64_t all = x->req->entity.len, own = all, most = x->front->upload_max + FORM_SLACK;

	for (const struct upload *u = uploads; u != NULL; u = u->next) {
		all += u->bytes;
		own += id_eq(&u->x->who.user, &x->who.user) ? u->bytes : 0;
	}
	return all <= UPLOADS_BYTES && own <= (most > UPLOADS_OF_USER ? most : UPLOADS_OF_USER);
}

void
on_upload(struct exchange *x)
{
	struct upload *u;

	if (!there_is_room(x)) {
		x->front->a.refused++;
		answer_error(x, E_SERVICE_UNAVAILABLE, BYTES("Too many uploads are under way"));
		return;
	}
	u = h2o_mem_alloc_shared(&x->req->pool, sizeof *u, upload_dispose);
	*u = (struct upload){ .x = x, .next = uploads, .at = &uploads, .bytes = x->req->entity.len, .identified_ms = now_ms(), .ids = "[" };
	if (uploads != NULL)
		uploads->at = &u->next;
	uploads = u;
	x->upload = u;
	file_begin(u);
}
