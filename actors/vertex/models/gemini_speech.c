/* actors/vertex/models/gemini_speech.c - speech through :generateContent of the Gemini 3.8 speech
 * models. The audio comes inline, as WAV only.
 *
 * The text is read as it is; how it is to sound has a field of its own. What the models
 * cannot do (other encodings, speed, gain, a sample rate) is refused.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/vertex/models/gemini_answer.h"
#include "proto/voices.h"

static int
with_encoding(struct mapping *m, const json_t *value)
{
	if (json_is_string(value) && strcasecmp(json_string_value(value), "linear16") == 0)
		return 0;
	return refuse(m, "audioEncoding must be linear16 for %s", m->model->id);
}

static const struct field_row_map rows[] = {
	FIELD_RECORDED("projectId"),
	FIELD_RECORDED("mediaType"),
	FIELD_RECORDED("model"),
	FIELD_RECORDED("prompt"),		/* spoken_build */
	FIELD_RECORDED("voice"),		/* speech_voice */
	FIELD_RECORDED("audioStyle"),
	FIELD_RECORDED("language"),
	FIELD_RECORDED("negativePrompt"),
	FIELD_RECORDED("seed"),
	FIELD_RECORDED("durationSeconds"),
	FIELD_WITH("audioEncoding", with_encoding),
};

static int
spoken_build(struct mapping *m, const char *storage, struct wires *out)
{
	const char *style = speech_style(m->request);
	struct voice voice;

	(void)storage;			/* the model writes nowhere */
	if (speech_text_check(m, SPEECH_TEXT_MAX) != 0 || speech_voice(m, &voice) != 0)
		return -1;
	m->wire = out->body[out->n++] = json_pack("{s:[{s:s,s:[{s:O}]}],s:{s:[s],s:{s:s,s:{s:s}}}}",
	    "contents", "role", "user", "parts", "text", json_object_get(m->request, "prompt"),
	    "generationConfig", "responseModalities", "AUDIO",
	    "speechConfig", "languageCode", voice.locale, "voiceConfig", "voice", voice.name);
	if (m->wire == NULL)
		return out_of_memory(m);
	if (style[0] != '\0' && wire_set(m->wire, "contents.0.parts.0.speechMetadata.style", json_string(style)) != 0)
		return out_of_memory(m);
	out->samples = 1;
	snprintf(out->made_by, sizeof out->made_by, "%s", m->model->id);
	return fields_map(m, rows, COUNT(rows));
}

static void
spoken_read(json_t *answer, const json_t *wire, struct items *out)
{
	(void)wire;
	if (!gemini_answer_read(answer, "audio/wav", out))
		out->why = "the model answered without audio";
}

const struct maker maker_gemini_speech = { MAKER_gemini_speech, "generateContent", false, false, spoken_build, spoken_read,
    count_one, NULL, NULL };
