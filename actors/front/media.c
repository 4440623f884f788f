/* actors/front/media.c - see media.h.
 * Licence: Apache-2.0. */
#include "actors/front/media.h"
#include "actors/front/splice.h"

enum { TAG_PERIOD_MS = 300000 };	/* a client's copy lives no longer: its URLs expire */

static bool
all_there(const struct bytes_list *urls)
{
	for (uint32_t i = 0; i < urls->n; i++)
		if (urls->v[i].n == 0)
			return false;
	return true;
}

static void
on_signed(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct bytes json = bytes_of(x->held.p, x->held.n);
	bool whole = err == 0 && all_there(&body->signed_urls.urls);
	struct buf out = { 0 };

	if (err != 0) {
		answer_error(x, err, detail);
	} else if (!whole && x->endpoint->answer == ANSWER_signed_url) {	/* nothing else was asked for */
		answer_error(x, E_STORAGE_ERROR, body->signed_urls.why);
	} else if (splice_urls(&out, json, &body->signed_urls.urls) != 0) {
		answer_error(x, E_INTERNAL_ERROR, BYTES("signed URLs do not fit the results"));
	} else {
		if (whole) {	/* URLs differ on each signing: the tag speaks of what they stand for */
			x->tag_of = json;
			x->tag_salt = wall_ms() / TAG_PERIOD_MS;
		}
		answer_json(x, x->status, bytes_of(out.p, out.n));
	}
	buf_free(&out);
}

void
media_answer(struct exchange *x, int status, const struct msg_media *m)
{
	size_t n = splice_count(m->json);

	if (x->replayed)
		answer_header(x, "idempotent-replayed", BYTES("true"));
	if (n != m->grants.n) {
		answer_error(x, E_INTERNAL_ERROR, BYTES("grants do not fit the results"));
		return;
	}
	if (n == 0) {
		answer_json(x, status, m->json);
		return;
	}
	x->status = status;
	x->held.n = 0;
	if (buf_add(&x->held, m->json.p, m->json.n) != 0) {
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
		return;
	}
	exchange_call(x, EDGE_front_vertex, MSG_sign_urls,
	    &(struct msg_sign_urls){ .ticket = sealed_bytes(&x->who.vertex), .grants = m->grants },
	    CALL_AGAIN, 0, on_signed);
}
