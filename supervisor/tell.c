/* supervisor/tell.c - what actors are told about the tree: front its state, db who died.
 * Licence: Apache-2.0. */
#include "supervisor/tree.h"

void
tell_front(struct tree *t, bool again)
{
	char down[sizeof t->told_down] = "";
	bool up = tree_all_up(t);

	for (size_t i = 0; i < t->nprocesses; i++)
		if (t->processes[i].life.state != LIFE_up) {
			size_t n = strlen(down);
			snprintf(down + n, sizeof down - n, "%s%s", n > 0 ? "," : "", t->processes[i].row->name);
		}
	if (!again && up == t->told_up && strcmp(down, t->told_down) == 0)
		return;
	t->told_up = up;
	memcpy(t->told_down, down, sizeof down);
	for (size_t i = 0; i < t->nprocesses; i++)
		if (t->processes[i].role == ROLE_front)
			wire_tell(&t->processes[i], MSG_tree_state,
			    &(struct msg_tree_state){ .all_up = up, .down = bytes_str(down) }, -1);
}

static void
tell_one(const struct tree *t, struct process *db, size_t i)
{
	wire_tell(db, MSG_process_died, &(struct msg_process_died){
	    .service = bytes_str(t->deaths[i % DEATHS_KEPT].service), .incarnation = t->deaths[i % DEATHS_KEPT].incarnation }, -1);
}

void
tell_death(struct tree *t, const struct process *dead)
{
	size_t i = t->ndeaths++;

	snprintf(t->deaths[i % DEATHS_KEPT].service, sizeof t->deaths[0].service, "%s", dead->row->name);
	t->deaths[i % DEATHS_KEPT].incarnation = dead->incarnation;
	for (size_t k = 0; k < t->nprocesses; k++)
		if (t->processes[k].role == ROLE_db && &t->processes[k] != dead && t->processes[k].life.state == LIFE_up)
			tell_one(t, &t->processes[k], i);
}

void
tell_deaths(struct tree *t, struct process *db)
{
	for (size_t i = t->ndeaths > DEATHS_KEPT ? t->ndeaths - DEATHS_KEPT : 0; i < t->ndeaths; i++)
		tell_one(t, db, i);
}
