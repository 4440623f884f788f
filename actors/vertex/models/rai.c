/* actors/vertex/models/rai.c - see rai.h.
 * Licence: Apache-2.0. */
#include <stdlib.h>
#include <string.h>

#include "actors/vertex/models/rai.h"
#include "proto/proto.h"

static const struct rai {
	unsigned long code;
	const char *reason, *text;
} rai_codes[] = {
#define RAI(code, reason, text) { code, #reason, text },
#include "actors/vertex/models/rai.tbl.h"
};

static const struct rai_word {
	const char *word, *reason, *text;
} rai_words[] = {
#define RAI_WORD(word, reason, text) { #word, #reason, text },
#include "actors/vertex/models/rai.tbl.h"
};

/* Texts of blocks that come without a support code. */
static const char *const rai_phrases[] = {
	"blocked by recitation checks", "Responsible AI", "violates", "safety filter", "safety settings",
	"sensitive words", "usage guidelines", "prohibited use",
};

static void
reason_add(json_t *list, const char *code, const char *message)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(json_object_get(item, "code")), code) == 0)
			return;
	if (json_array_size(list) < 8)
		json_array_append_new(list, json_pack("{s:s,s:s}", "code", code, "message", message));
}

bool
rai_of_codes(json_t *list, const char *text)
{
	static const char marker[] = "upport codes:";
	const char *p = strstr(text, marker);
	bool any = false;

	if (p == NULL)
		return false;
	p += sizeof marker - 1;
	for (;;) {
		char *end;
		while (*p == ' ' || *p == ',')
			p++;
		unsigned long code = strtoul(p, &end, 10);
		if (end == p)
			return any;
		any = true;
		p = end;
		const struct rai *known = NULL;
		for (size_t i = 0; i < COUNT(rai_codes); i++)
			if (rai_codes[i].code == code)
				known = &rai_codes[i];
		reason_add(list, known != NULL ? known->reason : "OTHER",
		    known != NULL ? known->text : "The content was held back by a safety check");
	}
}

bool
rai_of_text(json_t *list, const char *text)
{
	if (rai_of_codes(list, text))
		return true;
	for (size_t i = 0; i < COUNT(rai_phrases); i++)
		if (strcasestr(text, rai_phrases[i]) != NULL) {
			reason_add(list, i == 0 ? "RECITATION" : "OTHER", i == 0
			    ? "The result resembled an existing work" : "The content was held back by a safety check");
			return true;
		}
	return false;
}

/* "IMAGE_SAFETY" or "IMAGE_SAFETY: words": its row, and *rest is what follows. NULL: there is none. */
static const struct rai_word *
reason_word(const char *text, const char **rest)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	for (size_t i = 0; i < COUNT(rai_words); i++)
		if (strlen(rai_words[i].word) == n && memcmp(rai_words[i].word, text, n) == 0) {
			*rest = text + n + strspn(text + n, ": ");
			return &rai_words[i];
		}
	return NULL;
}

const char *
rai_of_filter(json_t *list, const char *text)
{
	const char *rest = text;
	const struct rai_word *word = reason_word(text, &rest);

	if (rai_of_codes(list, rest))
		return rest;
	if (word != NULL) {
		reason_add(list, word->reason, word->text);
		return rest[0] != '\0' ? rest : word->text;
	}
	if (!rai_of_text(list, text))
		reason_add(list, "OTHER", "The content was held back by a safety check");
	return text;
}
