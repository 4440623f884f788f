/* tools/studioctl/queue.c - the queue: what waits, and what operators say may not begin.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/studioctl/ctl.h"

enum { DRAIN_LOOK_MS = 500, CONCURRENCY_MOST = 100000 };

/* ---- for a reader ---- */

static long long
count(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static const char *
held(const json_t *o)
{
	return json_is_true(json_object_get(o, "paused")) ? "paused" : "";
}

void
show_queue(const json_t *report)
{
	const json_t *rows = json_object_get(report, "kinds"), *r;
	size_t i;

	printf("%-32s %10s %10s  %-8s %s\n", "QUEUE", "WAITING", "IN FLIGHT", "STATE", "LIMIT");
	printf("%-32s %10lld %10lld  %-8s\n", "all", count(report, "waiting"), count(report, "inFlight"), held(report));
	json_array_foreach(rows, i, r)
		printf("%-32s %10lld %10lld  %-8s\n", json_string_value(json_object_get(r, "kind")), count(r, "waiting"), count(r, "inFlight"), held(r));
	rows = json_object_get(report, "models");
	json_array_foreach(rows, i, r) {
		const json_t *limit = json_object_get(r, "concurrency");
		printf("%-32s %10lld %10lld  %-8s ", json_string_value(json_object_get(r, "model")), count(r, "waiting"), count(r, "inFlight"), held(r));
		if (json_is_integer(limit))
			printf("%lld", (long long)json_integer_value(limit));
		putchar('\n');
	}
}

/* ---- orders ---- */

bool
queue_order(const char *const *words, int n, struct msg_ctl_queue *m)
{
	const char *act = n > 0 ? words[0] : "", *what = n > 1 ? words[1] : "all";
	char *end;

	*m = (struct msg_ctl_queue){ .what = bytes_of(what, strnlen(what, 129)) };
	if (n == 0)
		return true;
	if (strcmp(act, "limit") == 0) {
		unsigned long v = n == 3 ? strtoul(words[2], &end, 10) : 0;
		bool none = n == 3 && strcmp(words[2], "default") == 0;
		m->set_concurrency = true;
		m->has_concurrency = !none;
		m->concurrency = (uint32_t)v;
		return none || (n == 3 && words[2][0] >= '0' && words[2][0] <= '9' && *end == '\0' && v <= CONCURRENCY_MOST);
	}
	m->has_paused = true;
	m->paused = strcmp(act, "resume") != 0;
	return n <= 2 && (strcmp(act, "pause") == 0 || strcmp(act, "resume") == 0 || strcmp(act, "drain") == 0);
}

/* How many are in flight of what was named. */
static long long
in_flight(const json_t *report, struct bytes what)
{
	static const struct { const char *list, *name; } lists[] = { { "kinds", "kind" }, { "models", "model" } };
	const json_t *r;
	size_t i;

	if (bytes_eq(what, "all"))
		return count(report, "inFlight");
	for (size_t k = 0; k < COUNT(lists); k++)
		json_array_foreach(json_object_get(report, lists[k].list), i, r) {
			const char *name = json_string_value(json_object_get(r, lists[k].name));
			if (name != NULL && strlen(name) == what.n && strncasecmp(name, what.p, what.n) == 0)
				return count(r, "inFlight");
		}
	return 0;
}

json_t *
queue_drained(struct ask *a, const struct msg_ctl_queue *order, json_t *report, bool tell)
{
	struct msg_ctl_queue look = { .what = order->what };
	const struct timespec pause = { 0, DRAIN_LOOK_MS * 1000000L };
	long long left, told = -1;

	while (report != NULL && (left = in_flight(report, order->what)) > 0) {
		if (tell && left != told)
			fprintf(stderr, "%lld in flight\n", left);
		told = left;
		json_decref(report);
		nanosleep(&pause, NULL);
		report = ask_json(a, MSG_ctl_queue, &look);
	}
	return report;
}
