/* multipart.h - multipart/related with two parts, as bytes arrive.
 * Owns:  the JSON part; the second part is handed on piece by piece.
 * Fails: stickily, by bad. No sockets, no files. */
#ifndef EMULATOR_MULTIPART_H
#define EMULATOR_MULTIPART_H

#include "util.h"

struct multipart {
	char		delimiter[80];	/* "\r\n--boundary" */
	enum { MP_SEEK, MP_AFTER, MP_HEAD, MP_BODY, MP_END } state;
	int		part;		/* 1 the JSON, 2 the bytes */
	struct buf	hold;		/* not understood yet */
	struct buf	json;
	char		type[128];	/* Content-Type of the second part */
	bool		bad;
};

int	multipart_init(struct multipart *, const char *content_type);
void	multipart_fini(struct multipart *);
void	multipart_feed(struct multipart *, const char *, size_t,
	    void (*sink)(void *cls, const char *, size_t), void *cls);
bool	multipart_complete(const struct multipart *);

#endif
