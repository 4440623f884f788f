/* proto/media_check.h - may this be asked of a model at all? What the tables of models and
 * voices know beyond the bounds of bodies.tbl.h. The front asks before anything is written
 * down, vertex again before anything is sent: nobody needs to trust the other. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_MEDIA_CHECK_H
#define STUDIOD_PROTO_MEDIA_CHECK_H

#include <jansson.h>

#include "proto/models.h"

/* A field of the client's that cannot be served. */
struct media_refusal {
	char field[80];			/* "referenceData.0.referenceType" */
	char text[200];			/* what is wrong with it: reads on after the field's name */
};

/* Looks at a request (an object whose fields bodies.tbl.h would let pass). `asked` is the
 * model that the client named, "" for none; `aliases` as in model_resolve. The model to
 * call, or NULL and *why. */
const struct model *media_check(enum kind kind, struct bytes asked, const json_t *request, const char *aliases,
    struct media_refusal *why);

/* The same of a model that was chosen already. */
bool media_fits(enum kind kind, const struct model *model, const json_t *request, struct media_refusal *why);

/* What a request is for, by its fields. */
enum purpose media_purpose(const json_t *request);

/* Is there a picture whose gs:// URI is surely not below this user's .../users/<user>/ ? Then
 * its field is named, and for the user there is no such object. Where the users' part
 * begins only vertex knows: it looks again. */
bool media_is_foreign(const json_t *request, const struct id *user, char field[80]);

/* The wire's name of a reference's type, without REFERENCE_TYPE_: "style" and
 * "REFERENCE_TYPE_STYLE" are both STYLE. NULL: there is none such. */
const char *reference_type(const char *text);

/* Are referenceData's items of a video assets, which are to be seen in it ("asset", "REFERENCE_TYPE_ASSET", any
 * letter case)? Of all other types the first one is the first frame. */
bool media_has_assets(const json_t *request);

#endif
