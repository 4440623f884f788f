/* tools/gcs-sign/gcs_sign.h - the parts of gcs-sign.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_GCS_SIGN_H
#define STUDIOD_GCS_SIGN_H

#include "actors/vertex/credentials/credentials.h"
#include "actors/vertex/storage/signed_url.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* What the arguments ask for. Texts are those of argv, or live until the process ends. */
struct options {
	const char *key;
	struct url_signing url;		/* without the account */
};

/* Fills it in, or ends the process: with 2 and what is wrong, or with 0 after --help. */
void options_read(struct options *o, int argc, char **argv);

/* The service account of a key file. NULL, or what is wrong with the file. */
const char *key_read(struct credentials *c, const char *path);

#endif
