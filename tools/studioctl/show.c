/* tools/studioctl/show.c - the supervisor's JSON as tables and drawings for a reader.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "supervisor/logline.h"
#include "tools/studioctl/ctl.h"

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s != NULL ? s : "";
}

static unsigned long long
number(const json_t *o, const char *key)
{
	return (unsigned long long)json_integer_value(json_object_get(o, key));
}

/* "3d04h", "2h05m", "7m12s", "4.2s": at most six characters. */
static const char *
span(unsigned long long ms, char out[16])
{
	unsigned long long s = ms / 1000;

	if (s >= 86400)
		snprintf(out, 16, "%llud%02lluh", s / 86400 % 10000, s / 3600 % 24);
	else if (s >= 3600)
		snprintf(out, 16, "%lluh%02llum", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(out, 16, "%llum%02llus", s / 60, s % 60);
	else
		snprintf(out, 16, "%llu.%llus", s, ms / 100 % 10);
	return out;
}

static const char *
name_of(const json_t *p, char out[64])
{
	unsigned long long i = number(p, "instance");

	if (i > 0)
		snprintf(out, 64, "%.40s.%llu", text(p, "name"), i);
	else
		snprintf(out, 64, "%.40s", text(p, "name"));
	return out;
}

static void
show_process(const json_t *p)
{
	const json_t *death = json_object_get(p, "lastDeath");
	char name[64], up[16], ago[16], pid[24] = "-", pss[24] = "-";

	if (number(p, "pid") > 0)
		snprintf(pid, sizeof pid, "%llu", number(p, "pid"));
	if (number(p, "pssKiB") > 0)
		snprintf(pss, sizeof pss, "%.1f", (double)number(p, "pssKiB") / 1024);
	printf("%-10s %7s %-14s %-9s %7s %8llu %7.1f %7s %7llu %7llu %9llu",
	    name_of(p, name), pid, text(p, "user"), text(p, "state"), span(number(p, "uptimeMs"), up), number(p, "restarts"),
	    (double)number(p, "rssKiB") / 1024, pss, number(p, "queued"), number(p, "inFlight"), number(p, "served"));
	if (death != NULL)
		printf("  %s, %s ago", text(death, "cause"), span(number(death, "agoMs"), ago));
	if (*text(p, "note") != '\0')
		printf("  [%s]", text(p, "note"));
	putchar('\n');
}

void
show_status(const json_t *report)
{
	const json_t *p;
	size_t i;

	printf("%-10s %7s %-14s %-9s %7s %8s %7s %7s %7s %7s %9s  %s\n", "NAME", "PID", "USER", "STATE", "UP", "RESTARTS",
	    "RSS MB", "PSS MB", "QUEUED", "FLIGHT", "SERVED", "LAST DEATH");
	json_array_foreach(json_object_get(report, "processes"), i, p)
		show_process(p);
	json_array_foreach(json_object_get(report, "processes"), i, p) {
		const json_t *death = json_object_get(p, "lastDeath");
		const char *state = text(p, "state");
		if (death == NULL || *text(death, "lastWords") == '\0' ||
		    (strcmp(state, "failed") != 0 && strcmp(state, "backoff") != 0))
			continue;
		printf("%s said last: %s\n", text(p, "name"), text(death, "lastWords"));
	}
}

/* ---- the tree ---- */

void
show_tree(const json_t *report)
{
	const json_t *services = json_object_get(report, "services"), *edges = json_object_get(report, "edges"), *s, *e;
	size_t i, k, n = json_array_size(services);
	char name[64];

	printf("studiod %llu (%s)\n", number(report, "pid"), text(report, "state"));
	json_array_foreach(services, i, s) {
		bool last = i + 1 == n;
		printf("%s %-10s %-9s %-14s %s\n", last ? "`--" : "|--", name_of(s, name), text(s, "state"), text(s, "user"), text(s, "what"));
		json_array_foreach(edges, k, e)
			if (strcmp(text(e, "from"), text(s, "name")) == 0)
				printf("%s     %-13s --> %-9s %s\n", last ? " " : "|", text(e, "name"), text(e, "to"), text(e, "what"));
	}
}

/* ---- logs ---- */

/* "time actor instance pid line" */
static void
show_line(const struct log_view *v, char *p, size_t n)
{
	struct logorigin o = { 0 };
	struct logline l;
	struct buf out = { 0 };
	char actor[33];
	int at = 0;
	unsigned long long when;

	p[n] = '\0';	/* the line end was there */
	if (sscanf(p, "%llu %32s %u %d %n", &when, actor, &o.instance, &o.pid, &at) < 4 || at == 0)
		return;
	o.wall_ms = when;
	o.actor = actor;
	logline_parse(&l, p + at, n - (size_t)at);
	if (v->json)
		logline_json(&out, &l, &o, "");
	else
		logline_text(&out, &l, &o, v->colour);
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&out);
}

void
show_logs(void *view, struct bytes chunk)
{
	struct log_view *v = view;
	size_t from = 0;
	char *end;

	if (buf_add(&v->partial, chunk.p, chunk.n) != 0)
		return;
	while ((end = memchr(v->partial.p + from, '\n', v->partial.n - from)) != NULL) {
		show_line(v, v->partial.p + from, (size_t)(end - v->partial.p) - from);
		from = (size_t)(end - v->partial.p) + 1;
	}
	memmove(v->partial.p, v->partial.p + from, v->partial.n - from);
	v->partial.n -= from;
	fflush(stdout);
}
