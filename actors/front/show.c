/* actors/front/show.c - see show.h.
 * Owns: nothing. Fails: with nothing that could be sent.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/bodies.h"
#include "actors/front/names.h"
#include "actors/front/show.h"

/* The field that fills a row; a part comes as JSON in NAME_json. */
static const struct field_row *
source_of(const struct msg_spec *spec, const struct answer_row *s)
{
	char json[NAME_MAX_BYTES + 8];
	const struct field_row *f;

	snprintf(json, sizeof json, "%s_json", s->name);
	for (size_t i = 0; i < spec->nfields; i++)
		if (strcmp(spec->fields[i].name, json) == 0)
			return &spec->fields[i];
	f = name_field(spec, s->name);
	return f != NULL && f->kind != F_BIN && f->kind != F_LIST ? f : NULL;
}

bool
show_fits(enum answer answer, unsigned msg)
{
	const struct msg_spec *spec = msg_spec(msg);

	if (spec == NULL || answer_spec(answer)->rows == NULL)
		return false;
	for (const struct answer_row *s = answer_spec(answer)->rows; s->name != NULL; s++)
		if ((s->values == NULL || s->values[0] != '=') && source_of(spec, s) == NULL)
			return false;
	return true;
}

static int
value(struct buf *b, const struct field_row *f, const void *body)
{
	const void *at = (const char *)body + f->offset;
	char text[40];
	int n = 0;

	switch (f->kind) {
	case F_ID:
		id_text(at, text);
		return json_text_add(b, text, 36);
	case F_U32:
		n = snprintf(text, sizeof text, "%u", *(const uint32_t *)at);
		break;
	case F_U64:
		n = snprintf(text, sizeof text, "%llu", (unsigned long long)*(const uint64_t *)at);
		break;
	case F_FLAG:
		n = snprintf(text, sizeof text, "%s", *(const bool *)at ? "true" : "false");
		break;
	case F_STR:
		return json_text_add(b, ((const struct bytes *)at)->p, ((const struct bytes *)at)->n);
	default:	/* NAME_json: it is JSON */
		return ((const struct bytes *)at)->n == 0 ? buf_add(b, "null", 4) :
		    buf_add(b, ((const struct bytes *)at)->p, ((const struct bytes *)at)->n);
	}
	return buf_add(b, text, (size_t)n);
}

int
show_write(struct buf *b, enum answer answer, unsigned msg, const void *body)
{
	const struct msg_spec *spec = msg_spec(msg);
	int rc = 0;

	if (!show_fits(answer, msg))
		return -1;
	for (const struct answer_row *s = answer_spec(answer)->rows; s->name != NULL; s++) {
		rc |= buf_add(b, s == answer_spec(answer)->rows ? "{" : ",", 1) | json_text_add(b, s->name, strlen(s->name)) | buf_add(b, ":", 1);
		rc |= s->values != NULL && s->values[0] == '=' ? json_text_add(b, s->values + 1, strlen(s->values + 1)) :
		    value(b, source_of(spec, s), body);
	}
	return rc | buf_add(b, "}", 1);
}
