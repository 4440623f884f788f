/* gemini.c - :generateContent: what every Gemini model asks of a request.
 * Owns:  nothing.
 * Fails: 400 for anything the tables below do not allow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "errors.h"
#include "gemini.h"

#define IMAGE_TOKENS	258

static const struct field system_part[] = {
	{ .name = "text", .kind = F_STRING, .max = 1 << 20, .flags = F_REQUIRED },
	{ 0 }
};
const struct field gemini_system_fields[] = {
	{ .name = "role", .kind = F_STRING },
	{ .name = "parts", .kind = F_LIST, .sub = system_part, .min = 1, .max = 100,
	    .flags = F_REQUIRED },
	{ 0 }
};
const struct field gemini_safety_fields[] = {
	{ .name = "category", .kind = F_WORD, .flags = F_REQUIRED | F_EXACT, .choices =
	    "HARM_CATEGORY_HARASSMENT HARM_CATEGORY_HATE_SPEECH "
	    "HARM_CATEGORY_SEXUALLY_EXPLICIT HARM_CATEGORY_DANGEROUS_CONTENT" },
	{ .name = "threshold", .kind = F_WORD, .flags = F_REQUIRED | F_EXACT, .choices =
	    "BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_ONLY_HIGH BLOCK_NONE OFF" },
	{ .name = "method", .kind = F_WORD, .flags = F_EXACT,
	    .choices = "SEVERITY PROBABILITY" },
	{ 0 }
};

/* The samples show one object where a list belongs, and the service takes it. */
static void
listed(json_t *body, const char *key)
{
	json_t *one = json_object_get(body, key), *list;

	if (!json_is_object(one))
		return;
	list = json_array();
	json_array_append(list, one);
	json_object_set_new(body, key, list);
}

bool
gemini_role_is(const json_t *content, const char *role)
{
	const char *said = json_text(content, "role");

	return said != NULL && strcasecmp(said, role) == 0;
}

/* Every part is one thing. */
static int
parts_check(struct request *r, const json_t *content, size_t i)
{
	static const char *kinds[] = { "text", "inlineData", "fileData" };
	json_t	*part;
	size_t	 k, j, given;

	json_array_foreach(json_object_get(content, "parts"), j, part) {
		for (k = given = 0; k < COUNT(kinds); k++)
			given += json_object_get(part, kinds[k]) != NULL;
		if (given != 1)
			return vertex_refuse(r, "contents", "Unable to submit request because "
			    "contents[%zu].parts[%zu] must have exactly one of text, inlineData "
			    "and fileData.", i, j);
	}
	return 0;
}

static int
contents_check(struct request *r)
{
	const json_t	*contents = json_object_get(r->json, "contents"), *one = NULL;
	size_t		 i, n = json_array_size(contents);

	for (i = 0; i < n; i++) {
		one = json_array_get(contents, i);
		if (!gemini_role_is(one, "user") && !gemini_role_is(one, "model"))
			return vertex_refuse(r, "contents.role",
			    "Please use a valid role: user, model.");
		if (parts_check(r, one, i) < 0)
			return -1;
	}
	if (!gemini_role_is(one, "user"))
		return vertex_refuse(r, "contents",
		    "Please ensure that multiturn requests end with a user role.");
	return 0;
}

int
gemini_check(struct request *r, const struct field *body, const char *not_these)
{
	const json_t	*config;
	const char	*key;
	json_t		*v;

	listed(r->json, "contents");
	listed(r->json, "safetySettings");
	if (vertex_check(r, r->json, body, "") < 0)
		return -1;
	config = json_object_get(r->json, "generationConfig");
	if (vertex_number(config, "candidateCount", 1) > 1)
		return vertex_refuse(r, "generation_config.candidate_count",
		    "Multiple candidates is not enabled for this model");
	json_object_foreach((json_t *)config, key, v)
		if (word_in(not_these, key))
			return vertex_refuse(r, key, "%s is not supported by this model.", key);
	return contents_check(r);
}

const char *
gemini_prompt(const json_t *contents)
{
	const json_t	*last = json_is_array(contents) ?
			    json_array_get(contents, json_array_size(contents) - 1) : contents;
	const json_t	*parts = json_object_get(last, "parts");
	const char	*text = NULL;
	size_t		 i;

	for (i = json_array_size(parts); i > 0 && text == NULL; i--)
		text = json_text(json_array_get(parts, i - 1), "text");
	return text;
}

int
gemini_prompt_tokens(const json_t *contents, int images)
{
	json_t	*content, *part;
	size_t	 i, j, bytes = 0;

	json_array_foreach(contents, i, content)
		json_array_foreach(json_object_get(content, "parts"), j, part)
			bytes += json_string_length(json_object_get(part, "text"));
	return (int)(bytes / 4) + 1 + images * IMAGE_TOKENS;
}
