/* tts.c - Text-to-Speech: text:synthesize.
 * Owns:  nothing.
 * Fails: 400 as the service words it: limits, voices, fields that do not go together. */
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "handlers.h"
#include "ledger.h"
#include "media.h"
#include "settings.h"
#include "tts.h"

/* By the number of their encoding; those that the newer voices are offered in, too. */
static const struct {
	bool			known, newer;
	enum sound_format	format;
} encodings[] = {
	[1] = { true, true, SOUND_WAV }, [2] = { true, true, SOUND_MP3 },
	[3] = { true, true, SOUND_OPUS }, [5] = { true, true, SOUND_MULAW },
	[6] = { true, true, SOUND_ALAW }, [7] = { true, true, SOUND_PCM },
	[8] = { true, false, SOUND_M4A },
};

/* The newer voices take LINEAR16 where none is named; 0 is how proto says "none". */
static int
encoding_of(const json_t *audio, enum voice_kind kind)
{
	int n = check_enum(json_object_get(audio, "audioEncoding"), TTS_ENCODINGS);

	return n <= 0 ? kind != VOICE_PLAIN : n;
}

static int
audio_check(struct request *r, enum voice_kind kind)
{
	const json_t	*audio = json_object_get(r->json, "audioConfig");
	double		 rate = tts_number(audio, "speakingRate", 1);
	double		 hertz = tts_number(audio, "sampleRateHertz", 24000);
	int		 encoding = encoding_of(audio, kind);

	if (!encodings[encoding].known)
		error_field(r, "audio_config.audio_encoding",
		    "audioConfig.audioEncoding is required.");
	else if (kind != VOICE_PLAIN && !encodings[encoding].newer)
		error_field(r, "audio_config.audio_encoding",
		    "This voice does not support the requested audio encoding.");
	else if (rate != 0 && rate < 0.25)
		error_field(r, "audio_config.speaking_rate",
		    "Speaking rate must be in the range [0.25, 2.0].");
	else if (hertz != 0 && hertz < 8000)
		error_field(r, "audio_config.sample_rate_hertz",
		    "Sample rate must be in the range [8000, 48000].");
	else
		return 0;
	return -1;
}

/* Who speaks, and how: a name or two, and the words of the style. */
static uint64_t
voice_look(const json_t *voice, const json_t *input)
{
	const json_t	*list = json_object_get(json_object_get(voice,
			    "multiSpeakerVoiceConfig"), "speakerVoiceConfigs");
	const char	*name = json_text(voice, "name"), *style = json_text(input, "prompt");
	uint64_t	 look = hash_text(name ? name : "", 11);
	size_t		 i;
	json_t		*one;

	json_array_foreach((json_t *)list, i, one)
		look = hash_text(json_text(one, "speakerId"), look);
	return style != NULL ? hash_text(style, look) : look;
}

static void
speak(struct request *r, const char *text, enum voice_kind kind)
{
	const json_t	*audio = json_object_get(r->json, "audioConfig");
	struct speech_spec s = {
		.text = text,
		.look = voice_look(json_object_get(r->json, "voice"),
		    json_object_get(r->json, "input")),
		.rate = tts_number(audio, "speakingRate", 1),
		.pitch = tts_number(audio, "pitch", 0),
		.gain_db = tts_number(audio, "volumeGainDb", 0),
		.sample_rate = (int)tts_number(audio, "sampleRateHertz", 24000),
		.format = encodings[encoding_of(audio, kind)].format,
	};
	struct blob	*b;

	s.rate = s.rate == 0 ? 1 : s.rate;	/* 0 is how proto says "default" */
	s.sample_rate = s.sample_rate == 0 ? 24000 : s.sample_rate;
	if ((b = sound_speech(&s)) == NULL)
		error_rpc(r, 500, "Internal error encountered.");
	else
		reply_json(r, 200, json_pack("{s:o}", "audioContent",
		    json_bytes(blob_data(b), blob_len(b))));
	blob_free(b);
}

void
tts_synthesize(struct request *r)
{
	const json_t	*voice = json_object_get(r->json, "voice");
	const char	*model = json_text(voice, "modelName");
	const char	*name = json_text(voice, "name");
	enum voice_kind	 kind;
	struct problem	 why;
	char		*text;

	if (check_object(r->json, tts_body_fields, "", &why) < 0) {
		error_field(r, why.field, why.message);
		return;
	}
	if (tts_voice_check(r, &kind) < 0 || tts_input_check(r, kind) < 0 ||
	    audio_check(r, kind) < 0)
		return;
	if (r->fault.blocked || r->fault.filter != 0) {
		error_rpc(r, 400, "Sorry, your input contains sensitive words that violate "
		    "Google's Responsible AI practices. Support codes: 42876398");
		return;
	}
	text = tts_spoken(json_object_get(r->json, "input"));
	ledger_add(r, "tts", model ? model : name ? name : json_text(voice, "languageCode"),
	    NULL, text, 1);
	sleep_ms(setting(SET_speech_ms));
	speak(r, text, kind);
	free(text);
}
