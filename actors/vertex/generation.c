/* actors/vertex/generation.c - see generation.h: what the three ways to a result share.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

static void
generation_free(struct generation *gen)
{
	if (gen->making) {
		*(gen->prev != NULL ? &gen->prev->next : &gen->v->making) = gen->next;
		if (gen->next != NULL)
			gen->next->prev = gen->prev;
	}
	for (size_t i = 0; i < SLOTS_MAX; i++)
		json_decref(gen->slots[i].prompt);
	for (size_t i = 0; i < WIRES_MAX; i++)
		generation_intake_end(&gen->calls[i]);
	wires_free(&gen->wires);
	json_decref(gen->reasons);
	json_decref(gen->request);
	free(gen);
}

struct generation *
generation_new(struct vertex *v, struct request *rq, struct bytes kind)
{
	struct generation *gen = calloc(1, sizeof *gen);

	if (gen == NULL) {
		request_fail(rq, E_UPSTREAM_BUSY, "memory is out");
		return NULL;
	}
	gen->v = v;
	gen->rq = rq;
	gen->kind = kind_by_name(kind);
	gen->refusal = kind_error(gen->kind);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		gen->slots[i].gen = gen;
	if (gen->kind == KIND_none) {
		generation_fail(gen, E_INTERNAL_ERROR, "there is no such kind of media");
		return NULL;
	}
	return gen;
}

struct generation *
generation_in_hand(const struct vertex *v, const struct id *id, uint32_t attempt)
{
	struct generation *gen = v->making;

	while (gen != NULL && !(id_eq(&gen->rq->body.generate.generation, id) && gen->rq->body.generate.attempt == attempt))
		gen = gen->next;
	return gen;
}

bool
generation_hold(struct generation *gen)
{
	const struct msg_generate *m = &gen->rq->body.generate;

	if (generation_in_hand(gen->v, &m->generation, m->attempt) != NULL)
		return false;
	gen->next = gen->v->making;
	if (gen->next != NULL)
		gen->next->prev = gen;
	gen->v->making = gen;
	gen->making = true;
	return true;
}

void
generation_fail(struct generation *gen, unsigned code, const char *detail)
{
	request_fail(gen->rq, code, detail);
	generation_free(gen);
}

bool
generation_request(struct generation *gen, struct bytes json)
{
	gen->request = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(gen->request))
		return true;
	generation_fail(gen, gen->refusal, "the generation's fields cannot be read");
	return false;
}

void
generation_prefix(struct generation *gen, const struct id *user, const struct id *project,
    const struct id *generation, uint32_t attempt)
{
	char u[37], p[37], g[37], *to = gen->prefix;

	id_text(user, u);
	id_text(project, p);
	id_text(generation, g);
	/* storage_uri is half as long at most: nothing is cut */
	gen->below = (size_t)snprintf(to, sizeof gen->prefix, "%s/users/%s/projects/%s/%s/", gen->v->storage_uri, u, p, g);
	if (attempt > 0)
		snprintf(to + gen->below, sizeof gen->prefix - gen->below, "%u/", attempt);
}

void
generation_blame(struct generation *gen, const struct outcome *o)
{
	if (o->said[0] != '\0')
		log_event(LOG_WARNING, &gen->rq->ctx, "google_said", "words", o->said);
	if (gen->worst.code == 0 || outcome_rank(o->code) > outcome_rank(gen->worst.code))
		gen->worst = *o;
}

void
generation_filtered(struct generation *gen, const json_t *reasons)
{
	struct outcome o;
	json_t *text;
	size_t i;

	if (gen->reasons == NULL)
		gen->reasons = json_array();
	json_array_foreach((json_t *)(uintptr_t)reasons, i, text)
		if (json_array_size(gen->reasons) < REASONS_MAX)
			json_array_append(gen->reasons, text);
	outcome_filtered(&o, reasons, gen->v->google.project);
	generation_blame(gen, &o);
}

/* ---- results ---- */

static void
on_slot_probed(void *arg, unsigned err, const char *detail, const struct stored *s)
{
	struct slot *slot = arg;

	/* the object is there whether we could look at it or not */
	if (err == 0) {
		slot->stored.size = s->size;
		slot->stored.facts = s->facts;
		if (strchr(s->mime, '/') != NULL && strcmp(s->mime, "application/octet-stream") != 0)
			snprintf(slot->stored.mime, sizeof slot->stored.mime, "%s", s->mime);
	} else {
		log_event(LOG_WARNING, &slot->gen->rq->ctx, "result_not_described", "why", detail);
	}
	generation_release(slot->gen);
}

void
generation_stored(struct generation *gen, unsigned index, const char *uri, const char *mime, const char *prompt)
{
	struct slot *slot = &gen->slots[index];
	struct bytes bucket, object;

	/* what we hand out URLs for is what this generation wrote, whatever Google's answer says */
	if (index >= SLOTS_MAX || slot->used || !gs_uri_parse(bytes_str(uri), &bucket, &object) ||
	    !gs_uri_below(uri, gen->prefix, gen->below)) {
		struct outcome o;
		log_event(LOG_ERROR, &gen->rq->ctx, "result_out_of_place", "uri", uri);
		outcome_set(&o, gen->refusal, "the model named a result that cannot be used");
		generation_blame(gen, &o);
		return;
	}
	slot->used = true;
	snprintf(slot->uri, sizeof slot->uri, "%s", uri);
	snprintf(slot->stored.mime, sizeof slot->stored.mime, "%s", mime);
	slot->prompt = prompt != NULL ? json_string(prompt) : NULL;
	gen->pending++;
	storage_probe(&gen->v->google, &gen->rq->ctx, slot->uri, on_slot_probed, slot);
}

/* ---- telling ---- */

static json_t *
slot_json(const struct slot *slot, size_t index)
{
	const struct stored *s = &slot->stored;
	json_t *metadata = json_pack("{s:i,s:s,s:s,s:s}", "index", (int)index, "mimeType", s->mime,
	    "originalGcsUri", slot->uri, "model", slot->gen->made_by);

	if (s->size > 0)
		json_object_set_new(metadata, "size", json_integer((json_int_t)s->size));
	if (s->facts.width > 0) {
		json_object_set_new(metadata, "width", json_integer(s->facts.width));
		json_object_set_new(metadata, "height", json_integer(s->facts.height));
	}
	if (s->facts.seconds > 0)
		json_object_set_new(metadata, "seconds", json_real(s->facts.seconds));
	if (slot->prompt != NULL)
		json_object_set(metadata, "prompt", slot->prompt);
	return json_pack("{s:s,s:o}", "uri", slot->uri, "metadata", metadata);
}

static char *
results_json(const struct generation *gen, size_t *n)
{
	json_t *list = json_array();
	char *text;

	*n = 0;
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (gen->slots[i].used && json_array_append_new(list, slot_json(&gen->slots[i], *n)) == 0)
			++*n;
	text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(list);
	return text;
}

/* May something appear in storage that this process does not bring there? */
static bool
google_stores(const struct generation *gen)
{
	return gen->maker == NULL || gen->maker->google_stores;	/* only operations are polled without a maker */
}

static void
answer_results(struct generation *gen)
{
	size_t n;
	char *json = results_json(gen, &n);

	if (gen->worst.code == E_CONTENT_FILTERED && gen->reasons != NULL)
		outcome_filtered(&gen->worst, gen->reasons, gen->v->google.project);

	if (json == NULL || n == 0) {
		free(json);
		generation_fail(gen, gen->worst.code != 0 ? gen->worst.code : gen->refusal,
		    gen->worst.code != 0 ? gen->worst.detail : "the model gave no result");
		return;
	}
	/* all three messages begin with the generation's id */
	log_event(LOG_INFO, &gen->rq->ctx, "generation_made", "generation", log_id(&gen->rq->body.generate.generation),
	    "model", gen->made_by, "results", log_u64(n), "lost", gen->worst.code != 0 ? gen->worst.detail : NULL);
	request_answer(gen->rq, &(struct msg_generated){ .done = true, .model = bytes_str(gen->made_by),
	    .results_json = bytes_str(json), .google_stores = google_stores(gen) });
	free(json);
	generation_free(gen);
}

void
generation_release(struct generation *gen)
{
	if (--gen->pending > 0)
		return;
	if (gen->operation[0] != '\0' || gen->running) {
		request_answer(gen->rq, &(struct msg_generated){ .done = false, .operation = bytes_str(gen->operation),
		    .model = bytes_str(gen->made_by), .results_json = BYTES("[]"), .google_stores = google_stores(gen) });
		generation_free(gen);
		return;
	}
	answer_results(gen);
}
