/* actors/vertex/fields.h - from the client's fields to the wire's: one row a field.
 *
 * A row names a field of the validated request, where its value goes in the wire body, and
 * how. A field that no row names is refused: nothing is dropped in silence. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_FIELDS_H
#define STUDIOD_VERTEX_FIELDS_H

#include <jansson.h>

#include "actors/vertex/outcome.h"
#include "proto/models.h"

struct mapping {
	const struct model *model;
	const json_t *request;		/* an object */
	const char *own_prefix;		/* gs://.. that this user's objects begin with */
	json_t *wire;			/* the body being built */
	struct outcome *why;		/* set by what refuses */
};

/* How a value travels. With `with`, the row's function does it. */
enum field_how {
	AS_IS,
	AS_LOWER,			/* a text in lower case */
	AS_UPPER,
	RECORDED,			/* kept with the generation, no part of the call */
	WITH				/* by the row's function */
};

struct field_row_map {
	const char *from;		/* a field of the request */
	enum field_how how;
	const char *to;			/* "parameters.outputOptions.mimeType"; a step "0" is an item of a list */
	int (*with)(struct mapping *m, const json_t *value);	/* 0, or -1 with m->why set */
};
#define FIELD_AS(from, how, to)   { from, how, to, NULL }
#define FIELD_WITH(from, fn)      { from, WITH, "", fn }
#define FIELD_RECORDED(from)      { from, RECORDED, "", NULL }

/* Applies the rows in their order to the fields that are there and not null. 0, or -1 and
 * m->why. */
int fields_map(struct mapping *m, const struct field_row_map *rows, size_t n);

/* Sets a value (taken over) at a path of the wire body, making what is missing. 0 or -1. */
int wire_set(json_t *wire, const char *path, json_t *value);
/* Value at a path, borrowed; NULL where there is none. */
json_t *wire_get(const json_t *wire, const char *path);

/* The client's mistake: VALIDATION_ERROR and a message that begins with the field's name.
 * Returns -1. */
int refuse(struct mapping *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Nobody's: memory is out, and the same may work later. Returns -1. */
int out_of_memory(struct mapping *m);

/* Fields of the request; `otherwise` where absent or null. */
const char *request_text(const json_t *request, const char *name, const char *otherwise);
json_int_t request_int(const json_t *request, const char *name, json_int_t otherwise);
bool request_has(const json_t *request, const char *name);

/* Does the model take pictures of this type? And which it takes, for messages. */
bool picture_fits(const struct model *model, const char *mime);
const char *picture_types(const struct model *model);

/* A picture of the request, {gcsUri | bytesBase64Encoded, mimeType?}, as Google's media
 * object in *out (a new reference): the type is told, or recognised by the bytes or the name: PNG, JPEG or, where
 * the model takes that, WebP; a URI must lie under own_prefix, or there is no such object for this user (NOT_FOUND).
 * `name` is the field, for messages. 0, or -1 and m->why. */
int picture_map(struct mapping *m, const json_t *picture, const char *name, json_t **out);

/* Appends a sentence to a prompt: "<prompt>. <label>: <text>". */
int prompt_add(struct buf *prompt, const char *label, const char *text);

#endif
