/* supervisor/report.c - see report.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <unistd.h>

#include "supervisor/report.h"

struct memory {
	uint64_t rss_kib, pss_kib;
};

/* smaps_rollup is root's and the owner's; statm is everybody's. */
static struct memory
memory_of(pid_t pid)
{
	struct memory m = { 0, 0 };
	char path[64], line[256];
	unsigned long size, rss;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	f = pid > 0 ? fopen(path, "re") : NULL;
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, "Rss:", 4) == 0)
			m.rss_kib = strtoull(line + 4, NULL, 10);
		else if (strncmp(line, "Pss:", 4) == 0)
			m.pss_kib = strtoull(line + 4, NULL, 10);
	}
	if (f != NULL)
		fclose(f);
	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	f = pid > 0 && m.rss_kib == 0 ? fopen(path, "re") : NULL;
	if (f != NULL && fscanf(f, "%lu %lu", &size, &rss) == 2)
		m.rss_kib = rss * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	if (f != NULL)
		fclose(f);
	return m;
}

static void
write_memory(struct json *j, pid_t pid)
{
	struct memory m = memory_of(pid);

	json_pair_number(j, "rssKiB", m.rss_kib);
	json_pair_number(j, "pssKiB", m.pss_kib);
}

static void
write_last_death(struct json *j, const struct process *p, uint64_t now)
{
	char cause[160];

	if (p->life.cause.kind == CAUSE_none)
		return;
	json_key(j, "lastDeath", 9);
	json_open(j, '{');
	json_pair_text(j, "cause", life_cause_text(&p->life.cause, cause, sizeof cause));
	json_pair_number(j, "agoMs", now - p->life.died_ms);
	json_pair_number(j, "livedMs", p->life.lived_ms);
	if (p->last_words[0] != '\0')
		json_pair_text(j, "lastWords", p->last_words);
	json_close(j, '}');
}

static void
write_process(struct json *j, const struct process *p, uint64_t now)
{
	char incarnation[24];

	snprintf(incarnation, sizeof incarnation, "%016llx", (unsigned long long)p->incarnation);
	json_open(j, '{');
	json_pair_text(j, "name", p->row->name);
	json_pair_number(j, "instance", p->instance);
	json_pair_number(j, "pid", (uint64_t)p->pid);
	json_pair_text(j, "user", p->user.name);
	json_pair_number(j, "uid", p->user.uid);
	json_pair_text(j, "state", life_state_name(p->life.state));
	json_pair_number(j, "stateMs", now - p->life.since_ms);
	json_pair_number(j, "uptimeMs", p->pid != 0 ? now - p->life.born_ms : 0);
	json_pair_number(j, "restarts", p->life.restarts);
	json_pair_number(j, "slowed", p->life.slowed);
	write_last_death(j, p, now);
	write_memory(j, p->pid);
	json_pair_number(j, "queued", p->pulse.queued);
	json_pair_number(j, "inFlight", p->pulse.in_flight);
	json_pair_number(j, "served", p->pulse.served);
	json_pair_number(j, "refused", p->pulse.refused);
	json_pair_number(j, "securityEvents", p->security_events);
	json_pair_text(j, "incarnation", incarnation);
	json_pair_text(j, "note", p->pulse.note);
	json_close(j, '}');
}

static void
write_self(struct json *j, const struct tree *t, uint64_t now)
{
	struct user u = { .uid = geteuid() };

	json_open(j, '{');
	json_pair_text(j, "name", "studiod");
	json_pair_number(j, "instance", 0);
	json_pair_number(j, "pid", (uint64_t)getpid());
	json_pair_text(j, "user", u.uid == 0 ? "root" : t->nprocesses > 0 ? t->processes[0].user.name : "");
	json_pair_number(j, "uid", u.uid);
	json_pair_text(j, "state", tree_phase_name(t));
	json_pair_number(j, "stateMs", now - t->phase_ms);
	json_pair_number(j, "uptimeMs", now - t->started_ms);
	json_pair_number(j, "restarts", 0);
	write_memory(j, getpid());
	json_close(j, '}');
}

void
report_status(struct json *j, const struct tree *t)
{
	uint64_t now = now_ms();

	json_open(j, '{');
	json_pair_text(j, "state", tree_phase_name(t));
	json_pair_flag(j, "ready", t->phase == TREE_serving && tree_all_up(t));
	json_pair_text(j, "stateDir", t->prepared->state.path);
	json_key(j, "processes", 9);
	json_open(j, '[');
	write_self(j, t, now);
	for (size_t i = 0; i < t->nprocesses; i++)
		write_process(j, &t->processes[i], now);
	json_close(j, ']');
	json_close(j, '}');
}

static void
write_edges(struct json *j)
{
	json_key(j, "edges", 5);
	json_open(j, '[');
	for (unsigned e = 1; e < EDGE_COUNT; e++) {
		const struct edge_row *row = edge_row(e);
		if (row == NULL)
			continue;
		json_open(j, '{');
		json_pair_text(j, "name", row->name);
		json_pair_text(j, "from", role_name(row->a));
		json_pair_text(j, "to", role_name(row->b));
		json_pair_text(j, "what", row->prose);
		json_close(j, '}');
	}
	json_close(j, ']');
}

void
report_tree(struct json *j, const struct tree *t)
{
	json_open(j, '{');
	json_pair_text(j, "state", tree_phase_name(t));
	json_pair_number(j, "pid", (uint64_t)getpid());
	json_key(j, "services", 8);
	json_open(j, '[');
	for (size_t i = 0; i < t->nprocesses; i++) {
		const struct process *p = &t->processes[i];
		json_open(j, '{');
		json_pair_text(j, "name", p->row->name);
		json_pair_number(j, "instance", p->instance);
		json_pair_number(j, "pid", (uint64_t)p->pid);
		json_pair_text(j, "state", life_state_name(p->life.state));
		json_pair_text(j, "user", p->user.name);
		json_pair_text(j, "what", p->row->prose);
		json_close(j, '}');
	}
	json_close(j, ']');
	write_edges(j);
	json_close(j, '}');
}

void
report_sandbox(struct json *j, const struct process *p)
{
	json_open(j, '{');
	json_pair_text(j, "name", p->row->name);
	json_pair_number(j, "pid", (uint64_t)p->pid);
	json_pair_text(j, "user", p->user.name);
	json_pair_number(j, "uid", p->user.uid);
	json_pair_text(j, "confinement", p->confinement);
	json_pair_text(j, "spawn", p->report_text);
	json_close(j, '}');
}
