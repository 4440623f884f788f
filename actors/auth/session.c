/* actors/auth/session.c - opening sessions and carrying them on: pairs of tokens.
 *
 * A refresh token is good once. Its successor is a function of it (token_next), so within
 * the grace period that db keeps, the same answer can be given again: two answers to one
 * token never fork a session.
 *
 * Owns: an opening or a rotation while db is asked.
 * Fails: without db nothing is opened.
 * Licence: Apache-2.0. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "actors/auth/auth.h"

bool
user_json_email(struct bytes json, char out[EMAIL_MAX + 1])
{
	json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	const char *email = json_string_value(json_object_get(root, "email"));
	bool found = email != NULL && strlen(email) <= EMAIL_MAX;

	if (found)
		memcpy(out, email, strlen(email) + 1);
	json_decref(root);
	return found;
}

void
session_answer(struct auth *au, struct request *rq, const struct session_owner *o, const char *refresh_token)
{
	uint64_t now = wall_ms();
	struct token_claims c = { .user = o->user, .session = o->session, .jti = id_random(now),
		.issued_s = now / 1000, .expires_s = now / 1000 + au->access_ms / 1000 };
	char access[TOKEN_MAX + 1];

	snprintf(c.role, sizeof c.role, "%s", o->role);
	if (!user_json_email(o->user_json, c.email) || token_mint(TOKEN_access, &au->access, &c, access) != 0) {
		log_event(LOG_ERROR, &rq->ctx, "token_not_minted", "user", log_id(&o->user));
		request_fail(rq, E_INTERNAL_ERROR, "");
		return;
	}
	request_answer(rq, &(struct msg_session_opened){ .access_token = bytes_str(access),
	    .refresh_token = bytes_str(refresh_token), .expires_in = (uint32_t)(au->access_ms / 1000),
	    .user = o->user, .role = bytes_str(o->role), .user_json = o->user_json });
	sodium_memzero(access, sizeof access);
}

/* ---- a new session ---- */

struct opening {
	struct auth *auth;
	struct request *rq;
	struct session_owner owner;
	char role[9];
	struct buf user_json;
	char refresh[TOKEN_MAX + 1];
};

static void
opening_free(struct opening *op)
{
	buf_free(&op->user_json);
	sodium_memzero(op->refresh, sizeof op->refresh);
	free(op);
}

static void
on_session_created(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct opening *op = arg;

	(void)detail;
	if (err != 0 || !body->done.changed)	/* not changed: another session has this id */
		request_fail(op->rq, err != 0 ? err : E_INTERNAL_ERROR, "");
	else
		session_answer(op->auth, op->rq, &op->owner, op->refresh);
	opening_free(op);
}

static struct opening *
opening_new(struct auth *au, struct request *rq, const struct session_owner *o)
{
	struct opening *op = calloc(1, sizeof *op);

	if (op == NULL)
		return NULL;
	op->auth = au;
	op->rq = rq;
	op->owner = *o;
	snprintf(op->role, sizeof op->role, "%s", o->role);
	op->owner.role = op->role;
	if (buf_add(&op->user_json, o->user_json.p, o->user_json.n) != 0) {
		free(op);
		return NULL;
	}
	op->owner.user_json = bytes_of(op->user_json.p, op->user_json.n);
	return op;
}

void
session_open(struct auth *au, struct request *rq, const struct session_owner *o,
    struct bytes address, struct bytes device)
{
	uint64_t now = wall_ms();
	struct opening *op = opening_new(au, rq, o);
	struct token_claims c = { .user = o->user, .issued_s = now / 1000,
		.expires_s = now / 1000 + au->refresh_ms / 1000 };
	uint8_t hash[TOKEN_HASH];
	int64_t id;

	if (op == NULL) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		return;
	}
	c.session = op->owner.session = id_random(now);
	c.jti = id_random(now);
	if (token_mint(TOKEN_refresh, &au->refresh, &c, op->refresh) != 0) {
		request_fail(rq, E_INTERNAL_ERROR, "");
		opening_free(op);
		return;
	}
	token_hash(bytes_str(op->refresh), hash);
	/* keyed by the session's id: a second try changes nothing */
	id = link_call(auth_db(au), &rq->ctx, MSG_session_create, &(struct msg_session_create){ .session = c.session,
	    .user = o->user, .refresh_hash = bytes_of(hash, sizeof hash), .expires_ms = c.expires_s * 1000,
	    .address = address, .device = device, .has_forgive = o->forgive, .forgive = o->strikes,
	    .seen_hash = bytes_str(o->seen), .better_hash = bytes_str(o->better) },
	    CALL_AGAIN, on_session_created, op);
	if (id < 0) {
		request_fail(rq, (unsigned)-id, "");
		opening_free(op);
	}
}

/* ---- the next pair of a session ---- */

struct rotation {
	struct auth *auth;
	struct request *rq;
	struct token_claims claims;	/* of the token that was shown */
	char refresh[TOKEN_MAX + 1];
};

static void
rotation_free(struct rotation *r)
{
	sodium_memzero(r->refresh, sizeof r->refresh);
	free(r);
}

/* Why a rotation is refused; 0 when it is not. */
static unsigned
rotation_refused(struct rotation *r, const struct msg_session_rotated *m)
{
	enum { ROTATED, REPEATED, REUSED, GONE };
	struct bytes address = r->rq->body.auth_refresh.address;

	if (m->outcome == REUSED) {
		log_event(LOG_SECURITY, &r->rq->ctx, "refresh_reuse", "session", log_id(&r->claims.session),
		    "address", log_bytes(address));
		auth_audit(r->auth, &r->rq->ctx, AUDIT_refresh_reuse, &(struct audit_about){ .user = &r->claims.user,
		    .session = &r->claims.session, .address = address });
		check_revoked(r->auth, &r->claims.session);
	}
	if (m->outcome > REPEATED || !id_eq(&m->user, &r->claims.user))
		return E_UNAUTHORIZED;
	return 0;
}

static void
on_rotated(void *arg, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct rotation *r = arg;
	char role[9] = "";

	(void)detail;
	if (err == 0 && (err = rotation_refused(r, &body->session_rotated)) == 0) {
		const struct msg_session_rotated *m = &body->session_rotated;
		memcpy(role, m->role.p, m->role.n);
		session_answer(r->auth, r->rq, &(struct session_owner){ .user = m->user, .session = r->claims.session,
		    .role = role, .user_json = m->user_json }, r->refresh);
	} else {
		request_fail(r->rq, err == E_NOT_FOUND ? E_UNAUTHORIZED : err,
		    err == E_UNAUTHORIZED ? "The refresh token is not valid any more" : "");
	}
	rotation_free(r);
}

static int
rotate(struct rotation *r, struct bytes shown)
{
	const struct msg_auth_refresh *m = &r->rq->body.auth_refresh;
	struct token_claims next = { .user = r->claims.user, .session = r->claims.session };
	uint8_t spent[TOKEN_HASH], fresh[TOKEN_HASH];
	uint64_t now = wall_ms();
	int64_t id;

	token_hash(shown, spent);
	token_next(&next, &r->auth->refresh, spent, now, r->auth->refresh_ms);
	if (token_mint(TOKEN_refresh, &r->auth->refresh, &next, r->refresh) != 0)
		return -E_INTERNAL_ERROR;
	token_hash(bytes_str(r->refresh), fresh);
	/* CALL_AGAIN: if the first one was done, the second meets the grace period and gives
	 * the same token */
	id = link_call(auth_db(r->auth), &r->rq->ctx, MSG_session_rotate, &(struct msg_session_rotate){
	    .session = r->claims.session, .old_hash = bytes_of(spent, sizeof spent),
	    .new_hash = bytes_of(fresh, sizeof fresh), .expires_ms = next.expires_s * 1000,
	    .address = m->address, .device = m->device }, CALL_AGAIN, on_rotated, r);
	return id < 0 ? (int)id : 0;
}

void
on_auth_refresh(void *state, struct request *rq)
{
	struct auth *au = state;
	struct rotation *r = calloc(1, sizeof *r);
	struct bytes shown = rq->body.auth_refresh.refresh_token;
	int rc = -E_INTERNAL_ERROR;

	if (r != NULL) {
		r->auth = au;
		r->rq = rq;
		rc = token_read(TOKEN_refresh, &au->refresh, shown, wall_ms() / 1000, &r->claims);
		if (rc == 0)
			rc = rotate(r, shown);
	}
	if (rc == 0)
		return;
	request_fail(rq, (unsigned)-rc, rc == -E_TOKEN_EXPIRED ? "The refresh token has expired" :
	    rc == -E_UNAUTHORIZED ? "The refresh token is not valid" : "");
	if (r != NULL)
		rotation_free(r);
}
