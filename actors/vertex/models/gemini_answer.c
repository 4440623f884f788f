/* actors/vertex/models/gemini_answer.c - see gemini_answer.h.
 * Licence: Apache-2.0. */
#include "actors/vertex/models/gemini_answer.h"

static const char *const byte_keys[] = { "data", NULL };

/* The first piece of media of a candidate. What it says instead is left in *said. */
static void
parts_read(json_t *candidate, const char *mime, struct items *out, const char **said)
{
	json_t *parts = json_object_get(json_object_get(candidate, "content"), "parts"), *part;
	size_t i, before = out->n;

	json_array_foreach(parts, i, part) {
		if (json_is_true(json_object_get(part, "thought")))
			continue;	/* a draft */
		items_add(out, json_object_get(part, "inlineData"), "fileUri", byte_keys, mime);
		if (out->n == before)
			items_add(out, json_object_get(part, "fileData"), "fileUri", byte_keys, mime);
		if (out->n > before)
			return;
		said_add(said, json_object_get(part, "text"));
	}
}

/* The first of the texts that is there, or NULL. */
static const char *
first_text(const json_t *a, const json_t *b)
{
	return json_string_length(a) > 0 ? json_string_value(a) : json_string_length(b) > 0 ? json_string_value(b) : NULL;
}

/* Why there is nothing, in Google's words. False: it says none. */
static bool
reason_add(struct items *out, const json_t *answer, const json_t *candidate, const char *said)
{
	const json_t *feedback = json_object_get(answer, "promptFeedback");
	const char *word = first_text(json_object_get(feedback, "blockReason"), json_object_get(candidate, "finishReason"));
	const char *told = first_text(json_object_get(feedback, "blockReasonMessage"), json_object_get(candidate, "finishMessage"));

	if (told == NULL)
		told = said;
	if (word != NULL && told != NULL && strcmp(word, "STOP") == 0)
		word = NULL;		/* it ended well, and declined */
	if (word == NULL && told == NULL)
		return false;
	items_told(out, word, told);
	return true;
}

bool
gemini_answer_read(json_t *answer, const char *mime, struct items *out)
{
	json_t *candidate = json_array_get(json_object_get(answer, "candidates"), 0);
	size_t before = out->n;
	const char *said = NULL;

	parts_read(candidate, mime, out, &said);
	return out->n > before || reason_add(out, answer, candidate, said);
}
