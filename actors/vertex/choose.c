/* actors/vertex/choose.c - which model a generation is asked of, and with which bodies: the one
 * that its request names, or the successor of one that Google does not have any more.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/common/log.h"
#include "actors/vertex/generation.h"
#include "actors/vertex/vertex.h"

enum { SUCCESSORS_MAX = 4 };		/* a row's successor may have one as well */

const struct model *
generation_successor(const struct generation *gen, struct bytes project, const struct model *m, struct media_refusal *why)
{
	const struct model *next;

	for (unsigned i = 0; i < SUCCESSORS_MAX && m != NULL && retired_is(&gen->v->retired, m, project, now_ms()); i++) {
		if ((next = model_successor(m)) == NULL)
			break;
		m = media_fits(gen->kind, next, gen->request, why) ? next : NULL;
	}
	return m;
}

bool
generation_choose(struct generation *gen)
{
	const struct msg_generate *m = &gen->rq->body.generate;
	struct outcome why = { 0 };
	char own[GS_URI_MAX], user[37];
	struct mapping map = { .request = gen->request, .why = &why, .own_prefix = own };
	struct media_refusal refusal;

	/* the front has asked the same tables, but a job may be older than they are */
	gen->model = media_check(gen->kind, m->model, gen->request, gen->v->aliases, &refusal);
	if (gen->model != NULL)
		gen->model = generation_successor(gen, m->google_project, gen->model, &refusal);
	if (gen->model == NULL) {
		char detail[sizeof refusal];
		snprintf(detail, sizeof detail, "%s %s", refusal.field, refusal.text);
		generation_fail(gen, E_VALIDATION_ERROR, detail);
		return false;
	}
	map.model = gen->model;
	gen->maker = maker_of(gen->model->method);
	id_text(&m->user, user);
	snprintf(own, sizeof own, "%s/users/%s/", gen->v->storage_uri, user);
	generation_prefix(gen, &m->user, &m->project, &m->generation, m->attempt > 0 ? m->attempt : 1);
	wires_free(&gen->wires);
	gen->wires = (struct wires){ .n = 0 };
	if (gen->maker->build(&map, gen->prefix, &gen->wires) != 0) {
		generation_fail(gen, why.code != 0 ? why.code : gen->refusal, why.detail);
		return false;
	}
	snprintf(gen->made_by, sizeof gen->made_by, "%s", gen->wires.made_by);
	return true;
}

bool
generation_moves(struct generation *gen)
{
	const struct msg_generate *m = &gen->rq->body.generate;
	const struct model *next = model_successor(gen->model);

	if (gen->missing == 0)
		return false;
	retired_add(&gen->v->retired, gen->model, m->google_project, now_ms());
	log_event(LOG_WARNING, &gen->rq->ctx, "model_retired", "model", gen->model->id,
	    "location", gen->model->location[0] != '\0' ? gen->model->location : gen->v->google.location,
	    "successor", next != NULL ? next->id : NULL);
	if (next == NULL && gen->missing == gen->wires.n)
		outcome_set(&gen->worst, gen->refusal, "Google does not offer %s any more, or not to this project, and no "
		    "other model does the same", gen->model->id);
	/* one of several calls may have begun something: then that is all there will be */
	if (gen->moved || next == NULL || gen->missing < gen->wires.n)
		return false;
	gen->moved = true;
	gen->missing = 0;
	gen->pending = 0;
	gen->worst = (struct outcome){ 0 };
	gen->news = (struct gate_news){ 0 };
	return true;
}
