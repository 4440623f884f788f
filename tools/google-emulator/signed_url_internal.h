/* signed_url_internal.h - a signed URL while it is checked. */
#ifndef EMULATOR_SIGNED_URL_INTERNAL_H
#define EMULATOR_SIGNED_URL_INTERNAL_H

#include "http.h"

struct pair {
	char *key, *value;	/* encoded again */
};

struct signing {
	char		*algorithm, *credential, *date, *expires, *headers, *signature;
	struct pair	 pairs[64];
	size_t		 n_pairs;
	int64_t		 from_s, life_s;
};

/* ---- signed_url_text.c ---- */

/* Fills pairs, sorted. 0, or -1. */
int	signing_pairs(struct signing *, const char *query);
/* Adds the canonical request; the host with its port, or without. 0, or -1. */
int	signing_canonical(struct buf *, struct request *, const struct signing *, bool with_port);
/* Adds what is signed. */
void	signing_text(struct buf *, const struct signing *, const struct buf *canonical);

#endif
