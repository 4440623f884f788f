/* actors/front/bind.c - see bind.h.
 * Owns: the plans, for as long as the process lives. Fails: into an answer.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/front/bind.h"
#include "actors/front/exchange.h"
#include "actors/front/idempotency.h"
#include "actors/front/media.h"
#include "actors/front/names.h"

enum { JSON_PARTS = 4, SESSION_DEVICE_MAX = 256 };

enum from { FROM_ticket, FROM_token, FROM_address, FROM_device, FROM_key, FROM_hash, FROM_path, FROM_body, FROM_query, FROM_has, FROM_set, FROM_part };

struct source {
	enum from from;
	bool query;			/* FROM_has, FROM_set: of the query */
	uint8_t index;			/* FROM_path */
	const struct field_row *field;
	char name[NAME_MAX_BYTES + 2];	/* in JSON */
};
struct plan {
	unsigned edge;
	bool keyed;			/* takes an Idempotency-Key */
	size_t n;
	struct source *v;
};
static struct plan *plans;		/* one per endpoint */

/* ---- the start ---- */

static bool
found_in(const struct endpoint *e, const char *name, struct source *s)
{
	snprintf(s->name, sizeof s->name, "%s", name);
	s->query = !body_names(e->body, bytes_str(name));
	return !s->query || body_names(e->query, bytes_str(name));
}

static bool
found_in_path(const struct endpoint *e, const char *name, struct source *s)
{
	uint8_t index = 0;

	for (const char *p = strchr(e->path, ':'); p != NULL; p = strchr(p + 1, ':'), index++) {
		size_t n = strcspn(p + 1, "/");
		if (n == strlen(name) && memcmp(p + 1, name, n) == 0) {
			s->from = FROM_path;
			s->index = index;
			return true;
		}
	}
	return false;
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool
source_find(const struct endpoint *e, const struct field_row *f, struct source *s)
{
	static const struct { const char *field; enum from from; } ours[] = {
		{ "ticket", FROM_ticket }, { "access_token", FROM_token }, { "address", FROM_address }, { "device", FROM_device },
		{ "idempotency_key", FROM_key }, { "body_hash", FROM_hash },
		{ "idempotency_key", FROM_key }, { "body_hash", FROM_hash },
	};
	char name[NAME_MAX_BYTES], with_id[NAME_MAX_BYTES + 2];
	bool has = f->kind == F_FLAG && starts(f->name, "has_"), set = f->kind == F_FLAG && starts(f->name, "set_");
	size_t n = strlen(f->name);

	*s = (struct source){ .field = f };
	for (size_t i = 0; i < COUNT(ours); i++)
		if (strcmp(f->name, ours[i].field) == 0) {
			s->from = ours[i].from;
			return true;
		}
	name_camel(f->name + (has || set ? 4 : 0), name);
	snprintf(with_id, sizeof with_id, "%sId", name);
	if (f->kind == F_BIN && n > 5 && strcmp(f->name + n - 5, "_json") == 0) {
		name[strlen(name) - 4] = '\0';
		s->from = FROM_part;
		return found_in(e, name, s) && !s->query;
	}
	if (!found_in(e, name, s) && !found_in(e, with_id, s))
		return f->kind == F_ID && (found_in_path(e, name, s) || found_in_path(e, with_id, s));
	s->from = has ? FROM_has : set ? FROM_set : s->query ? FROM_query : FROM_body;
	return true;
}

static unsigned
edge_to(unsigned receivers)
{
	for (unsigned id = 1; id < EDGE_COUNT; id++) {
		const struct edge_row *row = edge_row(id);
		if (row != NULL && row->a == ROLE_front && receivers & 1u << row->b)
			return id;
	}
	return 0;
}

static bool
answers_fit(const struct endpoint *e, const struct msg_spec *spec)
{
	unsigned answer = spec->answer;

	return answer == MSG_row || answer == MSG_media || (answer == MSG_done && e->answer == ANSWER_nothing) ||
	    show_fits(e->answer, answer);
}

static int
plan_make(const struct endpoint *e, struct plan *p, const char **why)
{
	static char text[160];
	const struct msg_spec *spec = msg_spec(e->msg);

	p->edge = edge_to(spec->receivers);
	p->v = calloc(spec->nfields, sizeof *p->v);
	snprintf(text, sizeof text, "%s: what %s answers is not what the route says", e->path, spec->name);
	*why = text;
	if (p->edge == 0 || p->v == NULL || !answers_fit(e, spec))
		return -1;
	for (; p->n < spec->nfields; p->n++) {
		if (!source_find(e, &spec->fields[p->n], &p->v[p->n])) {
			snprintf(text, sizeof text, "%s: nothing fills %s of %s", e->path, spec->fields[p->n].name, spec->name);
			return -1;
		}
		p->keyed |= p->v[p->n].from == FROM_key;
	}
	return 0;
}

int
bind_init(const char **why)
{
	*why = "out of memory";
	plans = calloc(endpoint_count, sizeof *plans);
	if (plans == NULL)
		return -1;
	for (size_t i = 0; i < endpoint_count; i++)
		if (endpoints[i].msg != MSG_none && plan_make(&endpoints[i], &plans[i], why) != 0)
			return -1;
	return 0;
}

/* ---- a request ---- */

static struct bytes
ticket_for(const struct exchange *x, unsigned edge)
{
	switch (edge) {
	case EDGE_front_db:
		return sealed_bytes(&x->who.db);
	case EDGE_front_vertex:
		return sealed_bytes(&x->who.vertex);
	case EDGE_front_notifier:
		return sealed_bytes(&x->who.notifier);
	default:
		return (struct bytes){ "", 0 };
	}
}

/* What a session's owner will recognise it by: the user agent, cut at a character. */
static struct bytes
device_of(const struct exchange *x)
{
	struct bytes agent = exchange_header(x, "user-agent");

	if (agent.n > SESSION_DEVICE_MAX)
		agent.n = SESSION_DEVICE_MAX;
	agent.n = utf8_whole(agent.p, agent.n);
	return agent;
}

static void
put_value(void *at, const struct field_row *f, const json_t *root, const char *name)
{
	struct bytes text = body_text(root, name);

	switch (f->kind) {
	case F_ID:
		id_parse(text.p, text.n, at);
		break;
	case F_U32:
		*(uint32_t *)at = (uint32_t)body_uint(root, name, 0);
		break;
	case F_U64:
		*(uint64_t *)at = body_uint(root, name, 0);
		break;
	case F_FLAG:
		*(bool *)at = json_is_true(json_object_get(root, name));
		break;
	default:
		*(struct bytes *)at = text;
	}
}

static void
put(const struct exchange *x, unsigned edge, const struct source *s, union msg_any *m, char **part)
{
	void *at = (char *)m + s->field->offset;
	const json_t *root = s->query ? x->query : x->body;

	switch (s->from) {
	case FROM_ticket:
		*(struct bytes *)at = ticket_for(x, edge);
		break;
	case FROM_token:
		*(struct bytes *)at = exchange_bearer(x);
		break;
	case FROM_address:
		*(struct bytes *)at = bytes_str(x->client->text);
		break;
	case FROM_device:
		*(struct bytes *)at = device_of(x);
		break;
	case FROM_key:
		*(struct bytes *)at = x->idempotency_key;
		break;
	case FROM_hash:
		*(struct bytes *)at = bytes_of(x->body_hash, x->idempotency_key.n > 0 ? sizeof x->body_hash : 0);
		break;
	case FROM_path:
		*(struct id *)at = x->ids[s->index];
		break;
	case FROM_has:
		*(bool *)at = json_object_get(root, s->name) != NULL && !json_is_null(json_object_get(root, s->name));
		break;
	case FROM_set:
		*(bool *)at = json_object_get(root, s->name) != NULL;
		break;
	case FROM_part:
		if ((*part = json_dumps(json_object_get(root, s->name), JSON_COMPACT | JSON_ENCODE_ANY)) != NULL)
			*(struct bytes *)at = bytes_str(*part);
		break;
	default:
		put_value(at, s->field, root, s->name);
	}
}

static void
answer_shown(struct exchange *x, unsigned msg, const union msg_any *body)
{
	struct buf b = { 0 };

	if (show_write(&b, x->endpoint->answer, msg, body) != 0)
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
	else
		answer_json(x, x->endpoint->status, bytes_of(b.p, b.n));
	if (b.p != NULL)
		explicit_bzero(b.p, b.cap);	/* tokens, perhaps */
	buf_free(&b);
}

static void
answer_media(struct exchange *x, const struct msg_media *m)
{
	x->replayed = m->replayed;
	media_answer(x, x->endpoint->status, m);
}

static void
on_answered(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	unsigned answer = msg_spec(x->endpoint->msg)->answer;

	if (err != 0)
		answer_error(x, err, detail);
	else if (answer == MSG_row)
		answer_json(x, x->endpoint->status, body->row.json);
	else if (answer == MSG_media)
		answer_media(x, &body->media);
	else if (answer != MSG_done)
		answer_shown(x, answer, body);
	else if (body->done.changed)
		answer_empty(x, x->endpoint->status);
	else
		answer_error(x, E_NOT_FOUND, (struct bytes){ "", 0 });
}

void
on_ask(struct exchange *x)
{
	const struct plan *p = &plans[x->endpoint - endpoints];
	char *parts[JSON_PARTS] = { NULL };
	union msg_any m;
	size_t nparts = 0;
	/* a change of some fields to given values is the same when it is done twice */
	unsigned flags = x->endpoint->method == HTTP_GET || x->endpoint->method == HTTP_PATCH || x->endpoint->method == HTTP_PUT ? CALL_AGAIN : 0;

	if (p->keyed && !idempotency_take(x))
		return;
	if (x->idempotency_key.n > 0)
		flags |= CALL_AGAIN;
	memset(&m, 0, sizeof m);
	for (size_t i = 0; i < p->n; i++) {
		put(x, p->edge, &p->v[i], &m, &parts[nparts]);
		if (parts[nparts] != NULL && nparts + 1 < JSON_PARTS)
			nparts++;
	}
	exchange_call(x, p->edge, x->endpoint->msg, &m, flags, 0, on_answered);
	for (size_t i = 0; i < JSON_PARTS; i++)
		free(parts[i]);
}
