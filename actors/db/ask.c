/* actors/db/ask.c - parameters into a statement, values out of a result (pool.h).
 * Owns: an ask and its arena until it was sent.
 * Fails: ask_new, when memory is out.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/db/pool.h"

#define QUERY(name, parameters, on, effect, params, text) \
	_Static_assert(parameters <= ASK_PARAMS, #name " has more parameters than an ask holds");
#include "sql_queries.h"

struct ask *
ask_new(struct request *rq, enum query q, ask_fn *done, void *state)
{
	struct ask *a = calloc(1, sizeof *a);

	if (a == NULL) {
		if (rq != NULL && rq->id != 0)
			request_fail(rq, E_INTERNAL_ERROR, "");
		return NULL;
	}
	a->query = q;
	a->rq = rq;
	a->done = done;
	a->state = state;
	a->detail = "";
	a->keyed = statements[q].effect == EFFECT_keyed;
	if (rq != NULL)
		a->ctx = rq->ctx;
	return a;
}

void
ask_free(struct ask *a)
{
	arena_free(&a->arena);
	free(a);
}

/* format 1 is PostgreSQL's binary form: of a text its bytes, of a uuid its 16. */
static void
param(struct ask *a, const char *p, size_t n, int format)
{
	if (a->n >= ASK_PARAMS)
		abort();		/* a bug: the build has counted the parameters */
	a->values[a->n] = p;
	a->lengths[a->n] = (int)n;
	a->formats[a->n] = format;
	a->bytes += n;
	a->n++;
}

void
ask_text(struct ask *a, struct bytes b)
{
	param(a, b.n > 0 ? b.p : "", b.n, 1);
}

void
ask_null(struct ask *a)
{
	param(a, NULL, 0, 1);
}

void
ask_id(struct ask *a, const struct id *id)
{
	param(a, (const char *)id->b, sizeof id->b, 1);
}

void
ask_i64(struct ask *a, int64_t v)
{
	char *text = a->numbers[a->n < ASK_PARAMS ? a->n : 0];

	snprintf(text, sizeof a->numbers[0], "%lld", (long long)v);
	param(a, text, strlen(text), 0);
}

void
ask_bool(struct ask *a, bool v)
{
	param(a, v ? "t" : "f", 1, 0);
}

struct bytes
ask_copy(struct ask *a, struct bytes b)
{
	char *p = b.n > 0 ? arena_alloc(&a->arena, b.n) : NULL;

	if (p == NULL)
		return (struct bytes){ "", 0 };
	memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

/* ---- results ---- */

static bool
there(const PGresult *r, int row, int col)
{
	return row < PQntuples(r) && col < PQnfields(r) && !PQgetisnull(r, row, col);
}

struct bytes
res_bytes(const PGresult *r, int row, int col)
{
	if (!there(r, row, col))
		return (struct bytes){ "", 0 };
	return bytes_of(PQgetvalue(r, row, col), (size_t)PQgetlength(r, row, col));
}

struct id
res_id(const PGresult *r, int row, int col)
{
	struct bytes b = res_bytes(r, row, col);
	struct id id = { { 0 } };

	if (b.n == sizeof id.b)
		memcpy(id.b, b.p, sizeof id.b);
	return id;
}

/* smallint, integer or bigint */
int64_t
res_int(const PGresult *r, int row, int col)
{
	struct bytes b = res_bytes(r, row, col);
	uint64_t v = 0;

	if (b.n == 0 || b.n > 8)
		return 0;
	if ((unsigned char)b.p[0] & 0x80)
		v = UINT64_MAX;		/* the sign goes on to the left */
	for (uint32_t i = 0; i < b.n; i++)
		v = v << 8 | (unsigned char)b.p[i];
	return (int64_t)v;
}

bool
res_bool(const PGresult *r, int row, int col)
{
	struct bytes b = res_bytes(r, row, col);
	return b.n == 1 && b.p[0] == 1;
}
