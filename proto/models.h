/* proto/models.h - models.tbl.h as data.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_MODELS_H
#define STUDIOD_PROTO_MODELS_H

#include "proto/proto.h"

enum {
#define ABILITY(name, bit, text) name = bit,
#define RATIOS(name, bit) name = bit,
#define SIZE(name, bit, text) name = bit,
#include "proto/models.tbl.h"
	GEMINI_IMAGE = ABLE_ENHANCE | ABLE_REFERENCES | ABLE_WEBP | ALWAYS_MARKED	/* what all of these are */
};

enum kind { KIND_none, KIND_IMAGE, KIND_VIDEO, KIND_MUSIC, KIND_AUDIO, KIND_COUNT };

enum maker_method {
#define METHOD(name, kind, prose) MAKER_##name,
#include "proto/models.tbl.h"
	MAKER_COUNT
};

/* What a request is for, where that decides on the model. */
enum purpose { PURPOSE_plain, PURPOSE_references, PURPOSE_large, PURPOSE_upscale, PURPOSE_COUNT };

struct model {
	const char *id;
	enum maker_method method;
	const char *location;		/* "": the configured one */
	unsigned samples, at_once, timeout_s, able;
	unsigned price, per;		/* micro-dollars for `per` units; 0 not known */
	const char *unit;
};

enum { ASSETS_MAX = 3 };	/* pictures of what is to be seen in a film, where a model takes some */

/* What a model that makes images takes. */
struct image_limits {
	const char *id;
	unsigned ratios, sizes;		/* RATIOS_ and SIZE_ bits */
	unsigned references, megabytes;
};

struct image_ratio {
	unsigned set;
	const char *text;
	unsigned width, height;
};

/* IMAGE, VIDEO, MUSIC or AUDIO; KIND_none for anything else. */
enum kind kind_by_name(struct bytes name);
/* The error of its model: E_IMAGEN_API_ERROR.. */
unsigned kind_error(enum kind kind);
/* "IMAGE".. */
const char *kind_name(enum kind kind);
/* "images".. , for messages. */
const char *kind_prose(enum kind kind);
enum kind method_kind(enum maker_method m);

/* All rows. */
const struct model *models(size_t *n);
/* The longest time-out of a row, seconds. */
unsigned models_timeout_s(void);
/* The row with exactly this id, or NULL. */
const struct model *model_by_id(struct bytes id);
/* Of a model that makes images; NULL for any other. */
const struct image_limits *model_images(const struct model *m);
/* The most that a picture in storage may have where the model is to start from it, MB; 0: it takes none. */
unsigned model_source_megabytes(const struct model *m);
/* All shapes. */
const struct image_ratio *image_ratios(size_t *n);
/* The bit of a size, whatever its letter case; 0: there is none such. */
unsigned image_size(const char *text);
/* The sizes of the bits for people: "1K, 2K". */
enum { SIZES_MAX = 24 };
void image_sizes(unsigned bits, char out[SIZES_MAX]);
/* What is asked instead where Google says that it has no such model, or NULL. */
const struct model *model_successor(const struct model *m);
/* The model to call for the id that a client sent ("" for none: then the purpose decides).
 * `aliases` is the setting MODEL_ALIASES: asked=called, with * allowed in `asked`,
 * comma-separated; it comes before the table, and a model that it names is that model: those whose
 * ids are aliases of others are reached by it alone. NULL when the id is not known, or makes another
 * kind of media. */
const struct model *model_resolve(enum kind kind, struct bytes asked, enum purpose purpose, const char *aliases);

/* Every alias in the order in which they count: those of the setting, or those of the table
 * (those for large images and for upscales last). `called` is NULL where the alias leads nowhere. */
enum aliases { ALIASES_setting, ALIASES_table };
enum { ALIASES_WRONG = 200 };
void aliases_each(const char *setting, enum aliases which, void (*each)(void *arg, const char *asked, const struct model *called),
    void *arg);

/* The first pair of the setting that leads nowhere: one line about it in out, or false. */
bool aliases_wrong(const char *setting, char out[ALIASES_WRONG]);

/* The shortest length that the method makes and that is not below `seconds`; 0: there is none. */
unsigned method_length(enum maker_method m, unsigned seconds);
/* The longest, seconds; 0: its length is not a matter of the request. */
unsigned method_longest(enum maker_method m);
/* All of them, ascending; their number. */
enum { LENGTHS_MAX = 16 };
size_t method_lengths(enum maker_method m, unsigned out[LENGTHS_MAX]);

#endif
