/* actors/vertex/models/maker.c - what the makers share. See maker.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/models/maker.h"

const struct maker *
maker_of(enum maker_method method)
{
	static const struct maker *const makers[MAKER_COUNT] = {
		[MAKER_imagen_predict] = &maker_imagen,
		[MAKER_gemini_image] = &maker_gemini_image,
		[MAKER_imagen_upscale] = &maker_upscale,
		[MAKER_veo_operation] = &maker_veo,
		[MAKER_omni_interaction] = &maker_omni,
		[MAKER_lyria_predict] = &maker_lyria,
		[MAKER_lyria_interaction] = &maker_lyria3,
		[MAKER_speech_synthesize] = &maker_speech,
		[MAKER_speech_prompted] = &maker_speech_prompted,
		[MAKER_gemini_speech] = &maker_gemini_speech,
	};

	return makers[method];
}

void
wires_free(struct wires *w)
{
	for (size_t i = 0; i < w->n; i++)
		json_decref(w->body[i]);
	w->n = 0;
}

void
items_free(struct items *it)
{
	json_decref(it->reasons);
	*it = (struct items){ .n = 0 };
}

/* Is what Google says a type of the sort that is expected? It goes into a header, and on to browsers. */
static bool
is_like(const char *mime, const char *expected)
{
	size_t sort = strcspn(expected, "/") + 1, n = mime != NULL ? strlen(mime) : 0;

	return n > sort && n < sizeof ((struct item *)0)->mime && strncmp(mime, expected, sort) == 0 &&
	    strspn(mime + sort, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-;=") == n - sort;
}

void
items_add(struct items *out, json_t *holder, const char *uri_key, const char *const bytes_keys[],
    const char *mime_otherwise)
{
	struct item it = { .holder = holder };
	const char *mime = json_string_value(json_object_get(holder, "mimeType"));

	if (out->n == ITEMS_MAX)
		return;
	it.uri = json_string_value(json_object_get(holder, uri_key));
	for (size_t i = 0; bytes_keys[i] != NULL && it.uri == NULL && it.bytes_key == NULL; i++)
		if (json_string_length(json_object_get(holder, bytes_keys[i])) > 0)
			it.bytes_key = bytes_keys[i];
	if (it.uri == NULL && it.bytes_key == NULL)
		return;
	it.prompt = json_string_value(json_object_get(holder, "prompt"));
	snprintf(it.mime, sizeof it.mime, "%s", is_like(mime, mime_otherwise) ? mime : mime_otherwise);
	out->v[out->n++] = it;
}

void
items_reason(struct items *out, const char *text)
{
	if (out->reasons == NULL)
		out->reasons = json_array();
	if (text != NULL && json_array_size(out->reasons) < 16)
		json_array_append_new(out->reasons, json_string(text));
}

void
items_told(struct items *out, const char *word, const char *told)
{
	char text[1024];

	snprintf(text, sizeof text, "%s%s%s", word != NULL ? word : "", word != NULL && told != NULL ? ": " : "", told != NULL ? told : "");
	utf8_cut(text);
	items_reason(out, text);
}

void
said_add(const char **said, const json_t *text)
{
	if (*said == NULL && json_string_length(text) > 0)
		*said = json_string_value(text);
}

unsigned
count_samples(const json_t *request)
{
	return (unsigned)request_int(request, "sampleCount", 1);
}

unsigned
count_one(const json_t *request)
{
	(void)request;
	return 1;
}

const char *
mime_ending(const char *mime)
{
	static const struct { const char *mime, *ending; } types[] = {
		{ "image/png", "png" }, { "image/jpeg", "jpg" }, { "image/webp", "webp" }, { "video/mp4", "mp4" }, { "audio/wav", "wav" },
		{ "audio/x-wav", "wav" }, { "audio/mpeg", "mp3" }, { "audio/ogg", "ogg" },
	};

	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].mime, mime) == 0)
			return types[i].ending;
	return "bin";
}
