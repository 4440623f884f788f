/* actors/front/api_generate.c - POST /api/media/...: one generation from its request to
 * its answer.
 *
 *     create (db) -> [watch (notifier) -> get (db)] -> sign (vertex) -> answer
 *
 * The bracket is for those who wait: not for video, nor with `Prefer: respond-async`.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/front/api.h"
#include "actors/front/idempotency.h"
#include "actors/front/media.h"
#include "actors/front/wire.h"
#include "proto/media_check.h"

enum { PARAMETERS_MAX = 65536, REQUEST_MAX = 3145728 };
/* A wait may outlive the tickets that db and vertex want (a minute); and notifier answers
 * this much before the deadline that it is given. */
enum { WAIT_LONG_MS = 30000, WATCH_EARLY_MS = 150 };

static const char *
kind_of(const struct exchange *x)
{
	switch (x->endpoint->body) {
	case BODY_image:
	case BODY_upscale:
		return "IMAGE";
	case BODY_music:
		return "MUSIC";
	case BODY_audio:
		return "AUDIO";
	default:
		return "VIDEO";
	}
}

/* ---- the end ---- */

/* The reasons of a filtered prompt, as entries of `errors`. */
static struct bytes
reasons_of(struct buf *b, struct bytes json)
{
	json_t *reasons = json_loadb(json.p, json.n, 0, NULL), *reason;
	static const char head[] = "{\"field\":\"prompt\",\"code\":\"CONTENT_FILTERED\",\"message\":";
	size_t i;
	int rc = buf_add(b, "[", 1);

	json_array_foreach(reasons, i, reason) {
		const json_t *message = json_is_object(reason) ? json_object_get(reason, "message") : reason;
		const char *s = json_string_value(message);
		if (s == NULL)
			continue;
		rc |= (b->n > 1 ? buf_add(b, ",", 1) : 0) |
		    buf_add(b, head, sizeof head - 1) |
		    json_text_add(b, s, strlen(s)) | buf_add(b, "}", 1);
	}
	rc |= buf_add(b, "]", 1);
	json_decref(reasons);
	return rc == 0 && b->n > 2 ? bytes_of(b->p, b->n) : (struct bytes){ "", 0 };
}

static void
answer_failed(struct exchange *x, const struct msg_media *m)
{
	unsigned code = error_by_name(m->error_code.p, m->error_code.n);
	struct buf b = { 0 };

	if (x->replayed)
		answer_header(x, "idempotent-replayed", BYTES("true"));
	if (code == E_VALIDATION_ERROR && m->error_reasons.n == 0)	/* the model's limits, which vertex knows */
		answer_error(x, code, m->error_message);
	else
		answer_errors(x, code != 0 ? code : E_INTERNAL_ERROR, m->error_message,
		    m->error_reasons.n > 0 ? reasons_of(&b, m->error_reasons) : (struct bytes){ "", 0 });
	buf_free(&b);
}

static void
add_location(struct exchange *x)
{
	char text[sizeof "/api/media/" + 36] = "/api/media/";

	id_text(&x->generation, text + strlen(text));
	answer_header(x, "location", bytes_str(text));
}

static void
answer_operation(struct exchange *x, const struct msg_media *m)
{
	struct buf b = { 0 };

	if (x->replayed)
		answer_header(x, "idempotent-replayed", BYTES("true"));
	if (show_write(&b, ANSWER_operation, MSG_media, m) != 0)
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
	else
		answer_json(x, x->endpoint->status, bytes_of(b.p, b.n));
	buf_free(&b);
}

static void
answer_generation(struct exchange *x, const struct msg_media *m)
{
	add_location(x);
	if (x->endpoint->answer == ANSWER_operation)
		answer_operation(x, m);
	else if (m->under_way || x->asynchronous || !m->final)
		media_answer(x, 202, m);
	else if (m->error_code.n > 0)
		answer_failed(x, m);
	else
		media_answer(x, x->endpoint->status, m);
}

/* What was written down is under way, whatever became of the asking: the row as it was. */
static void
answer_under_way(struct exchange *x)
{
	add_location(x);
	if (x->replayed)
		answer_header(x, "idempotent-replayed", BYTES("true"));
	answer_json(x, 202, bytes_of(x->held.p, x->held.n));
}

static void
on_final(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	if (err == E_NOT_FOUND)		/* deleted meanwhile, perhaps with its owner */
		answer_error(x, err, detail);
	else if (err != 0)
		answer_under_way(x);
	else
		answer_generation(x, &body->media);
}

/* ---- the waiting ---- */

static void
get(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_generation_get, &(struct msg_generation_get){
		.ticket = sealed_bytes(&x->who.db), .id = x->generation }, CALL_AGAIN, 0, on_final);
}

static void
on_identified_again(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)detail;
	if (err != 0) {
		answer_under_way(x);
		return;
	}
	exchange_identify(x, &body->identity);
	get(x);
}

/* Whatever ended the wait, db knows how far the generation is. */
static void
on_watched(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)err;
	(void)detail;
	(void)body;
	if (exchange_age_ms(x) < WAIT_LONG_MS)
		get(x);
	else
		exchange_call(x, EDGE_front_auth, MSG_token_check, &(struct msg_token_check){ .token = exchange_bearer(x) },
		    CALL_AGAIN, 0, on_identified_again);
}

static void
on_created(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	if (err == E_VALIDATION_ERROR) {	/* all that db can know better than bodies.tbl.h */
		answer_error(x, err, BYTES("projectId must name an existing project"));
		return;
	}
	if (err != 0) {
		answer_error(x, err, detail);
		return;
	}
	x->generation = body->media.generation;
	x->replayed = body->media.replayed;
	if (x->replayed && body->media.final)
		x->asynchronous = false;	/* the first answer was the end, whatever is preferred now */
	if (body->media.under_way || x->asynchronous || body->media.final || x->front->sync_wait_ms == 0) {
		answer_generation(x, &body->media);
		return;
	}
	if (buf_add(&x->held, body->media.json.p, body->media.json.n) != 0) {
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
		return;
	}
	exchange_call(x, EDGE_front_notifier, MSG_watch, &(struct msg_watch){
		.ticket = sealed_bytes(&x->who.notifier), .generation = x->generation },
	    CALL_AGAIN, x->front->sync_wait_ms + WATCH_EARLY_MS, on_watched);
}

/* ---- the beginning ---- */

static char *
dump(json_t *tree, size_t *n)
{
	char *s = tree != NULL ? json_dumps(tree, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

	*n = s != NULL ? strlen(s) : 0;
	json_decref(tree);
	return s;
}

/* What the tables of models and voices refuse, they refuse before anything is written. */
static bool
may_be_asked(struct exchange *x)
{
	struct media_refusal why;
	struct problems problems = { .n = 1 };
	struct problem *p = &problems.v[0];
	char field[sizeof why.field], text[128];

	if (media_is_foreign(x->body, &x->who.user, field)) {
		snprintf(text, sizeof text, "%s names no object of yours", field);
		answer_error(x, E_NOT_FOUND, bytes_str(text));
		return false;
	}
	if (media_check(kind_by_name(bytes_str(kind_of(x))), body_text(x->body, "model"), x->body,
	    actor_setting(&x->front->a, "MODEL_ALIASES"), &why) != NULL)
		return true;
	snprintf(p->field, sizeof p->field, "%s", why.field);
	p->code = "isSupported";
	snprintf(p->message, sizeof p->message, "%s %s", why.field, why.text);
	answer_problems(x, &problems);
	return false;
}

static void
create(struct exchange *x)
{
	json_t *request = body_echo(x->endpoint->body, x->body, true);
	bool keyed = x->idempotency_key.n > 0;
	size_t parameters_n, request_n;
	struct bytes project = body_text(x->body, "projectId");
	struct msg_generation_create m = { .ticket = sealed_bytes(&x->who.db), .kind = bytes_str(kind_of(x)),
		.prompt = body_text(x->body, "prompt"), .model = body_text(x->body, "model"),
		.idempotency_key = x->idempotency_key, .body_hash = bytes_of(x->body_hash, keyed ? sizeof x->body_hash : 0),
		.wait_ms = x->asynchronous ? 0 : x->front->sync_wait_ms };

	json_object_set(request, "prompt", json_object_get(x->body, "prompt"));
	char *all = dump(request, &request_n);
	char *echo = dump(body_echo(x->endpoint->body, x->body, false), &parameters_n);
	id_parse(project.p, project.n, &m.project);
	m.parameters_json = bytes_of(echo, parameters_n);
	m.request_json = bytes_of(all, request_n);
	if (all == NULL || echo == NULL)
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
	else if (parameters_n > PARAMETERS_MAX || request_n > REQUEST_MAX)
		answer_error(x, E_PAYLOAD_TOO_LARGE, (struct bytes){ "", 0 });
	else
		exchange_call(x, EDGE_front_db, MSG_generation_create, &m, keyed ? CALL_AGAIN : 0, 0, on_created);
	free(echo);
	free(all);
}

void
on_generate(struct exchange *x)
{
	if (!idempotency_take(x) || !may_be_asked(x))
		return;
	x->asynchronous = x->endpoint->body == BODY_video ||
	    wire_prefers(exchange_header(x, "prefer"), "respond-async");
	create(x);
}
