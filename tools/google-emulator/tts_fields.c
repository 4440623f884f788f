/* tts_fields.c - what a body of text:synthesize may hold.
 * Owns:  nothing.
 * Fails: check.c says what is wrong with a field.
 *
 * These are proto messages: numbers may come as text, enums as numbers. */
#include <stdlib.h>

#include "tts.h"

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
static const struct field pronunciation_fields[] = {
	{ .name = "phrase", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ .name = "phoneticEncoding", .kind = F_ENUM, .flags = F_REQUIRED,
	    .choices = "PHONETIC_ENCODING_IPA=1 PHONETIC_ENCODING_X_SAMPA=2 "
	    "PHONETIC_ENCODING_JAPANESE_YOMIGANA=3 PHONETIC_ENCODING_PINYIN=4" },
	{ .name = "pronunciation", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field pronunciations_fields[] = {
	{ .name = "pronunciations", .kind = F_LIST, .sub = pronunciation_fields, .max = 1000 },
	{ 0 }
};
static const struct field input_fields[] = {
	{ .name = "text", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "ssml", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "markup", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "multiSpeakerMarkup", .kind = F_OBJECT, .sub = markup_fields },
	{ .name = "prompt", .kind = F_STRING, .max = 1 << 20 },
	{ .name = "customPronunciations", .kind = F_OBJECT, .sub = pronunciations_fields },
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
	{ .name = "ssmlGender", .kind = F_ENUM, .choices = TTS_GENDERS },
	{ .name = "modelName", .kind = F_STRING, .max = 100 },
	{ .name = "customVoice", .kind = F_ANY },
	{ .name = "voiceClone", .kind = F_ANY },
	{ .name = "multiSpeakerVoiceConfig", .kind = F_OBJECT, .sub = multi_fields },
	{ 0 }
};
static const struct field audio_fields[] = {
	{ .name = "audioEncoding", .kind = F_ENUM, .choices = TTS_ENCODINGS },
	{ .name = "speakingRate", .kind = F_NUMBER, .flags = F_TYPED, .min = 0, .max = 2 },
	{ .name = "pitch", .kind = F_NUMBER, .flags = F_TYPED, .min = -20, .max = 20 },
	{ .name = "volumeGainDb", .kind = F_NUMBER, .flags = F_TYPED, .min = -96, .max = 16 },
	{ .name = "sampleRateHertz", .kind = F_INT, .flags = F_TYPED, .min = 0, .max = 48000 },
	{ .name = "effectsProfileId", .kind = F_STRINGS },
	{ 0 }
};
static const struct field safety_fields[] = {
	{ .name = "category", .kind = F_ENUM, .flags = F_REQUIRED, .choices =
	    "HARM_CATEGORY_HATE_SPEECH=1 HARM_CATEGORY_DANGEROUS_CONTENT=2 "
	    "HARM_CATEGORY_HARASSMENT=3 HARM_CATEGORY_SEXUALLY_EXPLICIT=4" },
	{ .name = "threshold", .kind = F_ENUM, .flags = F_REQUIRED, .choices =
	    "BLOCK_LOW_AND_ABOVE=1 BLOCK_MEDIUM_AND_ABOVE=2 BLOCK_ONLY_HIGH=3 BLOCK_NONE=4 "
	    "OFF=5" },
	{ 0 }
};
static const struct field safeties_fields[] = {
	{ .name = "settings", .kind = F_LIST, .sub = safety_fields, .max = 16 },
	{ 0 }
};
static const struct field advanced_fields[] = {
	{ .name = "safetySettings", .kind = F_OBJECT, .sub = safeties_fields },
	{ .name = "lowLatencyJourneySynthesis", .kind = F_BOOL },
	{ .name = "relaxSafetyFilters", .kind = F_BOOL },
	{ .name = "enableTextnorm", .kind = F_BOOL },
	{ 0 }
};
const struct field tts_body_fields[] = {
	{ .name = "input", .kind = F_OBJECT, .sub = input_fields, .flags = F_REQUIRED },
	{ .name = "voice", .kind = F_OBJECT, .sub = voice_fields, .flags = F_REQUIRED },
	{ .name = "audioConfig", .kind = F_OBJECT, .sub = audio_fields, .flags = F_REQUIRED },
	{ .name = "advancedVoiceOptions", .kind = F_OBJECT, .sub = advanced_fields },
	{ 0 }
};

double
tts_number(const json_t *obj, const char *key, double otherwise)
{
	const json_t *v = json_object_get(obj, key);

	if (json_is_string(v))
		return strtod(json_string_value(v), NULL);
	return json_is_number(v) ? json_number_value(v) : otherwise;
}
