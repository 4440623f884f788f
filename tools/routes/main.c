/* tools/routes/main.c - prints the HTTP API as its tables have it (`make routes`):
 *     routes             a line per route
 *     routes --openapi   the OpenAPI document, as /api/openapi.json serves it
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/front/openapi/openapi.h"
#include "actors/front/statuses.h"

static void
print_route(const struct endpoint *e)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	static const char *const whos[] = { [PUBLIC] = "public", [USER] = "user", [ADMIN] = "admin" };
	static const char *const limits[] = { [LIMIT_none] = "-", [LIMIT_auth] = "auth", [LIMIT_api] = "api", [LIMIT_generate] = "generate" };
	const char *takes = e->body != BODY_none ? body_name(e->body) : e->query != BODY_none ? body_name(e->query) : "-";
	int statuses[STATUSES_MAX];
	size_t n = endpoint_statuses(e, statuses);

	if (strcmp(takes, "no_query") == 0)
		takes = "-";
	printf("%-6s %-44s %-6s %-8s %-16s %-15s", methods[e->method], e->path, whos[e->who], limits[e->limit], takes, answer_spec(e->answer)->name);
	for (size_t i = 0; i < n; i++)
		printf(" %d", statuses[i]);
	putchar('\n');
}

static int
print_document(void)
{
	json_t *tree = openapi_document();
	int rc = tree != NULL ? json_dumpf(tree, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : -1;

	putchar('\n');
	json_decref(tree);
	return rc;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--openapi") == 0)
		return print_document() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (argc != 1) {
		fprintf(stderr, "usage: routes [--openapi]\n");
		return EXIT_FAILURE;
	}
	printf("%-6s %-44s %-6s %-8s %-16s %-15s %s\n", "method", "path", "who", "limit", "body or query", "answer", "statuses");
	for (size_t i = 0; i < endpoint_count; i++)
		print_route(&endpoints[i]);
	return EXIT_SUCCESS;
}
