/* gcs_uri.h - gs://bucket/object, taken apart.
 * Owns:  nothing; the parts are copies of fixed size.
 * Fails: -1 for anything a bucket or an object could not be called. */
#ifndef EMULATOR_GCS_URI_H
#define EMULATOR_GCS_URI_H

#include <stdbool.h>

struct gcs_uri {
	char	bucket[224];
	char	object[1025];	/* or a prefix, "" when there is none */
};

int	gcs_uri_parse(const char *, bool needs_object, struct gcs_uri *);
bool	bucket_name_valid(const char *);
bool	object_name_valid(const char *);

#endif
