/* actors/vertex/models/music_prompt.c - what is wanted of music, in words: genre, instrument and
 * tempo are no parameters of any model.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/models/maker.h"

/* "HIP_HOP" is "hip hop". */
static void
genre_words(char *to, size_t room, const char *genre)
{
	size_t i = 0;

	for (; genre[i] != '\0' && i + 1 < room; i++)
		to[i] = genre[i] == '_' ? ' ' : (char)tolower((unsigned char)genre[i]);
	to[i] = '\0';
}

/* Beats a minute, or a part of "as fast as it gets". */
static void
tempo_words(char *to, size_t room, double tempo)
{
	static const struct { double below; const char *words; } speeds[] = {
		{ 0.25, "very slow" }, { 0.45, "slow" }, { 0.65, "moderate" }, { 0.85, "fast" }, { 1.01, "very fast" },
	};

	for (size_t i = 0; i < COUNT(speeds); i++)
		if (tempo < speeds[i].below) {
			snprintf(to, room, "%s", speeds[i].words);
			return;
		}
	snprintf(to, room, "%.4g BPM", tempo);
}

int
music_prompt(const json_t *request, struct buf *prompt)
{
	int rc = buf_str(prompt, request_text(request, "prompt", ""));
	char words[64];

	if (request_has(request, "genre")) {
		genre_words(words, sizeof words, request_text(request, "genre", ""));
		rc |= prompt_add(prompt, "Genre", words);
	}
	if (request_has(request, "instrument"))
		rc |= prompt_add(prompt, "Instrument", request_text(request, "instrument", ""));
	if (json_is_number(json_object_get(request, "tempo"))) {
		tempo_words(words, sizeof words, json_number_value(json_object_get(request, "tempo")));
		rc |= prompt_add(prompt, "Tempo", words);
	}
	return rc;
}
