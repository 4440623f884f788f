/* tts.h - Text-to-Speech: one call, its voice and its text.
 * Owns:  nothing.
 * Fails: 400 as the service words it: limits, voices, fields that do not go together. */
#ifndef EMULATOR_TTS_H
#define EMULATOR_TTS_H

#include "check.h"
#include "http.h"

/* What a voice can do is a matter of its kind. */
enum voice_kind {
	VOICE_PLAIN,	/* Standard, Wavenet, Neural2, Studio, or by language alone */
	VOICE_CHIRP,	/* Chirp 3 HD */
	VOICE_GEMINI	/* voice.modelName: told in words how to speak */
};

#define TTS_ENCODINGS	"AUDIO_ENCODING_UNSPECIFIED=0 LINEAR16=1 MP3=2 OGG_OPUS=3 " \
	"MULAW=5 ALAW=6 PCM=7 M4A=8"
#define TTS_GENDERS	"SSML_VOICE_GENDER_UNSPECIFIED=0 MALE=1 FEMALE=2 NEUTRAL=3"

enum gender { UNSPECIFIED, MALE, FEMALE, NEUTRAL };

/* tts_fields.c: the body of text:synthesize. */
extern const struct field tts_body_fields[];
/* A number of a proto message, which may come as text. */
double	 tts_number(const json_t *obj, const char *key, double otherwise);

/* tts_voice.c: 0 and the kind, or -1 and an error. */
int	 tts_voice_check(struct request *, enum voice_kind *);
/* Is this one of the speakers that Chirp 3 HD and the Gemini models share? */
bool	 tts_speaker_known(const char *name);

/* tts_input.c: 0, or -1 and an error. */
int	 tts_input_check(struct request *, enum voice_kind);
/* What is spoken: text without tags, turns one after the other; the caller's. */
char	*tts_spoken(const json_t *input);

#endif
