/* tts.c - Text-to-Speech: text:synthesize and voices.
 * Owns:  nothing.
 * Fails: 400 as the service words it: limits, voices, fields that do not go together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"
#include "errors.h"
#include "handlers.h"
#include "ledger.h"
#include "media.h"
#include "settings.h"
#include "voices.tbl.h"

#define TEXT_MAX	5000	/* bytes, not characters */

enum gender { UNSPECIFIED, MALE, FEMALE, NEUTRAL };

static const struct {
	const char	*name;
	enum gender	 gender;
} speakers[] = {
#define VOICE(name, gender) { name, gender },
#include "voices.tbl.h"
};
static const char *gender_names[] = {
	"SSML_VOICE_GENDER_UNSPECIFIED", "MALE", "FEMALE", "NEUTRAL",
};

/* Older voices, of which some locales have a few: enough to be asked for. */
static const struct {
	const char	*name;
	enum gender	 gender;
} plain_voices[] = {
	{ "en-US-Standard-A", MALE }, { "en-US-Standard-C", FEMALE },
	{ "en-US-Wavenet-A", MALE }, { "en-US-Wavenet-F", FEMALE },
	{ "en-US-Neural2-A", MALE }, { "en-US-Neural2-C", FEMALE },
	{ "en-US-Studio-O", FEMALE }, { "en-US-Studio-Q", MALE },
	{ "en-GB-Standard-A", FEMALE }, { "de-DE-Standard-A", FEMALE },
	{ "fr-FR-Standard-A", FEMALE }, { "es-ES-Standard-A", FEMALE },
};

static const char gemini_models[] = "gemini-2.5-flash-tts gemini-2.5-pro-tts "
    "gemini-2.5-flash-lite-preview-tts gemini-3.1-flash-tts-preview";

/* ---- what may be asked: proto messages, so numbers may come as text ---- */

#define ENCODINGS	"LINEAR16=1 MP3=2 OGG_OPUS=3 MULAW=5 ALAW=6 PCM=7 M4A=8"
#define GENDERS		"SSML_VOICE_GENDER_UNSPECIFIED=0 MALE=1 FEMALE=2 NEUTRAL=3"

static const struct field turn_fields[] = {
	{ .name = "speaker", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ .name = "text", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field markup_fields[] = {
	{ .name = "turns", .kind = F_LIST, .sub = turn_fields, .min = 1, .max = 1000,
	    .flags = F_REQUIRED },
	{ 0 }
};
static const struct field input_fields[] = {
	{ .name = "text", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "ssml", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "markup", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "multiSpeakerMarkup", .kind = F_OBJECT, .sub = markup_fields },
	{ .name = "prompt", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "customPronunciations", .kind = F_ANY },
	{ 0 }
};
static const struct field speaker_fields[] = {
	{ .name = "speakerAlias", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ .name = "speakerId", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field multi_fields[] = {
	{ .name = "speakerVoiceConfigs", .kind = F_LIST, .sub = speaker_fields, .min = 2,
	    .max = 2, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field voice_fields[] = {
	{ .name = "languageCode", .kind = F_STRING, .min = 2, .max = 35,
	    .flags = F_REQUIRED },
	{ .name = "name", .kind = F_STRING, .max = 100 },
	{ .name = "ssmlGender", .kind = F_ENUM, .choices = GENDERS },
	{ .name = "modelName", .kind = F_STRING, .max = 100 },
	{ .name = "multiSpeakerVoiceConfig", .kind = F_OBJECT, .sub = multi_fields },
	{ 0 }
};
static const struct field audio_fields[] = {
	{ .name = "audioEncoding", .kind = F_ENUM, .choices = ENCODINGS,
	    .flags = F_REQUIRED },
	{ .name = "speakingRate", .kind = F_NUMBER, .flags = F_TYPED, .min = 0, .max = 2 },
	{ .name = "pitch", .kind = F_NUMBER, .flags = F_TYPED, .min = -20, .max = 20 },
	{ .name = "volumeGainDb", .kind = F_NUMBER, .flags = F_TYPED, .min = -96, .max = 16 },
	{ .name = "sampleRateHertz", .kind = F_INT, .flags = F_TYPED, .min = 0, .max = 48000 },
	{ .name = "effectsProfileId", .kind = F_STRINGS },
	{ 0 }
};
static const struct field safety_fields[] = {
	{ .name = "safetySettings", .kind = F_ANY },
	{ .name = "lowLatencyJourneySynthesis", .kind = F_BOOL },
	{ .name = "relaxSafetyFilters", .kind = F_BOOL },
	{ 0 }
};
static const struct field body_fields[] = {
	{ .name = "input", .kind = F_OBJECT, .sub = input_fields, .flags = F_REQUIRED },
	{ .name = "voice", .kind = F_OBJECT, .sub = voice_fields, .flags = F_REQUIRED },
	{ .name = "audioConfig", .kind = F_OBJECT, .sub = audio_fields, .flags = F_REQUIRED },
	{ .name = "advancedVoiceOptions", .kind = F_OBJECT, .sub = safety_fields },
	{ 0 }
};

static double
number(const json_t *obj, const char *key, double otherwise)
{
	const json_t *v = json_object_get(obj, key);

	if (json_is_string(v))
		return strtod(json_string_value(v), NULL);
	return json_is_number(v) ? json_number_value(v) : otherwise;
}

/* ---- voices ---- */

static bool
speaker_known(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(speakers); i++)
		if (strcmp(speakers[i].name, name) == 0)
			return true;
	return false;
}

/* The language of a full voice name ("en-US"), or -1 if there is no such voice. */
static int
voice_language(const char *name, char out[16], bool *chirp)
{
	const char	*mark = strstr(name, "-Chirp3-HD-");
	size_t		 i, n;

	*chirp = mark != NULL;
	if (mark != NULL) {
		n = (size_t)(mark - name);
		if (n >= 16 || !speaker_known(mark + 11))
			return -1;
		snprintf(out, 16, "%.*s", (int)n, name);
		return word_in(LOCALES, out) ? 0 : -1;
	}
	for (i = 0; i < COUNT(plain_voices); i++) {
		if (strcmp(plain_voices[i].name, name) == 0) {
			snprintf(out, 16, "%.5s", name);
			return 0;
		}
	}
	return -1;
}

/* 0, or -1 with an error left. */
static int
named_voice_check(struct request *r, const json_t *voice, const json_t *audio)
{
	const char	*name = json_text(voice, "name");
	const char	*asked = json_text(voice, "languageCode");
	char		 language[16];
	bool		 chirp;

	if (check_enum(json_object_get(voice, "ssmlGender"), GENDERS) == NEUTRAL) {
		error_rpc(r, 400, "Gender neutral voices are not supported.");
		return -1;
	}
	if (voice_language(name, language, &chirp) < 0) {
		error_rpc(r, 400, "Voice '%s' does not exist. Is it misspelled?", name);
		return -1;
	}
	if (strcasecmp(asked, language) != 0) {
		error_rpc(r, 400, "Requested language code '%s' doesn't match the voice '%s''s "
		    "language code '%s'. Please consider either using '%s' or a different voice.",
		    asked, name, language, language);
		return -1;
	}
	if (chirp && number(audio, "pitch", 0) != 0) {
		error_rpc(r, 400, "This voice does not support pitch parameters at this time.");
		return -1;
	}
	if (!chirp && json_text(json_object_get(r->json, "input"), "markup") != NULL) {
		error_rpc(r, 400, "This voice does not support markup input.");
		return -1;
	}
	return 0;
}

static int
gemini_voice_check(struct request *r, const json_t *voice, const json_t *input)
{
	const char	*model = json_text(voice, "modelName");
	const char	*name = json_text(voice, "name");
	bool		 multi = json_object_get(voice, "multiSpeakerVoiceConfig") != NULL;

	if (!word_in(gemini_models, model))
		error_rpc(r, 400, "Model name '%s' does not exist.", model);
	else if (name != NULL && !speaker_known(name))
		error_rpc(r, 400, "Voice '%s' does not exist. Is it misspelled?", name);
	else if (name == NULL && !multi)
		error_rpc(r, 400, "This voice requires a name to be specified.");
	else if (multi != (json_object_get(input, "multiSpeakerMarkup") != NULL))
		error_rpc(r, 400, "multiSpeakerMarkup and multiSpeakerVoiceConfig must be used "
		    "together.");
	else
		return 0;
	return -1;
}

static int
voice_check(struct request *r)
{
	const json_t	*voice = json_object_get(r->json, "voice");
	const json_t	*input = json_object_get(r->json, "input");
	const char	*asked = json_text(voice, "languageCode");

	if (json_text(voice, "modelName") != NULL)
		return gemini_voice_check(r, voice, input);
	if (json_text(input, "prompt") != NULL ||
	    json_object_get(input, "multiSpeakerMarkup") != NULL) {
		error_rpc(r, 400, "prompt and multiSpeakerMarkup need a voice with a modelName.");
		return -1;
	}
	if (json_text(voice, "name") != NULL)
		return named_voice_check(r, voice, json_object_get(r->json, "audioConfig"));
	if (check_enum(json_object_get(voice, "ssmlGender"), GENDERS) == NEUTRAL) {
		error_rpc(r, 400, "Gender neutral voices are not supported.");
		return -1;
	}
	if (!word_in_any_case(LOCALES, asked)) {
		error_rpc(r, 400, "Language code '%s' is not supported.", asked);
		return -1;
	}
	return 0;
}

/* ---- input ---- */

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

/* What is spoken: text without tags, turns one after the other. */
static char *
spoken_text(const json_t *input)
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

static int
input_check(struct request *r)
{
	static const char *kinds[] = { "text", "ssml", "markup", "multiSpeakerMarkup" };
	const json_t	*input = json_object_get(r->json, "input"), *v;
	size_t		 i, given = 0, longest = 0;

	for (i = 0; i < COUNT(kinds); i++) {
		if ((v = json_object_get(input, kinds[i])) == NULL)
			continue;
		given++;
		if (json_is_string(v) && json_string_length(v) > longest)
			longest = json_string_length(v);
	}
	if (given != 1 || (longest == 0 && json_object_get(input, kinds[3]) == NULL)) {
		error_rpc(r, 400, given > 1 ? "Only one of `input.text`, `input.ssml`, "
		    "`input.markup` and `input.multi_speaker_markup` can be set." :
		    "Either `input.text` or `input.ssml` must be set.");
		return -1;
	}
	if (longest > TEXT_MAX) {
		error_rpc(r, 400, "Either `input.text` or `input.ssml` is longer than the limit "
		    "of 5000 bytes. This limit is different from quotas. To fix, reduce the byte "
		    "length of the characters in this request, or consider using the Long Audio "
		    "API: https://cloud.google.com/text-to-speech/docs/create-audio-text-long-"
		    "audio-synthesis.");
		return -1;
	}
	if (json_text(input, "ssml") != NULL && !ssml_looks_right(json_text(input, "ssml"))) {
		error_rpc(r, 400, "Invalid SSML. Newer voices like Neural2 require valid SSML.");
		return -1;
	}
	return 0;
}

/* ---- the calls ---- */

static void
speak(struct request *r, const json_t *audio, const json_t *voice)
{
	static const enum sound_format by_number[] = {
		[1] = SOUND_WAV, [2] = SOUND_MP3, [3] = SOUND_OPUS, [5] = SOUND_MULAW,
		[6] = SOUND_ALAW, [7] = SOUND_PCM, [8] = SOUND_M4A,
	};
	const char	*name = json_text(voice, "name");
	int		 encoding = check_enum(json_object_get(audio, "audioEncoding"), ENCODINGS);
	char		*text = spoken_text(json_object_get(r->json, "input"));
	struct speech_spec s = {
		.text = text, .look = hash_text(name ? name : "", 11),
		.rate = number(audio, "speakingRate", 1), .pitch = number(audio, "pitch", 0),
		.gain_db = number(audio, "volumeGainDb", 0),
		.sample_rate = (int)number(audio, "sampleRateHertz", 24000),
		.format = by_number[encoding],
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
	free(text);
}

static int
audio_check(struct request *r)
{
	const json_t	*audio = json_object_get(r->json, "audioConfig");
	double		 rate = number(audio, "speakingRate", 1);
	double		 hertz = number(audio, "sampleRateHertz", 24000);

	if (rate != 0 && rate < 0.25) {
		error_field(r, "audio_config.speaking_rate",
		    "Speaking rate must be in the range [0.25, 2.0].");
		return -1;
	}
	if (hertz != 0 && hertz < 8000) {
		error_field(r, "audio_config.sample_rate_hertz",
		    "Sample rate must be in the range [8000, 48000].");
		return -1;
	}
	return 0;
}

void
tts_synthesize(struct request *r)
{
	const json_t	*voice = json_object_get(r->json, "voice");
	const char	*model = json_text(voice, "modelName");
	const char	*name = json_text(voice, "name");
	struct problem	 why;
	char		*text;

	if (check_object(r->json, body_fields, "", &why) < 0) {
		error_field(r, why.field, why.message);
		return;
	}
	if (input_check(r) < 0 || voice_check(r) < 0 || audio_check(r) < 0)
		return;
	if (r->fault.blocked || r->fault.filter != 0) {
		error_rpc(r, 400, "Sorry, your input contains sensitive words that violate "
		    "Google's Responsible AI practices. Support codes: 42876398");
		return;
	}
	text = spoken_text(json_object_get(r->json, "input"));
	ledger_add(r, "tts", model ? model : name ? name : json_text(voice, "languageCode"),
	    NULL, text, 1);
	free(text);
	sleep_ms(setting(SET_speech_ms));
	speak(r, json_object_get(r->json, "audioConfig"), voice);
}

static void
voice_add(json_t *list, const char *language, const char *name, enum gender g,
    bool numbers)
{
	json_array_append_new(list, json_pack("{s:[s], s:s, s:o, s:i}", "languageCodes",
	    language, "name", name, "ssmlGender", numbers ? json_integer(g) :
	    json_string(gender_names[g]), "naturalSampleRateHertz", 24000));
}

void
tts_voices(struct request *r)
{
	char		*wanted = request_query(r, "languageCode");
	char		*alt = request_query(r, "$alt"), *names = xstrdup(LOCALES);
	bool		 numbers = alt != NULL && strstr(alt, "enum-encoding=int") != NULL;
	char		*save = NULL, *locale, name[80];
	json_t		*list = json_array();
	size_t		 i;

	for (locale = strtok_r(names, " ", &save); locale;
	    locale = strtok_r(NULL, " ", &save)) {
		if (wanted != NULL && wanted[0] != '\0' &&
		    strncasecmp(locale, wanted, strlen(wanted)) != 0)
			continue;
		for (i = 0; i < COUNT(speakers); i++) {
			snprintf(name, sizeof name, "%s-Chirp3-HD-%s", locale, speakers[i].name);
			voice_add(list, locale, name, speakers[i].gender, numbers);
		}
		for (i = 0; i < COUNT(plain_voices); i++)
			if (strncmp(plain_voices[i].name, locale, strlen(locale)) == 0)
				voice_add(list, locale, plain_voices[i].name,
				    plain_voices[i].gender, numbers);
	}
	reply_json(r, 200, json_pack("{s:o}", "voices", list));
	free(wanted);
	free(alt);
	free(names);
}
