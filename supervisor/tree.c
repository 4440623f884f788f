/* supervisor/tree.c - see tree.h: the story of the tree from first start to last end.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervisor/tree.h"

enum {
	LAST_RESORT_MS = 4600,		/* of the 5 s that an orderly end may take */
	DRAIN_MARGIN_MS = 150,		/* an actor leaves before it is killed */
	BOOT_DEATHS = 3,		/* of one process before it was ready, and the start has failed */
	SETTLE_MS = 5000,		/* "fix me" this soon after the first start is a failed start too */
	GIVE_UP_MS = 600000,		/* a second escalation within this ends the tree */
	LEAVES_LAST = 5
};

static const char *const phase_names[] = {
	[TREE_booting] = "starting", [TREE_serving] = "serving", [TREE_stopping] = "stopping",
	[TREE_cycling] = "restarting", [TREE_ended] = "ended",
};

static double
seconds(uint64_t ms)
{
	return (double)ms / 1000;
}

static void
enter(struct tree *t, enum tree_phase phase)
{
	t->phase = phase;
	t->phase_ms = now_ms();
}

const char *
tree_phase_name(const struct tree *t)
{
	return t->phase == TREE_serving && !tree_all_up(t) ? "degraded" : phase_names[t->phase];
}

/* ---- looking ---- */

bool
tree_all_up(const struct tree *t)
{
	for (size_t i = 0; i < t->nprocesses; i++)
		if (t->processes[i].life.state != LIFE_up)
			return false;
	return true;
}

struct process *
tree_find(struct tree *t, const char *service, size_t n)
{
	for (size_t i = 0; i < t->nprocesses; i++)
		if (strlen(t->processes[i].row->name) == n && memcmp(t->processes[i].row->name, service, n) == 0)
			return &t->processes[i];
	return NULL;
}

static bool
service_is_up(const struct tree *t, enum service_id service)
{
	for (size_t i = 0; i < t->nprocesses; i++)
		if (t->processes[i].service == service && t->processes[i].life.state != LIFE_up)
			return false;
	return true;		/* also when it is no part of this tree */
}

/* ---- leaving ---- */

static void
ask_to_leave(struct process *p)
{
	uint64_t ms = p->row->gone_ms > 2 * DRAIN_MARGIN_MS ? p->row->gone_ms - DRAIN_MARGIN_MS : p->row->gone_ms;

	if (p->row->kind == KIND_POSTGRES)
		kill(p->pid, SIGINT);		/* its fast shutdown */
	else if (p->row->kind == KIND_EMULATOR)
		kill(p->pid, SIGTERM);
	else if (!p->was_ready)
		kill(p->pid, SIGKILL);		/* it may not read notices yet, and has nothing to finish */
	else
		wire_tell(p, MSG_drain, &(struct msg_drain){ .within_ms = (uint32_t)ms }, -1);
}

static void
kill_hard(struct process *p)
{
	if (p->pid == 0)
		return;
	if (p->row->kind == KIND_POSTGRES && p->life.state == LIFE_stopping && p->life.kills <= 1) {
		kill(p->pid, SIGQUIT);		/* its immediate shutdown: no orphans are left */
		return;
	}
	if (p->row->kind != KIND_ACTOR)
		cgroup_kill(&p->cgroup);
	kill(p->pid, SIGKILL);
}

static bool
any_process(const struct tree *t, unsigned turn)
{
	for (size_t i = 0; i < t->nprocesses; i++)
		if (life_has_process(&t->processes[i].life) && t->processes[i].row->leaves == turn)
			return true;
	return false;
}

static void
end(struct tree *t)
{
	ev_timer_stop(t->loop, &t->last_resort);
	ev_timer_stop(t->loop, &t->heart);
	enter(t, TREE_ended);
	t->on_ended(t);
}

/* One turn after the other; a turn starts when the one before is over. */
static void
leave_next(struct tree *t)
{
	while (t->leaving == 0 || (t->leaving <= LEAVES_LAST && !any_process(t, t->leaving))) {
		t->leaving++;
		for (size_t i = 0; i < t->nprocesses; i++)
			if (t->processes[i].row->leaves == t->leaving)
				tree_event(&t->processes[i], ON_stop, NULL);
	}
	if (t->leaving <= LEAVES_LAST)
		return;
	if (t->phase == TREE_cycling)
		tree_start(t);
	else if (t->phase == TREE_stopping)
		end(t);
}

static void
leave_begin(struct tree *t, enum tree_phase phase)
{
	enter(t, phase);
	t->leaving = 0;
	for (size_t i = 0; i < t->nprocesses; i++)	/* nothing is started any more */
		t->processes[i].waiting = false;
	ev_timer_set(&t->last_resort, seconds(LAST_RESORT_MS), 0);
	ev_timer_start(t->loop, &t->last_resort);
	leave_next(t);
}

void
tree_stop(struct tree *t, int exit_code)
{
	if (t->phase == TREE_ended)
		return;
	if (t->phase == TREE_stopping) {	/* asked twice: at once */
		ev_feed_event(t->loop, &t->last_resort, EV_TIMER);
		return;
	}
	t->exit_code = exit_code;
	slog(t->logs, LOG_INFO, "stopping");
	if (t->phase == TREE_cycling) {		/* on its way down already */
		enter(t, TREE_stopping);
		leave_next(t);
		return;
	}
	leave_begin(t, TREE_stopping);
}

static void
on_last_resort(struct ev_loop *loop, ev_timer *w, int events)
{
	struct tree *t = w->data;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < t->nprocesses; i++) {
		struct process *p = &t->processes[i];
		p->waiting = false;
		tree_event(p, ON_stop, NULL);
		if (p->pid == 0)
			continue;
		slog(t->logs, LOG_WARNING, "killed_at_end", "actor", p->row->name);
		cgroup_kill(&p->cgroup);
		kill(p->pid, SIGKILL);
	}
}

static void
give_up(struct tree *t, const struct process *p, const char *what)
{
	char cause[160];

	if (t->phase == TREE_stopping || t->phase == TREE_ended)
		return;
	fault_set(&t->fault, "%s %s (%s)%s%s", p->row->name, what,
	    life_cause_text(&p->life.cause, cause, sizeof cause), p->last_words[0] != '\0' ? ": " : "", p->last_words);
	tree_stop(t, 1);
}

/* ---- coming ---- */

static void
start_waiting(struct tree *t)
{
	for (size_t i = 0; i < t->nprocesses; i++) {
		struct process *p = &t->processes[i];
		if (!p->waiting || (p->row->after != SERVICE_none && !service_is_up(t, p->row->after)))
			continue;
		p->waiting = false;
		tree_event(p, ON_start, NULL);
	}
}

void
tree_start(struct tree *t)
{
	if (t->started_ms == 0)
		t->started_ms = now_ms();
	ev_timer_stop(t->loop, &t->last_resort);
	enter(t, TREE_booting);
	for (size_t i = 0; i < t->nprocesses; i++)
		t->processes[i].waiting = true;
	start_waiting(t);
	ev_timer_again(t->loop, &t->heart);
}

/* Instances one after the other: the next when the one before is ready again, so that
 * somebody always serves. */
static void
restart_next(struct tree *t, enum service_id service)
{
	for (size_t i = 0; i < t->nprocesses; i++) {
		struct process *p = &t->processes[i];
		if (p->service != service || !p->restart_due)
			continue;
		p->restart_due = false;
		tree_event(p, ON_restart, NULL);
		return;
	}
}

bool
tree_restart(struct tree *t, const char *service, size_t n)
{
	const struct process *first = tree_find(t, service, n);

	if (first == NULL)
		return false;
	if (t->phase != TREE_serving && t->phase != TREE_booting)
		return true;
	for (size_t i = 0; i < t->nprocesses; i++)
		if (t->processes[i].service == first->service)
			t->processes[i].restart_due = true;
	restart_next(t, first->service);
	return true;
}

static void
on_ready(struct process *p)
{
	struct tree *t = p->tree;
	uint64_t ms = now_ms() - p->life.born_ms;

	slog(t->logs, LOG_INFO, "ready", "actor", p->row->name, "after_ms", log_u64(ms));
	p->was_ready = true;
	if (p->role == ROLE_db)
		tell_deaths(t, p);
	if (p->role == ROLE_front)
		tell_front(t, true);
	start_waiting(t);
	if (t->phase == TREE_serving || t->phase == TREE_booting)
		restart_next(t, p->service);
	if (t->phase == TREE_booting && tree_all_up(t)) {
		enter(t, TREE_serving);
		t->on_up(t);
	}
}

/* ---- dying ---- */

static void
after_death(struct process *p, const struct life_todo *todo)
{
	struct tree *t = p->tree;
	bool first_boot = t->phase == TREE_booting && t->escalated_ms == 0;
	bool first_moments = t->phase == TREE_serving && t->escalated_ms == 0 && now_ms() - t->started_ms < SETTLE_MS;
	bool fix_me = p->life.state == LIFE_failed && !todo->escalate;

	if (p->role >= 0)
		tell_death(t, p);
	if (((first_boot || first_moments) && fix_me) ||
	    (first_boot && (p->life.cause.kind == CAUSE_slow || p->life.ndeaths >= BOOT_DEATHS))) {
		give_up(t, p, "could not be started");
		return;
	}
	if (!todo->escalate)
		return;
	if (t->escalated_ms != 0 && now_ms() - t->escalated_ms < GIVE_UP_MS) {
		give_up(t, p, "dies over and over, also after a restart of the whole tree");
		return;
	}
	slog(t->logs, LOG_ERROR, "escalation", "actor", p->row->name,
	    "why", "it dies over and over although it was slowed down", "what_follows", "the whole tree is restarted");
	t->escalated_ms = now_ms();
	if (t->phase != TREE_stopping)
		leave_begin(t, TREE_cycling);
}

static void
log_death(const struct process *p, bool asked)
{
	char cause[160];

	slog(p->tree->logs, asked ? LOG_INFO : LOG_ERROR, asked ? "left" : "died", "actor", p->row->name,
	    "cause", life_cause_text(&p->life.cause, cause, sizeof cause),
	    "after_ms", log_u64(p->life.lived_ms), "state", life_state_name(p->life.state));
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	tree_event(w->data, ON_timer, NULL);
}

static void
set_timer(struct process *p, uint64_t ms)
{
	ev_timer_stop(p->tree->loop, &p->timer);
	if (ms == 0)
		return;
	ev_timer_set(&p->timer, seconds(ms), 0);
	ev_timer_start(p->tree->loop, &p->timer);
}

void
tree_event(struct process *p, enum life_event event, const struct life_cause *cause)
{
	struct tree *t = p->tree;
	bool asked = p->life.state == LIFE_stopping && p->life.kills == 0;
	struct life_todo todo;

	ev_now_update(t->loop);
	todo = life_step(&p->life, &p->rules, event, cause, now_ms());
	if (event == ON_died)
		log_death(p, asked);
	if (todo.timer)
		set_timer(p, todo.timer_ms);
	if (todo.dump)
		process_dump(p);
	if (todo.kill)
		kill_hard(p);
	if (todo.ask_leave && p->pid != 0)
		ask_to_leave(p);
	else if (todo.ask_leave)	/* it was about to be spawned: nobody has to leave */
		life_step(&p->life, &p->rules, ON_died, &p->life.cause, now_ms());
	if (event == ON_died)
		after_death(p, &todo);
	if (todo.spawn && p->life.state == LIFE_starting && p->pid == 0) {	/* after_death may have ended the tree */
		process_spawn(p);
		if (p->row->kind == KIND_POSTGRES)
			ev_timer_again(t->loop, &t->database_look);
	}
	if (event == ON_ready && p->life.state == LIFE_up)
		on_ready(p);
	tell_front(t, false);
	if (event == ON_died && (t->phase == TREE_stopping || t->phase == TREE_cycling))
		leave_next(t);
}

static void
on_child(struct ev_loop *loop, ev_child *w, int events)
{
	struct tree *t = w->data;
	struct life_cause cause = { CAUSE_exit, WEXITSTATUS(w->rstatus) };

	(void)loop;
	(void)events;
	if (WIFSIGNALED(w->rstatus))
		cause = (struct life_cause){ CAUSE_signal, WTERMSIG(w->rstatus) };
	else if (!WIFEXITED(w->rstatus))
		return;
	for (size_t i = 0; i < t->nprocesses; i++) {
		struct process *p = &t->processes[i];
		if (p->pid != w->rpid)
			continue;
		log_source_drain(&p->log);
		process_closed(p);
		memcpy(p->last_words, p->log.last_words, sizeof p->last_words);
		p->pid = 0;
		p->ping_seq = 0;
		cgroup_kill(&p->cgroup);	/* what it forked goes with it */
		tree_event(p, ON_died, &cause);
		return;
	}
}

/* ---- setting up ---- */

static bool
is_part(const struct tree *t, const struct service_row *row)
{
	return row->kind == KIND_ACTOR || (row->kind == KIND_POSTGRES && t->prepared->has_postgres) ||
	    (row->kind == KIND_EMULATOR && t->prepared->has_emulator);
}

/* FRONT_INSTANCES is for front; all others are as their row says. */
static uint32_t
instances_of(const struct tree *t, const struct service_row *row)
{
	uint64_t n = t->prepared->settings.number[SET_FRONT_INSTANCES];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (row != &service_rows[SERVICE_front])
		return row->instances;
	if (n == 0)
		n = cores < 1 ? 1 : (uint64_t)cores;
	return n > FRONTS_MAX ? FRONTS_MAX : (uint32_t)n;
}

static void
process_init(struct tree *t, struct process *p, enum service_id service, uint32_t instance)
{
	const struct service_row *row = &service_rows[service];
	const struct settings *s = &t->prepared->settings;
	char group[64];

	*p = (struct process){ .tree = t, .row = row, .service = service, .instance = instance,
		.role = row->kind == KIND_ACTOR ? role_by_name(row->name) : -1, .report_fd = -1, .ready_fd = -1 };
	p->conn.fd = -1;
	p->rules = (struct life_rules){ .intensity = (uint32_t)s->number[SET_RESTART_INTENSITY],
		.period_ms = s->number[SET_RESTART_PERIOD], .patience = (uint32_t)s->number[SET_RESTART_PATIENCE],
		.start_ms = row->ready_ms, .stop_ms = row->gone_ms };
	if (row->kind == KIND_POSTGRES)
		p->user = t->prepared->postgres.user;
	else
		user_of_service(&p->user, row->name, (size_t)service, instance, t->prepared->state.path);
	log_source_init(&p->log, t->logs, row->name, instance);
	snprintf(group, sizeof group, "%s-%u", row->name, instance);
	p->cgroup = cgroup_open(group);
	ev_init(&p->timer, on_timer);
	p->timer.data = p;
}

/* A missing program is told at once, not when its turn comes. */
static int
check_programs(const struct tree *t, struct fault *f)
{
	char path[PATH_MAX + 64];

	for (size_t i = 0; i < t->nprocesses; i++) {
		const struct service_row *row = t->processes[i].row;
		if (row->kind == KIND_POSTGRES)
			continue;
		snprintf(path, sizeof path, "%s/%s", t->prepared->actors_dir, row->program);
		int fd = spawn_open(path, f);
		if (fd < 0)
			return -1;
		close(fd);
	}
	return 0;
}

int
tree_init(struct tree *t, struct ev_loop *loop, struct logs *logs, struct prepared *prepared, struct fault *f)
{
	char group[32];

	*t = (struct tree){ .loop = loop, .logs = logs, .prepared = prepared };
	if (handover_init(&t->handover) != 0)
		return fault_set(f, "out of memory");
	snprintf(group, sizeof group, "studiod-%08x", (unsigned)text_hash(prepared->state.path));
	if (!cgroups_open(group))
		slog(logs, LOG_INFO, "no_cgroups", "why", strerror(errno), "what_follows", "processes are watched one by one");
	for (int s = 0; s < SERVICE_COUNT; s++)
		for (uint32_t i = 0; is_part(t, &service_rows[s]) && i < instances_of(t, &service_rows[s]) && t->nprocesses < PROCESSES_MAX; i++)
			process_init(t, &t->processes[t->nprocesses++], (enum service_id)s, i);
	ev_timer_init(&t->last_resort, on_last_resort, seconds(LAST_RESORT_MS), 0);
	t->last_resort.data = t;
	heart_init(t);
	ev_child_init(&t->child, on_child, 0, 0);
	t->child.data = t;
	ev_child_start(loop, &t->child);
	return check_programs(t, f);
}

void
tree_fini(struct tree *t)
{
	for (size_t i = 0; i < t->nprocesses; i++) {
		char group[64];
		snprintf(group, sizeof group, "%s-%u", t->processes[i].row->name, t->processes[i].instance);
		cgroup_close(&t->processes[i].cgroup, group);
	}
	cgroups_close();
	handover_free(&t->handover);
}
