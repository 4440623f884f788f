/* actors/vertex/models/maker.h - what a method of making media knows: how to put the request on
 * the wire and how to read the answer. Pure: no I/O, no clock.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_MAKER_H
#define STUDIOD_VERTEX_MAKER_H

#include "actors/vertex/fields.h"
#include "actors/vertex/storage/storage.h"

struct google;

enum { WIRES_MAX = 4, ITEMS_MAX = 8, SOURCES_MAX = 4 };

/* An object in storage that Google is to start from. */
struct source {
	const char *uri;		/* a view into the first body */
	json_t *media;			/* borrowed, of the first body: gets its type */
	char field[48];			/* of the request, for messages */
};

/* The calls for one generation. */
struct wires {
	json_t *body[WIRES_MAX];	/* owned */
	size_t n;
	unsigned samples;		/* results each is expected to give */
	char made_by[80];		/* what metadata.model says: the model's id, or the voice */
	struct source source[SOURCES_MAX];	/* to be looked at before the calls */
	size_t sources;
};

/* One piece of media in an answer. */
struct item {
	json_t *holder;			/* borrowed: the object that has the bytes */
	const char *uri;		/* gs://.. where Google wrote it, or NULL */
	const char *bytes_key;		/* else the member of holder that had its base64 text, and has a marker now (intake.h) */
	char mime[32];
	const char *prompt;		/* as the model rewrote it, or NULL */
};

struct items {
	struct item v[ITEMS_MAX];
	size_t n;
	const char *operation;		/* it runs: its name, or (maker.url) its id below the URL; NULL otherwise */
	bool running;			/* an operation was polled and still runs */
	json_t *reasons;		/* owned array of texts: why some were held back; may be NULL */
	const json_t *error;		/* borrowed google.rpc.Status: what went wrong, if nothing came; may be NULL */
	const char *why;		/* else a text of ours about it, static; NULL: nothing more is known */
};

struct maker {
	enum maker_method method;
	const char *verb;		/* behind the model's URL; not read where there is `url` */
	bool google_stores;		/* writes results where it is told to */
	bool runs;			/* runs on after its answer, which names an operation */
	/* Fills wires from m->request; `storage` is where results belong. 0, or -1 and m->why. */
	int (*build)(struct mapping *m, const char *storage, struct wires *out);
	/* Reads an answer; the items are views into it. */
	void (*read)(json_t *answer, const json_t *wire, struct items *out);
	/* Results that the request asks for. */
	unsigned (*count)(const json_t *request);
	/* What a source is: may Google be given it? `wire` is the first body. 0, or -1 and m->why. NULL
	 * where a maker has none. */
	int (*source)(struct mapping *m, const struct source *from, const struct stored *s, const json_t *wire);
	/* Appends where the calls go; `project` is Google's project, "" for the configured one. 0 or
	 * -1. NULL: the model's own URL with the verb. */
	int (*url)(const struct google *g, struct buf *url, const char *project, const struct model *model);
};

extern const struct maker maker_imagen, maker_gemini_image, maker_upscale, maker_veo, maker_omni, maker_lyria, maker_lyria3, maker_speech,
    maker_speech_prompted, maker_gemini_speech;

const struct maker *maker_of(enum maker_method method);
void wires_free(struct wires *w);
void items_free(struct items *it);

/* Notes that a media object of the first body (borrowed; NULL: there is none) is to be looked at, if it lies in
 * storage. `field` is the request's. 0, or -1 and m->why. */
int source_add(struct mapping *m, struct wires *out, json_t *media, const char *field, ...) __attribute__((format(printf, 4, 5)));
/* For maker.source: a picture of a type and a size that the model takes. Sets the type. 0, or -1 and m->why. */
int source_fits(struct mapping *m, const struct source *from, const struct stored *s, const json_t *wire);

/* Reads the result of a polled operation (veo.c). *status is its error, borrowed, or NULL. */
void operation_read(json_t *answer, struct items *out, const json_t **status);

/* Adds the item in holder, if it has a URI (under uri_key) or bytes. Its type is Google's word if that
 * is of the same sort (image/..) as the one to be taken otherwise. */
void items_add(struct items *out, json_t *holder, const char *uri_key, const char *const bytes_keys[],
    const char *mime_otherwise);
/* Adds a reason. */
void items_reason(struct items *out, const char *text);
/* Adds as a reason Google's word for it and what is said about it, "IMAGE_SAFETY: what is said", at most 1023 bytes;
 * either may be NULL, not both. */
void items_told(struct items *out, const char *word, const char *told);
/* Keeps in *said (a view) a text that comes where media are expected: the first one. */
void said_add(const char **said, const json_t *text);

/* What is asked of music as words, but for negativePrompt and the length (music_prompt.c). 0 or -1. */
int music_prompt(const json_t *request, struct buf *prompt);

/* ---- what the makers of speech share (speech.c) ---- */

enum { SPEECH_TEXT_MAX = 5000 };	/* bytes, not characters */
struct voice;
/* The prompt has 1 to max bytes, and the style no more. 0, or -1 and m->why. */
int speech_text_check(struct mapping *m, size_t max);
/* The voice and the language that are asked for. 0, or -1 and m->why. */
int speech_voice(struct mapping *m, struct voice *out);
/* How it is to sound, borrowed; "" if nothing is said, or audioStyle names a voice. */
const char *speech_style(const json_t *request);

/* For maker.count: sampleCount, and 1 where a request is for one result. */
unsigned count_samples(const json_t *request);
unsigned count_one(const json_t *request);

/* "png" for image/png.. ; "bin" for an unknown type. */
const char *mime_ending(const char *mime);

#endif
