/* tools/studioctl/sandbox.c - what an actor may do, and why: what it reported when it was
 * confined, and the tables that its filter was made from.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/common/sandbox.h"
#include "tools/studioctl/ctl.h"

static const char *const rule_words[] = {
	[RULE_ANY] = "", [RULE_THREAD] = "threads only", [RULE_NO_EXEC_MAP] = "not executable",
	[RULE_UNIX_OR_INET] = "Unix, TCP and UDP", [RULE_INET] = "TCP and UDP", [RULE_NO_FASTOPEN] = "not connecting",
	[RULE_TCP_OPTIONS] = "of TCP", [RULE_SHUT_WR] = "writing only", [RULE_UNIX] = "Unix sockets", [RULE_SELF_SIGNAL] = "itself only",
};
static const char *const action_words[] = { [SB_ALLOW] = "allow", [SB_ALLOW_IF] = "allow if", [SB_DENY] = "refuse" };

/* The section of a row, as a reader wants it. */
static const char *
where(const char *section)
{
	return section != NULL ? section : "";
}

static json_t *
calls_json(const struct sandbox *sb)
{
	json_t *out = json_array();

	for (size_t i = 0; i < sb->ncalls; i++) {
		const struct sandbox_call *c = &sb->calls[i];
		if (c->nr < 0 || !sandbox_counts(sb, i, NULL, NULL))
			continue;
		json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s, s:s}", "call", c->name, "action", action_words[c->action],
		    "rule", rule_words[c->rule], "reason", c->reason, "where", where(c->where)));
	}
	return out;
}

void
sandbox_join(json_t *report)
{
	const char *name = json_string_value(json_object_get(report, "name"));
	int role = name != NULL ? role_by_name(name) : -1;
	const struct sandbox *sb = role >= 0 ? sandbox_of((unsigned)role) : NULL;
	json_t *paths = json_array(), *ports = json_array();

	if (sb != NULL)
		json_object_set_new(report, "calls", calls_json(sb));
	for (size_t i = 0; sb != NULL && i < sb->npaths; i++)
		json_array_append_new(paths, json_pack("{s:s, s:s, s:s, s:s}", "path", sb->paths[i].path,
		    "access", sb->paths[i].directory ? "make and write" : sb->paths[i].write ? "read and write" : "read",
		    "reason", sb->paths[i].reason, "where", where(sb->paths[i].where)));
	for (size_t i = 0; sb != NULL && i < sb->nports; i++)
		json_array_append_new(ports, json_pack("{s:s, s:s, s:s}", "setting", sb->ports[i].setting,
		    "reason", sb->ports[i].reason, "where", where(sb->ports[i].where)));
	json_object_set_new(report, "paths", paths);
	json_object_set_new(report, "ports", ports);
}

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s != NULL ? s : "";
}

/* The reason, and in which case the row holds. */
static void
show_reason(const json_t *row)
{
	const char *section = text(row, "where");

	printf("%s%s%s%s\n", text(row, "reason"), *section != '\0' ? " (where " : "", section, *section != '\0' ? " is given)" : "");
}

void
show_sandbox(const json_t *report)
{
	const json_t *row;
	size_t i;

	printf("%s (pid %lld, user %s)\n%s", text(report, "name"),
	    (long long)json_integer_value(json_object_get(report, "pid")), text(report, "user"), text(report, "confinement"));
	if (*text(report, "spawn") != '\0')
		printf("at its start: %s", text(report, "spawn"));
	printf("\nfiles: %s\n", json_array_size(json_object_get(report, "paths")) == 0 ? "none" : "");
	json_array_foreach(json_object_get(report, "paths"), i, row) {
		printf("  %-24s %-15s ", text(row, "path"), text(row, "access"));
		show_reason(row);
	}
	printf("TCP ports: %s\n", json_array_size(json_object_get(report, "ports")) == 0 ? "none" : "");
	json_array_foreach(json_object_get(report, "ports"), i, row) {
		printf("  %-40s ", text(row, "setting"));
		show_reason(row);
	}
	printf("system calls: %zu; any other ends the process\n", json_array_size(json_object_get(report, "calls")));
	json_array_foreach(json_object_get(report, "calls"), i, row) {
		printf("  %-8s %-24s %-20s ", text(row, "action"), text(row, "call"), text(row, "rule"));
		show_reason(row);
	}
}
