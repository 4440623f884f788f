/* actors/vertex/speech.c - speech through Cloud Text-to-Speech with the Chirp 3 HD voices.
 * The audio comes inline.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/google.h"
#include "actors/vertex/maker.h"
#include "proto/voices.h"

enum { TEXT_MAX = 5000 };		/* bytes, not characters */

static const char *const byte_keys[] = { "audioContent", NULL };

static const struct encoding {
	const char *asked, *wire, *mime;
} encodings[] = {
	{ "mp3", "MP3", "audio/mpeg" },
	{ "linear16", "LINEAR16", "audio/wav" },
	{ "ogg_opus", "OGG_OPUS", "audio/ogg" },
};

static int
voice_set(struct mapping *m, struct wires *out)
{
	struct voice voice;
	const char *field = voice_choose(request_text(m->request, "voice", ""), request_text(m->request, "audioStyle", ""),
	    request_text(m->request, "model", ""), request_text(m->request, "language", ""), &voice);

	if (field != NULL)
		return refuse(m, "%s names no voice or language that is spoken", field);
	snprintf(out->made_by, sizeof out->made_by, "%s" VOICE_HD "%s", voice.locale, voice.name);
	wire_set(m->wire, "voice.languageCode", json_string(voice.locale));
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
	FIELD_RECORDED("model"),		/* voice_set */
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
		return refuse(m, "prompt must have 1 to %d bytes", TEXT_MAX);
	m->wire = out->body[out->n++] = json_object();
	wire_set(m->wire, "audioConfig.audioEncoding", json_string(encodings[0].wire));
	out->samples = 1;
	if (voice_set(m, out) != 0)
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

/* One place for all projects: the token says who pays. */
static int
speech_url(const struct google *g, struct buf *url, const char *project, const struct model *model)
{
	(void)project;
	(void)model;
	return buf_printf(url, "%s/v1/text:synthesize", g->speech);
}

const struct maker maker_speech = { MAKER_speech_synthesize, NULL, false, speech_build, speech_read, speech_count, NULL,
    speech_url };
