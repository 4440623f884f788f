/* actors/front/names.c - see names.h.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/front/names.h"

void
name_camel(const char *snake, char out[NAME_MAX_BYTES])
{
	size_t n = 0;

	for (; *snake != '\0' && n + 1 < NAME_MAX_BYTES; snake++) {
		bool upper = *snake == '_' && snake[1] != '\0';
		if (upper)
			snake++;
		out[n++] = upper ? (char)toupper((unsigned char)*snake) : *snake;
	}
	out[n] = '\0';
}

const struct field_row *
name_field(const struct msg_spec *spec, const char *json_name)
{
	char camel[NAME_MAX_BYTES], with_id[NAME_MAX_BYTES + 2];

	for (size_t i = 0; i < spec->nfields; i++) {
		name_camel(spec->fields[i].name, camel);
		snprintf(with_id, sizeof with_id, "%sId", camel);
		if (strcmp(spec->fields[i].name, json_name) == 0 || strcmp(camel, json_name) == 0 ||
		    (spec->fields[i].kind == F_ID && strcmp(with_id, json_name) == 0))
			return &spec->fields[i];
	}
	return NULL;
}
