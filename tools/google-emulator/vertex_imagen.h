/* vertex_imagen.h - the tables of Imagen's fields, for each of its ways. */
#ifndef EMULATOR_VERTEX_IMAGEN_H
#define EMULATOR_VERTEX_IMAGEN_H

#include "vertex.h"

extern const struct field imagen_generate_instance[], imagen_generate_parameters[];
extern const struct field imagen_upscale_instance[], imagen_upscale_parameters[];
extern const struct field imagen_edit_instance[], imagen_edit_parameters[];

#endif
