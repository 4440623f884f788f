/* tests/fuzz/fuzz_form.c - forms of files, and the names that their senders chose. The input is
 * the Content-Type, a NUL, and the body.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "proto/filename.h"
#include "actors/front/form.h"
#include "tests/fuzz/fuzz.h"

static void
look(const struct form *f, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct form_file *file = &f->v[i];
		struct buf b = { 0 };
		char name[FILENAME_BYTES];
		const char *end = (const char *)data + size;
		if (file->content.n == 0 || file->content.p < (const char *)data || file->content.p + file->content.n > end)
			abort();
		filename_clean(name, file->given, file->type->extension);
		if (!utf8_valid(name, strlen(name)) || strpbrk(name, "/\\\"\r\n") != NULL || strlen(name) > 1020)
			abort();
		if (filename_disposition(&b, "inline", name) != 0)
			abort();
		buf_free(&b);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size);
	struct form form;
	char why[FORM_WHY];

	if (end == NULL)
		return 0;
	struct bytes type = bytes_of(data, (size_t)(end - data)), body = bytes_of(end + 1, size - (size_t)(end - data) - 1);
	for (enum body id = BODY_upload; id <= BODY_upload_multiple; id++)
		if (form_read(&form, id, type, body, 5000, why) == 0)
			look(&form, data, size);
		else if (!utf8_valid(why, strlen(why)))
			abort();
	return 0;
}
