/* tts_input.c - the text of Text-to-Speech: which kind, how long, for which voice.
 * Owns:  nothing.
 * Fails: 400 as the service words it. */
#include <string.h>

#include "errors.h"
#include "tts.h"

/* Bytes, not characters. */
#define TEXT_MAX	5000
#define PROMPTED_MAX	4000	/* of a Gemini model; of its prompt as much again */

static bool
ssml_looks_right(const char *s)
{
	const char	*at = s + strspn(s, " \t\r\n");
	long		 open = 0;

	if (strncmp(at, "<speak", 6) != 0 || strstr(at, "</speak>") == NULL)
		return false;
	for (; *at != '\0' && open >= 0 && open <= 1; at++)
		open += *at == '<' ? 1 : *at == '>' ? -1 : 0;
	return open == 0;
}

static int
refuse(struct request *r, const char *text)
{
	error_rpc(r, 400, "%s", text);
	return -1;
}

/* The one source that is given, or NULL and an error. */
static const char *
source_find(struct request *r, const json_t *input)
{
	static const char *kinds[] = { "text", "ssml", "markup", "multiSpeakerMarkup" };
	const char	*found = NULL;
	size_t		 i, given = 0;

	for (i = 0; i < COUNT(kinds); i++) {
		const json_t *v = json_object_get(input, kinds[i]);

		if (v == NULL)
			continue;
		given++;
		if (!json_is_string(v) || json_string_length(v) > 0)
			found = kinds[i];
	}
	if (given == 1 && found != NULL)
		return found;
	refuse(r, given > 1 ? "Only one of `input.text`, `input.ssml`, `input.markup` and "
	    "`input.multi_speaker_markup` can be set." :
	    "Either `input.text` or `input.ssml` must be set.");
	return NULL;
}

static size_t
source_bytes(const json_t *input, const char *source)
{
	const json_t	*v = json_object_get(input, source);
	size_t		 n = json_string_length(v), i;
	json_t		*turn;

	json_array_foreach(json_object_get(v, "turns"), i, turn)
		n += json_string_length(json_object_get(turn, "text"));
	return n;
}

static int
length_check(struct request *r, const json_t *input, const char *source, bool gemini)
{
	size_t limit = gemini ? PROMPTED_MAX : TEXT_MAX;

	if (json_string_length(json_object_get(input, "prompt")) > PROMPTED_MAX) {
		error_rpc(r, 400, "`input.prompt` is longer than the limit of %d bytes.",
		    PROMPTED_MAX);
		return -1;
	}
	if (source_bytes(input, source) <= limit)
		return 0;
	error_rpc(r, 400, "Either `input.text` or `input.ssml` is longer than the limit "
	    "of %zu bytes. This limit is different from quotas. To fix, reduce the byte "
	    "length of the characters in this request, or consider using the Long Audio "
	    "API: https://cloud.google.com/text-to-speech/docs/create-audio-text-long-"
	    "audio-synthesis.", limit);
	return -1;
}

int
tts_input_check(struct request *r, enum voice_kind kind)
{
	const json_t	*input = json_object_get(r->json, "input");
	const char	*source = source_find(r, input);
	bool		 gemini = kind == VOICE_GEMINI;

	if (source == NULL || length_check(r, input, source, gemini) < 0)
		return -1;
	if (!gemini && (json_object_get(input, "prompt") != NULL ||
	    strcmp(source, "multiSpeakerMarkup") == 0))
		return refuse(r, "prompt and multi_speaker_markup need a voice with a model_name.");
	if (kind != VOICE_CHIRP && strcmp(source, "markup") == 0)
		return refuse(r, "This voice does not support markup input.");
	if (strcmp(source, "ssml") != 0)
		return 0;
	if (gemini)
		return refuse(r, "This voice does not support SSML input.");
	return ssml_looks_right(json_text(input, "ssml")) ? 0 :
	    refuse(r, "Invalid SSML. Newer voices like Neural2 require valid SSML.");
}

char *
tts_spoken(const json_t *input)
{
	static const char *plain[] = { "text", "ssml", "markup" };
	struct buf	 b = { 0 };
	const char	*s = NULL;
	json_t		*turn;
	size_t		 i;
	int		 tag = 0;

	buf_str(&b, "");
	for (i = 0; s == NULL && i < COUNT(plain); i++)
		s = json_text(input, plain[i]);
	for (; s != NULL && *s != '\0'; s++) {
		if (*s == '<' && json_text(input, "ssml") != NULL)
			tag = 1;
		if (!tag)
			buf_char(&b, *s);
		if (*s == '>')
			tag = 0;
	}
	json_array_foreach(json_object_get(json_object_get(input, "multiSpeakerMarkup"),
	    "turns"), i, turn)
		buf_fmt(&b, "%s ", json_text(turn, "text"));
	return b.data;
}
