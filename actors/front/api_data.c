/* actors/front/api_data.c - reads and small writes that db answers in whole: profile,
 * projects, generations.
 * Licence: Apache-2.0. */
#include "actors/front/api.h"
#include "actors/front/media.h"

static void
on_row(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	if (err != 0)
		answer_error(x, err, detail);
	else
		answer_json(x, x->endpoint->status, body->row.json);
}

static void
on_media_row(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	if (err != 0)
		answer_error(x, err, detail);
	else
		media_answer(x, x->endpoint->status, &body->media);
}

void
on_profile(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_profile_get,
	    &(struct msg_profile_get){ .ticket = sealed_bytes(&x->who.db) }, CALL_AGAIN, 0, on_row);
}

void
on_projects(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_project_list, &(struct msg_project_list){
		.ticket = sealed_bytes(&x->who.db),
		.paged = body_has(x->query, "page") || body_has(x->query, "limit"),
		.page = (uint32_t)body_uint(x->query, "page", 1),
		.limit = (uint32_t)body_uint(x->query, "limit", 10) }, CALL_AGAIN, 0, on_row);
}

void
on_project(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_project_get,
	    &(struct msg_project_get){ .ticket = sealed_bytes(&x->who.db), .project = x->id }, CALL_AGAIN, 0, on_row);
}

void
on_project_create(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_project_create, &(struct msg_project_create){
		.ticket = sealed_bytes(&x->who.db), .name = body_text(x->body, "name"),
		.has_description = json_is_string(json_object_get(x->body, "description")),
		.description = body_text(x->body, "description"),
		.has_google_project = body_has(x->body, "googleProjectId"),
		.google_project = body_text(x->body, "googleProjectId") }, 0, 0, on_row);
}

void
on_media(struct exchange *x)
{
	exchange_call(x, EDGE_front_db, MSG_generation_get,
	    &(struct msg_generation_get){ .ticket = sealed_bytes(&x->who.db), .generation = x->id }, CALL_AGAIN, 0, on_media_row);
}

void
on_history(struct exchange *x)
{
	struct msg_generation_list m = {
		.ticket = sealed_bytes(&x->who.db),
		.page = (uint32_t)body_uint(x->query, "page", 1),
		.limit = (uint32_t)body_uint(x->query, "limit", 10),
		.kind = body_text(x->query, "mediaType"), .status = body_text(x->query, "status"),
		.has_project = body_has(x->query, "projectId"), .search = body_text(x->query, "search"),
		.from = body_text(x->query, "from"), .to = body_text(x->query, "to"),
	};
	struct bytes project = body_text(x->query, "projectId");

	id_parse(project.p, project.n, &m.project);
	exchange_call(x, EDGE_front_db, MSG_generation_list, &m, CALL_AGAIN, 0, on_media_row);
}
