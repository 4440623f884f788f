/* actors/vertex/image_maker.h - what the makers of images share. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_IMAGE_MAKER_H
#define STUDIOD_VERTEX_IMAGE_MAKER_H

#include "actors/vertex/maker.h"

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
/* Notes that referenceData's i-th item lies in storage and is to be looked at, if it does. `media`: its
 * object in the wire, borrowed. 0, or -1 and m->why. */
int image_source(struct mapping *m, struct wires *out, const json_t *item, size_t i, json_t *media);
/* For maker.source: an image of a type and a size that the model takes. Sets the type. 0, or -1 and m->why. */
int image_source_fits(struct mapping *m, const struct source *from, const struct stored *s, const json_t *wire);

/* Reads the answer of Imagen's :predict (imagen.c), whatever was asked. */
void imagen_read(json_t *answer, const json_t *wire, struct items *out);

/* What a request says to a Gemini image model (gemini_prompt.c): reference images as parts, and behind
 * them the text that names them, and says what the model has no field for. Notes sources in *out. 0, or
 * -1 and m->why. */
int gemini_parts(struct mapping *m, json_t *parts, struct wires *out);

#endif
