/* proto/voices.c - see voices.h.
 * Owns: nothing. Fails: with the name of a field.
 * Licence: Apache-2.0. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/proto.h"
#include "proto/voices.h"

#define VOICE_OTHERWISE "Kore"
#define LOCALE_OTHERWISE "en-US"

enum { LOCALE_ROOM = 16 };

static const struct {
	const char *name, *sounds;
} voices[] = {
#define VOICE(name, sounds) { #name, #sounds },
#define LOCALE(code)
#define SAME_AS(tag, code)
#include "proto/voices.tbl.h"
};
static const char *const locales[] = {
#define VOICE(name, sounds)
#define LOCALE(code) code,
#define SAME_AS(tag, code)
#include "proto/voices.tbl.h"
};
static const struct { const char *tag, *code; } same_as[] = {
#define VOICE(name, sounds)
#define LOCALE(code)
#define SAME_AS(tag, code) { tag, code },
#include "proto/voices.tbl.h"
};

static const char *
voice_by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(voices); i++)
		if (strcasecmp(voices[i].name, name) == 0)
			return voices[i].name;
	return NULL;
}

static const char *
voice_by_sound(const char *word)
{
	for (size_t i = 0; i < COUNT(voices); i++)
		if (strcasecmp(voices[i].sounds, word) == 0)
			return voices[i].name;
	return NULL;
}

/* A tag's locale: exact, by another name, the language's first. NULL: not spoken. */
static const char *
locale_of(const char *tag)
{
	size_t language = strcspn(tag, "-_");

	for (size_t i = 0; i < COUNT(locales); i++)
		if (strlen(tag) == strlen(locales[i]) && strncasecmp(tag, locales[i], language) == 0 &&
		    (tag[language] == '\0' || strcasecmp(tag + language + 1, locales[i] + language + 1) == 0))
			return locales[i];
	for (size_t i = 0; i < COUNT(same_as); i++) {
		size_t n = strlen(same_as[i].tag);
		if (strncasecmp(tag, same_as[i].tag, n) == 0 && (tag[n] == '\0' || tag[n] == '-' || tag[n] == '_'))
			return same_as[i].code;
	}
	for (size_t i = 0; i < COUNT(locales); i++)
		if (strcspn(locales[i], "-") == language && strncasecmp(tag, locales[i], language) == 0)
			return locales[i];
	return NULL;
}

/* "en-US-Chirp3-HD-Kore" gives both parts, "Kore" the voice. False: there is none such. */
static bool
voice_read(const char *name, const char **voice, char locale[LOCALE_ROOM])
{
	const char *hd = strcasestr(name, VOICE_HD);

	*voice = voice_by_name(hd != NULL ? hd + sizeof VOICE_HD - 1 : name);
	if (*voice != NULL && hd != NULL) {
		if (hd - name >= LOCALE_ROOM)
			return false;
		snprintf(locale, LOCALE_ROOM, "%.*s", (int)(hd - name), name);
	}
	return *voice != NULL;
}

bool
voice_is_named(const char *text)
{
	return strcasestr(text, VOICE_HD) != NULL || voice_by_name(text) != NULL;
}

const char *
voice_choose(const char *voice, const char *style, const char *model, const char *language, struct voice *out)
{
	const char *field = NULL;
	char locale[LOCALE_ROOM] = "";

	*out = (struct voice){ NULL, NULL };
	if (voice[0] != '\0')
		field = voice_read(voice, &out->name, locale) ? NULL : "voice";
	else if (voice_is_named(style))
		field = voice_read(style, &out->name, locale) ? NULL : "audioStyle";
	else if (strcasestr(model, VOICE_HD) != NULL)
		field = voice_read(model, &out->name, locale) ? NULL : "model";
	else
		out->name = voice_by_sound(style);
	if (field != NULL)
		return field;
	if (out->name == NULL)
		out->name = VOICE_OTHERWISE;
	if (language[0] == '\0' && locale[0] == '\0')
		out->locale = LOCALE_OTHERWISE;
	else
		out->locale = locale_of(language[0] != '\0' ? language : locale);
	if (out->locale != NULL)
		return NULL;
	return language[0] != '\0' ? "language" : voice[0] != '\0' ? "voice" : style[0] != '\0' ? "audioStyle" : "model";
}
