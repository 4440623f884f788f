/* gemini_speech.c - the Gemini 3.8 speech models: text read as it is, by one voice or two.
 * Owns:  nothing.
 * Fails: 400 for anything the tables below do not allow. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "gemini_speech.h"
#include "ledger.h"
#include "settings.h"
#include "voices.tbl.h"

#define RATE		24000
#define PIECE		((size_t)RATE)		/* bytes of a streamed piece: half a second */
#define TOKENS_PER_S	25

/* ---- what may be asked ---- */

static const struct field metadata_fields[] = {
	{ .name = "style", .kind = F_STRING },
	{ .name = "speaker", .kind = F_STRING, .min = 1, .max = 100 },
	{ 0 }
};
static const struct field part_fields[] = {
	{ .name = "text", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ .name = "speechMetadata", .kind = F_OBJECT, .sub = metadata_fields },
	{ 0 }
};
static const struct field content_fields[] = { GEMINI_CONTENT(part_fields), { 0 } };
static const struct field prebuilt_fields[] = {
	{ .name = "voiceName", .kind = F_STRING, .min = 1, .max = 100, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field voice_fields[] = {
	{ .name = "voice", .kind = F_STRING, .min = 1, .max = 100 },
	{ .name = "prebuiltVoiceConfig", .kind = F_OBJECT, .sub = prebuilt_fields },
	{ 0 }
};
static const struct field speaker_fields[] = {
	{ .name = "speaker", .kind = F_STRING, .min = 1, .max = 100, .flags = F_REQUIRED },
	{ .name = "voiceConfig", .kind = F_OBJECT, .sub = voice_fields, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field multi_fields[] = {
	{ .name = "speakerVoiceConfigs", .kind = F_LIST, .sub = speaker_fields, .min = 2,
	    .max = 2, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field speech_fields[] = {
	{ .name = "languageCode", .kind = F_WORD, .flags = F_EXACT, .choices = LOCALES },
	{ .name = "voiceConfig", .kind = F_OBJECT, .sub = voice_fields },
	{ .name = "multiSpeakerVoiceConfig", .kind = F_OBJECT, .sub = multi_fields },
	{ 0 }
};
static const struct field audio_format_fields[] = {
	{ .name = "mimeType", .kind = F_WORD, .flags = F_EXACT | F_REQUIRED,
	    .choices = "AUDIO_WAV AUDIO_L16 AUDIO_MULAW AUDIO_ALAW" },
	{ 0 }
};
static const struct field format_fields[] = {
	{ .name = "audio", .kind = F_OBJECT, .sub = audio_format_fields, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field generation_config[] = {
	GEMINI_CONFIG,
	{ .name = "speechConfig", .kind = F_OBJECT, .sub = speech_fields, .flags = F_REQUIRED },
	{ .name = "responseFormat", .kind = F_LIST, .sub = format_fields, .min = 1, .max = 1 },
	{ 0 }
};
static const struct field body_fields[] = {
	GEMINI_BODY(content_fields, generation_config),
	{ 0 }
};

/* What a response format makes; the first is the usual one, the second that of a stream. */
static const struct {
	const char		*name, *mime;
	enum sound_format	 format;
} formats[] = {
	{ "AUDIO_WAV", "audio/wav", SOUND_WAV },
	{ "AUDIO_L16", "audio/l16", SOUND_PCM },
	{ "AUDIO_MULAW", "audio/mulaw", SOUND_MULAW },
	{ "AUDIO_ALAW", "audio/alaw", SOUND_ALAW },
};

/* ---- the job ---- */

static int
format_read(struct request *r, const struct vertex *v, struct speech_job *job)
{
	const json_t	*config = json_object_get(r->json, "generationConfig");
	const json_t	*list = json_object_get(config, "responseFormat");
	const json_t	*modalities = json_object_get(config, "responseModalities");
	const char	*mime = json_text(json_object_get(json_array_get(list, 0), "audio"),
			    "mimeType");
	const char	*modality = json_string_value(json_array_get(modalities, 0));

	if (json_array_size(modalities) != 1 || strcmp(modality, "AUDIO") != 0)
		return vertex_refuse(r, "generation_config.response_modalities",
		    "responseModalities must be [\"AUDIO\"] for this model.");
	if (mime == NULL)
		job->format = v->streams ? 1 : 0;
	else
		while (job->format < COUNT(formats) - 1 &&
		    strcmp(formats[job->format].name, mime) != 0)
			job->format++;
	return 0;
}

static int
job_read(struct request *r, struct vertex *v, struct speech_job *job)
{
	const json_t	*contents;
	json_t		*part;
	size_t		 i;

	if (gemini_check(r, body_fields, "temperature topP topK") < 0)
		return -1;
	contents = json_object_get(r->json, "contents");
	if (json_array_size(contents) != 1)
		return vertex_refuse(r, "contents", "Multiturn chat is not enabled for this model.");
	if (json_object_get(r->json, "systemInstruction") != NULL)
		return vertex_refuse(r, "system_instruction",
		    "Developer instruction is not enabled for this model.");
	if (format_read(r, v, job) < 0 || speech_voices(r, job) < 0)
		return -1;
	json_array_foreach(json_object_get(json_array_get(contents, 0), "parts"), i, part)
		if (speech_turn(r, part, i, job) < 0)
			return -1;
	if (job->spoken.len == 0)
		return vertex_refuse(r, "contents", "There is no text to be spoken.");
	job->spec.text = job->spoken.data;
	job->spec.rate = 1;
	job->spec.sample_rate = RATE;
	job->spec.format = formats[job->format].format;
	job->spec.raw = true;
	return 0;
}

/* ---- the answer ---- */

/* The sound as parts: whole, or if it has no head and is streamed, in pieces. */
static void
parts_add(const struct vertex *v, const struct speech_job *job, const struct blob *b,
    json_t *parts)
{
	size_t n = blob_len(b), at, size;

	for (at = 0; at < n; at += size) {
		size = v->streams && job->spec.format != SOUND_WAV && n - at > PIECE ? PIECE : n - at;
		json_array_append_new(parts, json_pack("{s:{s:s, s:o}}", "inlineData",
		    "mimeType", formats[job->format].mime,
		    "data", json_bytes(blob_data(b) + at, size)));
	}
}

/* G.711 has a byte a sample, the others two. */
static int
tokens_of(const struct speech_job *job, size_t bytes)
{
	size_t samples = job->format < 2 ? bytes / 2 : bytes;

	return (int)(samples * TOKENS_PER_S / RATE) + 1;
}

static void
speak(struct request *r, struct vertex *v, struct speech_job *job)
{
	struct gemini_answer a = { .finish = "STOP", .modality = "AUDIO",
	    .prompt_tokens = gemini_prompt_tokens(json_object_get(r->json, "contents"), 0) };
	struct blob *b;

	if (gemini_blocked(r, v, a.prompt_tokens))
		return;
	ledger_add(r, "gemini", v->model->id, NULL, job->spoken.data, 1);
	sleep_ms(setting(SET_speech_ms));
	if ((b = sound_speech(&job->spec)) == NULL) {
		error_rpc(r, 500, "Internal error encountered.");
		return;
	}
	a.parts = json_array();
	if (r->fault.filter != 0) {
		gemini_withhold(&r->fault, "SAFETY", &a);
	} else if (r->fault.declines) {
		json_array_append_new(a.parts, json_pack("{s:s}", "text",
		    "I cannot read this aloud."));
	} else {
		parts_add(v, job, b, a.parts);
		a.made_tokens = tokens_of(job, blob_len(b));
	}
	gemini_reply(r, v, &a);
	blob_free(b);
}

void
gemini_speech_make(struct request *r, struct vertex *v)
{
	struct speech_job job = { .spec.look = hash_text(v->model->id, 13) };

	if (job_read(r, v, &job) == 0)
		speak(r, v, &job);
	buf_free(&job.spoken);
}
