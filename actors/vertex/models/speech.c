/* actors/vertex/models/speech.c - speech through Cloud Text-to-Speech: the Chirp 3 HD voices, and the
 * Gemini models (voice.modelName), which are told in words how to speak. The audio comes
 * inline.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/google.h"
#include "actors/vertex/models/maker.h"
#include "proto/voices.h"

static const char *const byte_keys[] = { "audioContent", NULL };

static const struct encoding {
	const char *asked, *wire, *mime;
} encodings[] = {
	{ "mp3", "MP3", "audio/mpeg" },
	{ "linear16", "LINEAR16", "audio/wav" },
	{ "ogg_opus", "OGG_OPUS", "audio/ogg" },
};

int
speech_text_check(struct mapping *m, size_t max)
{
	size_t n = json_string_length(json_object_get(m->request, "prompt"));

	if (n == 0 || n > max)
		return refuse(m, "prompt must have 1 to %zu bytes", max);
	if (json_string_length(json_object_get(m->request, "audioStyle")) > max)
		return refuse(m, "audioStyle must not have more than %zu bytes", max);
	return 0;
}

const char *
speech_style(const json_t *request)
{
	const char *style = request_text(request, "audioStyle", "");

	return voice_is_named(style) ? "" : style;
}

int
speech_voice(struct mapping *m, struct voice *out)
{
	const char *field = voice_choose(request_text(m->request, "voice", ""), request_text(m->request, "audioStyle", ""),
	    request_text(m->request, "model", ""), request_text(m->request, "language", ""), out);

	return field == NULL ? 0 : refuse(m, "%s names no voice or language that is spoken", field);
}

static int
voice_set(struct mapping *m, struct wires *out)
{
	struct voice voice;

	if (speech_voice(m, &voice) != 0)
		return -1;
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

static int
wire_begin(struct mapping *m, struct wires *out)
{
	m->wire = out->body[out->n++] = json_object();
	out->samples = 1;
	return wire_set(m->wire, "audioConfig.audioEncoding", json_string(encodings[0].wire)) == 0 ? 0 : out_of_memory(m);
}

static int
speech_build(struct mapping *m, const char *storage, struct wires *out)
{
	(void)storage;			/* the service writes nowhere */
	if (speech_text_check(m, SPEECH_TEXT_MAX) != 0 || wire_begin(m, out) != 0 || voice_set(m, out) != 0)
		return -1;
	return fields_map(m, rows, COUNT(rows));
}

static int
prompted_build(struct mapping *m, const char *storage, struct wires *out)
{
	const char *style = speech_style(m->request);
	struct voice voice;

	(void)storage;
	if (speech_text_check(m, PROMPTED_MAX) != 0 || speech_voice(m, &voice) != 0 || wire_begin(m, out) != 0)
		return -1;
	if (style[0] != '\0')
		wire_set(m->wire, "input.prompt", json_string(style));
	wire_set(m->wire, "voice.languageCode", json_string(voice.locale));
	wire_set(m->wire, "voice.name", json_string(voice.name));
	wire_set(m->wire, "voice.modelName", json_string(m->model->id));
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
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

const struct maker maker_speech = { MAKER_speech_synthesize, NULL, false, false, speech_build, speech_read, count_one, NULL,
    speech_url };
const struct maker maker_speech_prompted = { MAKER_speech_prompted, NULL, false, false, prompted_build, speech_read, count_one,
    NULL, speech_url };
