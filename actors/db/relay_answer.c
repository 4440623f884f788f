/* actors/db/relay_answer.c - what a relayed statement's row becomes (relay.h says which columns).
 * Owns: nothing. Fails: into the asker's answer.
 * Licence: Apache-2.0. */
#include "actors/db/grants.h"
#include "actors/db/relay.h"

static const char too_large[] = "limit is too large for rows of this size: ask for fewer";

/* A grant for each object that `json` names. False: it cannot be answered with, and was refused. */
static bool
granted(struct ask *a, struct bytes json, struct bytes_list *grants)
{
	struct db *db = a->state;
	int rc;

	if (json.n > ANSWER_MAX) {
		request_fail(a->rq, E_VALIDATION_ERROR, too_large);
		return false;
	}
	rc = grants_make(json, &a->who, wall_ms() + db->grant_ms, db->grant_key, &a->arena, grants);
	if (rc == 0)
		return true;
	log_event(LOG_ERROR, &a->ctx, "grants_failed", "message", msg_spec(a->rq->msg)->name);
	request_fail(a->rq, (unsigned)-rc, "");
	return false;
}

void
relay_media(struct ask *a, struct msg_media *m)
{
	if (!granted(a, m->json, &m->grants))
		return;
	m->operation = m->generation;	/* a client polls it by its own id */
	request_answer(a->rq, m);
}

/* Any other answer has a column for each field. */
static void
answer_columns(struct ask *a, unsigned answer, const PGresult *res)
{
	const struct msg_spec *spec = msg_spec(answer);
	union msg_any m;

	memset(&m, 0, sizeof m);
	for (int i = 0; i < spec->nfields; i++) {
		void *at = (char *)&m + spec->fields[i].offset;
		switch (spec->fields[i].kind) {
		case F_ID:
			*(struct id *)at = res_id(res, 0, i);
			break;
		case F_U32:
			*(uint32_t *)at = (uint32_t)res_int(res, 0, i);
			break;
		case F_U64:
			*(uint64_t *)at = (uint64_t)res_int(res, 0, i);
			break;
		case F_FLAG:
			*(bool *)at = res_bool(res, 0, i);
			break;
		case F_STR:
		case F_BIN:
			*(struct bytes *)at = res_bytes(res, 0, i);
			break;
		case F_LIST:
			break;
		}
	}
	request_answer(a->rq, &m);
}

static void
answer_events(struct ask *a, const PGresult *res)
{
	struct msg_events m = { .lines = res_bytes(res, 0, 0), .seq = (uint64_t)res_int(res, 0, 1), .missed = res_bool(res, 0, 2) };

	if (granted(a, m.lines, &m.grants))
		request_answer(a->rq, &m);
}

static void
answer_object(struct ask *a, const PGresult *res)
{
	enum { C_id, C_uri, C_name, C_mime_type, C_size, C_writes };
	struct db *db = a->state;
	uint8_t sealed[SEAL_MAX];
	struct msg_object_grant m = { .id = res_id(res, 0, C_id), .uri = res_bytes(res, 0, C_uri), .name = res_bytes(res, 0, C_name),
		.mime_type = res_bytes(res, 0, C_mime_type), .size = (uint64_t)res_int(res, 0, C_size) };
	size_t n = grant_seal(&(struct grant){ .user = a->who, .uri = m.uri, .expires_ms = wall_ms() + db->grant_ms,
	    .use = res_bool(res, 0, C_writes) ? GRANT_WRITE : GRANT_READ }, db->grant_key, sealed);

	if (n == 0) {
		request_fail(a->rq, E_INTERNAL_ERROR, "the object has no usable name");
		return;
	}
	m.grant = bytes_of(sealed, n);
	request_answer(a->rq, &m);
}

void
relay_answer(struct ask *a, unsigned err, const PGresult *res)
{
	unsigned answer = msg_spec(a->rq->msg)->answer;

	if (err != 0)
		db_refuse(a, err);
	else if (answer == MSG_done)
		request_answer(a->rq, &(struct msg_done){ .changed = res_bool(res, 0, 0) });
	else if (PQntuples(res) == 0)		/* or somebody else's: not told */
		request_fail(a->rq, E_NOT_FOUND, "");
	else if (answer == MSG_media)
		relay_media(a, &(struct msg_media){ .json = res_bytes(res, 0, 0), .generation = res_id(res, 0, 1),
		    .final = res_bool(res, 0, 2), .error_code = res_bytes(res, 0, 3), .error_message = res_bytes(res, 0, 4),
		    .error_reasons = res_bytes(res, 0, 5), .replayed = PQnfields(res) > 6 && res_bool(res, 0, 6) });
	else if (answer == MSG_object_grant)
		answer_object(a, res);
	else if (answer == MSG_events)
		answer_events(a, res);
	else if (answer != MSG_row)
		answer_columns(a, answer, res);
	else if (PQgetlength(res, 0, 0) > ANSWER_MAX)
		request_fail(a->rq, E_VALIDATION_ERROR, too_large);
	else
		request_answer(a->rq, &(struct msg_row){ .json = res_bytes(res, 0, 0) });
}
