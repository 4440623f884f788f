/* actors/front/form.h - the files of a multipart/form-data body, against the FILE rows of
 * proto/bodies.tbl.h: their number, their size, and that their bytes are what is taken. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_FORM_H
#define STUDIOD_FRONT_FORM_H

#include "actors/front/body_rows.h"
#include "proto/media_type.h"

enum { FORM_FILES_MAX = 10, FORM_WHY = 240 };

struct form_file {
	struct bytes given;		/* its name, as the client wrote it: for filename_clean */
	struct bytes content;
	const struct media_type *type;
};
struct form {
	size_t n;
	struct form_file v[FORM_FILES_MAX];
};

/* Does the body come as a form? Then its only row is of files. */
bool body_is_form(enum body id);
/* Takes the files; views into `body`. 0, or the code of an error and what a client is told of it. */
unsigned form_read(struct form *f, enum body id, struct bytes content_type, struct bytes body, uint64_t file_max, char why[FORM_WHY]);

#endif
