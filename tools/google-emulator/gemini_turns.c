/* gemini_turns.c - the Gemini 3.8 speech models: voices, and the turns of one speaker or two.
 * Owns:  nothing.
 * Fails: 400 for a voice that there is not, or a speaker without one. */
#include <string.h>

#include "gemini_speech.h"
#include "tts.h"

/* Adds a voice to how the speech sounds; -1 and a 400 if there is no such voice. */
static int
voice_read(struct request *r, const json_t *config, struct speech_job *job)
{
	const json_t	*prebuilt = json_object_get(config, "prebuiltVoiceConfig");
	const char	*name = json_text(config, "voice");

	if ((name != NULL) == (prebuilt != NULL))
		return vertex_refuse(r, "generation_config.speech_config.voice_config",
		    "Exactly one of voice and prebuiltVoiceConfig must be set.");
	if (name == NULL)
		name = json_text(prebuilt, "voiceName");
	if (!tts_speaker_known(name))
		return vertex_refuse(r, "generation_config.speech_config.voice_config",
		    "Voice name %s is not supported.", name);
	job->spec.look = hash_text(name, job->spec.look);
	return 0;
}

int
speech_voices(struct request *r, struct speech_job *job)
{
	const json_t	*speech = json_object_get(json_object_get(r->json, "generationConfig"),
			    "speechConfig");
	const json_t	*one = json_object_get(speech, "voiceConfig");
	const json_t	*multi = json_object_get(speech, "multiSpeakerVoiceConfig");
	const json_t	*list = json_object_get(multi, "speakerVoiceConfigs");
	size_t		 i;

	if ((one != NULL) == (multi != NULL))
		return vertex_refuse(r, "generation_config.speech_config", "Exactly one of "
		    "voiceConfig and multiSpeakerVoiceConfig must be set.");
	job->multi = multi != NULL;
	if (!job->multi)
		return voice_read(r, one, job);
	for (i = 0; i < json_array_size(list); i++)
		if (voice_read(r, json_object_get(json_array_get(list, i), "voiceConfig"), job) < 0)
			return -1;
	if (strcmp(json_text(json_array_get(list, 0), "speaker"),
	    json_text(json_array_get(list, 1), "speaker")) == 0)
		return vertex_refuse(r, "generation_config.speech_config",
		    "The two speakers must have different names.");
	return 0;
}

static bool
speaker_has_voice(const struct request *r, const char *name)
{
	const json_t	*speech = json_object_get(json_object_get(r->json, "generationConfig"),
			    "speechConfig");
	json_t		*one;
	size_t		 i;

	json_array_foreach(json_object_get(json_object_get(speech,
	    "multiSpeakerVoiceConfig"), "speakerVoiceConfigs"), i, one)
		if (strcmp(json_text(one, "speaker"), name) == 0)
			return true;
	return false;
}

/* What is in angle brackets is an effect, and not spoken. */
static void
spoken_add(struct buf *b, const char *text)
{
	const char *end;

	if (b->len > 0)
		buf_char(b, ' ');
	for (; *text != '\0'; text++) {
		if (*text == '<' && (end = strchr(text, '>')) != NULL)
			text = end;
		else
			buf_char(b, *text);
	}
}

int
speech_turn(struct request *r, const json_t *part, size_t i, struct speech_job *job)
{
	const json_t	*metadata = json_object_get(part, "speechMetadata");
	const char	*speaker = json_text(metadata, "speaker");
	const char	*style = json_text(metadata, "style");

	if (job->multi != (speaker != NULL))
		return vertex_refuse(r, "contents", "contents[0].parts[%zu].speechMetadata.speaker "
		    "must be set with multiSpeakerVoiceConfig, and only then.", i);
	if (speaker != NULL && !speaker_has_voice(r, speaker))
		return vertex_refuse(r, "contents", "contents[0].parts[%zu]: the speaker %s has no "
		    "voice.", i, speaker);
	job->spec.look = hash_text(style ? style : "", job->spec.look);
	job->spec.look = hash_text(speaker ? speaker : "", job->spec.look);
	spoken_add(&job->spoken, json_text(part, "text"));
	return 0;
}
