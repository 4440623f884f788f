/* actors/vertex/speech.c - speech through Cloud Text-to-Speech with the Chirp 3 HD voices.
 * The audio comes inline.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/maker.h"

enum { TEXT_MAX = 5000 };		/* bytes, not characters */

#define HD "-Chirp3-HD-"
#define VOICE_OTHERWISE "Kore"
#define LOCALE_OTHERWISE "en-US"

static const char *const byte_keys[] = { "audioContent", NULL };

static const struct voice {
	const char *name, *sounds;
} voices[] = {
#define VOICE(name, sounds) { #name, #sounds },
#define LOCALE(code)
#define SAME_AS(tag, code)
#include "actors/vertex/voices.tbl.h"
};
static const char *const locales[] = {
#define VOICE(name, sounds)
#define LOCALE(code) code,
#define SAME_AS(tag, code)
#include "actors/vertex/voices.tbl.h"
};
static const struct { const char *tag, *code; } same_as[] = {
#define VOICE(name, sounds)
#define LOCALE(code)
#define SAME_AS(tag, code) { tag, code },
#include "actors/vertex/voices.tbl.h"
};

static const struct encoding {
	const char *asked, *wire, *mime;
} encodings[] = {
	{ "mp3", "MP3", "audio/mpeg" },
	{ "linear16", "LINEAR16", "audio/wav" },
	{ "ogg_opus", "OGG_OPUS", "audio/ogg" },
};

static const char *
voice_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(voices); i++)
		if (strcasecmp(voices[i].name, name) == 0)
			return voices[i].name;
	return NULL;
}

static const char *
voice_by_sound(const char *word)
{
	for (size_t i = 0; i < COUNT(voices); i++)
		if (strcasecmp(voices[i].sounds, word) == 0)
			return voices[i].name;
	return NULL;
}

/* A tag's locale: exact, by another name, the language's first. NULL: not spoken. */
static const char *
locale_of(const char *tag)
{
	size_t language = strcspn(tag, "-_");

	for (size_t i = 0; i < COUNT(locales); i++)
		if (strlen(tag) == strlen(locales[i]) && strncasecmp(tag, locales[i], language) == 0 &&
		    (tag[language] == '\0' || strcasecmp(tag + language + 1, locales[i] + language + 1) == 0))
			return locales[i];
	for (size_t i = 0; i < COUNT(same_as); i++) {
		size_t n = strlen(same_as[i].tag);
		if (strncasecmp(tag, same_as[i].tag, n) == 0 && strchr("-_", tag[n]) != NULL)
			return same_as[i].code;
	}
	for (size_t i = 0; i < COUNT(locales); i++)
		if (strcspn(locales[i], "-") == language && strncasecmp(tag, locales[i], language) == 0)
			return locales[i];
	return NULL;
}

/* What the client named: "en-US-Chirp3-HD-Kore" gives both parts, "Kore" the voice. */
static int
voice_read(struct mapping *m, const char *name, const char **voice, char locale[16])
{
	const char *hd = strcasestr(name, HD);

	*voice = voice_by_name(hd != NULL ? hd + sizeof HD - 1 : name);
	if (*voice == NULL)
		return refuse(m, "there is no voice %.100s", name);
	if (hd != NULL)
		snprintf(locale, 16, "%.*s", (int)(hd - name < 15 ? hd - name : 15), name);
	return 0;
}

static int
voice_choose(struct mapping *m, struct wires *out)
{
	const char *voice = NULL, *style = request_text(m->request, "audioStyle", ""), *language;
	const char *model = request_text(m->request, "model", "");
	char locale[16] = "";

	if (request_has(m->request, "voice")) {
		if (voice_read(m, request_text(m->request, "voice", ""), &voice, locale) != 0)
			return -1;
	} else if (strcasestr(style, HD) != NULL || voice_by_name(style) != NULL) {
		if (voice_read(m, style, &voice, locale) != 0)
			return -1;
	} else if (strcasestr(model, HD) != NULL) {
		if (voice_read(m, model, &voice, locale) != 0)
			return -1;
	} else {
		voice = voice_by_sound(style);
	}
	/* the language of the text counts more than that in a voice's name: all voices speak all */
	language = request_text(m->request, "language", locale);
	const char *code = language[0] != '\0' ? locale_of(language) : LOCALE_OTHERWISE;
	if (code == NULL)
		return refuse(m, "%.35s is not spoken by the Chirp 3 HD voices", language);
	snprintf(out->made_by, sizeof out->made_by, "%s" HD "%s", code, voice != NULL ? voice : VOICE_OTHERWISE);
	wire_set(m->wire, "voice.languageCode", json_string(code));
	return wire_set(m->wire, "voice.name", json_string(out->made_by));
}

static const struct encoding *
encoding_of(const char *asked)
{
	for (size_t i = 0; i < COUNT(encodings); i++)
		if (strcasecmp(encodings[i].asked, asked) == 0)
			return &encodings[i];
	return NULL;
}

static int
with_encoding(struct mapping *m, const json_t *value)
{
	const struct encoding *e = encoding_of(json_is_string(value) ? json_string_value(value) : "");

	if (e == NULL)
		return refuse(m, "audioEncoding must be mp3, linear16 or ogg_opus");
	return wire_set(m->wire, "audioConfig.audioEncoding", json_string(e->wire));
}

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),		/* voice_choose */
	FIELD_RECORDED("voice"),
	FIELD_RECORDED("audioStyle"),
	FIELD_RECORDED("language"),
	FIELD_RECORDED("negativePrompt"),
	FIELD_RECORDED("seed"),
	FIELD_RECORDED("durationSeconds"),
	FIELD_AS("prompt", AS_IS, "input.text"),
	FIELD_WITH("audioEncoding", with_encoding),
	FIELD_AS("speed", AS_IS, "audioConfig.speakingRate"),
	FIELD_AS("volumeGain", AS_IS, "audioConfig.volumeGainDb"),
	FIELD_AS("audioSampleRate", AS_IS, "audioConfig.sampleRateHertz"),
};

static unsigned
speech_count(const json_t *request)
{
	(void)request;
	return 1;
}

static int
speech_build(struct mapping *m, const char *storage, struct wires *out)
{
	size_t n = json_string_length(json_object_get(m->request, "prompt"));

	(void)storage;			/* the service writes nowhere */
	if (n == 0 || n > TEXT_MAX)
		return refuse(m, "a text to speak has 1 to %d bytes", TEXT_MAX);
	m->wire = out->body[out->n++] = json_object();
	wire_set(m->wire, "audioConfig.audioEncoding", json_string(encodings[0].wire));
	out->samples = 1;
	if (voice_choose(m, out) != 0)
		return -1;
	return fields_map(m, rows, COUNT(rows));
}

static void
speech_read(json_t *answer, const json_t *wire, struct items *out)
{
	const json_t *asked = wire_get(wire, "audioConfig.audioEncoding");
	const char *mime = encodings[0].mime;

	for (size_t i = 0; i < COUNT(encodings); i++)
		if (asked != NULL && strcmp(json_string_value(asked), encodings[i].wire) == 0)
			mime = encodings[i].mime;
	items_add(out, answer, "gcsUri", byte_keys, mime);
}

const struct maker maker_speech = { METHOD_speech_synthesize, NULL, false, speech_build, speech_read, speech_count };
