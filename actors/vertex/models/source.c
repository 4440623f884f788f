/* actors/vertex/models/source.c - pictures in storage that Google is to start from. See maker.h.
 *
 * Google reads them by itself, after it was asked: what they are is looked up before, because a
 * mistake is told better by us, and before anything is charged.
 * Licence: Apache-2.0. */
#include <stdarg.h>
#include <stdio.h>

#include "actors/vertex/models/maker.h"

/* Where a media object says that it lies: each API has a name of its own for that. NULL: it has its bytes with it. */
static const char *
media_uri(const json_t *media)
{
	static const char *const names[] = { "gcsUri", "fileUri", "uri" };
	const char *uri = NULL;

	for (size_t i = 0; i < COUNT(names) && uri == NULL; i++)
		uri = request_text(media, names[i], NULL);
	return uri;
}

int
source_add(struct mapping *m, struct wires *out, json_t *media, const char *field, ...)
{
	const char *uri = media_uri(media);
	struct source s = { .uri = uri, .media = media };
	va_list ap;

	if (uri == NULL)
		return 0;
	va_start(ap, field);
	vsnprintf(s.field, sizeof s.field, field, ap);
	va_end(ap);
	if (out->sources == SOURCES_MAX)
		return refuse(m, "%s is one too many: at most %d may lie in storage", s.field, SOURCES_MAX);
	out->source[out->sources++] = s;
	return 0;
}

int
source_fits(struct mapping *m, const struct source *from, const struct stored *s, const json_t *wire)
{
	unsigned megabytes = model_source_megabytes(m->model);
	const char *type = json_object_get(from->media, "mime_type") != NULL ? "mime_type" : "mimeType";

	(void)wire;
	if (s->size == 0)
		return refuse(m, "%s must not be empty", from->field);
	if (!picture_fits(m->model, s->mime))
		return refuse(m, "%s must be a %s image for %s", from->field, picture_types(m->model), m->model->id);
	if (s->size > (uint64_t)megabytes << 20)
		return refuse(m, "%s must have at most %u MB for %s", from->field, megabytes, m->model->id);
	return json_object_set_new(from->media, type, json_string(s->mime)) == 0 ? 0 : out_of_memory(m);
}
