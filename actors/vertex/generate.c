/* actors/vertex/generate.c - asking Google for a generation, once.
 *
 * The request is checked and mapped before anything is sent; then it waits for its turn
 * (gate.h), and calls are made (calls.c).
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

/* ---- the turn ---- */

static void
on_turn(void *arg, unsigned err)
{
	struct generation *gen = arg;

	if (err != 0)
		generation_fail(gen, err, gate_why(&gen->v->gate, gen->model));
	else
		calls_begin(gen);
}

static void
take_turn(struct generation *gen)
{
	uint64_t deadline = gen->rq->ctx.deadline_ms;

	if (gen->stopped)
		generation_fail(gen, E_NOT_SENT, "it was cancelled");
	else if (gate_enter(&gen->v->gate, &gen->place, gen->model, deadline > LEAST_MS ? deadline - LEAST_MS : deadline,
	    on_turn, gen) != 0)
		generation_fail(gen, E_UPSTREAM_BUSY, gate_why(&gen->v->gate, gen->model));
}

static void sources_look(struct generation *gen);

/* One of the objects that Google is to start from was looked at. */
static void
on_source(void *arg, unsigned err, const char *detail, const struct stored *s)
{
	struct generation *gen = arg;
	const struct source *from = &gen->wires.source[gen->looked++];
	struct outcome why = { 0 };
	struct mapping map = { .model = gen->model, .request = gen->request, .why = &why };

	if (err == E_NOT_FOUND) {
		outcome_set(&why, E_NOT_FOUND, "%s names no object of yours", from->field);
		generation_fail(gen, why.code, why.detail);
	} else if (err != 0)		/* nothing was asked for yet: it may be tried again */
		generation_fail(gen, err == E_STORAGE_ERROR ? err : E_NOT_SENT, detail);
	else if (gen->maker->source(&map, from, s, gen->wires.body[0]) != 0)
		generation_fail(gen, why.code != 0 ? why.code : gen->refusal, why.detail);
	else
		sources_look(gen);
}

static void
sources_look(struct generation *gen)
{
	if (gen->looked < gen->wires.sources)
		storage_probe(&gen->v->google, &gen->rq->ctx, gen->wires.source[gen->looked].uri, on_source, gen);
	else
		take_turn(gen);
}

void
generation_begin(struct generation *gen)
{
	if (!generation_choose(gen))
		return;
	gen->looked = 0;
	sources_look(gen);
}

/* A Google project's id goes into a path. */
static bool
project_is_fine(struct bytes project)
{
	for (uint32_t i = 0; i < project.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-.:", project.p[i]) == NULL || project.p[i] == '\0')
			return false;
	return true;
}

void
on_generate(void *state, struct request *rq)
{
	struct vertex *v = state;
	const struct msg_generate *m = &rq->body.generate;
	struct generation *gen = generation_new(v, rq, m->kind);

	if (gen == NULL || !generation_request(gen, m->request_json))
		return;
	/* whoever asks twice has lost the first answer: once is enough for Google */
	if (!generation_hold(gen)) {
		generation_fail(gen, E_UNCLEAR, "this generation is being made already");
		return;
	}
	if (!project_is_fine(m->google_project)) {
		generation_fail(gen, gen->refusal, "the project's Google project id is not valid");
		return;
	}
	generation_begin(gen);
}

void
on_generate_stop(void *state, struct request *rq)
{
	const struct msg_generate_stop *m = &rq->body.generate_stop;
	struct vertex *v = state;
	struct generation *gen = generation_in_hand(v, &m->generation, m->attempt);

	if (m->operation.n > 0)
		operation_cancel(v, &rq->ctx, m->operation);
	if (gen == NULL)
		return;
	gen->stopped = true;
	if (gate_give_up(&v->gate, &gen->place) && !calls_given_up(gen))
		generation_fail(gen, E_NOT_SENT, "it was cancelled");
}
