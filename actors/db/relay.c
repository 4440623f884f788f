/* actors/db/relay.c - see relay.h.
 * Owns: the plans, for as long as the process lives. Fails: into the asker's answer.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/db/dates.h"
#include "actors/db/relay.h"

enum { NAME_ROOM = 64 };

enum from { FROM_field, FROM_caller, FROM_caller_session, FROM_caller_admin, FROM_request_id, FROM_trace, FROM_storage, FROM_limits, FROM_prices };
enum type { T_uuid, T_boolean, T_bytea, T_json, T_text, T_integer, T_bigint, T_word, T_pattern, T_hook, T_since, T_until, T_COUNT };
static const char *const type_names[T_COUNT] = { "uuid", "boolean", "bytea", "json", "text", "integer", "bigint", "word",
	"pattern", "hook", "since", "until" };

struct source {
	enum from from;
	enum type type;
	const struct field_row *field, *has;	/* has: NULL where it is always there */
};
enum who { WHO_any, WHO_listener, WHO_hook, WHO_admin, WHO_peer };
struct plan {
	enum who who;
	enum query query;
	const struct field_row *ticket;	/* NULL for a peer */
	const struct field_row *key;	/* the message's idempotency_key, or NULL */
	size_t n;
	struct source v[ASK_PARAMS];
};

static struct plan plans[MSG_LIMIT];
static const struct { unsigned msg; enum who who; enum query query; } relays[] = {
#define ANY WHO_any
#define LISTENER WHO_listener
#define ADMIN WHO_admin
#define RELAY(message, who, statement) { MSG_##message, who, Q_##statement },
#define HOOK(message, statement) { MSG_##message, WHO_hook, Q_##statement },
#define PEER(message, statement) { MSG_##message, WHO_peer, Q_##statement },
#include "actors/db/relays.tbl.h"
#undef ANY
#undef LISTENER
#undef ADMIN
};

/* ---- the start ---- */

static const struct field_row *
field_of(const struct msg_spec *spec, const char *prefix, const char *name)
{
	char whole[NAME_ROOM + 8];

	snprintf(whole, sizeof whole, "%s%s", prefix, name);
	for (size_t i = 0; i < spec->nfields; i++)
		if (strcmp(spec->fields[i].name, whole) == 0)
			return &spec->fields[i];
	return NULL;
}

static bool
kind_fits(enum type type, enum field_kind kind)
{
	switch (type) {
	case T_uuid:
		return kind == F_ID;
	case T_boolean:
		return kind == F_FLAG;
	case T_integer:
	case T_bigint:
		return kind == F_U32 || kind == F_U64;
	case T_bytea:
	case T_json:
		return kind == F_BIN;
	default:
		return kind == F_STR;
	}
}

static bool
source_find(const struct msg_spec *spec, const char *name, const char *type, struct source *s)
{
	static const struct { const char *name; enum from from; enum type type; } others[] = {
		{ "caller", FROM_caller, T_uuid }, { "caller_session", FROM_caller_session, T_uuid },
		{ "caller_admin", FROM_caller_admin, T_boolean }, { "request_id", FROM_request_id, T_text },
		{ "trace", FROM_trace, T_bytea }, { "storage", FROM_storage, T_text },
		{ "limits", FROM_limits, T_json }, { "prices", FROM_prices, T_json },
	};

	*s = (struct source){ .type = T_COUNT };
	for (unsigned i = 0; i < T_COUNT; i++)
		if (strcmp(type_names[i], type) == 0)
			s->type = (enum type)i;
	for (size_t i = 0; i < COUNT(others); i++)
		if (strcmp(others[i].name, name) == 0) {
			s->from = others[i].from;
			return s->type == others[i].type;
		}
	s->field = field_of(spec, "", name);
	s->has = field_of(spec, "has_", name);
	return s->type != T_COUNT && s->field != NULL && kind_fits(s->type, s->field->kind);
}

static int
plan_make(const struct msg_spec *spec, struct plan *p, const char **why)
{
	static char text[192];
	const struct statement *st = &statements[p->query];
	char name[NAME_ROOM], type[NAME_ROOM];
	int n;

	snprintf(text, sizeof text, "%s: it is answered by %s, which relays do not make", spec->name,
	    spec->answer != MSG_none ? msg_spec(spec->answer)->name : "nothing");
	*why = text;
	if (spec->answer == MSG_none || (spec->answer != MSG_row && spec->answer != MSG_done && spec->answer != MSG_media &&
	    spec->answer != MSG_object_grant && spec->answer != MSG_events && p->who != WHO_peer))
		return -1;
	p->key = field_of(spec, "", "idempotency_key");
	p->ticket = p->who == WHO_peer ? NULL : field_of(spec, "", "ticket");
	if (p->who != WHO_peer && p->ticket == NULL) {
		snprintf(text, sizeof text, "%s: it carries no ticket", spec->name);
		return -1;
	}
	for (const char *at = st->params; *at != '\0' && sscanf(at, " %63s %63[^, ]%n", name, type, &n) == 2; p->n++) {
		if (p->n == ASK_PARAMS || !source_find(spec, name, type, &p->v[p->n])) {
			snprintf(text, sizeof text, "%s: nothing in %s fills %s %s", st->name, spec->name, name, type);
			return -1;
		}
		at += n;
		at += *at == ',';
	}
	snprintf(text, sizeof text, "%s: its params cannot be read", st->name);
	return p->n == st->nparams ? 0 : -1;
}

int
relay_init(const char **why)
{
	for (size_t i = 0; i < COUNT(relays); i++) {
		struct plan *p = &plans[relays[i].msg];
		*p = (struct plan){ .who = relays[i].who, .query = relays[i].query };
		if (plan_make(msg_spec(relays[i].msg), p, why) != 0)
			return -1;
	}
	return 0;
}

/* ---- parameters ---- */

/* What is searched for, as a pattern of ILIKE: its wildcards mean themselves. */
static struct bytes
search_pattern(struct ask *a, struct bytes text)
{
	char *p = arena_alloc(&a->arena, 2 * (size_t)text.n + 2);
	size_t n = 0;

	if (p == NULL)
		return BYTES("%");
	p[n++] = '%';
	for (uint32_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = text.p[i];
	}
	p[n++] = '%';
	return bytes_of(p, n);
}

/* NULL, or what is wrong. */
static const char *
give_text(struct ask *a, const struct source *s, struct bytes b)
{
	static char wrong[NAME_ROOM + 64];
	const char *bad_url;
	char date[DATE_TEXT];

	if (b.n == 0 && s->type >= T_word) {
		ask_null(a);
		return NULL;
	}
	if (s->type == T_hook && (bad_url = webhook_wrong(&((const struct db *)a->state)->webhooks, b)) != NULL)
		return bad_url;
	if (s->type == T_pattern)
		b = search_pattern(a, b);
	if (s->type == T_since || s->type == T_until) {
		snprintf(wrong, sizeof wrong, "%s must be an ISO 8601 date or time", s->field->name);
		if (!date_bound(b, s->type == T_until, date))
			return wrong;
		b = ask_copy(a, bytes_str(date));
	}
	ask_text(a, b);
	return NULL;
}

static const char *
give_field(struct ask *a, const struct source *s, const union msg_any *body)
{
	const char *at = (const char *)body + s->field->offset;

	if (s->has != NULL && !*(const bool *)(const void *)((const char *)body + s->has->offset)) {
		ask_null(a);
		return NULL;
	}
	switch (s->field->kind) {
	case F_ID:
		ask_id(a, (const struct id *)(const void *)at);
		return NULL;
	case F_U32:
		ask_i64(a, *(const uint32_t *)(const void *)at);
		return NULL;
	case F_U64:
		ask_i64(a, (int64_t)*(const uint64_t *)(const void *)at);
		return NULL;
	case F_FLAG:
		ask_bool(a, *(const bool *)(const void *)at);
		return NULL;
	default:
		return give_text(a, s, *(const struct bytes *)(const void *)at);
	}
}

static const char *
give(struct ask *a, const struct source *s, const struct request *rq, const struct ticket *t)
{
	switch (s->from) {
	case FROM_caller:
		ask_id(a, &a->who);
		return NULL;
	case FROM_caller_session:
		ask_text(a, ask_copy(a, bytes_of(t->session.b, sizeof t->session.b)));
		return NULL;
	case FROM_caller_admin:
		ask_bool(a, t->admin);
		return NULL;
	case FROM_request_id:
		ask_text(a, bytes_str(rq->ctx.request_id));
		return NULL;
	case FROM_trace:
		ask_text(a, bytes_of(rq->ctx.trace, sizeof rq->ctx.trace));
		return NULL;
	case FROM_storage:
		ask_text(a, ((const struct db *)a->state)->storage);
		return NULL;
	case FROM_limits:
		ask_text(a, db_limits(a->state));
		return NULL;
	case FROM_prices:
		ask_text(a, db_prices(a->state));
		return NULL;
	default:
		return give_field(a, s, &rq->body);
	}
}

/* ---- asking ---- */

static struct bytes
text_of(const struct request *rq, const struct field_row *f)
{
	return *(const struct bytes *)(const void *)((const char *)&rq->body + f->offset);
}

void
on_relay(void *state, struct request *rq)
{
	const struct plan *p = &plans[rq->msg];
	struct ticket t = { .admin = false };
	struct ask *a;

	if (p->who != WHO_peer && !db_caller(state, rq, p->who == WHO_listener ? TICKET_LISTEN : TICKET_ALL, text_of(rq, p->ticket), &t))
		return;
	if (p->who == WHO_admin && !t.admin) {
		request_fail(rq, E_FORBIDDEN, "");
		return;
	}
	if (p->who == WHO_hook && !webhooks_are_on(&((const struct db *)state)->webhooks, rq))
		return;
	if ((a = db_ask(state, rq, p->query, relay_answer)) == NULL)
		return;
	a->who = t.user;
	if (p->key != NULL)
		a->keyed = text_of(rq, p->key).n > 0;
	for (size_t i = 0; i < p->n; i++) {
		const char *wrong = give(a, &p->v[i], rq, &t);
		if (wrong != NULL) {
			request_fail(rq, E_VALIDATION_ERROR, wrong);
			ask_free(a);
			return;
		}
	}
	db_send(state, a);
}
