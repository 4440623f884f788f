/* actors/front/multipart.h - the parts of a multipart/form-data body (RFC 7578, RFC 2046), read in
 * place. Pure; no bytes are copied, nothing is allocated.
 *
 * Strict where leniency only helps those who want to be read in two ways: the body begins with a
 * boundary and ends with its last one, a part is form-data and nothing nested, its head is small and
 * free of control characters, each of its fields that counts is there once. README.md says why this
 * is no library's.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_MULTIPART_H
#define STUDIOD_FRONT_MULTIPART_H

#include "proto/proto.h"

enum {
	MULTIPART_BOUNDARY_MAX = 70,	/* RFC 2046 */
	MULTIPART_HEAD_MAX = 4096,	/* bytes of a part's head */
	MULTIPART_FIELDS_MAX = 8	/* lines of it */
};

struct multipart {
	const char *p, *end;		/* what is not read yet */
	char delimiter[4 + MULTIPART_BOUNDARY_MAX];	/* CRLF -- boundary */
	size_t delimiter_n;
	bool over;
};

/* Views into the body. A file name is as it came, its escapes not resolved. */
struct part {
	struct bytes name, filename, content;
	bool is_file;			/* it has a file name, perhaps an empty one */
};

/* Is it multipart/form-data at all? */
bool multipart_is(struct bytes content_type);
/* 0, or -1 and *why. The body must live as long as the parts. */
int multipart_begin(struct multipart *m, struct bytes content_type, struct bytes body, const char **why);
/* The next part: 1. 0: there was the end. -1 and *why. */
int multipart_next(struct multipart *m, struct part *part, const char **why);

#endif
