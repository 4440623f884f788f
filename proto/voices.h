/* proto/voices.h - voices.tbl.h as data.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_VOICES_H
#define STUDIOD_PROTO_VOICES_H

#include <stdbool.h>
#include <stddef.h>

#define VOICE_HD "-Chirp3-HD-"		/* between the locale and the name: en-US-Chirp3-HD-Kore */

enum { PROMPTED_MAX = 4000 };	/* bytes of a text, and of a style, that the service takes for a Gemini model */

/* What a client named. Unknown parts are NULL. */
struct voice {
	const char *name;		/* of the table */
	const char *locale;		/* of the table: the language of the text */
};

/* The voice for the fields of a request, each "" where absent: `voice` and `style` may name
 * a voice, with a locale before it or without, `model` only with one, and `style` what it
 * sounds like. The language counts more than the locale in a voice's name, for all voices
 * speak all. NULL and both parts of *out, the defaults where nothing was named; or the name
 * of the field that no row knows. */
const char *voice_choose(const char *voice, const char *style, const char *model, const char *language,
    struct voice *out);

/* Does the text name a voice, with a locale before it or without? */
bool voice_is_named(const char *text);

#endif
