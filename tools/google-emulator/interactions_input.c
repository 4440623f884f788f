/* interactions_input.c - the input of an interaction and its response_format, item by item.
 * Owns:  nothing.
 * Fails: 400 for a type, a field or a file that the model does not take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "interactions.h"
#include "media.h"
#include "vertex.h"

#define ITEMS_MAX	64
#define FILE_MAX	(30u << 20)
#define TEXT_MAX	65536		/* of all text together */

const struct field interaction_text_fields[] = {
	{ .name = "type", .kind = F_STRING },
	{ .name = "text", .kind = F_STRING, .flags = F_REQUIRED },
	{ 0 }
};
const struct field interaction_image_fields[] = {
	{ .name = "type", .kind = F_STRING },
	{ .name = "mime_type", .kind = F_WORD, .flags = F_REQUIRED,
	    .choices = "image/png image/jpeg image/webp image/heic image/heif" },
	{ .name = "uri", .kind = F_GCS_URI },
	{ .name = "data", .kind = F_BYTES },
	{ 0 }
};
const struct field interaction_text_format[] = {
	{ .name = "type", .kind = F_STRING },
	{ .name = "mime_type", .kind = F_WORD, .choices = "text/plain" },
	{ 0 }
};

static const struct interaction_type *
type_find(const struct interaction_type *table, const char *type)
{
	for (; type != NULL && table->type != NULL; table++)
		if (strcmp(table->type, type) == 0)
			return table;
	return NULL;
}

/* One object by its "type"; seen counts how often each type came. */
static int
typed_check(struct request *r, const json_t *one, const struct interaction_type *table,
    const char *where, size_t seen[])
{
	const struct interaction_type *t = type_find(table, json_text(one, "type"));

	if (t == NULL)
		return vertex_wrong(r, where, "its type is missing, unknown or not supported by this "
		    "model.");
	if (vertex_check(r, one, t->fields, where) < 0)
		return -1;
	if (++seen[t - table] > t->most)
		return vertex_wrong(r, where, "there are more of this type than the model takes.");
	return 0;
}

/* ---- files ---- */

/* Do the bytes look like the stated type? */
static bool
file_is(const unsigned char *b, size_t n, const char *mime)
{
	const char	*is;
	int		 w, h;

	if (strcasecmp(mime, "video/mp4") == 0)
		return video_seconds(b, n) > 0;
	if (strncasecmp(mime, "image/hei", 9) == 0)
		return n > 12 && memcmp(b + 4, "ftyp", 4) == 0;
	is = image_probe(b, n, &w, &h);
	return is != NULL && strcasecmp(is, mime) == 0 && w > 0 && h > 0;
}

static int
file_check(struct request *r, struct interaction *in, const json_t *item, const char *where)
{
	const json_t	*data = json_object_get(item, "data");
	const char	*uri = json_text(item, "uri");
	unsigned char	*b;
	size_t		 n;
	bool		 right;

	if ((data != NULL) == (uri != NULL))
		return vertex_wrong(r, where, "exactly one of data and uri must be set.");
	if (vertex_bytes(r, data, uri, where, FILE_MAX, &b, &n) < 0)
		return -1;
	right = file_is(b, n, json_text(item, "mime_type"));
	if (right && strcmp(json_text(item, "type"), "video") == 0)
		in->film_seconds += video_seconds(b, n);
	free(b);
	return right ? 0 : vertex_wrong(r, where, "the file is not of the stated mime_type, or is "
	    "damaged.");
}

/* ---- input ---- */

static int
items_check(struct request *r, struct interaction *in, struct buf *text)
{
	size_t	 seen[8] = { 0 }, i;
	json_t	*one;
	char	 where[32];

	json_array_foreach((json_t *)in->items, i, one) {
		snprintf(where, sizeof where, "input[%zu]", i);
		if (typed_check(r, one, in->model->family->inputs, where, seen) < 0)
			return -1;
		if (json_text(one, "text") == NULL) {
			if (file_check(r, in, one, where) < 0)
				return -1;
			continue;
		}
		if (text->len > 0)
			buf_char(text, '\n');
		buf_str(text, json_text(one, "text"));
	}
	return 0;
}

int
interaction_input(struct request *r, struct interaction *in)
{
	const json_t	*input = json_object_get(in->body, "input");
	struct buf	 text = { 0 };

	buf_str(&text, json_is_string(input) ? json_string_value(input) : "");
	if (json_is_array(input)) {
		if (json_array_size(input) > ITEMS_MAX)
			return vertex_wrong(r, "input", "it has too many items.");
		in->items = input;
		if (items_check(r, in, &text) < 0) {
			buf_free(&text);
			return -1;
		}
	} else if (!json_is_string(input)) {
		buf_free(&text);
		return vertex_wrong(r, "input", "it must be a string, or a list of content.");
	}
	in->prompt = text.data;
	if (strspn(in->prompt, " \t\r\n") == text.len)
		return vertex_wrong(r, "input", "it must hold a text that is not empty.");
	if (text.len > TEXT_MAX)
		return vertex_wrong(r, "input", "its text is longer than the limit of 65536 bytes.");
	return 0;
}

/* ---- response_format ---- */

int
interaction_format(struct request *r, struct interaction *in)
{
	const struct interaction_family	*f = in->model->family;
	json_t	*given = json_object_get(in->body, "response_format"), *one;
	size_t	 seen[8] = { 0 }, i;
	char	 where[40];

	if (given == NULL)
		return 0;
	if (!json_is_array(given) || json_array_size(given) > ITEMS_MAX)
		return vertex_wrong(r, "response_format", "it must be a list of a few formats.");
	json_array_foreach(given, i, one) {
		snprintf(where, sizeof where, "response_format[%zu]", i);
		if (typed_check(r, one, f->formats, where, seen) < 0)
			return -1;
		if (strcmp(json_text(one, "type"), f->medium) == 0)
			in->format = one;
	}
	return 0;
}
