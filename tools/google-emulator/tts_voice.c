/* tts_voice.c - the voices of Text-to-Speech: which there are, which go with what.
 * Owns:  the tables of voices, and of the Gemini models that speak.
 * Fails: 400 as the service words it; 404 for a model that is gone. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account.h"
#include "errors.h"
#include "handlers.h"
#include "tts.h"
#include "vertex.h"
#include "voices.tbl.h"

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

static const struct {
	const char	*id;
	bool		 two;	/* speaks a dialogue as well */
} gemini_models[] = {
	{ "gemini-2.5-flash-tts", true }, { "gemini-2.5-pro-tts", true },
	{ "gemini-3.1-flash-tts-preview", true },
	{ "gemini-2.5-flash-lite-preview-tts", false },
};

/* ---- looking up ---- */

bool
tts_speaker_known(const char *name)
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
		if (n >= 16 || !tts_speaker_known(mark + 11))
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

/* ---- checking ---- */

static int
refuse(struct request *r, const char *text)
{
	error_rpc(r, 400, "%s", text);
	return -1;
}

/* A language tag as BCP-47 writes it: "en", "en-US", "cmn-Hans-CN". */
static bool
language_looks_right(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (n < 2 || n > 3)
		return false;
	for (s += n; *s != '\0'; s += n) {
		if (*s++ != '-')
			return false;
		for (n = 0; isalnum((unsigned char)s[n]); n++)
			;
		if (n < 2 || n > 8)
			return false;
	}
	return true;
}

/* A full name: its language is the one asked for, and it can do what is asked. */
static int
named_voice_check(struct request *r, const json_t *voice, enum voice_kind *kind)
{
	const char	*name = json_text(voice, "name");
	const char	*asked = json_text(voice, "languageCode");
	const json_t	*audio = json_object_get(r->json, "audioConfig");
	char		 language[16];
	bool		 chirp;

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
	*kind = chirp ? VOICE_CHIRP : VOICE_PLAIN;
	if (chirp && tts_number(audio, "pitch", 0) != 0)
		return refuse(r, "This voice does not support pitch parameters at this time.");
	return 0;
}

static bool
model_speaks_two(const char *id, bool *known)
{
	size_t i;

	for (i = 0; i < COUNT(gemini_models); i++) {
		if (strcmp(gemini_models[i].id, id) == 0) {
			*known = true;
			return gemini_models[i].two;
		}
	}
	*known = false;
	return false;
}

/* Each of the two has a voice that is known and an alias of its own; every turn is one's. */
static int
dialogue_check(struct request *r, const json_t *voice)
{
	const json_t	*markup = json_object_get(json_object_get(r->json, "input"),
			    "multiSpeakerMarkup");
	const json_t	*list = json_object_get(json_object_get(voice,
			    "multiSpeakerVoiceConfig"), "speakerVoiceConfigs");
	const char	*alias[2], *who;
	size_t		 i;
	json_t		*one;

	json_array_foreach((json_t *)list, i, one) {
		alias[i] = json_text(one, "speakerAlias");
		if (!tts_speaker_known(json_text(one, "speakerId"))) {
			error_rpc(r, 400, "Voice '%s' does not exist. Is it misspelled?",
			    json_text(one, "speakerId"));
			return -1;
		}
	}
	if (strcmp(alias[0], alias[1]) == 0)
		return refuse(r, "Each speaker must have a speaker_alias of its own.");
	json_array_foreach(json_object_get(markup, "turns"), i, one) {
		who = json_text(one, "speaker");
		if (strcmp(who, alias[0]) != 0 && strcmp(who, alias[1]) != 0) {
			error_rpc(r, 400, "The speaker '%s' of a turn is not among the "
			    "speaker_alias of multi_speaker_voice_config.", who);
			return -1;
		}
	}
	return 0;
}

static int
gemini_voice_check(struct request *r, const json_t *voice)
{
	const char	*model = json_text(voice, "modelName");
	const char	*name = json_text(voice, "name");
	bool		 dialogue = json_object_get(voice, "multiSpeakerVoiceConfig") != NULL;
	bool		 known, two = model_speaks_two(model, &known);

	if (vertex_is_gone(model))
		vertex_not_found(r, account_project(), "global", model);
	else if (!known)
		error_rpc(r, 400, "Model name '%s' does not exist.", model);
	else if (name != NULL && !tts_speaker_known(name))
		error_rpc(r, 400, "Voice '%s' does not exist. Is it misspelled?", name);
	else if (dialogue != (json_object_get(json_object_get(r->json, "input"),
	    "multiSpeakerMarkup") != NULL))
		error_rpc(r, 400, "multi_speaker_markup and multi_speaker_voice_config must be "
		    "used together.");
	else if (dialogue && !two)
		error_rpc(r, 400, "The model '%s' speaks with one voice only.", model);
	else if (dialogue == (name != NULL))
		error_rpc(r, 400, dialogue ? "A name cannot be used together with "
		    "multi_speaker_voice_config." :
		    "This voice requires a name to be specified.");
	else
		return dialogue ? dialogue_check(r, voice) : 0;
	return -1;
}

int
tts_voice_check(struct request *r, enum voice_kind *kind)
{
	const json_t	*voice = json_object_get(r->json, "voice");
	const char	*language = json_text(voice, "languageCode");

	*kind = json_text(voice, "modelName") != NULL ? VOICE_GEMINI : VOICE_PLAIN;
	if (json_object_get(voice, "customVoice") != NULL ||
	    json_object_get(voice, "voiceClone") != NULL)
		return refuse(r, "Custom and cloned voices are not available to this project.");
	if (check_enum(json_object_get(voice, "ssmlGender"), TTS_GENDERS) == NEUTRAL)
		return refuse(r, "Gender neutral voices are not supported.");
	if (*kind != VOICE_GEMINI && json_object_get(voice, "multiSpeakerVoiceConfig") != NULL)
		return refuse(r, "multi_speaker_voice_config needs a model_name.");
	if (*kind != VOICE_GEMINI && json_text(voice, "name") != NULL)
		return named_voice_check(r, voice, kind);
	if (*kind == VOICE_GEMINI ? !language_looks_right(language) :
	    !word_in_any_case(LOCALES, language)) {
		error_rpc(r, 400, "Language code '%s' is not supported.", language);
		return -1;
	}
	return *kind == VOICE_GEMINI ? gemini_voice_check(r, voice) : 0;
}

/* ---- the list ---- */

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
