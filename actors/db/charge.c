/* actors/db/charge.c - see charge.h. Everything that is written comes from our own tables.
 * Owns: nothing. Fails: -1 when memory is out.
 * Licence: Apache-2.0. */
#include "actors/common/encode.h"
#include "actors/db/charge.h"
#include "proto/models.h"

enum { SUCCESSORS_MAX = 8 };	/* more than the table has; it ends there if it were a circle */

static int
lengths_add(struct buf *out, enum maker_method method)
{
	unsigned seconds[LENGTHS_MAX];
	size_t n = method_lengths(method, seconds);
	int rc = buf_str(out, "[");

	for (size_t i = 0; i < n; i++)
		rc |= buf_printf(out, "%s%u", i > 0 ? "," : "", seconds[i]);
	return rc | buf_str(out, "]");
}

static int
chain_add(struct buf *out, const struct model *m)
{
	int rc = buf_str(out, "[");

	for (unsigned i = 0; m != NULL && i < SUCCESSORS_MAX; m = model_successor(m), i++)
		rc |= buf_printf(out, "%s{\"model\":\"%s\",\"unit\":\"%s\",\"micros\":%u,\"per\":%u,\"lengths\":", i > 0 ? "," : "",
			  m->id, m->unit, m->price, m->per) |
		    lengths_add(out, m->method) | buf_str(out, "}");
	return rc | buf_str(out, "]");
}

int
charge_models(struct buf *out, struct bytes kind, struct bytes asked, const char *aliases)
{
	int rc = buf_str(out, "[");

	for (enum purpose p = PURPOSE_plain; p < PURPOSE_COUNT; p++)
		rc |= buf_str(out, p > 0 ? "," : "") | chain_add(out, model_resolve(kind_by_name(kind), asked, p, aliases));
	return rc | buf_str(out, "]");
}

int
charge_prices(struct buf *out)
{
	size_t n;
	const struct model *m = models(&n);
	int rc = buf_str(out, "[");

	for (size_t i = 0; i < n; i++, m++)
		rc |= buf_printf(out, "%s{\"model\":\"%s\",\"mediaType\":\"%s\",\"unit\":\"%s\",\"per\":%u,\"micros\":%u}", i > 0 ? "," : "",
		    m->id, kind_name(method_kind(m->method)), m->unit, m->per, m->price);
	return rc | buf_str(out, "]");
}

int
charge_limits(struct buf *out, const struct charge_limits *l)
{
	return buf_printf(out, "{\"userMicros\":%llu,\"userGenerations\":%llu,\"projectMicros\":%llu,\"projectGenerations\":%llu}",
	    (unsigned long long)l->user_micros, (unsigned long long)l->user_generations,
	    (unsigned long long)l->project_micros, (unsigned long long)l->project_generations);
}
