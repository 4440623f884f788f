/* gemini_speech.h - a speech job of a Gemini model, read from its request.
 * Owns:  nothing.
 * Fails: by leaving a google.rpc.Status in the request. */
#ifndef EMULATOR_GEMINI_SPEECH_H
#define EMULATOR_GEMINI_SPEECH_H

#include "gemini.h"
#include "media.h"

struct speech_job {
	struct speech_spec	 spec;
	struct buf		 spoken;	/* without tags */
	size_t			 format;	/* a row of formats[], gemini_speech.c */
	bool			 multi;
};

/* Reads who speaks, of a speechConfig that its table allows; 0, or -1 and a 400. */
int	speech_voices(struct request *, struct speech_job *);
/* Adds part i, a turn of a speaker if there are two; 0, or -1 and a 400. */
int	speech_turn(struct request *, const json_t *part, size_t i, struct speech_job *);

#endif
