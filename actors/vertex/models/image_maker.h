/* actors/vertex/models/image_maker.h - what the makers of images share. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_IMAGE_MAKER_H
#define STUDIOD_VERTEX_IMAGE_MAKER_H

#include "actors/vertex/models/maker.h"

/* Of the shapes that the model makes the one nearest to width and height, or NULL and m->why. */
const char *image_ratio(struct mapping *m);
/* Today's name of a safetySetting, in lower case: 0, or -1 and m->why. */
enum { IMAGE_SAFETY_MAX = 32 };
int image_safety(struct mapping *m, const json_t *value, char text[IMAGE_SAFETY_MAX]);
/* Sets a sampleImageSize at a path of the wire, in upper case; nothing where the model makes one size and
 * has no field for it. 0, or -1 and m->why. */
int image_size_set(struct mapping *m, const char *path, const json_t *value);

/* The picture of referenceData's i-th item as picture_map makes it, 0 or -1 and m->why. */
int image_reference(struct mapping *m, const json_t *item, size_t i, json_t **out);

/* Reads the answer of Imagen's :predict (imagen.c), whatever was asked. */
void imagen_read(json_t *answer, const json_t *wire, struct items *out);

/* What a request says to a Gemini image model (gemini_prompt.c): reference images as parts, and behind
 * them the text that names them, and says what the model has no field for. Notes sources in *out. 0, or
 * -1 and m->why. */
int gemini_parts(struct mapping *m, json_t *parts, struct wires *out);

#endif
