/* proto/models.h - models.tbl.h as data.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_MODELS_H
#define STUDIOD_PROTO_MODELS_H

#include "proto/proto.h"

enum {
	ABLE_2K = 1,			/* sampleImageSize 2K */
	ABLE_ENHANCE = 2,		/* rewrites prompts when asked */
	ABLE_NEGATIVE = 4,		/* has a parameter for what is not wanted */
	ABLE_REFERENCES = 8,		/* takes reference images */
	ABLE_1080P = 16,
	NEEDS_REFERENCES = 32		/* makes nothing without them */
};

enum kind { KIND_none, KIND_IMAGE, KIND_VIDEO, KIND_MUSIC, KIND_AUDIO, KIND_COUNT };

enum maker_method {
#define METHOD(name, kind, prose) MAKER_##name,
#define MODEL(id, method, location, samples, at_once, timeout, able, price, unit)
#define ALIAS(asked, called)
#define DEFAULT(kind, id)
#define WITH_REFERENCES(kind, id)
#include "proto/models.tbl.h"
	MAKER_COUNT
};

struct model {
	const char *id;
	enum maker_method method;
	const char *location;		/* "": the configured one */
	unsigned samples, at_once, timeout_s, able;
	unsigned price;			/* 1/1000 US dollar per unit; 0 not known */
	const char *unit;
};

/* IMAGE, VIDEO, MUSIC or AUDIO; KIND_none for anything else. */
enum kind kind_by_name(struct bytes name);
/* The error of its model: E_IMAGEN_API_ERROR.. */
unsigned kind_error(enum kind kind);
/* "images".. , for messages. */
const char *kind_prose(enum kind kind);
enum kind method_kind(enum maker_method m);

/* All rows. */
const struct model *models(size_t *n);
/* The row with exactly this id, or NULL. */
const struct model *model_by_id(struct bytes id);
/* The model to call for the id that a client sent ("" for none: then `references` tells
 * whether the request has reference images). `aliases` is the setting
 * MODEL_ALIASES: asked=called, with * allowed in `asked`, comma-separated; it comes before
 * the table. NULL when the id is not known, or makes another kind of media. */
const struct model *model_resolve(enum kind kind, struct bytes asked, bool references, const char *aliases);

#endif
