/* actors/front/form.c - see form.h.
 * Owns: nothing. Fails: with a code and words for a client.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>

#include "proto/filename.h"
#include "actors/front/form.h"
#include "actors/front/multipart.h"

bool
body_is_form(enum body id)
{
	return id != BODY_none && body_rows(id)[0].name != NULL && body_rows(id)[0].kind == K_FILE;
}

__attribute__((format(printf, 3, 4))) static unsigned
refused(unsigned code, char why[FORM_WHY], const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, FORM_WHY, format, ap);
	va_end(ap);
	utf8_cut(why);
	return code;
}

/* "20 MiB", or bytes where that is no round number. */
static const char *
size_text(uint64_t n, char out[40])
{
	if (n % (1 << 20) == 0)
		snprintf(out, 40, "%llu MiB", (unsigned long long)(n >> 20));
	else if (n % (1 << 10) == 0)
		snprintf(out, 40, "%llu KiB", (unsigned long long)(n >> 10));
	else
		snprintf(out, 40, "%llu bytes", (unsigned long long)n);
	return out;
}

static unsigned
file_take(struct form_file *file, const char *field, const struct part *part, uint64_t file_max, char why[FORM_WHY])
{
	char name[FILENAME_BYTES], size[40];

	*file = (struct form_file){ part->filename, part->content, media_sniff(part->content.p, part->content.n) };
	filename_clean(name, part->filename, "");
	if (part->content.n == 0)
		return refused(E_VALIDATION_ERROR, why, "%s must not be empty: %.100s has no bytes", field, name);
	if (part->content.n > file_max)
		return refused(E_PAYLOAD_TOO_LARGE, why, "%s must be at most %s: %.100s is larger", field, size_text(file_max, size), name);
	if (file->type == NULL)
		return refused(E_UNSUPPORTED_MEDIA_TYPE, why, "%s must be a JPEG, PNG, WebP, WAV, MP3 or MP4: %.100s is none of them", field, name);
	return 0;
}

/* A part that is not wanted. */
static unsigned
strange(const struct part *part, const char *field, char why[FORM_WHY])
{
	if (bytes_eq(part->name, field))
		return refused(E_VALIDATION_ERROR, why, "%s must be a file", field);
	return refused(E_VALIDATION_ERROR, why, "property %.*s should not exist", (int)(part->name.n < 64 ? part->name.n : 64), part->name.p);
}

unsigned
form_read(struct form *f, enum body id, struct bytes content_type, struct bytes body, uint64_t file_max, char why[FORM_WHY])
{
	const struct body_row *row = &body_rows(id)[0];
	const char *reason = "";
	struct multipart m;
	struct part part;
	unsigned code = 0;
	int rc;

	f->n = 0;
	if (!multipart_is(content_type))
		return refused(E_UNSUPPORTED_MEDIA_TYPE, why, "The body must be multipart/form-data");
	rc = multipart_begin(&m, content_type, body, &reason);
	while (rc >= 0 && code == 0 && (rc = multipart_next(&m, &part, &reason)) > 0) {
		if (!part.is_file || !bytes_eq(part.name, row->name))
			code = strange(&part, row->name, why);
		else if (f->n >= (size_t)row->high && f->n > 0)
			code = refused(E_VALIDATION_ERROR, why, "%s must be at most %d file%s", row->name, (int)row->high, row->high > 1 ? "s" : "");
		else
			code = file_take(&f->v[f->n++], row->name, &part, file_max, why);
	}
	if (rc < 0)
		return refused(E_VALIDATION_ERROR, why, "%s", reason);
	if (code == 0 && f->n < (size_t)row->low)
		return refused(E_VALIDATION_ERROR, why, "%s must be a file", row->name);
	return code;
}
