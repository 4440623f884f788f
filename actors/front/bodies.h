/* actors/front/bodies.h - reads request bodies and queries against proto/bodies.tbl.h.
 *
 * body_parse turns bytes into a tree, body_check finds every problem of it at once, and
 * body_echo writes what the rows say back. Nothing here knows HTTP.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_BODIES_H
#define STUDIOD_FRONT_BODIES_H

#include <jansson.h>

#include "actors/front/body_rows.h"
#include "proto/proto.h"

enum { PROBLEMS_MAX = 32, BODY_DEPTH = 32 };

struct problem {
	char field[96];		/* "" where the whole body is meant */
	const char *code;	/* a literal: isNotEmpty, maxLength, .. */
	char message[288];
};
struct problems {
	size_t n;		/* the first PROBLEMS_MAX are kept */
	struct problem v[PROBLEMS_MAX];
};

/* Makes the trees wipe their memory when it is freed: passwords pass through them. Before
 * the first tree. */
void bodies_init(void);

/* Parses one JSON object. 0 and *out (the caller's to json_decref); -E_BAD_JSON or
 * -E_VALIDATION_ERROR (a number that no machine word holds) and *why. */
int body_parse(const char *p, size_t n, json_t **out, const char **why);
/* Parses a query (without the `?`) into an object of strings. The same codes. */
int query_parse(const char *p, size_t n, json_t **out, const char **why);

/* Looks at every field; aliases are renamed and, in a query, numbers are parsed and empty
 * values taken out (but those of a NAMED that may be empty). The tree is valid where out->n
 * stays 0. */
void body_check(enum body id, json_t *root, bool query, struct problems *out);

/* Is it a field of the body? Of a dotted name the first part counts. */
bool body_names(enum body id, struct bytes name);

/* A new object of the fields that go into `parameters`, in the order of the rows; with
 * their bulky bytes when `with_inline`. NULL when memory is out. */
json_t *body_echo(enum body id, const json_t *root, bool with_inline);

/* A checked field; an empty text, 0 or false where it is absent. */
struct bytes body_text(const json_t *root, const char *name);
uint64_t body_uint(const json_t *root, const char *name, uint64_t absent);
bool body_has(const json_t *root, const char *name);

/* Appends s as a JSON string with its quotes; what is no UTF-8 becomes "?". 0 or -1. */
int json_text_add(struct buf *b, const char *s, size_t n);
/* Appends the `errors` array, and the joined `message`. 0 or -1. */
int problems_json(struct buf *b, const struct problems *p);
int problems_message(struct buf *b, const struct problems *p);

#endif
