/* actors/front/names.h - how a field of a message is called in JSON.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_NAMES_H
#define STUDIOD_FRONT_NAMES_H

#include "proto/proto.h"

enum { NAME_MAX_BYTES = 64 };

/* google_project becomes googleProject; longer names are cut. */
void name_camel(const char *snake, char out[NAME_MAX_BYTES]);
/* The field of a message whose name in JSON this is: accessToken and access_token are
 * access_token, userId is user. NULL where there is none. */
const struct field_row *name_field(const struct msg_spec *spec, const char *json_name);

#endif
