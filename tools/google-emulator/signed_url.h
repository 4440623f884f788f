/* signed_url.h - is this request allowed by the V4 signature in its own URL?
 * Owns:  nothing.
 * Fails: false, and the XML error Cloud Storage would answer is in the request. */
#ifndef EMULATOR_SIGNED_URL_H
#define EMULATOR_SIGNED_URL_H

#include "http.h"

bool	signed_url_ok(struct request *);
/* x-goog-meta-* headers as the object's metadata. */
void	signed_url_metadata(struct request *, json_t *attrs);

#endif
